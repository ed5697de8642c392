import { createRuntime } from 'heddle'
import { sweep, uniform, random } from 'heddle/sweep'
import { endless } from './build/test/fixtures/sweep/trials.js'
for (let i = 0; i < 60; i++) {
  const runtime = createRuntime({ threads: 2 })
  const events = []
  ;(async () => {
    for await (const e of runtime.events()) events.push(e)
  })()
  const t = performance.now()
  const study = sweep(runtime, endless, {
    space: { x: uniform(0, 1), y: uniform(0, 1) },
    metric: 'score',
    direction: 'maximize',
    sampler: random({ seed: 1 }),
    pruner: { name: 'all', start: () => ({ decide: () => 'enough', end: () => {} }) },
    trials: 12,
  })
  const { trials } = await study
  const ms = performance.now() - t
  if (ms > 3000 || trials.some((x) => x.state !== 'pruned')) {
    console.log(i, ms)
    for (const x of trials)
      if (x.state !== 'pruned' || x.threadMs > 3000) {
        console.log(x)
        console.log(
          events
            .filter((e) => e.id === x.action)
            .map((e) =>
              JSON.stringify({
                type: e.type,
                phase: e.phase,
                at: e.at,
                how: e.how,
                thread: e.thread,
                reason: e.reason,
                message: e.message,
                value: e.value,
              }),
            )
            .join('\n'),
        )
      }
  }
  await runtime.close()
}
console.log('done')
