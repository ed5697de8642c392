import { createRuntime } from 'heddle'
import { speakThenCompute } from '#fixtures/first-word.js'
import { describe, expect, it } from 'vitest'
import { open, word } from '../../support/shared-words.js'

describe('the first word of a body', () => {
  it('is heard although others have spoken in the same tick, and it never yields (S11)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    await runtime.scope(async (ctx) => {
      // Known to be short, so that the next ones are sent together and begin in one tick of the thread.
      await ctx.map(
        speakThenCompute,
        Array.from({ length: 200 }, () => ({})),
      )
      for (let round = 0; round < 20; round += 1) {
        const gate = word()
        const before = Array.from({ length: 5 }, () => ctx.spawn(speakThenCompute, {}))
        const computing = ctx.spawn(speakThenCompute, { gate })
        for await (const report of computing.reports()) {
          expect(report).toBe('here')
          open(gate)
        }
        await ctx.all([...before, computing])
      }
    })
  })
})
