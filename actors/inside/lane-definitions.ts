// The definitions of one lane: those that the runtime has numbered, loaded when their first action starts, and those
// that bodies here have spawned, numbered in turn.

import { definitionKey, type DefinitionParts, type FullDefinition } from '../../src/action.js'
import { LOCAL_URL, type LocalBodies } from '../../src/local-bodies.js'
import type { ToRuntime } from '../../src/protocol/messages.js'
import { loadDefinition } from './definitions.js'

/** A definition that the runtime has numbered. */
export interface LaneDefinition {
  readonly url: string
  readonly name: string
  /** There once its module has been loaded. */
  parts?: DefinitionParts
}

/** All definitions that one lane has met. */
export class LaneDefinitions {
  readonly #localBodies: LocalBodies | undefined
  readonly #byNumber: LaneDefinition[] = []
  /** The numbers of definitions that bodies here have spawned. */
  readonly #numbers = new Map<FullDefinition, number>()

  constructor(localBodies: LocalBodies | undefined) {
    this.#localBodies = localBodies
  }

  /** The runtime gives a definition a number. */
  add(number: number, url: string, name: string): void {
    this.#byNumber[number] = { url, name }
  }

  /** The definition of that number. */
  get(number: number): LaneDefinition {
    return this.#byNumber[number] as LaneDefinition
  }

  /** The number by which this lane knows a definition; `tell` is called the first time, ahead of its use. */
  numberOf(definition: FullDefinition, tell: (message: ToRuntime) => void): number {
    let number = this.#numbers.get(definition)
    if (number === undefined) {
      number = this.#numbers.size
      this.#numbers.set(definition, number)
      const { options } = definition[definitionKey]
      const { url, name } = definition
      tell({ type: 'define', definition: number, url, name, ...(options && { options }) })
    }
    return number
  }

  /** What a definition is made of; a promise where its module has to be imported. `where` is for the error. */
  load(
    { url, name }: LaneDefinition,
    where: { run: string; action: string },
  ): DefinitionParts | Promise<DefinitionParts> {
    if (url === LOCAL_URL) {
      return { body: (key: number, ctx) => this.#localBodies?.call(key, ctx) }
    }
    const definition = loadDefinition(url, name, where)
    if (!(definition instanceof Promise)) return withBody(definition[definitionKey])
    return definition.then((loaded) => withBody(loaded[definitionKey]))
  }
}

/** An actor logic gets a body that runs it. XState is loaded by then: the module that made the logic has done it. */
function withBody(parts: DefinitionParts): DefinitionParts | Promise<DefinitionParts> {
  const { logic } = parts
  if (logic === undefined) return parts
  return import('./logic-body.js').then(({ bodyOf }) => ({ ...parts, body: bodyOf(logic) }))
}
