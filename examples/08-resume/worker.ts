/**
 * One process that works on the sweep: it continues from the file, whatever has become of the process before it.
 * `main.ts` starts it, and kills it.
 */
import { createRuntime } from 'heddle'
import { asha, logUniform, sweep, tpe, uniform } from 'heddle/sweep'
import { walk } from './trial.js'

const runtime = createRuntime({ threads: 2 })
try {
  const study = sweep(runtime, walk, {
    space: { stepLength: logUniform(1e-6, 1e-2), momentum: uniform(0, 1) },
    metric: 'height',
    direction: 'minimize',
    sampler: tpe({ seed: 1 }),
    pruner: asha(),
    trials: 60,
    concurrency: 4,
    storage: process.argv[2],
  })
  for await (const { counts, best } of study.reports()) {
    const ended = counts.completed + counts.pruned + counts.failed
    const height = best?.value === undefined ? '' : `, lowest ${best.value.toPrecision(3)}`
    console.log(`${ended} ended, ${counts.running} running${height}`)
  }
  const { best, counts, trials } = await study
  const again = trials.filter(({ attempt }) => attempt > 1).length
  console.log(`${counts.completed} completed, ${counts.pruned} pruned, ${counts.failed} failed`)
  console.log(`${again} had been interrupted, and were run again`)
  console.log(`best: ${JSON.stringify(best?.parameters)}, height ${best?.value?.toPrecision(3)}`)
} finally {
  await runtime.close()
}
