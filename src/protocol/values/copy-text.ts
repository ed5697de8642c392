// Texts that are cut. The engine makes a part of a text by pointing into the whole, which then stays in memory for as long
// as its part: what is kept of something large has to be a copy.

/** The same text, in memory of its own. */
export function copyText(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le')
}
