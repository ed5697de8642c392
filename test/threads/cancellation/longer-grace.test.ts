import { createRuntime, type Run, type Runtime } from 'heddle'
import { cleansUp, givesTime, shieldsLong, type Way } from '#fixtures/clean-ups.js'
import { shared, whole } from '#fixtures/stopping.js'
import { describe, expect, it } from 'vitest'
import { EventRecorder } from '../../support/event-recorder.js'
import { open, word } from '../../support/shared-words.js'

/** A root and a child, neither with a grace of its own; the child needs some time to clean up. */
const withoutGrace = {
  ending: 'await',
  children: [{ on: 'shared', ending: 'sleep', report: 'sleeps', cleanUpTurns: 50, graceMs: 0 }],
} as const

/** Waits until somebody else's grace of so many milliseconds is over, which began now. */
async function graceOf(graceMs: number, runtime: Runtime): Promise<void> {
  const deaf = runtime.run(whole, { ending: 'ignore', report: 'ignores' }, { graceMs })
  await deaf.reports().next()
  deaf.cancel()
  await expect(deaf.settled()).resolves.toMatchObject({ how: 'forced' })
}

describe('a grace that is given with a request', () => {
  it.each<[string, (run: Run, runtime: Runtime) => unknown]>([
    ['cancel', (run) => run.cancel('slowly', { graceMs: 1e8 })],
    ['abort', (run, runtime) => runtime.abort(run.run, { graceMs: 1e8 })],
    ['close', (_run, runtime) => runtime.close({ graceMs: 1e8 })],
    ['cancel of ever', (run) => run.cancel('slowly', { graceMs: Infinity })],
  ])("is longer than the actions' own by %s (S5)", async (_by, stop) => {
    await using runtime = createRuntime({ threads: 1 })
    const recorder = new EventRecorder(runtime)
    const run = runtime.run(shared, withoutGrace, { graceMs: 0 })
    await recorder.report('a0.1')
    void stop(run, runtime)
    await expect(run.settled()).resolves.toMatchObject({ how: 'cooperative' })
    expect(run.actions()).toMatchObject([{ how: 'cooperative' }, { how: 'cooperative' }])
  })

  it.each<Way>(['cancel', 'first', 'all'])(
    "is longer than a child's own by %s in its parent (S5)",
    async (way) => {
      await using runtime = createRuntime({ threads: 1 })
      const run = runtime.run(givesTime, way)
      await run
      expect(run.actions()[1]).toMatchObject({ phase: 'aborted', how: 'cooperative' })
    },
  )

  it('extends graces that run already, but no deadline of a request (S5)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const gate = word()
    const extended = runtime.run(cleansUp, gate, { graceMs: 300 })
    const bound = runtime.run(cleansUp, gate, { graceMs: 1e8 })
    await Promise.all([extended, bound].map((run) => run.reports().next()))
    extended.cancel('at first by its own')
    bound.cancel('at first by a request', { graceMs: 300 })
    for (const run of [extended, bound]) runtime.abort(run.run, { graceMs: 1e8 })
    await graceOf(400, runtime)
    // It shares its thread, which answers.
    await expect(bound.settled()).resolves.toMatchObject({ how: 'abandoned' })
    expect(extended.phase).toBe('aborting')
    open(gate)
    await expect(extended.settled()).resolves.toMatchObject({
      how: 'cooperative',
      reason: { message: 'at first by its own' },
    })
  })

  it('counts for what is under it, except where an earlier one ends sooner (S5)', async () => {
    await using runtime = createRuntime({ threads: 2, graceMs: 0 })
    const recorder = new EventRecorder(runtime)
    const run = runtime.run(shared, {
      ending: 'await',
      children: [
        { ending: 'ignore', report: 'ignores' },
        { ending: 'ignore', report: 'ignores' },
      ],
    })
    await recorder.report('a0.1')
    await recorder.report('a0.2')
    runtime.abort(run.run, 'a0.1', { graceMs: 100 })
    runtime.abort(run.run, { graceMs: 1e8 })
    await recorder.phase('a0.1', 'aborted')
    expect(run.actions()).toMatchObject([
      { phase: 'aborting' },
      { phase: 'aborted', how: 'forced' },
      { phase: 'aborting' },
    ])
    runtime.abort(run.run, { force: true })
    await expect(run.settled()).resolves.toMatchObject({ reason: { message: 'aborted from outside' } })
    expect(run.actions()[2]).toMatchObject({ how: 'forced' })
  })

  it('reaches what still drains under an action that has ended (S4, S5)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const recorder = new EventRecorder(runtime)
    const gate = word()
    const run = runtime.run(shared, {
      ending: 'compute',
      gate,
      children: [{ ending: 'ignore', report: 'ignores', graceMs: 1e8 }],
    })
    await recorder.report('a0.1')
    open(gate)
    await recorder.phase('a0.1', 'aborting')
    expect(runtime.abort(run.run, { graceMs: 10 })).toEqual({ accepted: false, phase: 'running' })
    await expect(run).resolves.toBe('computed')
    expect(run.actions()[1]).toMatchObject({ how: 'forced', reason: { source: 'root' } })
  })

  it('binds what a shield protects, at its end (S5, S14)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = runtime.run(shieldsLong, { gate: word() }, { graceMs: 1e8 })
    for await (const report of run.reports()) if (report === 'shielded') break
    run.cancel('enough', { graceMs: 100 })
    await expect(run.settled()).resolves.toMatchObject({ status: 'aborted' })
    // Its own grace is eleven days.
    expect(run.actions()[1]).toMatchObject({ phase: 'aborted', reason: { message: 'enough' } })
  })
})
