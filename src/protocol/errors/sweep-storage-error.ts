// The error of a sweep's file. Exported by `heddle/sweep`; it lies here, and not with the sweeps, so that it keeps its class
// through any number of threads and levels, as the others do.

import { HeddleError, identify, type HeddleErrorOptions } from './errors.js'

/**
 * What is wrong with the file of a sweep's study: it can't be read or written, is in use, isn't one, or was changed by
 * somebody else while the sweep ran.
 */
export class SweepStorageError extends HeddleError {
  static {
    identify(this, 'SweepStorageError')
  }
  declare readonly name: 'SweepStorageError'
  declare readonly code: 'SweepStorageError'
  /** The file. */
  readonly path: string

  constructor(message: string, path: string, options: HeddleErrorOptions = {}) {
    super(message, 'SweepStorageError', options)
    this.path = path
  }
}
