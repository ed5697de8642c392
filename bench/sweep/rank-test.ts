// Whether one of two rows of numbers is the lower one.

/** Mann and Whitney 1947, one-sided by the normal approximation: the p-value that the first isn't smaller. */
export function rankTest(first: readonly number[], second: readonly number[]): number {
  let smaller = 0
  for (const a of first) for (const b of second) smaller += a < b ? 1 : a === b ? 0.5 : 0
  const [m, n] = [first.length, second.length]
  const z = (smaller - (m * n) / 2) / Math.sqrt((m * n * (m + n + 1)) / 12)
  // The tail of the normal distribution (Abramowitz & Stegun 26.2.17), accurate to 7.5 · 10⁻⁸.
  const t = 1 / (1 + 0.2316419 * Math.abs(z))
  const polynomial =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
  const tail = (Math.exp(-(z ** 2) / 2) / Math.sqrt(2 * Math.PI)) * polynomial
  return z > 0 ? tail : 1 - tail
}
