/**
 * A small seeded generator: the same seed gives the same numbers on every machine, which `Math.random` can't promise.
 */

/** Draws numbers; made by `createRandom`. */
export interface Random {
  /** The next number, uniform in [0, 1). */
  uniform(): number
  /** The next number of the standard normal distribution. */
  normal(): number
  /** A number whose logarithm is uniform between those of `low` and `high`: for scales such as learning rates. */
  logUniform(low: number, high: number): number
  /** One of `items`, each as likely as another. */
  pick<T>(items: readonly T[]): T
  /** Puts `indices` into a random order, in place (Fisher and Yates). */
  shuffle(indices: Uint16Array): void
}

/**
 * The generator for one purpose: what one purpose draws never changes what another gets.
 *
 * @param seed The seed of the whole program, an integer.
 * @param purpose Any text, such as 'trial 7'.
 */
export function createRandom(seed: number, purpose: string): Random {
  // mulberry32 (Tommy Ettinger, public domain): 32 bits of state, one multiply-and-mix round for each number. Seed and
  // purpose are mixed well before they become its state, so neighbouring seeds start far apart.
  let state = hash(purpose, scramble(seed))

  function uniform(): number {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), state | 1)
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61)
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }

  return {
    uniform,
    // Box and Muller 1958; 1 − u keeps the logarithm finite.
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    logUniform: (low, high) => low * (high / low) ** uniform(),
    pick: <T>(items: readonly T[]): T => items[Math.floor(uniform() * items.length)]!,
    shuffle(indices) {
      for (let last = indices.length - 1; last > 0; last--) {
        const other = Math.floor(uniform() * (last + 1))
        const kept = indices[last]!
        indices[last] = indices[other]!
        indices[other] = kept
      }
    },
  }
}

/** FNV-1a, 32 bits, from a start of its caller's; the result scrambled once more. */
function hash(text: string, start: number): number {
  let bits = start ^ 0x811c9dc5
  for (const character of text) bits = Math.imul(bits ^ character.codePointAt(0)!, 0x01000193)
  return scramble(bits)
}

/** The finaliser of MurmurHash3 (Austin Appleby, public domain): every bit of the input reaches every bit of the result. */
function scramble(value: number): number {
  let bits = value | 0
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return bits ^ (bits >>> 16)
}
