// A line as a report: JSON, and what Python's `json` writes where JSON has no word.

/** Text, or what a number may be that JSON can't say. */
const TEXT_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g
const SPECIAL: ReadonlyMap<string, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
])
/** What a line of JSON begins with. */
const BEGINS = /^\s*(?:[[{"\d-]|true\b|false\b|null\b|NaN\b|Infinity\b)/

/** The value that a line says; `undefined` if it is no report. */
export function parseReport(line: string): { readonly value: unknown } | undefined {
  if (!BEGINS.test(line)) return undefined
  try {
    return { value: JSON.parse(line) }
  } catch {
    return line.includes('NaN') || line.includes('Infinity') ? parseLoosely(line) : undefined
  }
}

/** With NaN and the infinities as numbers: a loss that has become one says something. */
function parseLoosely(line: string): { readonly value: unknown } | undefined {
  // A key that no text of the line has.
  let mark = '\0'
  while (line.includes(JSON.stringify(mark).slice(1, -1))) mark += '\0'
  const strict = line.replaceAll(TEXT_OR_NUMBER, (found) =>
    SPECIAL.has(found) ? JSON.stringify(mark + found) : found,
  )
  try {
    return {
      value: JSON.parse(strict, (_key, value: unknown) =>
        typeof value === 'string' && value.startsWith(mark) ? SPECIAL.get(value.slice(mark.length)) : value,
      ),
    }
  } catch {
    return undefined
  }
}
