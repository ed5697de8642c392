import { createRuntime } from 'heddle'
import { choice, sweep, tpe, uniform } from 'heddle/sweep'
import { describe, expect, it } from 'vitest'
import { echoAny } from '#fixtures/sweep/trials.js'

describe('constants and groups of a space', () => {
  it('reach the trial as they are', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const { trials } = await sweep(runtime, echoAny, {
      space: {
        x: uniform(0, 1),
        epochs: 10,
        sizes: [1, 2],
        model: { layers: choice([[64], [64, 64]]), name: 'net', deep: { rate: uniform(0, 1) } },
      },
      metric: 'score',
      direction: 'maximize',
      trials: 8,
      sampler: tpe({ seed: 1, startupTrials: 3 }),
    })
    for (const { parameters, attributes } of trials) {
      expect(attributes['given']).toEqual(parameters)
      expect(parameters).toEqual({
        x: expect.any(Number),
        epochs: 10,
        sizes: [1, 2],
        model: { layers: expect.any(Array), name: 'net', deep: { rate: expect.any(Number) } },
      })
    }
  })
})
