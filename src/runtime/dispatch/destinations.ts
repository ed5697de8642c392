// Where an action goes, by what its call, its definition and the cluster say; and why it can't go there, if so.

import { labelOf, showPlace } from '../../action-place.js'
import { covers } from '../../collections/free-indices.js'
import type { ActionPlace, ResourceCounts } from '../../protocol/resolved-options.js'
import {
  ActionInputError,
  ActionNotFoundError,
  type HeddleError,
  type HeddleErrorOptions,
} from '../../protocol/errors/errors.js'
import { ONLY_HERE, type Where } from '../../scheduling/places.js'
import type { KnownDefinition } from '../tree/definition-table.js'
import type { LaneSource } from './lane-source.js'

/** Why nothing runs elsewhere any more. */
export const CLUSTER_CLOSED = 'its cluster is closed: close it after the runtimes that use it'

/** What the destinations of a runtime depend on. */
export interface DestinationsOptions {
  readonly source: LaneSource | undefined
  /** There are no threads at all: everything runs in the app's own, wherever else it is to. */
  readonly isWithoutThreads: boolean
  /** What there is here. */
  readonly resources: ResourceCounts
  whereOf(isHere: boolean, destination: string, takesOne: boolean): Where
}

/** Why an action can't go where it is to. */
interface Refusal {
  readonly kind: 'input' | 'notFound'
  readonly why: string
}

type Answer = Where | Refusal

/** What a definition alone says is the same each time, as long as its options are. */
interface Kept {
  readonly options: KnownDefinition['options']
  readonly answer: Answer
}

/** Where the actions of one runtime go. */
export class Destinations {
  readonly #options: DestinationsOptions
  readonly #kept = new WeakMap<KnownDefinition, Kept>()

  constructor(options: DestinationsOptions) {
    this.#options = options
  }

  /** Where an action of that definition goes; `on`: what its call says. In this process, if it can't go where it is to. */
  whereOf(definition: KnownDefinition, on: ActionPlace | undefined): Where {
    if (this.#saysNothing(definition, on)) return ONLY_HERE
    const answer = this.#answer(definition, on)
    return isRefusal(answer) ? ONLY_HERE : answer
  }

  /** Why an action can't go where it is to, if so. */
  refusal(
    definition: KnownDefinition,
    on: ActionPlace | undefined,
    id: string,
    run: string | undefined,
  ): HeddleError | undefined {
    if (this.#saysNothing(definition, on)) return undefined
    const answer = this.#answer(definition, on)
    if (!isRefusal(answer)) return undefined
    const message = `action ${id} '${definition.name}' ${answer.why}`
    const options: HeddleErrorOptions = { action: id, ...(run !== undefined && { run }) }
    return answer.kind === 'input'
      ? new ActionInputError(message, options)
      : new ActionNotFoundError(message, options)
  }

  #saysNothing({ options }: KnownDefinition, on: ActionPlace | undefined): boolean {
    return this.#options.source === undefined && on === undefined && options.on === undefined
  }

  #answer(definition: KnownDefinition, on: ActionPlace | undefined): Answer {
    const { source } = this.#options
    if (on !== undefined) return this.#find(definition, on)
    const { options } = definition
    const kept = this.#kept.get(definition)
    if (kept?.options === options && source?.isClosed !== true) return kept.answer
    const mayLeave = options.cpu > 0 && options.command === undefined
    const answer = this.#find(definition, options.on ?? ((mayLeave && source?.defaultOn) || 'here'))
    this.#kept.set(definition, { options, answer })
    return answer
  }

  #find({ url, name, options }: KnownDefinition, on: ActionPlace): Answer {
    const { source, isWithoutThreads } = this.#options
    if (on === 'here') return ONLY_HERE
    if (options.cpu === 0 && options.command === undefined) {
      return {
        kind: 'input',
        why: `can't run on ${showPlace(on)}: what has cpu 0 always runs here. Leave the option 'on' out, or give it a share`,
      }
    }
    // There is always room for a command here: it holds no thread.
    const mayStay = on === 'anywhere' && (source === undefined || options.command !== undefined)
    if (mayStay || isWithoutThreads) return ONLY_HERE
    const { resources: needs } = options
    // What this process has isn't asked for elsewhere.
    if (on === 'anywhere' && needs !== undefined && covers(this.#options.resources, needs)) return ONLY_HERE
    if (source === undefined) {
      return {
        kind: 'input',
        why: `is to run on ${showPlace(on)}, but its runtime has no cluster: give it one, createRuntime({ cluster }), or leave the option 'on' out`,
      }
    }
    if (source.isClosed) {
      if (on === 'anywhere') return ONLY_HERE
      return {
        kind: 'input',
        why: `is to run on ${showPlace(on)}, but ${CLUSTER_CLOSED}`,
      }
    }
    const found = source.destinationOf(
      { module: url, name, isCommand: options.command !== undefined, needs },
      labelOf(on),
    )
    if ('destination' in found) {
      const { destination, takesOne = false } = found
      return this.#options.whereOf(on === 'anywhere' && !takesOne, destination, takesOne)
    }
    if (on === 'anywhere') return ONLY_HERE
    return { kind: 'notFound', why: `can't run on ${showPlace(on)}: ${found.refused}` }
  }
}

function isRefusal(answer: Answer): answer is Refusal {
  return 'kind' in answer
}
