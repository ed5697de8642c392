// The smallest parts of the page's markup.

/** Makes a text safe in markup and in attributes. */
export function escape(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  }
  return text.replace(/[&<>"']/g, (character) => entities[character] as string)
}

/** What is shown when the pointer rests on something. */
export function titleOf(title: string | undefined): string {
  return title === undefined ? '' : `<title>${escape(title)}</title>`
}

/** The end of a text that is too long: names of nested parameters differ there. */
export function shorten(text: string, length: number): string {
  return text.length > length ? `…${text.slice(1 - length)}` : text
}

/** A share as a percentage. */
export function percent(share: number): string {
  return `${Math.round(share * 10_000) / 100}%`
}

/** A coordinate of a path, 0…1000. */
export function thousandth(share: number): string {
  return String(Math.round(share * 10_000) / 10)
}
