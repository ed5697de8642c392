// What the pool's threads run: a resident task that serves one lane until it is closed. Reached through `pool-entry`.

import { threadId, type MessagePort } from 'node:worker_threads'
import { createClock } from '../../src/protocol/clock.js'
import type { LaneCounters } from '../../src/protocol/claims.js'
import { isActionThread } from '../../src/is-action-thread.js'
import { currentBody } from './current-body.js'
import { importModule } from './definitions.js'
import { Host } from './host.js'
import { rehearse } from './rehearsal.js'

if (!isActionThread) {
  throw new Error('actors/inside/entry.js is run by Heddle in its threads; import heddle instead')
}

/** What the resident task is given. */
export interface LaneOpening {
  readonly port: MessagePort
  readonly counter: LaneCounters
  /** See `createClock`. */
  readonly epochOffset: number
}

// A rejection that nobody handles would kill the thread and everything on it: it fails the action it belongs to.
process.on('unhandledRejection', (reason: unknown) => {
  const body = currentBody.getStore()
  // Not of any body: as in any Node program, it is fatal.
  if (body === undefined) throw reason
  body.host.failBody(body, reason)
})

// Whose fault it is that the thread ends, where that can be seen: the others on it aren't charged for it (S21).
process.on('exit', tellCulprit)
process.on('uncaughtExceptionMonitor', tellCulprit)

function tellCulprit(): void {
  const body = currentBody.getStore()
  if (body === undefined) return
  body.host.outbox.push({ type: 'endsThread', ticket: body.ticket })
  body.host.outbox.flush()
}

/** How long a spare thread may take to load modules, in milliseconds: one that awaits something at its top level may never end. */
const PRELOAD_MS = 2000

/**
 * Gets the thread ready ahead of need: compiles the host, and imports modules. What is wrong with one is told to the action
 * that needs it.
 */
export async function warmUp(modules: readonly string[]): Promise<void> {
  await rehearse()
  let timer: NodeJS.Timeout | undefined
  const timeIsUp = new Promise<void>((resolve) => (timer = setTimeout(resolve, PRELOAD_MS)))
  await Promise.race([Promise.allSettled(modules.map(importModule)), timeIsUp])
  clearTimeout(timer)
}

/** Serves one lane; the promise resolves when the runtime has closed it. */
export default function serve({ port, counter, epochOffset }: LaneOpening): Promise<void> {
  return new Promise((resolve) => {
    const host = new Host({
      port,
      counter,
      now: createClock(epochOffset),
      thread: threadId,
      onClose() {
        // What was written to the console travels by the main thread's loop, and may be lost once this thread is ended.
        void Promise.all([written(process.stdout), written(process.stderr)]).then(() => {
          port.close()
          resolve()
        })
      },
    })
    void host
  })
}

/** Resolves when the main thread has taken what was written. */
function written(stream: NodeJS.WriteStream): Promise<void> | undefined {
  if (stream.writableLength === 0) return undefined
  return new Promise((resolve) => {
    stream.write('', () => resolve())
  })
}
