// The app's own thread is held: its timers come ahead of what threads have sent meanwhile. What has ended in time is not late.

import { setImmediate as nextTurn } from 'node:timers/promises'
import { createRuntime, type CallOptions, type Run, type Runtime } from 'heddle'
import { retried, whole, type Plan, type Word } from '#fixtures/stopping.js'
import { describe, expect, it } from 'vitest'
import { open, word } from '../../support/shared-words.js'

/** How long the bounds are, in milliseconds: on a busy machine, too, a body begins within that. */
const BOUND_MS = 1500

/** A body that computes until its gate is open; it has begun. Wrapped, since who awaits a run awaits its end. */
async function begun(
  runtime: Runtime,
  definition: typeof whole,
  plan: Partial<Plan>,
  options: CallOptions = {},
): Promise<{ readonly run: Run<string> }> {
  const run = runtime.run(definition, { ending: 'compute', report: 'computes', ...plan }, options)
  await run.reports().next()
  return { run }
}

/** Lets a body end, and holds the app's thread until long after that: messages are there by then, and timers due. */
async function holdPast(gate: Word): Promise<void> {
  // In that part of the loop behind which timers come, and not messages.
  await nextTurn()
  open(gate)
  Atomics.wait(word(), 0, 0, BOUND_MS + 250)
}

// What another machine has sent is read in turns of the loop only.
describe.skipIf(process.env['HEDDLE_TESTED_PLACE'] === 'elsewhere')('a stall of the main thread', () => {
  it.each(['runMs', 'deadlineMs'] as const)(
    'does not make what has ended by then time out by its %s (S4, S8)',
    async (bound) => {
      await using runtime = createRuntime({ threads: 1 })
      const gate = word()
      const { run } = await begun(runtime, whole, { gate }, { timeout: { [bound]: BOUND_MS } })
      await holdPast(gate)
      await expect(run.settled()).resolves.toMatchObject({ status: 'succeeded', output: 'computed' })
    },
  )

  it('does not take the time of an attempt that has failed meanwhile for that of the next (S4, S8)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    await runtime.run(whole, { ending: 'return' })
    const mark = word()
    const run = runtime.run(retried, { ending: 'throw', mark }, { timeout: { queuedMs: BOUND_MS } })
    // It has been sent; what its body does is not heard of before that time is up.
    await holdPast(word())
    await expect(run.settled()).resolves.toMatchObject({ status: 'failed' })
    expect(Atomics.load(mark, 0)).toBe(3)
  })

  it('does not make close() abort what has ended by then (S4, S22)', async () => {
    const runtime = createRuntime({ threads: 1 })
    const gate = word()
    const { run } = await begun(runtime, whole, { gate })
    await holdPast(gate)
    await runtime.close()
    await expect(run.settled()).resolves.toMatchObject({ status: 'succeeded', output: 'computed' })
  })

  it('does not make the end of a drain abort what has ended by then (S4, S22)', async () => {
    const runtime = createRuntime({ threads: 1 })
    const gate = word()
    const { run } = await begun(runtime, whole, { gate })
    const closed = runtime.close({ drainMs: BOUND_MS })
    await holdPast(gate)
    await closed
    await expect(run.settled()).resolves.toMatchObject({ status: 'succeeded', output: 'computed' })
  })
})
