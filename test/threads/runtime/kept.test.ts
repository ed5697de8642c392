import { describe, expect, it } from 'vitest'
import { runProgram } from '../../support/program.js'

const GC = ['--expose-gc']

interface Kept {
  readonly what: string
  readonly way: string
  readonly kept: number
}

describe('what is kept of actions that have ended', () => {
  it(
    'is no input, output, report, event, message, log field, error or reason of any size (S29, S24)',
    { timeout: 180_000 },
    async () => {
      const { code, stdout, stderr } = await runProgram('kept-payloads', { execArgv: GC })
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      const measured = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Kept)
      expect(measured.length).toBeGreaterThan(40)
      // Of 12 mebibytes each.
      expect(measured.filter(({ kept }) => kept > 3)).toEqual([])
    },
  )

  it(
    'is no more of a served runtime that nobody watches, after however many runs (I9)',
    { timeout: 180_000 },
    async () => {
      const { code, stdout, stderr } = await runProgram('served-for-long', { execArgv: GC, args: ['5'] })
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      const heaps = stdout.trim().split('\n').map(Number)
      // By the third round, all that is bounded is full; from there on, 16 000 runs and 5 000 children more.
      const [, , third = 0, , last = 0] = heaps
      expect(heaps).toHaveLength(5)
      expect((last - third) / 16_000, `bytes more for each run: ${heaps.join(', ')}`).toBeLessThan(100)
    },
  )
})
