// The definitions that a runtime has met, each with what is known of it: options, and how long its bodies run.

import { definitionKey, type FullDefinition } from '../../action.js'
import type { ResolvedActionOptions } from '../../protocol/resolved-options.js'
import { resolveActionOptions } from '../../options.js'
import { DurationEstimate } from '../../scheduling/duration-estimate.js'

/** A definition as a runtime knows it. */
export interface KnownDefinition {
  /** Counted up; how lanes name it. */
  readonly number: number
  readonly url: string
  readonly name: string
  /** Guesses, while `optionsKnown` is false: it was named by an `actionRef`. */
  options: ResolvedActionOptions
  optionsKnown: boolean
  /** It has been sent to a thread. */
  wasSent: boolean
  readonly estimate: DurationEstimate
}

const UNKNOWN_OPTIONS: ResolvedActionOptions = resolveActionOptions({}, 'actionRef')

/** All definitions of one runtime. */
export class DefinitionTable {
  readonly #byKey = new Map<string, KnownDefinition>()
  /** The same by what the app calls with, so that a call makes no key. */
  readonly #byDefinition = new WeakMap<FullDefinition, KnownDefinition>()
  #count = 0

  /** The entry of a definition that the app holds. */
  of(definition: FullDefinition): KnownDefinition {
    const known = this.#byDefinition.get(definition)
    if (known !== undefined) return known
    const { url, name } = definition
    const made = this.get(url, name, definition[definitionKey].options)
    this.#byDefinition.set(definition, made)
    return made
  }

  /** The entry of a definition; made when it is first met. */
  get(url: string, name: string, options: ResolvedActionOptions | undefined): KnownDefinition {
    const key = `${url}\n${name}`
    let known = this.#byKey.get(key)
    if (known === undefined) {
      known = this.create(url, name, options)
      this.#byKey.set(key, known)
    } else if (options !== undefined && !known.optionsKnown) {
      known.options = options
      known.optionsKnown = true
    }
    return known
  }

  /** The options of a definition, as far as it has been met, and they are known. */
  optionsOf(url: string, name: string): ResolvedActionOptions | undefined {
    const known = this.#byKey.get(`${url}\n${name}`)
    return known?.optionsKnown === true ? known.options : undefined
  }

  /** An entry that isn't kept: for a body that is used once. */
  create(url: string, name: string, options: ResolvedActionOptions | undefined): KnownDefinition {
    this.#count += 1
    return {
      number: this.#count,
      url,
      name,
      options: options ?? UNKNOWN_OPTIONS,
      optionsKnown: options !== undefined,
      wasSent: false,
      estimate: new DurationEstimate(),
    }
  }
}
