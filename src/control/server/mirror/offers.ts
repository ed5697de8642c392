// The definitions that may be started from outside: how they are named, what they take, and whether an input is right.

import type { StandardSchemaV1 } from '@standard-schema/spec'
import { definitionKey, type FullDefinition } from '../../../action.js'
import { messageOf } from '../../../protocol/values/describe-value.js'
import type { DefinitionInfo, InputIssue } from '../../api.js'
import { jsonSchemaOf } from '../../shown/json-schema-of.js'
import { cutText, MESSAGE_LENGTH } from '../../shown/shown-error.js'

/** So much that is wrong with an input is told. */
const MOST_ISSUES = 100

/** One that is offered. */
export interface Offer {
  readonly definition: FullDefinition
  readonly info: DefinitionInfo
}

/** What `serve` was given as `definitions`. */
export class Offers {
  readonly #byName = new Map<string, Offer>()

  constructor(definitions: readonly FullDefinition[]) {
    const unique = new Map(definitions.map((one) => [keyOf(one), one]))
    const named = new Map<string, number>()
    for (const { name } of unique.values()) named.set(name, (named.get(name) ?? 0) + 1)
    for (const definition of unique.values()) {
      const { url: module, name } = definition
      const { input: schema } = definition[definitionKey]
      const input = schema && jsonSchemaOf(schema)
      const word = named.get(name) === 1 ? name : keyOf(definition)
      const isChecked = schema !== undefined
      const info = { definition: word, name, module, isChecked, ...(input && { input }) }
      this.#byName.set(word, { definition, info })
    }
  }

  /** How many there are. */
  get size(): number {
    return this.#byName.size
  }

  /** All of them, sorted by name. */
  list(): DefinitionInfo[] {
    return [...this.#byName.values()]
      .map(({ info }) => info)
      .toSorted((a, b) => (a.definition < b.definition ? -1 : 1))
  }

  /** The one that a request names. */
  find(word: string): Offer | undefined {
    return this.#byName.get(word)
  }

  /** What an action's definition is called here, if it is offered. */
  wordOf({ url, name }: { readonly url: string; readonly name: string }): string | undefined {
    const one = this.#byName.get(name)
    return one?.definition.url === url ? name : this.#byName.get(keyOf({ url, name }))?.info.definition
  }
}

/** What is wrong with an input; nothing where it is right, or nobody says what it must be. */
export async function issuesWith({ definition }: Offer, input: unknown): Promise<readonly InputIssue[]> {
  const { input: schema } = definition[definitionKey]
  if (schema === undefined) return []
  try {
    const { issues = [] } = await schema['~standard'].validate(input)
    return issues.slice(0, MOST_ISSUES).map(({ message, path = [] }) => ({
      path: path.map(keyIn),
      message: cutText(message, MESSAGE_LENGTH),
    }))
  } catch (error) {
    return [{ path: [], message: cutText(messageOf(error), MESSAGE_LENGTH) }]
  }
}

function keyIn(segment: PropertyKey | StandardSchemaV1.PathSegment): string | number {
  const key = typeof segment === 'object' ? segment.key : segment
  return typeof key === 'symbol' ? String(key) : key
}

function keyOf({ url, name }: { readonly url: string; readonly name: string }): string {
  return `${url}#${name}`
}
