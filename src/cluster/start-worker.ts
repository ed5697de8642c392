// `startWorker`: makes a process a host, whose threads run the actions of apps on other machines.

import { drain, type DrainOptions } from './host/drain.js'
import { findServed, Served } from './host/served.js'
import { Worker } from './host/worker.js'
import { resolveWorkerOptions, type WorkerOptions } from './options.js'

/** A host. It holds its process until it is closed. */
export interface WorkerHost {
  /** 128 random bits, as hexadecimal digits. */
  readonly instance: string
  readonly name: string
  /** The actions that it serves, each as `package/module name`. */
  readonly actions: readonly string[]
  /** How many threads are lent just now. */
  lanes(): number
  /**
   * Takes nothing new, lets what runs end, and then leaves: what is left after `drainMs` is aborted, and cut off when its grace
   * is over. Resolves with `true` if nothing was cut off.
   */
  drain(options?: DrainOptions): Promise<boolean>
  /** Leaves at once: what runs is lost. */
  close(): Promise<void>
  /** `close()`. */
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Starts a host: imports the modules in a thread, connects to Redis, and lends threads to whoever asks for these actions. Doesn't
 * wait until it is connected.
 *
 * Rejects with `ActionInputError` for a wrong option, or modules that can't be imported or define nothing.
 */
export async function startWorker(options: WorkerOptions): Promise<WorkerHost> {
  const resolved = resolveWorkerOptions(options)
  const served = new Served(await findServed(resolved.actions, resolved.pool), resolved.build)
  const worker = new Worker(resolved, served)
  await worker.start()
  let closing: Promise<boolean> | undefined
  let draining: Promise<boolean> | undefined
  const end = (): Promise<boolean> => (closing ??= worker.close())
  const close = async (): Promise<void> => void (await end())
  return {
    instance: worker.instance,
    name: resolved.name,
    actions: served.list(),
    lanes: () => worker.busy,
    drain: (given) =>
      (draining ??= drain(worker, given?.drainMs ?? resolved.drainMs).then(
        // It may have been closed meanwhile.
        async (isWhole) => (await end()) && isWhole,
      )),
    close,
    [Symbol.asyncDispose]: close,
  }
}
