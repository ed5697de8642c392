// The scheduler shares threads fairly between runs. HEDDLE_PROPERTY_RUNS=5000 looks harder.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FairShare } from '../../src/scheduling/fair-queue.js'
import { FakeLanes, Item, known } from '../support/fake-lanes.js'

const RUNS = Number(process.env['HEDDLE_PROPERTY_RUNS'] ?? 200)
/** The same in milliseconds of work. */
const AHEAD_MS = 4

describe('scheduler', () => {
  it('shares the threads equally between runs that always have work, whatever the length of their bodies (S25)', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3 }),
        fc.array(fc.constantFrom(0.5, 3, 10, 40), { minLength: 2, maxLength: 5 }),
        fc.infiniteStream(fc.nat(1000)),
        (threads, lengths, chance) => {
          const lanes = new FakeLanes(threads)
          const { scheduler } = lanes
          const runs = lengths.map((busyMs) => ({
            busyMs,
            group: new FairShare(),
            estimate: known(busyMs),
            spentMs: 0,
          }))
          const of = new Map(runs.map((run) => [run.group, run]))
          // However many each one has.
          runs.forEach(({ group, estimate }, index) => {
            for (let left = 150 * (index + 1); left > 0; left -= 1)
              scheduler.enqueue(new Item(group, estimate))
          })
          scheduler.place()
          const longest = Math.max(...lengths)
          for (let ended = 0; ended < 100; ended += 1) {
            lanes.startAll()
            const live = [...lanes.lanes.values()].flatMap((lane) => [...lane.live.keys()])
            const item = live[chance.next().value % live.length] as Item
            const run = of.get(item.group) as (typeof runs)[number]
            run.spentMs += run.busyMs
            lanes.end(item, run.busyMs)
            scheduler.place()
            const spent = runs.map(({ spentMs }) => spentMs)
            // Start-time fair queueing: what two are charged differs by no more than one body each. What is charged and
            // hasn't ended is what runs, one that hides the round trip, and what is sent ahead, on each thread.
            const bound = 2 * longest + threads * (2 * longest + AHEAD_MS)
            expect(Math.max(...spent) - Math.min(...spent)).toBeLessThanOrEqual(bound)
          }
        },
      ),
      { numRuns: Math.ceil(RUNS / 3) },
    )
  })
})
