// The definitions of one lane: those that the runtime has numbered, loaded when their first action starts, and those
// that bodies here have spawned, numbered in turn.

import { definitionKey, type DefinitionParts, type FullDefinition } from '../../src/action.js'
import { LOCAL_URL, type LocalBodies } from '../../src/local-bodies.js'
import type { AsyncContext } from '../../src/protocol/async-context.js'
import type { ResolvedActionOptions } from '../../src/protocol/resolved-options.js'
import type { StartMessage, ToRuntime } from '../../src/protocol/messages.js'
import { loadDefinition } from './definitions.js'

/** A definition that the runtime has numbered. */
export interface LaneDefinition {
  readonly url: string
  readonly name: string
  /** There once its module has been loaded. */
  parts?: DefinitionParts
}

/** What runs commands: there is that in the app's own thread only. */
export interface CommandLoader {
  /** What a command is made of, with a body; `undefined` where it is none. `options`: its module's, where that was loaded. */
  load(
    definition: Pick<LaneDefinition, 'url' | 'name'>,
    options?: ResolvedActionOptions,
  ): Promise<DefinitionParts> | undefined
}

/** All definitions that one lane has met. */
export class LaneDefinitions {
  readonly #localBodies: LocalBodies | undefined
  readonly #commands: CommandLoader | undefined
  readonly #byNumber: LaneDefinition[] = []
  /** The numbers of definitions that bodies here have spawned. */
  readonly #numbers = new Map<FullDefinition, number>()

  /** Both are there in the app's own thread only. */
  constructor(localBodies: LocalBodies | undefined, commands: CommandLoader | undefined) {
    this.#localBodies = localBodies
    this.#commands = commands
  }

  /** The runtime gives a definition a number. */
  add(number: number, url: string, name: string): void {
    this.#byNumber[number] = { url, name }
  }

  /** The definition of that number. */
  get(number: number): LaneDefinition {
    return this.#byNumber[number] as LaneDefinition
  }

  /** The number by which this lane knows a definition; `post` is called the first time, ahead of its use. */
  numberOf(definition: FullDefinition, post: (message: ToRuntime) => void): number {
    let number = this.#numbers.get(definition)
    if (number === undefined) {
      number = this.#numbers.size
      this.#numbers.set(definition, number)
      const { options } = definition[definitionKey]
      const { url, name } = definition
      post({ type: 'define', definition: number, url, name, ...(options && { options }) })
    }
    return number
  }

  /** The async context in which a body was given that lives in this thread only; `undefined` for those of modules. */
  contextOf({ url }: LaneDefinition, input: unknown): AsyncContext | undefined {
    return url === LOCAL_URL ? this.#localBodies?.contextOf(input as number) : undefined
  }

  /** What a definition is made of; a promise where its module has to be imported. `where` is for the error. */
  load(
    known: Pick<LaneDefinition, 'url' | 'name'>,
    where: { readonly run?: string; readonly action?: string },
  ): DefinitionParts | Promise<DefinitionParts> {
    const { url, name } = known
    if (url === LOCAL_URL) {
      return { body: (key: number, ctx) => this.#localBodies?.call(key, ctx) }
    }
    // The module of one that the runtime knows for a command needn't be loaded.
    const command = this.#commands?.load(known)
    if (command !== undefined) return command
    const definition = loadDefinition(url, name, where, this.#localBodies !== undefined)
    if (!(definition instanceof Promise)) return this.#withBody(known, definition[definitionKey])
    return definition.then((loaded) => this.#withBody(known, loaded[definitionKey]))
  }

  #withBody(
    known: Pick<LaneDefinition, 'url' | 'name'>,
    parts: DefinitionParts,
  ): DefinitionParts | Promise<DefinitionParts> {
    return (parts.options && this.#commands?.load(known, parts.options)) ?? withLogicBody(parts)
  }
}

/** An actor logic gets a body that runs it. XState is loaded by then: the module that made the logic has done it. */
function withLogicBody(parts: DefinitionParts): DefinitionParts | Promise<DefinitionParts> {
  const { logic } = parts
  if (logic === undefined) return parts
  return import('./logic/logic-body.js').then(({ bodyOf }) => ({ ...parts, body: bodyOf(logic) }))
}

/**
 * Whether an action was a mere name when it was sent here, and should have been sent otherwise: with resources that it needs,
 * to the app's own thread, which runs commands, or to where it is to run.
 */
export function isMisplaced(
  { options, body }: DefinitionParts,
  { resources, isPlaceGuessed = false }: Pick<StartMessage, 'resources' | 'isPlaceGuessed'>,
): boolean {
  if (options === undefined) return false
  const lacksResources = options.resources !== undefined && resources === undefined
  if (lacksResources || (isPlaceGuessed && options.on !== undefined)) return true
  return options.command !== undefined && body === undefined
}
