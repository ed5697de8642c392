// The API's words for what can be started from outside: the definitions that the process offers, and the runs of them.

import type { Phase } from '../../protocol/outcome.js'
import type { Json } from '../../protocol/values/shown-value.js'
import type { GivenText } from './terms.js'

/** A definition that the process offers, by `serve({ definitions })`. */
export interface DefinitionInfo {
  /** Names it in a request: its name, with its module before it where two are called the same. */
  readonly definition: string
  readonly name: string
  /** Module that defines it. */
  readonly module: string
  /** Whether its input is checked before it is started. */
  readonly isChecked: boolean
  /** Its input as JSON Schema (draft 2020-12), where its schema can be shown so. */
  readonly input?: { readonly [key: string]: Json }
}

/** What `GET /definitions` answers: sorted by name. */
export interface DefinitionList {
  readonly items: readonly DefinitionInfo[]
}

/**
 * The body of a `POST /runs`. With a header `Idempotency-Key`, the same request sent again makes no second run: it is answered as
 * the first was.
 */
export interface RunStartRequest {
  /** The `definition` of a `DefinitionInfo`. */
  readonly definition: GivenText
  /** What it is started with, as JSON. Default: nothing. */
  readonly input?: unknown
  /** Name of the run. Default: one that is made of the definition's. */
  readonly name?: GivenText | undefined
}

/** What a start has made. */
export interface RunStartAnswer {
  readonly run: string
  /** Where the console shows it. */
  readonly url: string
  readonly phase: Phase
  /** It was started by an earlier request with the same key. */
  readonly repeated: boolean
}

/** One thing that is wrong with an input. */
export interface InputIssue {
  /** Where in the input: keys and indices, from the outside in. */
  readonly path: readonly (string | number)[]
  readonly message: string
}
