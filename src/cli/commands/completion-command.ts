// Completion: scripts for the shells (those of @bomb.sh/tab), and what they ask for at each Tab. Answered here, and not
// by that library, since names of runs come from other processes, and the module of `heddle run` is a file.

import { stdout } from 'node:process'
import { Argument, Command, type Option } from 'commander'
import { BASH_SCRIPT, LOCAL_FUNCTION } from './bash-completion.js'
import type { Page } from '../../control/api.js'
import type { ControlClient } from '../../control/client/control-client.js'
import { connect, findProcesses } from '../../control/client/processes.js'
import { isTerminal, LIVE_PHASES, PHASES } from '../../protocol/outcome.js'
import { printable } from '../display/printable.js'

const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const

type Shell = (typeof SHELLS)[number]

/** Where no `heddle` is installed for all, the project's own is what completion asks, and what runs. */
const LOCAL_FUNCTIONS: Readonly<Record<Exclude<Shell, 'bash'>, string>> = {
  zsh: `${LOCAL_FUNCTION.replaceAll('\\$', '$')}\n`,
  fish: 'type -q heddle; or function heddle; npx --no-install heddle $argv; end\n',
  powershell:
    'if (-not (Get-Command heddle -ErrorAction SilentlyContinue)) { function global:heddle { npx --no-install heddle @args } }\n',
}

/** The answers to the scripts: complete files, or don't. */
const COMPLETE_FILES = ':0'
const NO_FILES = ':4'

/** How long other processes may take to answer before a Tab goes without them, in milliseconds. */
const LONGEST_WAIT_MS = longestWait(400)
const MOST_BYTES = 8 * 1024 * 1024
const MOST_ACTIONS = 200
/** Options whose value is a file. */
const FILE_OPTIONS: ReadonlySet<string | undefined> = new Set(['--input', '--output'])

/** What no shell takes for anything but text. */
const PLAIN = /^[\p{L}\p{N}_@%+=:,./-]+$/u

/** One thing that may come next. */
interface Candidate {
  readonly value: string
  readonly about: string
}

/** Makes `heddle completion`. */
export function completionCommand(): Command {
  return new Command('completion')
    .summary('print a script that completes commands, runs and actions')
    .description(
      'Prints a script for a shell. It completes commands and options, and the names of runs and actions that live. Where heddle is installed in a project only, the script also makes a function heddle that runs the project’s.',
    )
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .action(async (shell: string) => {
      if (shell === 'bash') return void stdout.write(BASH_SCRIPT)
      stdout.write(LOCAL_FUNCTIONS[shell as Exclude<Shell, 'bash'>])
      const { script } = await import('@bomb.sh/tab')
      script(shell, 'heddle', 'heddle')
    })
}

/** Makes `heddle complete -- <words>`, which the scripts call. */
export function completeCommand(program: Command): Command {
  return new Command('complete')
    .argument('[words...]')
    .allowUnknownOption()
    .helpOption(false)
    .action(async (words: string[]) => {
      const { candidates, files } = await complete(program, words)
      // Not every script quotes what it inserts, and a run may be named `$(…)`: such names are typed by hand.
      const plain = candidates.filter(({ value }) => PLAIN.test(value))
      const lines = plain.map(({ value, about }) => `${value}\t${printable(about)}`)
      stdout.write(`${[...lines, files ? COMPLETE_FILES : NO_FILES].join('\n')}\n`)
    })
}

interface Completions {
  readonly candidates: readonly Candidate[]
  /** Whether the shell should offer files. */
  readonly files: boolean
}

/** What may come in the place of the last word. */
async function complete(program: Command, words: readonly string[]): Promise<Completions> {
  const typed = words.at(-1) ?? ''
  const before = words.slice(0, -1)
  const { command, operands, pending } = place(program, before)
  const starting = (all: readonly Candidate[]): Completions => ({
    candidates: all.filter(({ value }) => value.startsWith(typed)),
    files: false,
  })
  if (pending !== undefined) return completeValue(pending, starting)
  if (typed.startsWith('-')) {
    const options = command.createHelp().visibleOptions(command)
    return starting(
      options.flatMap((option) => (option.long ? [{ value: option.long, about: option.description }] : [])),
    )
  }
  const commands = command.createHelp().visibleCommands(command)
  if (commands.length > 0 && operands.length === 0) {
    return starting(commands.map((one) => ({ value: one.name(), about: one.summary() || one.description() })))
  }
  return completeOperand(command, operands, starting)
}

