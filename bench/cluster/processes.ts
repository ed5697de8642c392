// The processes of a cluster: hosts, and workers of BullMQ beside them. They end with this one.

import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** Starts one of those in this folder, and waits until it is ready. */
export async function startProcess(name: string, args: readonly string[]): Promise<ChildProcess> {
  const child = fork(fileURLToPath(new URL(`${name}.js`, import.meta.url)), args, { execArgv: [] })
  await Promise.race([once(child, 'message'), once(child, 'exit')])
  if (child.exitCode !== null) throw new Error(`${name} has ended with exit code ${child.exitCode}`)
  return child
}

/** Kills one. */
export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}
