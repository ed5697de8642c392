#!/usr/bin/env node
// The command line: reads what is wanted, has it done, and turns whatever goes wrong into a message and an exit code.

import { stderr, stdout } from 'node:process'
import { CommanderError } from 'commander'
import { messageOf } from '../protocol/values/describe-value.js'
import { EXIT_FAILED, EXIT_OK, EXIT_SILENT, EXIT_USAGE } from './input/exit-codes.js'
import { createProgram } from './program.js'
import { styleFor } from './display/style.js'
import { UsageError } from './input/usage-error.js'
import { wrapFor } from './display/wrap-words.js'

const exitCode = await main(process.argv.slice(2))
// Connections that are kept for a next request would keep the process, too; what is written has to get out first.
await Promise.all([stdout, stderr].map((stream) => new Promise((resolve) => stream.write('', resolve))))
process.exit(exitCode)

async function main(args: readonly string[]): Promise<number> {
  let code = EXIT_OK
  try {
    await createProgram((given) => (code = given)).parseAsync(args, { from: 'user' })
    return code
  } catch (error) {
    // Commander has written its message itself; help and version end so, too.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_OK : EXIT_USAGE
    const isUsage = error instanceof UsageError
    stderr.write(wrapFor(stderr, `${styleFor(stderr)('red', 'error')}: ${messageOf(error)}\n`))
    if (!isUsage && error instanceof Error && process.env['HEDDLE_DEBUG'] !== undefined)
      stderr.write(`${error.stack}\n`)
    if (isUsage) return EXIT_USAGE
    return isSilence(error) ? EXIT_SILENT : EXIT_FAILED
  }
}

/** By its looks: the code that asks other processes isn't loaded where it isn't used. */
function isSilence(error: unknown): boolean {
  const { name, code } = error as { readonly name?: unknown; readonly code?: unknown }
  return name === 'SilentError' || (name === 'ControlError' && code === 'silent')
}
