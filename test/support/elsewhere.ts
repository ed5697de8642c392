// The package as tests import it with HEDDLE_TESTED_PLACE=elsewhere: all that has a cpu share runs on lanes to another machine, which
// is played by the same process (`src/cluster/lanes/in-process.ts`).

import { availableParallelism } from 'node:os'
import {
  createRuntime as createRuntimeHere,
  type Runtime,
  type RuntimeOptions,
} from '../../dist/src/index.js'
import type * as InProcess from '../../src/cluster/lanes/in-process.js'

export * from '../../dist/src/index.js'

const { lanesInProcess } = (await import(
  new URL('../../build/src/cluster/lanes/in-process.js', import.meta.url).href
)) as typeof InProcess

const threadCounts = new WeakMap<Runtime, () => number>()
const machines = new WeakMap<Runtime, InProcess.LanesInProcess>()

/** The machine that a runtime's actions run on. */
export function machineOf(runtime: Runtime): InProcess.LanesInProcess {
  return machines.get(runtime) as InProcess.LanesInProcess
}

/** How many threads a runtime has of its own; its statistics count those elsewhere, too. */
export function threadsHere(runtime: Runtime): number | undefined {
  return threadCounts.get(runtime)?.()
}

/** Makes a runtime whose lanes lead elsewhere; its threads there end with it. */
export function createRuntime(options: RuntimeOptions = {}, { isNamed = false } = {}): Runtime {
  const threads = options?.threads ?? availableParallelism()
  if (threads === 0) return createRuntimeHere(options)
  const { idleTimeoutMs = Infinity, resourceLimits, env, execArgv } = options
  const pool = { idleTimeoutMs, resourceLimits, env, execArgv } as Parameters<typeof lanesInProcess>[1]
  const elsewhere = lanesInProcess(threads, pool, { isNamed })
  const runtime = createRuntimeHere({ ...options, [Symbol.for('heddle.laneSource')]: elsewhere })
  const close = runtime.close.bind(runtime)
  let closing: Promise<void> | undefined
  runtime.close = (...given) => {
    const closed = close(...given)
    closing ??= closed.then(() => elsewhere.close())
    return closing
  }
  const stats = runtime.stats.bind(runtime)
  machines.set(runtime, elsewhere)
  threadCounts.set(runtime, () => stats().threads)
  runtime.stats = () => ({ ...stats(), threads: stats().threads + elsewhere.size })
  runtime[Symbol.asyncDispose] = () => runtime.close()
  return runtime
}
