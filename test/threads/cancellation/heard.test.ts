import { createRuntime, type Run } from 'heddle'
import { cancelAndCompute } from '#fixtures/floods.js'
import { chatty, whole, type Word } from '#fixtures/stopping.js'
import { describe, expect, it } from 'vitest'
import { EventRecorder } from '../../support/event-recorder.js'
import { open, word } from '../../support/shared-words.js'

/** Waits until a body has begun, without another turn of the app's loop than the one that posts its start. */
async function begun(mark: Word): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
  for (let waitedMs = 0; waitedMs < 10_000 && Atomics.load(mark, 0) === 0; waitedMs += 1)
    Atomics.wait(mark, 0, 0, 1)
}

describe('a body that never yields', () => {
  it('is seen to have started (S11)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const recorder = new EventRecorder(runtime)
    const gate = word()
    const run = runtime.run(whole, { ending: 'compute', gate })
    await recorder.phase('a0', 'running')
    expect(run.phase).toBe('running')
    open(gate)
    await run
  })

  it('is running for whoever asks from its first line on, though the app has had no turn since (S2, S11)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    await runtime.run(whole, { ending: 'return' })
    const askedOf = async (ask: (run: Run) => unknown): Promise<unknown> => {
      const [gate, mark] = [word(), word()]
      const run = runtime.run(whole, { ending: 'compute', gate, mark })
      await begun(mark)
      const answer = ask(run)
      open(gate)
      await run
      return answer
    }
    expect(await askedOf((run) => run.actions())).toMatchObject([{ phase: 'running', attempt: 1 }])
    expect(await askedOf(() => runtime.stats())).toMatchObject({ queued: 0, running: 1 })
    expect(await askedOf((run) => run.phase)).toBe('running')
  })

  it('is heard by its reports, its log and its spawns, and has its cancel carried out (S11)', async () => {
    await using runtime = createRuntime({ threads: 2 })
    const recorder = new EventRecorder(runtime)
    const gate = word()
    const run = runtime.run(chatty, gate)
    await recorder.next((event) => event.type === 'log' && event.message === 'computing')
    await recorder.next((event) => event.type === 'report' && event.value === 10)
    await recorder.phase('a0.1', 'aborted')
    expect(run.phase).toBe('running')
    expect(run.lastReport).toBeGreaterThanOrEqual(10)
    open(gate)
    await expect(run).resolves.toBe('aborted')
  })

  it('has several cancels of one tick carried out (S11)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const recorder = new EventRecorder(runtime)
    const gate = word()
    const run = runtime.run(cancelAndCompute, gate)
    for (const id of ['a0.1', 'a0.2', 'a0.3']) await recorder.phase(id, 'aborted')
    expect(run.phase).toBe('running')
    open(gate)
    await run
  })
})
