// Whether what is shown of a value is all of it, so that it can be given again.

import type { Json, Shown } from '../api.js'

/** The value, if it is JSON and whole; `undefined` if something was left out, or JSON has no word for it. */
export function plainJson({ value, cut }: Shown): Json | undefined {
  return !cut && isPlain(value) ? value : undefined
}

function isPlain(value: Json): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (Array.isArray(value)) return value.every(isPlain)
  return !('$type' in value) && Object.values(value as { readonly [key: string]: Json }).every(isPlain)
}
