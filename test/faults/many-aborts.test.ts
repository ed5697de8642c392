import { describe, expect, it } from 'vitest'
import { runProgram } from '../support/program.js'

interface Printed {
  readonly actions: number
  readonly aborts: number
  readonly ended: number
  readonly again: number
  readonly outcomes: Readonly<Record<string, number>>
  readonly hows: Readonly<Record<string, number>>
  readonly heapBefore: number
  readonly heapAfter: number
  readonly warnings: readonly string[]
}

describe('100 000 aborts at random moments', () => {
  it(
    'kill no innocent, lose no action, end none twice and leave the heap as it was (I4, I7, I9)',
    { timeout: 240_000 },
    async () => {
      const { code, stdout, stderr } = await runProgram('many-aborts', { execArgv: ['--expose-gc'] })
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      const printed = JSON.parse(stdout) as Printed
      const { actions, aborts, ended, again, outcomes, hows, heapBefore, heapAfter, warnings } = printed
      expect(aborts).toBeGreaterThanOrEqual(100_000)
      // Each has ended once, and nobody failed or was forced: all of them are polite.
      expect([ended, again]).toEqual([actions, 0])
      expect(Object.keys(outcomes).toSorted()).toEqual(['aborted', 'succeeded'])
      expect(Object.keys(hows).toSorted()).toEqual(['by itself', 'cooperative', 'never-started'])
      expect(warnings).toEqual([])
      // It may well be smaller: Node 26 lets go of compiled code meanwhile.
      expect(heapAfter / heapBefore).toBeLessThan(1.05)
    },
  )
})
