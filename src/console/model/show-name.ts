// Names as the page shows them: each can be seen, whatever characters it has.

/** A name of which nothing is invisible: controls as their pictures, blanks alone in quotes. */
export function showName(name: string): string {
  if (name.trim() === '') return `“${name}”`
  // oxlint-disable-next-line no-control-regex -- controls are what is looked for
  return name.replace(/[\u0000-\u001f\u007f]/g, (control) =>
    control === '\u007f' ? '␡' : String.fromCharCode(0x2400 + control.charCodeAt(0)),
  )
}
