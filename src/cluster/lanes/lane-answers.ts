// What a lane's thread is asked for its runtime, and the answers.

import { encodeError } from '../../protocol/errors/encode-error.js'
import type { FromFarHost } from '../../protocol/far-messages.js'
import type { Lane } from '../../threads/lane.js'
import type { LaneDefinition } from '../../threads/lane-owner.js'
import type { FarItem } from './far-item.js'

type Tell = (message: FromFarHost) => void

/** Has modules loaded ahead of need. `done`: that is over, however it went. */
export function loadAhead(
  lane: Lane<FarItem>,
  { request, definitions }: { readonly request: number; readonly definitions: readonly number[] },
  known: ReadonlyMap<number, LaneDefinition>,
  tell: Tell,
  done: () => void,
): void {
  const those = definitions.flatMap((number) => known.get(number) ?? [])
  lane.preload(those, (answer) => {
    if (answer.kind === 'loaded') tell({ type: 'loaded', request, options: answer.options })
    else if (answer.kind === 'failed')
      tell({ type: 'loaded', request, options: [], error: encodeError(answer.error) })
    done()
  })
}

/** Asks whether the thread answers; who doesn't is not told of. */
export async function ping(lane: Lane<FarItem>, sequence: number, tell: Tell): Promise<void> {
  if (await lane.ping()) tell({ type: 'pong', sequence, written: true })
}
