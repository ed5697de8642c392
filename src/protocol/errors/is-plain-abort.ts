// Tells errors that hold nothing of the app's from those that may: very many actions may be aborted at once, and each has one.

import type { HeddleError } from './errors.js'

/** Whether it is the error of an abort without a cause: all in it is Heddle's own, and short. */
export function isPlainAbort({ code, cause }: HeddleError): boolean {
  return code === 'ActionAbortedError' && cause === undefined
}
