import { createRuntime } from 'heddle'
import { fanOut, nest, shared, whole, type ChildPlan } from '#fixtures/stopping.js'
import { describe, expect, it } from 'vitest'
import { EventRecorder } from '../../support/event-recorder.js'
import { open, word } from '../../support/shared-words.js'

const MANY = 10_000

describe('large trees', () => {
  it('spawns, runs and settles 10 000 children of one parent (I9)', { timeout: 60_000 }, async () => {
    await using runtime = createRuntime({ threads: 2, retain: 2 * MANY })
    const mark = word()
    const child: ChildPlan = { ending: 'return', mark }
    const run = runtime.run(shared, { ending: 'all', children: Array.from({ length: MANY }, () => child) })
    await expect(run).resolves.toBe('returned')
    expect(Atomics.load(mark, 0)).toBe(MANY)
    expect(runtime.stats()).toMatchObject({
      queued: 0,
      running: 0,
      aborting: 0,
      totals: { succeeded: MANY + 1, failed: 0, aborted: 0, timedOut: 0 },
    })
  })

  it(
    'cancels 10 000 of which half run, and says of each whether it had started (I8, I9, S7)',
    { timeout: 60_000 },
    async () => {
      await using runtime = createRuntime({ threads: 1, retain: 2 * MANY })
      const recorder = new EventRecorder(runtime)
      const gate = word()
      const mark = word()
      // The first half sleeps on the shared thread, the other half waits behind a body that computes.
      const sleeping: ChildPlan = { on: 'shared', ending: 'sleep', mark }
      const waiting: ChildPlan = { ending: 'return' }
      const half = MANY / 2
      const run = runtime.run(shared, {
        ending: 'await',
        children: [
          { ending: 'compute', gate, report: 'computes' },
          ...Array.from({ length: half }, () => sleeping),
          ...Array.from({ length: half }, () => waiting),
          { on: 'shared', ending: 'sleep', report: 'the last one sleeps' },
        ],
      })
      await Promise.all([recorder.report('a0.1'), recorder.report(`a0.${MANY + 2}`)])
      // On a busy machine, a second shared thread may have taken over the last ones.
      while (Atomics.load(mark, 0) < half) await new Promise(setImmediate)
      run.cancel('enough')
      open(gate)
      await expect(run.settled()).resolves.toMatchObject({ status: 'aborted', how: 'cooperative' })
      const hows = new Map<string, number>()
      for (const { how, startedAt } of run.actions()) {
        const key = `${how} ${startedAt === undefined ? 'unstarted' : 'started'}`
        hows.set(key, (hows.get(key) ?? 0) + 1)
      }
      expect(Object.fromEntries(hows)).toEqual({
        'cooperative started': half + 3,
        'never-started unstarted': half,
      })
      expect(runtime.stats()).toMatchObject({ queued: 0, running: 0, aborting: 0, abandoned: 0 })
      await expect(runtime.run(whole, { ending: 'return' })).resolves.toBe('returned')
    },
  )

  it('runs a tree 200 deep on one thread (I10)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    await expect(runtime.run(nest, { depth: 200 })).resolves.toBe(200)
  })

  it('aborts a tree 200 deep, leaves first (S3, S16)', async () => {
    const runtime = createRuntime({ threads: 1 })
    const recorder = new EventRecorder(runtime)
    const run = runtime.run(nest, { depth: 200, stays: true })
    await recorder.next((event) => event.type === 'report')
    run.cancel('enough')
    await expect(run.settled()).resolves.toMatchObject({ status: 'aborted', how: 'cooperative' })
    await runtime.close()
    await recorder.ended
    const ends = recorder.phases().filter(({ phase }) => phase === 'aborted')
    expect(ends).toHaveLength(201)
    const depths = ends.map(({ id }) => id.split('.').length)
    expect(depths).toEqual(depths.toSorted((a, b) => b - a))
    expect(new Set(ends.map(({ reason }) => reason?.origin))).toEqual(new Set(['a0']))
  })

  it('runs a recursive fan-out of three levels of 20 on one thread (I10)', { timeout: 60_000 }, async () => {
    await using runtime = createRuntime({ threads: 1 })
    await expect(runtime.run(fanOut, { levels: 3, width: 20 })).resolves.toBe(20 ** 3)
    expect(runtime.stats().totals).toMatchObject({ succeeded: 1 + 20 + 400 + 8000 })
  })
})
