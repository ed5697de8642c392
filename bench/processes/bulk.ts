// No-ops in bulk and one at a time, as a process of its own: so that it can be given flags of V8. Prints the two groups.

import { createRuntime } from 'heddle'
import { noOp } from '../actions.js'
import { noOpsAtOnce, RUNS, SCOPE } from '../candidates.js'
import { measure, type Kind } from '../measure.js'
import { startNoroutine } from '../peers/noroutine.js'
import { THREADS } from '../peers/peer.js'
import { startRaw } from '../peers/raw.js'
import { startTuned } from '../peers/tuned.js'
import { openScope } from '../suites/round-trip.js'

const COUNT = 10_000

const runtime = createRuntime({ threads: THREADS, retain: 0 })
const raw = await startRaw('noOp')
const peers = [
  await startTuned('piscina'),
  await startTuned('tinypool'),
  await startTuned('poolifier'),
  startNoroutine(),
]
const bulk = await measure(
  {
    title: 'bulk',
    unit: 'µs each',
    rate: 'k/s',
    rounds: 5,
    warmUps: 2,
    scale: 1000 / COUNT,
  },
  noOpsAtOnce(COUNT, raw, peers, runtime),
)
const scope = await openScope(runtime)
const calls: readonly (readonly [name: string, kind: Kind, call: () => PromiseLike<unknown>])[] = [
  [raw.name, 'floor', () => raw.run('noOp')],
  ...peers.map((peer): [string, Kind, () => PromiseLike<unknown>] => [
    peer.name,
    peer.kind,
    () => peer.run('noOp'),
  ]),
  [SCOPE, 'heddle', () => scope.ctx.spawn(noOp)],
  [RUNS, 'heddle', () => runtime.run(noOp)],
]
const alone = await measure(
  { title: 'one at a time', unit: 'µs', rounds: 5, iterations: 300, scale: 1000 },
  calls.map(([name, kind, call]) => ({ name, kind, run: async () => void (await call()) })),
)
await scope.close()
process.stdout.write(JSON.stringify({ bulk, alone }))
await raw.close()
await Promise.all(peers.map((peer) => peer.close()))
await runtime.close()
