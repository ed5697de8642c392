#!/usr/bin/env node
// The command line: reads what is wanted, has it done, and turns whatever goes wrong into a message and an exit code.

import { stderr, stdout } from 'node:process'
import { CommanderError } from 'commander'
import { messageOf } from '../protocol/describe-value.js'
import { EXIT_FAILED, EXIT_OK, EXIT_USAGE } from './exit-codes.js'
import { createProgram } from './program.js'
import { styleFor } from './style.js'
import { UsageError } from './usage-error.js'

const exitCode = await main(process.argv.slice(2))
// Connections that are kept for a next request would keep the process, too; what is written has to get out first.
await Promise.all([stdout, stderr].map((stream) => new Promise((resolve) => stream.write('', resolve))))
process.exit(exitCode)

async function main(args: readonly string[]): Promise<number> {
  let code = EXIT_OK
  try {
    await createProgram((told) => (code = told)).parseAsync(args, { from: 'user' })
    return code
  } catch (error) {
    // Commander has written its message itself; help and version end so, too.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_OK : EXIT_USAGE
    const isUsage = error instanceof UsageError
    stderr.write(`${styleFor(stderr)('red', 'error')}: ${messageOf(error)}\n`)
    if (!isUsage && error instanceof Error && process.env['HEDDLE_DEBUG'] !== undefined)
      stderr.write(`${error.stack}\n`)
    return isUsage ? EXIT_USAGE : EXIT_FAILED
  }
}
