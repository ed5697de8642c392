// The errors by which the bodies of this thread are told of their aborts. Whoever starts a wait and lets it go is told by its
// signal, and by a rejection that nobody handles: it is known by its value then, since no Node tells reliably whose it is.

const aborts = new WeakSet<object>()

/** Remembers the reason of a body's signal. */
export function ownAbort<Reason extends object>(reason: Reason): Reason {
  aborts.add(reason)
  return reason
}

/** Whether a value is the reason of the signal of any body in this thread. */
export function isAnOwnAbort(value: unknown): boolean {
  return typeof value === 'object' && value !== null && aborts.has(value)
}
