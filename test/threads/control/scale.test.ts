import { crowd } from '#fixtures/controlled.js'
import type { Runtime } from 'heddle'
import type { StreamEvent } from 'heddle/client'
import { describe, expect, it } from 'vitest'
import { Mirror } from '../../support/mirror.js'
import { isPhase, serve } from '../../support/control.js'

const RUNS = 200
/** With the root. */
const ACTIONS_PER_RUN = 50
const STREAMS_PER_RUN = 5

describe('a control server with many readers', () => {
  it(
    'loses nothing with 1 000 streams, 10 000 actions and aborts at random',
    { timeout: 300_000 },
    async () => {
      await using served = await serve({}, { threads: 1, retain: { actions: 20_000 } })
      const { client, runtime } = served
      const names = Array.from({ length: RUNS }, (_, place) => `run-${place}`)
      const allRunning = untilRunning(runtime, RUNS * ACTIONS_PER_RUN)
      const runs = names.map((name) => runtime.run(crowd, { size: ACTIONS_PER_RUN - 1 }, { name }))
      const follow = async (name: string): Promise<Mirror> => {
        const mirror = new Mirror()
        const events = client.events({ run: name, reconnect: false })
        for await (const event of events as AsyncIterable<StreamEvent>) {
          mirror.take(event)
          const isOver = mirror.runs.get(name)?.get('a0')?.phase ?? 'queued'
          if (isOver === 'succeeded' || isOver === 'aborted') {
            if (event.type === 'live' || isPhase(event, 'a0', isOver)) break
          }
        }
        return mirror
      }
      // They come while the actions start, and so in the middle of all that changes.
      const following = names.flatMap((name) => Array.from({ length: STREAMS_PER_RUN }, () => follow(name)))
      const random = randomNumbers(7)
      const aborting = names.map(async (name) => {
        await allRunning
        // Some by name, some one by one, then what is left.
        await client.abort(name, { where: { name: `member-${Math.floor(random() * 3)}` }, by: 'ann' })
        for (let count = 0; count < 5; count += 1) {
          const id = `a0.${1 + Math.floor(random() * (ACTIONS_PER_RUN - 1))}`
          await client.abortAction(name, id, { by: 'bob' })
        }
        await client.abort(name, random() < 0.5 ? { by: 'cy' } : { where: { name: 'member-*' }, by: 'cy' })
      })
      await Promise.all(aborting)
      await Promise.all(runs.map((run) => run.settled()))
      const mirrors = await Promise.all(following)
      expect(mirrors).toHaveLength(1000)
      for (const [at, mirror] of mirrors.entries()) {
        const run = runs[Math.floor(at / STREAMS_PER_RUN)] as (typeof runs)[number]
        expect(mirror.gaps).toBe(0)
        const known = new Map(run.actions().map(({ id, phase }) => [id, phase] as const))
        expect(mirror.phases(run.run)).toEqual(known)
        expect(known.size).toBe(ACTIONS_PER_RUN)
      }
    },
  )
})

/** Waits until so many actions have started. */
async function untilRunning(runtime: Runtime, count: number): Promise<void> {
  let left = count
  for await (const event of runtime.events()) {
    if (event.type === 'phase' && event.phase === 'running') left -= 1
    if (left === 0) return
  }
}

/** The same numbers each time (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d_2b_79_f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
