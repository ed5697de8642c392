// The types of a definition and of its calls: what `action()` makes, and what spawns take.

import type { ActionTypes } from './handle.js'

/** A module URL, a name and a typed body: what `action()` makes, and what is spawned. */
export interface ActionDefinition<Input, Output, Types extends ActionTypes = {}> {
  /** URL of the module that defines it, which a thread imports. */
  readonly url: string
  /** Its name in that module. */
  readonly name: string
  /** Never there: it only carries the types. */
  readonly [phantom]?: {
    readonly input: (input: Input) => void
    readonly output: Output
    readonly types: Types
  }
}

declare const phantom: unique symbol

/** A definition, whatever it takes and gives. */
export type AnyDefinition = ActionDefinition<never, unknown, ActionTypes>

/** Input and options of a call; the input may be left out where `undefined` is one. */
export type Arguments<Input, Options> = [undefined] extends [Input]
  ? [input?: Input, options?: Options]
  : [input: Input, options?: Options]
