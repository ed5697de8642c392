// Shared memory that tests and bodies both see.

import type { Word } from '#fixtures/stopping.js'

/** A gate that is closed, or a count at zero; with `slots`, one for each id. */
export function word(slots: number = 1): Word {
  return new Int32Array(new SharedArrayBuffer(4 * slots))
}

/** Lets the bodies go on that compute until it is open. */
export function open(gate: Word): void {
  Atomics.store(gate, 0, 1)
}
