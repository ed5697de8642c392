// Completion: scripts for the shells (those of @bomb.sh/tab), and what they ask for at each Tab. Answered here, and not
// by that library, since names of runs come from other processes, and the module of `heddle run` is a file.

import { stdout } from 'node:process'
import { Argument, Command, type Option } from 'commander'
import { BASH_SCRIPT } from './bash-completion.js'
import { findProcesses, askAll } from './target.js'
import { isTerminal } from '../protocol/outcome.js'
import { printable } from './printable.js'

const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const

/** What the scripts are told: complete files, or don't. */
const COMPLETE_FILES = ':0'
const NO_FILES = ':4'

/** How long other processes may take to answer before a Tab gives nothing, in milliseconds. */
const LONGEST_WAIT_MS = 1500
const MOST_ACTIONS = 200

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
      'Prints a script for a shell. It completes commands and options, and the names of runs and actions that live.',
    )
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .action(async (shell: string) => {
      if (shell === 'bash') return void stdout.write(BASH_SCRIPT)
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
  const phases = ['queued', 'running', 'aborting', 'succeeded', 'failed', 'aborted', 'timedOut']
  const choices =
    option.long === '--phase'
      ? phases
      : option.long === '--where'
        ? phases.slice(0, 3).map((one) => `phase=${one}`)
        : option.argChoices
  if (choices !== undefined) return starting(choices.map((value) => ({ value, about: '' })))
  return { candidates: [], files: option.long === '--input' }
}

async function completeOperand(
  command: Command,
  operands: readonly string[],
  starting: (all: readonly Candidate[]) => Completions,
): Promise<Completions> {
  const [first] = operands
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
    case 'watch':
      return starting(first === undefined ? await runNames(true) : [])
    case 'completion':
      return starting(SHELLS.map((value) => ({ value, about: '' })))
    default:
      return { candidates: [], files: false }
  }
}

/** Nothing may spoil a Tab: what doesn't answer in time, or fails, completes nothing. */
async function quietly(look: () => Promise<readonly Candidate[]>): Promise<readonly Candidate[]> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<readonly Candidate[]>((resolve) => {
    timer = setTimeout(() => resolve([]), LONGEST_WAIT_MS)
  })
  try {
    return await Promise.race([look().catch(() => []), late])
  } finally {
    clearTimeout(timer)
  }
}

function runNames(onlyLive: boolean): Promise<readonly Candidate[]> {
  return quietly(async () => {
    const targets = await findProcesses({}, () => {})
    const pages = await askAll(
      targets,
      (client) => client.runs({ limit: MOST_ACTIONS }),
      () => {},
    )
    return pages
      .flatMap(({ answer }) => answer.items)
      .filter(({ phase }) => !onlyLive || !isTerminal(phase))
      .map(({ run, phase }) => ({ value: run, about: phase }))
  })
}

function actionIds(run: string): Promise<readonly Candidate[]> {
  return quietly(async () => {
    const targets = await findProcesses({}, () => {})
    const query = { phase: 'queued,running,aborting', limit: MOST_ACTIONS }
    const answers = await Promise.allSettled(targets.map(({ client }) => client.actions(run, query)))
    return answers
      .flatMap((answer) => (answer.status === 'fulfilled' ? answer.value.items : []))
      .map(({ id, name, phase }) => ({ value: id, about: `${name}, ${phase}` }))
  })
}
