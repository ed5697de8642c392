// The commands, put together.

import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { packageFile } from '../package-root.js'
import { abortCommand } from './commands/abort-command.js'
import { completeCommand, completionCommand } from './commands/completion-command.js'
import { doctorCommand } from './commands/doctor-command.js'
import { getCommand, psCommand } from './commands/get-command.js'
import { logsCommand } from './commands/logs-command.js'
import { hostsCommand } from './commands/hosts-command.js'
import { useManPages } from './display/man-help.js'
import { manSections } from './display/man-sections.js'
import { openCommand } from './commands/open-command.js'
import { runCommand } from './commands/run-command.js'
import { stopCommand } from './commands/stop-command.js'
import { sweepCommand } from './commands/sweep-command.js'
import { watchCommand } from './commands/watch-command.js'
import { workerCommand } from './commands/worker-command.js'

/** Makes the program; `onExit` is called with the exit code. */
export function createProgram(onExit: (code: number) => void): Command {
  const program = new Command('heddle')
    .description('Runs trees of actions in worker threads, and stops them cleanly.')
    .version(ownVersion(), '-V, --version')
  const commands = [
    runCommand(onExit),
    psCommand(),
    getCommand(),
    abortCommand(onExit),
    stopCommand(onExit),
    watchCommand(onExit),
    logsCommand(onExit),
    openCommand(onExit),
    sweepCommand(onExit),
    workerCommand(onExit),
    hostsCommand(),
    doctorCommand(onExit),
    completionCommand(),
  ]
  for (const command of commands) program.addCommand(command)
  program.addCommand(completeCommand(program), { hidden: true })
  useManPages(program, manSections)
  for (const command of allCommands(program)) command.exitOverride().showSuggestionAfterError()
  return program
}

function allCommands(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(allCommands)]
}

function ownVersion(): string {
  const { version } = JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as {
    readonly version: string
  }
  return version
}
