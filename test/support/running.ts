// Waits until processes have ended.

import { isRunning } from '#fixtures/processes.js'

/** Resolves when none of them runs. */
export async function allEnd(pids: readonly number[]): Promise<void> {
  while (pids.some(isRunning)) await new Promise((resolve) => setTimeout(resolve, 10))
}
