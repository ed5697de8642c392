// Help in the form of a manual page: the same sections for each command, in the order in which they are looked for.

import type { Command, Help } from 'commander'
import { stdout } from 'node:process'
import { padTo, widthOf } from './printable.js'
import { styleFor } from './style.js'

/** What a command's page has beyond what its definition says. */
export interface ManSections {
  readonly examples?: readonly (readonly [command: string, does: string])[]
  /** Exit codes other than 0, 1 and 2, which mean the same everywhere. */
  readonly exitStatus?: readonly (readonly [code: string, meaning: string])[]
}

const WIDEST_PAGE = 100
const NARROWEST_TEXT = 30
const LABEL_WIDTH = 28
const INDENT = '  '

const COMMON_EXITS: readonly (readonly [string, string])[] = [
  ['0', 'it is done'],
  ['1', 'it failed, or what was named isn’t there'],
  ['2', 'the command line, or the input, is wrong'],
  ['3', 'a process that may have what was named doesn’t answer'],
]
const ENVIRONMENT: readonly (readonly [string, string])[] = [
  ['HEDDLE_URL, HEDDLE_TOKEN', 'a process by its address, as --url and --token'],
  ['HEDDLE_RUN_DIR', 'folder in which served processes find each other'],
  ['HEDDLE_COMPLETION_MS', 'how long a Tab waits for other processes, in milliseconds (400)'],
  ['NO_COLOR, FORCE_COLOR', 'no colours; colours even where there is no terminal'],
]

/** Has a command, and those below it, show their help as pages. */
export function useManPages(program: Command, sections: Readonly<Record<string, ManSections>>): void {
  const all = (command: Command): readonly Command[] => [command, ...command.commands.flatMap(all)]
  for (const command of all(program)) {
    command.configureHelp({
      formatHelp: (shown, help) => formatPage(shown, help, sections[pathOf(shown)] ?? {}),
    })
  }
}

/** `heddle get run`. */
function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`
}

function formatPage(command: Command, help: Help, { examples = [], exitStatus = [] }: ManSections): string {
  const style = styleFor(stdout)
  const width = Math.min(WIDEST_PAGE, stdout.columns || 80)
  const path = pathOf(command)
  const entry = ([label, text]: readonly [string, string]): string[] => hang(label, text, width)
  const section = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : [style('bold', title), ...lines, '']
  const summary = command.summary() || command.description()
  const usage = command
    .usage()
    .split(' | ')
    .map((form) => `${INDENT}${path} ${form}`)
  const subcommands = help
    .visibleCommands(command)
    .filter((one) => one.name() !== 'help' || command.parent === null)
  const options = help
    .visibleOptions(command)
    .map((option) => entry([help.optionTerm(option), help.optionDescription(option)]))
  const lines = [
    ...section('NAME', [`${INDENT}${path} - ${summary}`]),
    ...section('SYNOPSIS', usage),
    ...section('DESCRIPTION', command.summary() === '' ? [] : wrap(command.description(), width, INDENT)),
    ...section(
      'COMMANDS',
      subcommands.flatMap((one) => entry([help.subcommandTerm(one), help.subcommandDescription(one)])),
    ),
    ...section(
      'ARGUMENTS',
      help
        .visibleArguments(command)
        .flatMap((one) => entry([help.argumentTerm(one), help.argumentDescription(one)])),
    ),
    ...section('OPTIONS', options.flat()),
    ...section(
      'EXAMPLES',
      examples.flatMap(([line, does]) => [`${INDENT}$ ${line}`, ...wrap(does, width, `${INDENT}${INDENT}`)]),
    ),
    ...section('EXIT STATUS', [...COMMON_EXITS, ...exitStatus].flatMap(entry)),
    ...(command.parent === null ? section('ENVIRONMENT', ENVIRONMENT.flatMap(entry)) : []),
  ]
  return `${lines.join('\n').trimEnd()}\n`
}

/** A term, and what it means beside it, or below it where it is too long. */
function hang(label: string, text: string, width: number): string[] {
  const indent = `${INDENT}${' '.repeat(LABEL_WIDTH)}`
  if (width - indent.length < NARROWEST_TEXT)
    return [`${INDENT}${label}`, ...wrap(text, width, `${INDENT}${INDENT}${INDENT}`)]
  const lines = wrap(text, width, indent)
  if (widthOf(label) > LABEL_WIDTH - 2) return [`${INDENT}${label}`, ...lines]
  const [first = '', ...more] = lines
  return [`${INDENT}${padTo(label, LABEL_WIDTH)}${first.slice(indent.length)}`.trimEnd(), ...more]
}

function wrap(text: string, width: number, indent: string): string[] {
  return text.split('\n').flatMap((paragraph) => {
    const lines: string[] = []
    let line = ''
    for (const word of paragraph.split(/ +/)) {
      if (line !== '' && widthOf(indent) + widthOf(line) + 1 + widthOf(word) > width) {
        lines.push(indent + line)
        line = word
      } else line = line === '' ? word : `${line} ${word}`
    }
    return [...lines, line === '' ? '' : indent + line]
  })
}
