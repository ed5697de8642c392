// The logarithm of the expected improvement of a normal distribution below a value, without underflow: Ament et al. 2023,
// 'Unexpected Improvements to Expected Improvement for Bayesian Optimization'.

const LOG_ROOT_TWO_PI = 0.5 * Math.log(2 * Math.PI)

/** `log E[max(0, best − x)]` for `x` of `N(mean, deviation²)`, and how it changes with mean and deviation. */
export function logExpectedImprovement(
  mean: number,
  deviation: number,
  best: number,
): { readonly value: number; readonly byMean: number; readonly byDeviation: number } {
  const z = (best - mean) / deviation
  // In units of the density at z: Φ(z) is the ratio, and the improvement 1 + z Φ(z).
  const ratio = z > 0 ? normalRatioAbove(z) : millsRatio(-z)
  const improvement = z < -LARGE ? 1 / (z * z) : 1 + z * ratio
  const logDensity = -0.5 * z * z - LOG_ROOT_TWO_PI
  return {
    value: Math.log(deviation) + logDensity + Math.log(improvement),
    byMean: -ratio / (deviation * improvement),
    byDeviation: 1 / (deviation * improvement),
  }
}

/** From here on, `1 − t R(t)` has no digits left, and is `t⁻²`. */
const LARGE = 1e4

/** `Φ(z) / φ(z)` above 0. */
function normalRatioAbove(z: number): number {
  // Beyond this it is 1 / φ(z), and that as large as a number can be.
  const bounded = Math.min(z, 37)
  return Math.exp(0.5 * bounded * bounded + LOG_ROOT_TWO_PI) - millsRatio(bounded)
}

/** `(1 − Φ(t)) / φ(t)` for t ≥ 0: a continued fraction from below, near 0 the series of Φ. */
function millsRatio(t: number): number {
  if (t < 2) {
    // Φ(t) − ½ = φ(t) (t + t³/3 + t⁵/15 + …)
    let term = t
    let sum = t
    for (let odd = 3; Math.abs(term) > 1e-17 * Math.abs(sum) && odd < 200; odd += 2) {
      term *= (t * t) / odd
      sum += term
    }
    return 0.5 * Math.exp(0.5 * t * t + LOG_ROOT_TWO_PI) - sum
  }
  let fraction = 0
  for (let depth = 80; depth >= 1; depth -= 1) fraction = depth / (t + fraction)
  return 1 / (t + fraction)
}
