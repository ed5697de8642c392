import { createRuntime } from 'heddle'
import { sweep, uniform } from 'heddle/sweep'
import { describe, expect, it } from 'vitest'
import { endless } from '#fixtures/sweep/trials.js'
import { insideSweep } from '#fixtures/sweep/inside.js'
import { EventRecorder } from '../../support/event-recorder.js'

const space = { x: uniform(0, 1), y: uniform(0, 1) }
const common = { space, metric: 'score', direction: 'maximize' } as const

describe('sweep in an action', () => {
  it('runs its trials as children of that action, in a thread', async () => {
    await using runtime = createRuntime({ threads: 2 })
    const run = runtime.run(insideSweep, { trials: 12 })
    const result = await run
    expect(result).toMatchObject({ counts: { completed: 12 }, best: expect.any(Number) })
    const trials = run.actions().filter(({ name }) => name.startsWith('trial-'))
    expect(trials).toHaveLength(12)
    expect(new Set(trials.map(({ parent }) => parent))).toEqual(new Set(['a0']))
  })

  it('works on one thread, which its parent does not hold meanwhile (I10)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    expect(await runtime.run(insideSweep, { trials: 6 })).toMatchObject({ counts: { completed: 6 } })
  })

  it('ends with the action, and by itself', async () => {
    await using runtime = createRuntime({ threads: 2 })
    const events = new EventRecorder(runtime)
    const run = runtime.run(insideSweep, { trials: 1000, endless: true })
    await events.report('a0.1')
    run.cancel('enough')
    expect(await run.settled()).toMatchObject({ status: 'aborted', reason: { message: 'enough' } })
    expect(runtime.stats()).toMatchObject({ running: 0, queued: 0 })
  })

  it('is cancelled without the action, which goes on', async () => {
    await using runtime = createRuntime({ threads: 2 })
    const found = await runtime.scope(async (ctx) => {
      const study = sweep(ctx, endless, { ...common, trials: 50, concurrency: 3 })
      for await (const { best } of study.reports()) if (best !== undefined) study.cancel('enough')
      const outcome = await study.settled()
      return {
        status: outcome.status,
        counts: study.result().counts,
        alive: await ctx.idle(Promise.resolve('yes')),
      }
    })
    expect(found).toMatchObject({ status: 'aborted', counts: { interrupted: 3, running: 0 }, alive: 'yes' })
  })
})
