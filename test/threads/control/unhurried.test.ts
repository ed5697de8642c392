import { describe, expect, it } from 'vitest'
import { runProgram } from '../../support/program.js'

interface Measured {
  readonly what: string
  readonly heldMs: number
  readonly status: string
  readonly megabytes?: number
}

/**
 * Slices take 2 ms, and what can't be cut a few more: below 20 ms in a quiet place. The collections of the main thread count
 * too; what isn't done in slices takes hundreds.
 */
const MOST_MS = 60

describe('a control server under heavy requests', () => {
  it(
    'holds the loop of its app for no longer than a slice, whatever it is asked',
    { timeout: 300_000 },
    async () => {
      const { code, stdout, stderr } = await runProgram('unhurried-server')
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      const measured = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Measured)
      expect(measured.length).toBeGreaterThan(15)
      expect(measured.filter(({ heldMs }) => heldMs > MOST_MS)).toEqual([])
      const refused = measured
        .filter(({ status }) => status !== '200')
        .map(({ what, status }) => `${status} ${what}`)
      expect(refused).toEqual([
        '400 a body of nested lists',
        '400 a body of many objects',
        "404 an id that there isn't",
        "404 a run that there isn't",
      ])
      // Of 400 answers of some megabytes each, one is made.
      expect(measured.at(-1)?.megabytes).toBeLessThan(100)
    },
  )
})
