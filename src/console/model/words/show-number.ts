// Numbers as the page shows them: counts with thousands set apart, measured values to four significant digits.

const counting = new Intl.NumberFormat('en-US')

/** A count, as `12,345`. */
export function showCount(count: number): string {
  return counting.format(count)
}

/** A count with its noun, as `1 action` or `12,345 actions`. */
export function showCounted(count: number, noun: string, plural = `${noun}s`): string {
  return `${showCount(count)} ${count === 1 ? noun : plural}`
}

/** A measured value: `0.9125`, `1.2e-5`, `48,213`. */
export function showValue(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  const size = Math.abs(value)
  if (size === 0) return '0'
  if (size >= 1e7 || size < 1e-3) return value.toExponential(2).replace(/\.?0*e\+?/, 'e')
  if (Number.isInteger(value)) return counting.format(value)
  return String(Number(value.toPrecision(4)))
}

/** Measured values of a column, so that their decimal points stand below each other where digits are equally wide. */
export function alignValues(values: readonly (number | undefined)[]): string[] {
  const texts = values.map((value) => (value === undefined ? '–' : showValue(value)))
  const ends = texts.map((text) => (text.match(/\..*$|e.*$/)?.[0] ?? '').length)
  const longest = Math.max(0, ...ends)
  return texts.map((text, index) => {
    const missing = longest - ends[index]!
    if (missing === 0) return text
    // A point is as narrow as the space that takes its place.
    return text + (ends[index] === 0 ? `\u2008${'\u2007'.repeat(missing - 1)}` : '\u2007'.repeat(missing))
  })
}
