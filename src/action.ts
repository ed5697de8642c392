// Definitions: what `action()` makes, and the registry by which a thread finds one again after importing its module.

import { isAbsolute } from 'node:path'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { AnyActorLogic, EmittedFrom, EventFromLogic, InputFrom, OutputFrom, SnapshotFrom } from 'xstate'
import type { ActionContext } from './context.js'
import type { ActionDefinition } from './definition.js'
import type { ActionTypes } from './handle.js'
import { resolveActionOptions, type ActionOptions, type BaseOptions } from './options.js'
import { ActionInputError } from './protocol/errors/errors.js'
import type { ResolvedActionOptions } from './protocol/resolved-options.js'

/** The module that defines an action: `import.meta`, or its URL. */
export type Module = ImportMeta | URL | string

/** A schema, or `undefined` where there is none. */
type MaybeSchema = StandardSchemaV1 | undefined
type SchemaInput<Schema extends MaybeSchema> = StandardSchemaV1.InferInput<NonNullable<Schema>>
type SchemaOutput<Schema extends MaybeSchema> = StandardSchemaV1.InferOutput<NonNullable<Schema>>
type Returned<Schema extends MaybeSchema> = [Schema] extends [undefined]
  ? unknown
  : SchemaInput<Schema> | PromiseLike<SchemaInput<Schema>>

/** What of a snapshot of an actor logic's is reported: plain data, without its methods, machine and children. */
export type ReportedSnapshot<Logic extends AnyActorLogic> =
  SnapshotFrom<Logic> extends infer Shown
    ? Shown extends unknown
      ? { readonly [Key in Extract<keyof Shown, 'status' | 'value' | 'context' | 'output'>]: Shown[Key] }
      : never
    : never

/** A definition whose body is an XState actor logic: it is sent the logic's events, and reports its snapshots. */
export type LogicAction<Logic extends AnyActorLogic> = ActionDefinition<
  InputFrom<Logic>,
  OutputFrom<Logic>,
  { receives: EventFromLogic<Logic>; emits: EmittedFrom<Logic>; reports: ReportedSnapshot<Logic> }
>

/** A body, whatever its types. */
type ActionBody = (input: never, ctx: ActionContext<never>) => unknown

/** The key of a definition's inner part, the same in every copy of the package. */
export const definitionKey: unique symbol = Symbol.for('heddle.definition')

/** The inner part of a definition. Without options, it is an `actionRef`; a command has no body, but options that say so. */
export interface DefinitionParts {
  readonly body?: ActionBody
  /** Runs as an actor, which takes the place of a body. */
  readonly logic?: AnyActorLogic
  readonly options?: ResolvedActionOptions
  readonly input?: StandardSchemaV1
  readonly output?: StandardSchemaV1
}

/** A definition with its inner part. */
export interface FullDefinition extends ActionDefinition<never, unknown> {
  readonly [definitionKey]: DefinitionParts
}

interface Registered {
  readonly definition: FullDefinition
  /** The `import.meta` it was defined with: another one means that the module was evaluated anew. */
  readonly meta: ImportMeta | undefined
}

const registry = new Map<string, Registered>()

/**
 * Defines an action: a body that runs, when spawned, in a thread that has imported this module.
 *
 * Define it at the module's top level, or the thread won't find it. A body that spawns its own definition and uses the
 * result annotates its return type (`: Promise<number>`), since TypeScript can't infer it.
 *
 * @param module - `import.meta`, or the module's URL.
 * @param name - Its name, once per module.
 * @param body - `(input, ctx) => output`; or any XState actor logic (a machine, `fromTransition`, `fromCallback`,
 *   `fromPromise`, `fromObservable`), of which the thread runs an actor then: it gets the messages, its emits and what it
 *   sends to its parent come back as emits, its snapshots as reports, `done` is the output, an abort stops it.
 * @throws `ActionInputError` for a wrong option or a name that the module has already given.
 */
export function action<Input, Result, Types extends ActionTypes = {}>(
  module: Module,
  name: string,
  body: (input: Input, ctx: ActionContext<Types>) => Result,
): ActionDefinition<Input, Awaited<Result>, Types>
export function action<Logic extends AnyActorLogic>(
  module: Module,
  name: string,
  logic: Logic,
): LogicAction<Logic>
export function action<
  Input,
  Result extends Returned<OutputSchema>,
  Types extends ActionTypes = {},
  InputSchema extends MaybeSchema = undefined,
  OutputSchema extends MaybeSchema = undefined,
>(
  module: Module,
  name: string,
  options: BaseOptions & {
    readonly input?: InputSchema
    readonly output?: OutputSchema
  },
  body: (
    input: [InputSchema] extends [undefined] ? Input : SchemaOutput<InputSchema>,
    ctx: ActionContext<Types>,
  ) => Result,
): ActionDefinition<
  [InputSchema] extends [undefined] ? Input : SchemaInput<InputSchema>,
  [OutputSchema] extends [undefined] ? Awaited<Result> : SchemaOutput<OutputSchema>,
  Types
