// What does an input cost, cloned, transferred and shared? One call at a time that takes a payload and answers with its
// size; a buffer that is to be moved is made before the clock starts.

import { createRuntime, transfer } from 'heddle'
import { byteLength } from '../actions.js'
import { measure, type Candidate, type Group } from '../measure.js'
import { startPeers } from '../peers/all.js'
import { THREADS, type Peer } from '../peers/peer.js'
import { startRaw } from '../peers/raw.js'
import { fastestPeer, rowOf, type Suite } from '../suite.js'

type Way = 'cloned' | 'transferred' | 'shared'

const SIZES = [
  ['1 KB', 2 ** 10, 200],
  ['64 KB', 2 ** 16, 100],
  ['8 MB', 2 ** 23, 6],
] as const

export const payload: Suite = {
  name: 'payload',
  question: 'What does an input cost, cloned, transferred and shared?',
  async run() {
    const runtime = createRuntime({ threads: THREADS, retain: 0 })
    const raw = await startRaw('byteLength')
    const peers = await startPeers()
    const groups: Group[] = []
    try {
      for (const [label, size, iterations] of SIZES) {
        const copied = new Uint8Array(size).fill(1)
        const shared = new Uint8Array(new SharedArrayBuffer(size))
        for (const way of ['cloned', 'transferred', 'shared'] as const) {
          const bytesFor = (): Uint8Array =>
            way === 'transferred' ? new Uint8Array(size).fill(1) : way === 'shared' ? shared : copied
          const candidate = (name: string, kind: Candidate['kind'], start: Start): Candidate => ({
            name,
            kind,
            run: () => timeCall(name, bytesFor(), start),
          })
          groups.push(
            await measure({ title: `${label}, ${way}`, unit: 'µs', rounds: 6, iterations, scale: 1000 }, [
              candidate(raw.name, 'floor', (bytes) => call(raw, way, bytes)),
              // Effect's schema for bytes takes what is shared by a copy: it can't share.
              ...peers
                .filter(({ name }) => way !== 'shared' || name !== 'effect')
                // noroutine can't be told to move anything.
                .filter(({ transfers }) => way !== 'transferred' || transfers)
                .map((peer) => candidate(peer.name, peer.kind, (bytes) => call(peer, way, bytes))),
              candidate('heddle: runs', 'heddle', (bytes) =>
                runtime.run(
                  byteLength,
                  way === 'transferred' ? transfer(bytes, [bytes.buffer as ArrayBuffer]) : bytes,
                ),
              ),
            ]),
          )
        }
      }
    } finally {
      await raw.close()
      for (const peer of peers) await peer.close()
      await runtime.close()
    }
    return {
      groups,
      goals: groups.map((group) => {
        const best = fastestPeer(group).name
        const times = rowOf(group, 'heddle: runs').times[best] ?? Number.NaN
        return {
          text: `${group.title}: at least as fast as the best peer, ${best}`,
          measured: `${times.toFixed(2)} ×`,
          holds: times >= 1,
        }
      }),
    }
  },
}

type Start = (bytes: Uint8Array) => PromiseLike<unknown>

/** How long a call takes, in milliseconds; its bytes are made before. */
async function timeCall(name: string, bytes: Uint8Array, start: Start): Promise<number> {
  const size = bytes.byteLength
  const startedAt = performance.now()
  const received = await start(bytes)
  const ms = performance.now() - startedAt
  if (received !== size) throw new Error(`'${name}' received ${String(received)} of ${size} bytes`)
  return ms
}

function call(peer: Peer, way: Way, bytes: Uint8Array): PromiseLike<unknown> {
  return peer.run(
    'byteLength',
    bytes,
    way === 'transferred' ? { transfer: [bytes.buffer as ArrayBuffer] } : {},
  )
}
