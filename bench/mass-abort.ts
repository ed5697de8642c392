// How long does it take to stop a great many actions? Children of one parent, all running or parked or some still
// queued; from the abort of the parent to the end of the run.

import { createRuntime } from 'heddle'
import type { ActionDefinition } from 'heddle'
import { write, type Measured } from './measure.js'
import { computing, sleeper, waiting } from './no-op.js'

/** Aborts `count` actions at once, `rounds` times. */
export async function massAbort(count: number, rounds: number): Promise<Measured[]> {
  write(`\nmass abort: ${count} children of one scope, from the abort to the end of the run`)
  return [
    await measureAbort('parked on the shared thread', sleeper, count, rounds),
    await measureAbort('parked on two threads', waiting, count, rounds),
    await measureAbort('half parked, half queued', sleeper, count, rounds, computing),
  ]
}

async function measureAbort(
  name: string,
  definition: ActionDefinition<void, void>,
  count: number,
  rounds: number,
  /** What every other one is, if not the same: all but two of them wait in the queue. */
  other: ActionDefinition<void, void> = definition,
): Promise<Measured> {
  const samples: number[] = []
  for (let round = 0; round <= rounds; round += 1) {
    const runtime = createRuntime({ threads: 2, retain: { actions: count } })
    const run = runtime.scope(async (ctx) => {
      for (let spawned = 0; spawned < count; spawned += 1) ctx.spawn(spawned % 2 === 0 ? definition : other)
      await ctx.sleep(3_600_000)
    })
    // Looked at from time to time: a reader of events would be one more thing that costs.
    while (runtime.stats().running < (other === definition ? count : count / 2 + 2) + 1)
      await new Promise((resolve) => setTimeout(resolve, 20))
    const start = performance.now()
    runtime.abort(run.run, { reason: 'enough' })
    await run.settled()
    if (round > 0) samples.push(performance.now() - start)
    await runtime.close()
  }
  samples.sort((a, b) => a - b)
  const measured = {
    name,
    medianMs: samples[samples.length >> 1] as number,
    lowestMs: samples[0] as number,
    highestMs: samples.at(-1) as number,
  }
  write(
    `  ${name.padEnd(34)} ${measured.medianMs.toFixed(0).padStart(6)} ms  (${measured.lowestMs.toFixed(0)}–${measured.highestMs.toFixed(0)})`,
  )
  return measured
}
