import { readFile } from 'node:fs/promises'
import { createRuntime, isHeddleError, type PhaseEvent } from 'heddle'
import { readStudy, sweep, uniform, type StopOptions } from 'heddle/sweep'
import { describe, expect, it } from 'vitest'
import { endless, held } from '#fixtures/sweep/trials.js'
import { untilCount } from '../../support/control.js'
import { EventRecorder } from '../../support/event-recorder.js'
import { createTemporaryFolder } from '../../support/temporary-folder.js'

const createGate = (): Int32Array => new Int32Array(new SharedArrayBuffer(4))
const open = (gate: Int32Array): void => void Atomics.store(gate, 0, 1)

/** A sweep of trials that wait until their gate is opened. */
const heldSweep = (gate: Int32Array) =>
  ({
    space: { x: uniform(0, 1) },
    input: ({ x }: { x: number }) => ({ x, gate }),
    metric: 'score',
    objective: 'returned',
    direction: 'maximize',
    trials: 100,
    concurrency: 3,
  }) as const

const common = {
  space: { x: uniform(0, 1), y: uniform(0, 1) },
  metric: 'score',
  direction: 'maximize',
} as const

describe('study.stop', () => {
  it('lets the trials that run go on to their ends, and begins none', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const gate = createGate()
    const study = sweep(runtime, held, { ...heldSweep(gate), name: 'study' })
    await untilCount(runtime, 'study', 'running', 4)
    study.stop('it is good enough', { running: 'finish' })
    // It was said before, and changes nothing.
    study.stop('another reason', { running: 'finish' })
    expect(study.result().stoppedBy).toEqual({ rule: 'stop', reason: 'it is good enough', running: 'finish' })
    expect(() => study.enqueue({ x: 0.5 })).toThrow('it has ended')
    open(gate)
    const { counts, stoppedBy, trials, best } = await study
    expect(counts).toMatchObject({ completed: 3, stopped: 0, running: 0 })
    expect(trials).toHaveLength(3)
    expect(best?.value).toBe(Math.max(...trials.map(({ value }) => value as number)))
    expect(stoppedBy).toEqual({ rule: 'stop', reason: 'it is good enough', running: 'finish' })
    expect(study.lastReport?.stoppedBy).toEqual(stoppedBy)
  })

  it('stops those that wait for a thread, and by a later stop those that were to finish', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const study = sweep(runtime, endless, { ...common, trials: 100, concurrency: 3, name: 'study' })
    const events = new EventRecorder(runtime)
    for await (const { best } of study.reports()) if (best !== undefined) break
    study.stop('good enough', { running: 'finish' })
    while (study.result().counts.stopped < 2) await new Promise(setImmediate)
    expect(study.result().counts).toMatchObject({ stopped: 2, running: 1 })
    study.stop('it takes too long')
    const { counts, stoppedBy, trials } = await study
    expect(counts).toMatchObject({ stopped: 3, running: 0 })
    expect(stoppedBy).toEqual({ rule: 'stop', reason: 'good enough' })
    const reasons = new Set(trials.map((trial) => ('reason' in trial ? trial.reason : '')))
    expect(reasons).toEqual(new Set(['stop: good enough', 'stop: it takes too long']))
    const ends = events.phases().filter((one): one is PhaseEvent => one.phase === 'aborted')
    for (const { reason } of ends)
      expect(reason?.cause).toMatchObject({ name: 'TrialStoppedError', code: 'stopped' })
  })

  it('does so within an action, too', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const gate = createGate()
    const counts = await runtime.scope(
      async (ctx) => {
        const study = sweep(ctx, held, heldSweep(gate))
        await ctx.idle(untilCount(runtime, 'outer', 'running', 4))
        study.stop('enough', { running: 'finish' })
        open(gate)
        return (await study).counts
      },
      { name: 'outer' },
    )
    expect(counts).toMatchObject({ completed: 3, stopped: 0 })
  })

  it('is kept in the file, is told by its report, and doesn’t keep the study from going on', async () => {
    await using folder = await createTemporaryFolder()
    await using runtime = createRuntime({ threads: 1 })
    const storage = folder.path('study.jsonl')
    const gate = createGate()
    const study = sweep(runtime, held, { ...heldSweep(gate), storage, name: 'first' })
    await untilCount(runtime, 'first', 'running', 4)
    study.stop('good enough', { running: 'finish' })
    open(gate)
    await study
    const read = await readStudy(storage)
    expect(read.stoppedBy).toEqual({ rule: 'stop', reason: 'good enough', running: 'finish' })
    await read.report(folder.path('report.html'))
    expect(await readFile(folder.path('report.html'), 'utf8')).toContain(
      'Ended by stop: good enough (running trials could finish).',
    )
    const { counts, stoppedBy } = await sweep(runtime, held, { ...heldSweep(gate), trials: 5, storage })
    expect(counts).toMatchObject({ completed: 5 })
    expect(stoppedBy).toBeUndefined()
    expect((await readStudy(storage)).stoppedBy).toBeUndefined()
  })

  it('refuses what it doesn’t know', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const gate = createGate()
    open(gate)
    const study = sweep(runtime, held, heldSweep(gate))
    const refusal = (options: unknown): unknown => {
      try {
        return study.stop('enough', options as StopOptions)
      } catch (error) {
        return isHeddleError(error, 'ActionInputError') && error.message
      }
    }
    expect(refusal({ running: 'wait' })).toContain("'running' is 'wait', but must be 'finish' or 'abort'")
    expect(refusal({ runing: 'finish' })).toContain("did you mean 'running'?")
    study.stop()
    await study
    // After the end it does nothing.
    study.stop('once more', { running: 'finish' })
    expect(study.result().stoppedBy).toEqual({ rule: 'stop', reason: 'it was asked to' })
  })
})
