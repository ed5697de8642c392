// What the root of a scope is called, in lists and trees: as its function, else as its run.

import type { CallOptions } from '../options.js'

/** A name that somebody has given a function: not what stands for none, or is more than a word. */
const GIVEN_NAME = /^[\p{ID_Start}$_][\p{ID_Continue}$]{0,99}$/u

/** The name of the function; without one, that which was given to the run, or `scope`. */
export function scopeName(body: { readonly name: string }, options: CallOptions | undefined): string {
  // A function can have anything as its name.
  const name: unknown = body.name
  if (typeof name === 'string' && GIVEN_NAME.test(name)) return name
  return options?.name ?? 'scope'
}
