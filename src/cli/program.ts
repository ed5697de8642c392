// The commands, put together.

import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { abortCommand } from './abort-command.js'
import { completeCommand, completionCommand } from './completion-command.js'
import { doctorCommand } from './doctor-command.js'
import { getCommand, psCommand } from './get-command.js'
import { logsCommand } from './logs-command.js'
import { useManPages } from './man-help.js'
import { manSections } from './man-sections.js'
import { runCommand } from './run-command.js'
import { watchCommand } from './watch-command.js'

/** Makes the program; `onExit` is told what the process should exit with. */
export function createProgram(onExit: (code: number) => void): Command {
  const program = new Command('heddle')
    .description('Runs trees of actions in worker threads, and stops them cleanly.')
    .version(ownVersion(), '-V, --version')
  const commands = [
    runCommand(onExit),
    psCommand(),
    getCommand(),
    abortCommand(onExit),
    watchCommand(onExit),
    logsCommand(onExit),
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
  const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
    readonly version: string
  }
  return version
}
