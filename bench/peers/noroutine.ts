// noroutine: functions of a CommonJS module, replaced by calls in a thread. Nearly bare messages: a message, a promise and a
// timer a call, always to the same thread until it looks for the idlest one again, every `monitoring` milliseconds. No
// queue, no abort, and nothing happens when a thread dies.

import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { THREADS, type Peer, type PeerStart } from './peer.js'

/** What of noroutine can be tuned. */
export interface NoroutineSettings {
  readonly pool?: number
  readonly monitoring?: number
}

type AnyTask = (input?: unknown) => Promise<unknown>

interface Noroutine {
  init(options: NoroutineSettings & { modules: object[]; timeout: number }): void
  finalize(): Promise<void>
}

const require = createRequire(import.meta.url)
const tasksFile = fileURLToPath(new URL('noroutine-tasks.cjs', import.meta.url))

/** Starts threads. It keeps them in its module, so each start loads the module anew. */
export function startNoroutine({
  threads = THREADS,
  name,
  settings,
}: PeerStart<NoroutineSettings> = {}): Peer {
  delete require.cache[require.resolve('noroutine')]
  delete require.cache[tasksFile]
  const noroutine = require('noroutine') as Noroutine
  const tasks = require(tasksFile) as Record<string, AnyTask>
  // By default a call fails after five seconds: in a long queue of tasks all would.
  noroutine.init({ modules: [tasks], pool: threads, timeout: 3_600_000, ...settings })
  return {
    name: name ?? 'noroutine',
    kind: 'bare',
    transfers: false,
    kills: false,
    run: (task, input) => (tasks[task] as AnyTask)(input),
    close: () => noroutine.finalize(),
  }
}
