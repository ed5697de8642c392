// The work of the recipes: an action that computes for a while, and that polls its signal, so that it can be stopped.

import { action } from 'heddle'

/** Counts the primes below a number, the slow way. */
export const countPrimes = action(
  import.meta,
  'countPrimes',
  { timeout: { runMs: 2000 }, graceMs: 200 },
  ({ below }: { below: number }, ctx) => {
    ctx.report({ below }) // it has begun
    let count = 0
    for (let number = 2; number < below; number += 1) {
      ctx.signal.throwIfAborted()
      let divisor = 2
      while (divisor * divisor <= number && number % divisor !== 0) divisor += 1
      if (divisor * divisor > number) count += 1
    }
    return count
  },
)
