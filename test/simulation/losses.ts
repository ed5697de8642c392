// Checks who loses a thread, and what is said of it (I7, S21, S28).

import type { PhaseEvent } from '../../src/index.js'
import type { Known, Told } from './rules.js'

/** What is known of others. */
interface Others {
  known(run: string, id: string): Known | undefined
  /** Whether somebody has killed a thread, which hasn't died of itself. */
  readonly wasKilled: (thread: number) => boolean
}

/** Nobody innocent loses its thread to a kill, but as the neighbour of one that blocks it. */
export function checkLoss(known: Known, event: PhaseEvent, others: Others, { broken, cover }: Told): void {
  const { loss, blame, culprit } = event.error as unknown as {
    loss: string
    blame: string
    culprit?: { run: string; action: string }
  }
  cover(`S21 ${loss}`)
  cover('I11')
  cover(`S28 ${blame}`)
  if (loss === 'exited' && known.thread !== undefined && others.wasKilled(known.thread))
    broken('S28', `${known.id} has lost thread ${known.thread} to a kill, and isn't told of that`, known)
  if (loss !== 'killed-for-neighbour' || blame !== 'other' || culprit === undefined) return
  const guilty = others.known(culprit.run, culprit.action)
  if (guilty === undefined) broken('S28', `the culprit ${culprit.action} is unknown`, known)
  // Another attempt of it may be queued by now.
  else if (guilty.reason === undefined && guilty.retries === 0)
    broken('I7', `${known.id} was killed for ${guilty.id}, which isn't being aborted`, known)
  cover('I7')
}
