// Commands: actions whose body is a program of its own.

import { fileURLToPath } from 'node:url'
import { defineAction, describeDefinition, type Module } from '../action.js'
import { refuseUnknown } from '../checks/refuse-unknown.js'
import { wrongOption } from '../checks/wrong-value.js'
import type { ActionDefinition } from '../definition.js'
import { resolveActionOptions, type BaseOptions } from '../options.js'
import { ActionInputError } from '../protocol/errors/errors.js'
import type { CommandSpec, ResourceCounts } from '../protocol/resolved-options.js'
import { describeValue } from '../protocol/values/describe-value.js'

/** The value of a variable: the indices that the action holds of a resource, with commas in between, as `0,1`. */
export interface ResourceVariable {
  readonly resource: string
}

/** What `command()` takes besides module, name and program: what `action()` takes but for `cpu` and the schemas, and more. */
export interface CommandOptions extends Omit<BaseOptions, 'cpu'> {
  /**
   * How the program is given its input. `'flags'`: as arguments behind the others, `--name=value`, with dots for objects in
   * objects. `'env'`: each property as a variable of that name. For both, texts are given as they are, anything else as
   * JSON, and what is `undefined` is left out. `'json'`: as one document on its standard input, which then ends. Default
   * `'flags'`.
   */
  readonly input?: 'flags' | 'env' | 'json' | undefined
  /**
   * Variables over those of the app, as its environment is when the program starts; `undefined` takes one out.
   * `{ resource: 'gpu' }` gives the indices that the action holds, as `CUDA_VISIBLE_DEVICES` wants them.
   */
  readonly env?: Readonly<Record<string, string | ResourceVariable | undefined>> | undefined
  /** The folder that it runs in: a path, or a `file:` URL. Default: the app's, when the program starts. */
  readonly cwd?: string | URL | undefined
}

const OWN_OPTIONS = ['input', 'env', 'cwd'] as const
const COMMAND_OPTIONS: ReadonlySet<string> = new Set<keyof CommandOptions>([
  'timeout',
  'retries',
  'graceMs',
  'priority',
  'mailbox',
  'resources',
  'on',
  ...OWN_OPTIONS,
])

/**
 * Defines an action that runs a program. Its process and what that starts, as one process group, is the body: its lines of
 * JSON on standard output are reports, the last one is the output; other lines, and those on standard error, are log
 * entries. An abort sends SIGTERM to the group, the end of the grace SIGKILL; the action ends when nothing is left of it. When
 * the app is gone, however it has ended, the same happens.
 *
 * It holds no thread: how many run at a time is bounded by who calls, or by `resources`.
 *
 * Fails with an `ActionFailedError` of code `'CommandFailedError'` when the program exits with another code than 0, is ended by a
 * signal, or can't be started; its cause has what `CommandFailure` says.
 *
 * @param module - `import.meta`, or the module's URL. Define it at the module's top level.
 * @param name - Its name, once per module.
 * @param argv - The program and its arguments. No shell reads them.
 * @throws `ActionInputError` for a wrong option or a name that the module has already given.
 */
export function command<Input = unknown, Reports = unknown>(
  module: Module,
  name: string,
  argv: readonly string[],
  options: CommandOptions = {},
): ActionDefinition<Input, Reports | undefined, { reports: Reports }> {
  const of = describeDefinition('command', module, name)
  refuseUnknown(options, COMMAND_OPTIONS, of)
  const { input: _input, env: _env, cwd: _cwd, ...rest } = options
  const resolved = resolveActionOptions(rest, of)
  const definition = defineAction(module, name, of, {
    options: { ...resolved, cpu: 0, command: resolveCommand(argv, options, resolved.resources, of) },
  })
  return definition as ActionDefinition<never, unknown> as ActionDefinition<
    Input,
    Reports | undefined,
    { reports: Reports }
  >
}

function resolveCommand(
  argv: readonly string[],
  { input = 'flags', env = {}, cwd }: CommandOptions,
  resources: ResourceCounts | undefined,
  of: string,
): CommandSpec {
  if (!Array.isArray(argv) || argv.length === 0 || argv[0] === '' || !argv.every(isArgument))
    throw new ActionInputError(
      `${of}: the command is ${describeValue(argv)}, but must be an array of texts, a program and its arguments: ['python3', 'train.py']`,
    )
  if (input !== 'flags' && input !== 'env' && input !== 'json')
    throw wrongOption(of, 'input', input, "'flags', 'env' or 'json'")
  if (typeof env !== 'object' || env === null) throw wrongOption(of, 'env', env, 'an object of texts')
  for (const [name, value] of Object.entries(env)) checkVariable(name, value, resources, of)
  return { argv: [...argv], input, env: { ...env }, ...(cwd !== undefined && { cwd: pathOf(cwd, of) }) }
}

function isArgument(value: unknown): value is string {
  return typeof value === 'string' && !value.includes('\0')
}

function checkVariable(
  name: string,
  value: unknown,
  resources: ResourceCounts | undefined,
  of: string,
): void {
  if (value === undefined || isArgument(value)) return
  const { resource } = Object(value) as Partial<ResourceVariable>
  if (typeof resource !== 'string')
    throw wrongOption(of, `env.${name}`, value, "a text, undefined, or { resource: 'gpu' }")
  if (resources === undefined || !Object.hasOwn(resources, resource))
    throw new ActionInputError(
      `${of}: the option 'env.${name}' names the resource '${resource}', which isn't among its 'resources'`,
    )
}

function pathOf(cwd: string | URL, of: string): string {
  if (typeof cwd === 'string' && cwd !== '' && !cwd.startsWith('file:')) return cwd
  try {
    return fileURLToPath(cwd)
  } catch {
    throw wrongOption(of, 'cwd', cwd instanceof URL ? cwd.href : cwd, 'a path or a file: URL')
  }
}
