// The resident task that the pool's threads run: it serves one lane until it is closed. Reached through `pool-entry`.

import { readlinkSync } from 'node:fs'
import { threadId, type MessagePort } from 'node:worker_threads'
import { createClock } from '../../src/protocol/clock.js'
import { keepBuffers } from '../../src/protocol/transfers.js'
import { Counter, type LaneCounters } from '../../src/protocol/claims.js'
import { isActionThread } from '../../src/is-action-thread.js'
import { describeValue } from '../../src/protocol/values/describe-value.js'
import { runningBody, type Body } from './body/body.js'
import { currentBody } from './body/current-body.js'
import { importModule } from './definitions.js'
import { Host } from './host.js'
import { linkByPort } from './port-link.js'
import { throwerOf, watchMicrotasks } from './body/microtasks.js'
import type { HostName } from '../../src/protocol/host-name.js'
import { isAnOwnAbort } from './body/own-aborts.js'
import { warmUpHost } from './warm-up.js'

if (!isActionThread) {
  throw new Error('actors/inside/entry.js is run by Heddle in its threads; import heddle instead')
}

/** What the resident task is given. */
export interface LaneOpening {
  readonly port: MessagePort
  readonly counter: LaneCounters
  /** See `createClock`. */
  readonly epochOffset: number
  /** This machine, where it isn't the runtime's. */
  readonly machine?: HostName | undefined
}

/** The host of the lane that is served just now. */
let served: Host | undefined
let isAnnounced = false

// What nobody catches would kill the thread and everything on it: it fails the action it belongs to (S15). Where it belongs
// to none, it is fatal, as in any Node program; and left to a handler of the user's, where there is one.
watchMicrotasks()
for (const event of ['unhandledRejection', 'uncaughtException'] as const) {
  process.on(event, (thrown: unknown) => {
    if (isAnOwnAbort(thrown)) return
    const body = throwerOf(thrown) ?? runningBody()
    if (body !== undefined) failOutside(body, thrown, event)
    else if (process.listenerCount(event) === 1) {
      if (event === 'uncaughtException') announceCulprit()
      throw thrown
    }
  })
}

function failOutside(body: Body, thrown: unknown, event: 'unhandledRejection' | 'uncaughtException'): void {
  if (body.isLive) body.fail(thrown)
  else if (event === 'uncaughtException' && !body.isOwnAbort(thrown)) {
    const { run, id, name } = body.info
    const what = thrown instanceof Error ? (thrown.stack ?? thrown.message) : describeValue(thrown)
    process.emitWarning(
      `code that action ${id} '${name}' of run '${run}' has left behind threw: ${what}`,
      'HeddleWarning',
    )
  }
}

// Whose fault it is that the thread ends, where that can be seen: the others on it aren't charged for it (S21, S28).
process.on('exit', announceCulprit)

function announceCulprit(): void {
  // An exception is followed by the exit: the first word counts.
  if (served === undefined || isAnnounced) return
  isAnnounced = true
  served.announceEndOfThread(currentBody.getStore())
}

/** How long a spare thread may take to load modules, in milliseconds: one that awaits something at its top level may never end. */
const PRELOAD_MS = 2000

/**
 * Gets the thread ready ahead of need: compiles the host, and imports modules. What is wrong with one is told to the action
 * that needs it. Gives the id of the thread.
 */
export async function warmUp(modules: readonly string[]): Promise<number> {
  await warmUpHost()
  let timer: NodeJS.Timeout | undefined
  const timeIsUp = new Promise<void>((resolve) => (timer = setTimeout(resolve, PRELOAD_MS)))
  await Promise.race([Promise.allSettled(modules.map(importModule)), timeIsUp])
  clearTimeout(timer)
  return threadId
}

/** By which the main thread sees how long this one has waited for a processor; 0 where the system doesn't tell. */
const OS_THREAD = readOsThread()

function readOsThread(): number {
  if (process.platform !== 'linux') return 0
  try {
    return Number(/\d+$/.exec(readlinkSync('/proc/thread-self'))?.[0] ?? 0)
  } catch {
    return 0
  }
}

/** Serves one lane; the promise resolves when the runtime has closed it. */
export default function serve({ port, counter, epochOffset, machine }: LaneOpening): Promise<void> {
  Atomics.store(counter, Counter.osThread, OS_THREAD)
  if (machine !== undefined) keepBuffers()
  return new Promise((resolve) => {
    const host = new Host({
      link: linkByPort(port, counter, machine !== undefined),
      now: createClock(epochOffset),
      thread: threadId,
      machine,
      onClose() {
        // What was written to the console travels by the main thread's loop, and may be lost once this thread is ended.
        served = undefined
        void Promise.all([written(process.stdout), written(process.stderr)]).then(() => {
          port.close()
          resolve()
        })
      },
    })
    served = host
  })
}

/** Resolves when the main thread has taken what was written. */
function written(stream: NodeJS.WriteStream): Promise<void> | undefined {
  if (stream.writableLength === 0) return undefined
  return new Promise((resolve) => {
    stream.write('', () => resolve())
  })
}
