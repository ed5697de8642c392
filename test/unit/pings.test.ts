import { describe, expect, it } from 'vitest'
import { Pings, type PingLine } from '../../src/threads/pings.js'
import { ThreadTime } from '../../src/threads/thread-time.js'

const threadTime = new ThreadTime(() => 0)

/** A line whose thread answers as it is told. */
function pingsOf(postPing: (sequence: number) => void): Pings {
  const line: PingLine = { postPing, drain: () => {}, readOn: () => true }
  return new Pings(line, threadTime)
}

describe('a ping', () => {
  it.each([{ written: true }, { written: false }])(
    'is answered by what its thread says: %o (I7)',
    async (answer) => {
      const pings: Pings = pingsOf((sequence) => setImmediate(() => pings.answered(sequence, answer)))
      expect(await Promise.all([pings.ask(), pings.ask()])).toEqual([answer, answer])
    },
  )

  it('has no answer where its thread says nothing in its time, or is gone (S6)', async () => {
    expect(await pingsOf(() => {}).ask()).toBeUndefined()
    const pings = pingsOf(() => {})
    const asked = pings.ask()
    pings.giveUp()
    expect(await asked).toBeUndefined()
    // From then on nothing is asked, and no timer is kept for it.
    const timers = (): number => process.getActiveResourcesInfo().filter((one) => one === 'Timeout').length
    const before = timers()
    const late = pings.ask()
    expect(timers()).toBe(before)
    expect(await late).toBeUndefined()
  })

  it('is not answered by the answer to another', async () => {
    const pings: Pings = pingsOf((sequence) =>
      setImmediate(() => pings.answered(sequence + 1, { written: true })),
    )
    expect(await pings.ask()).toBeUndefined()
  })
})