/** Which command the words before the last one lead to, its operands, and an option that waits for its value. */
function place(
  program: Command,
  words: readonly string[],
): { readonly command: Command; readonly operands: readonly string[]; readonly pending: Option | undefined } {
  let command = program
  const operands: string[] = []
  let pending: Option | undefined
  for (const word of words) {
    if (pending !== undefined) {
      pending = undefined
      continue
    }
    if (word.startsWith('-')) {
      const option = command.options.find(({ long, short }) => long === word || short === word)
      if (option?.required === true) pending = option
      continue
    }
    const next =
      operands.length === 0
        ? command.commands.find((one) => one.name() === word || one.aliases().includes(word))
        : undefined
    if (next === undefined) operands.push(word)
    else command = next
  }
  return { command, operands, pending }
}

function completeValue(option: Option, starting: (all: readonly Candidate[]) => Completions): Completions {
  const choices =
    option.long === '--phase'
      ? PHASES
      : option.long === '--where'
        ? LIVE_PHASES.map((one) => `phase=${one}`)
        : option.argChoices
  if (choices !== undefined) return starting(choices.map((value) => ({ value, about: '' })))
  return { candidates: [], files: FILE_OPTIONS.has(option.long) }
}

async function completeOperand(
  command: Command,
  operands: readonly string[],
  starting: (all: readonly Candidate[]) => Completions,
): Promise<Completions> {
  const [first] = operands
  // The file of a study.
  if (command.parent?.name() === 'sweep') return { candidates: [], files: first === undefined }
  switch (command.name()) {
    case 'run':
      // `heddle get run` takes a run, `heddle run` a module.
      if (command.parent?.name() === 'get')
        return starting(operands.length === 0 ? await runNames(false) : [])
      return { candidates: [], files: operands.length === 0 }
    case 'abort': {
      const named = first === 'run' || first === 'action' ? operands.slice(1) : operands
      const [run] = named
      if (run === undefined) return starting(await runNames(true))
      return starting(first === 'run' ? [] : await actionIds(run))
    }
    case 'action':
    case 'logs':
      return starting(
        first === undefined ? await runNames(false) : operands.length === 1 ? await actionIds(first) : [],
      )
    case 'open':
      return starting(first === undefined ? await runNames(false) : [])
    case 'stop':
    case 'watch':
      return starting(first === undefined ? await runNames(true) : [])
    case 'completion':
      return starting(SHELLS.map((value) => ({ value, about: '' })))
    default:
      return { candidates: [], files: false }
  }
}

/**
 * Asks all processes, at the same time. Nothing may spoil a Tab: a process that doesn't answer in time, or fails,
 * completes nothing, and the others do.
 */
async function answersOf<Answer>(ask: (client: ControlClient) => Promise<Page<Answer>>): Promise<Answer[]> {
  const found = await findProcesses({ timeoutMs: LONGEST_WAIT_MS }).catch(() => [])
  const answers = await Promise.allSettled(
    found
      .filter(({ responsive }) => responsive)
      .map((process) => ask(connect(process, { timeoutMs: LONGEST_WAIT_MS, mostBytes: MOST_BYTES }))),
  )
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value.items : []))
}

async function runNames(onlyLive: boolean): Promise<readonly Candidate[]> {
  const runs = await answersOf((client) => client.runs({ limit: MOST_ACTIONS }))
  return runs
    .filter(({ phase }) => !onlyLive || !isTerminal(phase))
    .map(({ run, phase }) => ({ value: run, about: phase }))
}

async function actionIds(run: string): Promise<readonly Candidate[]> {
  const query = { phase: LIVE_PHASES.join(','), limit: MOST_ACTIONS }
  const actions = await answersOf((client) => client.actions(run, query))
  return actions.map(({ id, name, phase }) => ({ value: id, about: `${name}, ${phase}` }))
}

/** By the environment, where that says it in milliseconds. */
function longestWait(usual: number): number {
  const wanted = Number(process.env['HEDDLE_COMPLETION_MS'] ?? Number.NaN)
  return wanted > 0 && Number.isFinite(wanted) ? wanted : usual
}