>
export function action<Logic extends AnyActorLogic>(
  module: Module,
  name: string,
  options: BaseOptions,
  logic: Logic,
): LogicAction<Logic>
export function action(
  module: Module,
  name: string,
  ...rest: readonly unknown[]
): ActionDefinition<never, unknown, ActionTypes> {
  const [options, body] = (rest.length === 1 ? [{}, rest[0]] : rest) as [ActionOptions, unknown]
  const of = describeDefinition('action', module, name)
  if (typeof options !== 'object' || options === null) {
    throw new ActionInputError(`${of}: the options are ${shown(options)}, but must be an object`)
  }
  if (typeof body !== 'function' && !isLogic(body)) {
    throw new ActionInputError(
      `${of}: the body is ${shown(body)}, but must be a function (input, ctx) => output, or an XState actor logic`,
    )
  }
  if (typeof body !== 'function' && (options.input !== undefined || options.output !== undefined)) {
    throw new ActionInputError(
      `${of}: the options 'input' and 'output' are for bodies that are functions: an actor logic has types of its own`,
    )
  }
  return defineAction(module, name, of, {
    ...(typeof body === 'function' ? { body: body as ActionBody } : { logic: body }),
    options: resolveActionOptions(options, of),
    ...(options.input !== undefined && { input: schema(options.input, of, 'input') }),
    ...(options.output !== undefined && { output: schema(options.output, of, 'output') }),
  })
}

/** How a definition that is being made is named in errors; throws an `ActionInputError` for a wrong module or name. */
export function describeDefinition(
  kind: 'action' | 'command' | 'actionRef',
  module: Module,
  name: string,
): string {
  const url = moduleUrl(module)
  if (typeof name === 'string' && name !== '') return `${kind} '${name}' in ${url}`
  throw new ActionInputError(
    `${kind}() in ${url}: the name is ${shown(name)}, but must be a text that isn't empty`,
  )
}

/** Makes a definition, and registers it; throws an `ActionInputError` if its module has given the name already. */
export function defineAction(
  module: Module,
  name: string,
  of: string,
  parts: DefinitionParts,
): FullDefinition {
  const url = moduleUrl(module)
  const definition: FullDefinition = { url, name, [definitionKey]: parts }
  const meta = typeof module === 'object' && 'url' in module ? module : undefined
  const key = registryKey(url, name)
  const earlier = registry.get(key)
  if (earlier !== undefined && (meta === undefined || earlier.meta === meta)) {
    throw new ActionInputError(`${of} is defined twice: give one of them another name`)
  }
  registry.set(key, { definition, meta })
  return definition
}

/**
 * Names an action without importing its (heavy) module: `actionRef<typeof train>(url, 'train')`.
 *
 * Its options (`cpu`, `retries`, …) are learned when a thread has loaded the module; until then it is placed by the
 * defaults.
 *
 * @param module - URL of the module, as in `new URL('./train.js', import.meta.url)`.
 * @throws `ActionInputError` for a wrong module or name.
 */
export function actionRef<Definition extends ActionDefinition<never, unknown, ActionTypes>>(
  module: URL | string,
  name: string,
): Definition {
  describeDefinition('actionRef', module, name)
  const reference: FullDefinition = { url: moduleUrl(module), name, [definitionKey]: {} }
  return reference as ActionDefinition<never, unknown, ActionTypes> as Definition
}

/** The definition that a module has registered, in this thread. */
export function findDefinition(url: string, name: string): FullDefinition | undefined {
  return registry.get(registryKey(url, name))?.definition
}

/** The names that a module has registered, for error messages. */
export function definedNames(url: string): string[] {
  return [...registry.values()]
    .filter(({ definition }) => definition.url === url)
    .map(({ definition }) => definition.name)
}

/** All that modules have registered, in this thread. */
export function allDefinitions(): FullDefinition[] {
  return [...registry.values()].map(({ definition }) => definition)
}

/** Whether a value is a definition, of this copy of the package or another. */
export function isDefinition(value: unknown): value is FullDefinition {
  return typeof value === 'object' && value !== null && definitionKey in value
}

/** Whether a value is an actor logic of XState's, of any copy. */
function isLogic(value: unknown): value is AnyActorLogic {
  if (typeof value !== 'object' || value === null) return false
  const { transition, getInitialSnapshot } = value as Partial<AnyActorLogic>
  return typeof transition === 'function' && typeof getInitialSnapshot === 'function'
}

function registryKey(url: string, name: string): string {
  return `${url}\n${name}`
}

function moduleUrl(module: Module): string {
  const url: unknown =
    typeof module === 'string'
      ? module
      : module instanceof URL
        ? module.href
        : (module as Partial<ImportMeta> | null | undefined)?.url
  if (typeof url === 'string' && URL.canParse(url) && !/^[a-z]:[\\/]/i.test(url)) return url
  // `__filename` is no URL; under Windows `C:\…` even parses as one, with the scheme `c:`.
  const isPath = typeof url === 'string' && isAbsolute(url)
  throw new ActionInputError(
    `the module of an action is ${shown(url)}, but must be import.meta or a URL such as import.meta.url` +
      (isPath || module === undefined
        ? ": in CommonJS pathToFileURL(__filename), with pathToFileURL of 'node:url'"
        : url === undefined && typeof module === 'object'
          ? ' (a bundler that writes CommonJS leaves import.meta empty: have it write ES modules)'
          : ''),
  )
}

function schema(value: StandardSchemaV1, of: string, option: string): StandardSchemaV1 {
  if ((typeof value === 'object' && value !== null) || typeof value === 'function') {
    if (typeof value['~standard']?.validate === 'function') return value
  }
  throw new ActionInputError(
    `${of}: the option '${option}' is ${shown(value)}, but must be a Standard Schema (zod, valibot, arktype, …)`,
  )
}

function shown(value: unknown): string {
  return typeof value === 'string'
    ? `'${value}'`
    : typeof value === 'object' && value !== null
      ? 'an object'
      : String(value)
}
