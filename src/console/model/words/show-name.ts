// Names as the page shows them: each can be seen, whatever characters it has, and turns nothing round but itself.

/** A name of which nothing is invisible: controls as their pictures, blanks alone in quotes. */
export function showName(name: string): string {
  if (name.trim() === '') return `“${name}”`
  // oxlint-disable-next-line no-control-regex -- controls are what is looked for
  return name.replace(/[\u0000-\u001f\u007f]/g, (control) =>
    control === '\u007f' ? '␡' : String.fromCharCode(0x2400 + control.charCodeAt(0)),
  )
}

/** Characters of scripts that run from right to left, and controls of direction. */
const TURNS = /[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufeff]/

/** A text within another one where no element can hold it apart, as in a title: what it turns round ends with it. */
export function isolated(text: string): string {
  return TURNS.test(text) ? `\u2068${text}\u2069` : text
}
