// Runs a program of the suites in a process of its own, so that it finds nothing that another one has loaded, compiled or
// left behind; what it prints is JSON.

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { isQuick } from '../quick.js'

const run = promisify(execFile)

/** Runs `bench/processes/<name>` and gives what it has printed. Node's own flags come before it. */
export async function runProgram(
  name: string,
  args: readonly string[] = [],
  flags: readonly string[] = [],
): Promise<unknown> {
  const file = fileURLToPath(new URL(`${name}.js`, import.meta.url))
  const { stdout } = await run(process.execPath, [...flags, file, ...args, ...(isQuick ? ['--quick'] : [])], {
    maxBuffer: 2 ** 26,
  })
  return JSON.parse(stdout)
}
