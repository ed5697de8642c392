// The error of wrong usage, which the caller has to change: shown without a stack, and the process exits with 2.

/** A command line that can't be carried out as it is. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
