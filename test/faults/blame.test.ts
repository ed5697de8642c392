// Whose doing it is that a thread is lost, as the errors of all that lived there say (S28).

import { createRuntime, isHeddleError, type Run, type Runtime, type ThreadLostError } from 'heddle'
import { faulty, faultyHalf, neighbour, STRIKES, witness, type Fault } from '#fixtures/faults.js'
import { half, shared } from '#fixtures/stopping.js'
import { describe, expect, it } from 'vitest'
import { EventRecorder } from '../support/event-recorder.js'
import { open, word } from '../support/shared-words.js'

async function lossOf(run: Run): Promise<ThreadLostError> {
  const outcome = await run.settled()
  if (outcome.status === 'failed' && isHeddleError(outcome.error, 'ThreadLostError')) return outcome.error
  throw new Error(`it has ${outcome.status}, and lost no thread`, { cause: outcome })
}

/** Two on one thread, of which one goes wrong once both live. */
async function sideBySide(runtime: Runtime, fault: Fault): Promise<{ bystander: Run; guilty: Run }> {
  const recorder = new EventRecorder(runtime)
  const bystander = runtime.run(half, { ending: 'sleep', report: 'sleeps' }, { name: 'bystander' })
  await recorder.next((event) => event.type === 'report' && event.run === 'bystander')
  const gate = word()
  const guilty = runtime.run(faultyHalf, { fault, gate }, { name: 'guilty' })
  await recorder.next((event) => event.type === 'report' && event.run === 'guilty')
  open(gate)
  // From here on it doesn't yield any more, if it doesn't in the fault.
  while (Atomics.load(gate, 0) !== STRIKES) await new Promise(setImmediate)
  return { bystander, guilty }
}

/** A young generation that is small, too: one that is moved at once as a whole may end the process, and not just the thread. */
const resourceLimits = { maxOldGenerationSizeMb: 48, maxYoungGenerationSizeMb: 4 }

describe('blame', () => {
  it.each(['exit', 'exhaust'] as const)(
    'is the own one of a body that ends its thread, and not that of its neighbour: %s (S28)',
    async (fault) => {
      await using runtime = createRuntime({ threads: 1, resourceLimits })
      const { bystander, guilty } = await sideBySide(runtime, fault)
      const own = await lossOf(guilty)
      expect(own).toMatchObject({ blame: 'self' })
      expect(own).not.toHaveProperty('culprit')
      const lost = await lossOf(bystander)
      expect(lost).toMatchObject({ loss: own.loss, blame: 'other', culprit: { run: 'guilty', action: 'a0' } })
    },
  )

  it('is that of the one for whom a thread is killed (S6, S28)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const { bystander, guilty } = await sideBySide(runtime, 'spin')
    guilty.cancel('enough', { graceMs: 0 })
    const lost = await lossOf(bystander)
    expect(lost).toMatchObject({
      loss: 'killed-for-neighbour',
      blame: 'other',
      culprit: { run: 'guilty', action: 'a0' },
    })
  })

  it('names who has left the code behind that ends the thread (S28)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const { bystander, guilty } = await sideBySide(runtime, 'exitLater')
    await expect(guilty.settled()).resolves.toMatchObject({ status: 'succeeded' })
    const lost = await lossOf(bystander)
    expect(lost).toMatchObject({ loss: 'exited', blame: 'other', culprit: { run: 'guilty', action: 'a0' } })
  })

  it("is not known of an exception that is nobody's, and then the attempt counts (S28)", async () => {
    await using runtime = createRuntime({ threads: 1 })
    const { bystander, guilty } = await sideBySide(runtime, 'crashOutside')
    for (const run of [bystander, guilty]) {
      const lost = await lossOf(run)
      expect(lost).toMatchObject({ loss: 'crashed', blame: 'unknown' })
      expect(lost).not.toHaveProperty('culprit')
    }
  })

  it('is not known where two compute on a thread that runs out of memory (S28)', async () => {
    await using runtime = createRuntime({ threads: 1, resourceLimits })
    const never = word()
    const bystander = runtime.run(neighbour, never)
    await bystander.reports().next()
    const guilty = runtime.run(faultyHalf, { fault: 'exhaust' })
    for (const run of [bystander, guilty]) {
      expect(await lossOf(run)).toMatchObject({ loss: 'out-of-memory', blame: 'unknown' })
    }
  })

  it('is the own one of an action alone on a thread that runs out of memory (S28)', async () => {
    await using runtime = createRuntime({ threads: 1, resourceLimits })
    const lost = await lossOf(runtime.run(faulty, { fault: 'exhaust' }))
    expect(lost).toMatchObject({ loss: 'out-of-memory', blame: 'self' })
  })

  it('is the own one of a parent whose child ends their thread, and names the child (S28)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = runtime.run(shared, { ending: 'await', children: [{ on: 'shared', ending: 'exit' }] })
    const lost = await lossOf(run)
    expect(lost).toMatchObject({ blame: 'self', culprit: { run: run.run, action: 'a0.1' } })
  })

  it('crosses threads: a parent sees who has taken its child along (S28, I12)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const gate = word()
    const run = runtime.run(witness, gate)
    await run.reports().next()
    open(gate)
    await expect(run).resolves.toEqual({ blame: 'other', culprit: { run: run.run, action: 'a0.2' } })
  })
})
