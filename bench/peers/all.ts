// The peers, all started. They are warmed up by the first round of a suite, which isn't counted.

import { startComlink } from './comlink.js'
import { startEffect } from './effect.js'
import { startNoroutine } from './noroutine.js'
import type { Peer } from './peer.js'
import { startPiscina } from './piscina.js'
import { startPoolifier } from './poolifier.js'
import { startTinypool } from './tinypool.js'
import { tunedStarts, type Load } from './tuned.js'
import { startWorkerpool } from './workerpool.js'

/** How each of them is started, as it is by default. */
export const peerStarts: Readonly<Record<string, () => Peer | Promise<Peer>>> = {
  piscina: () => startPiscina(),
  tinypool: () => startTinypool(),
  workerpool: () => startWorkerpool(),
  poolifier: () => startPoolifier(),
  comlink: () => startComlink(),
  effect: () => startEffect(),
  noroutine: () => startNoroutine(),
}

/** Starts one pool of each as it is by default, and, where a load is given, one that is tuned for it. */
export async function startPeers(load?: Load): Promise<Peer[]> {
  const peers: Peer[] = []
  const tuned = load === undefined ? [] : Object.values(tunedStarts(load))
  for (const start of [...Object.values(peerStarts), ...tuned]) peers.push(await start())
  return peers
}
