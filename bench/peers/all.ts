// The peers, all started. They are warmed up by the first round of a suite, which isn't counted.

import { startComlink } from './comlink.js'
import { startEffect } from './effect.js'
import type { Peer } from './peer.js'
import { startPiscina } from './piscina.js'
import { startPoolifier } from './poolifier.js'
import { startTinypool } from './tinypool.js'
import { startWorkerpool } from './workerpool.js'

/** How each of them is started. */
export const peerStarts: Readonly<Record<string, () => Peer | Promise<Peer>>> = {
  piscina: () => startPiscina(),
  tinypool: () => startTinypool(),
  workerpool: () => startWorkerpool(),
  poolifier: () => startPoolifier(),
  comlink: () => startComlink(),
  effect: () => startEffect(),
}

/** Starts one pool of each. */
export async function startPeers(): Promise<Peer[]> {
  const peers: Peer[] = []
  for (const start of Object.values(peerStarts)) peers.push(await start())
  return peers
}
