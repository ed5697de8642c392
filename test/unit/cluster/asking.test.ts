// How lanes are asked for, on a board that the test holds, by a clock that it moves.

import { describe, expect, it, vi } from 'vitest'
import { Asking } from '../../../src/cluster/owner/asking.js'
import type { OwnedLane } from '../../../src/cluster/owner/owned-lane.js'
import type { AskingBoard, Transport } from '../../../src/cluster/transport.js'
import { resolveConnectOptions } from '../../../src/cluster/options.js'
import { ManualClock } from '../../support/manual-clock.js'

interface AskedLane {
  readonly number: number
  readonly destination: string
  host: object | undefined
  state: string
  turn: number | undefined
  want(isAsked: boolean): void
  move(turn: number): void
}

function laneOf(number: number): AskedLane {
  return {
    number,
    destination: 'there',
    host: undefined,
    state: 'waiting',
    turn: undefined,
    move(turn) {
      this.turn = turn
    },
    want(isAsked) {
      this.state = isAsked ? 'wanted' : 'waiting'
    },
  }
}

/** An owner that asks for one lane. */
async function asked() {
  const clock = new ManualClock()
  const requests: string[] = []
  const ranks = new Map<string, number>()
  const errors: string[] = []
  /** Whether it is there, and what is awaited before a word about a request has come to it. */
  const outside = { isReady: true, before: (_id: string): Promise<void> => Promise.resolve() }
  const board: AskingBoard = {
    get isReady() {
      return outside.isReady
    },
    roster: {
      announceOwner: () => Promise.resolve(),
      forgetOwner: () => Promise.resolve(),
      hosts: () => Promise.resolve([]),
    },
    requests: {
      async ask(_queue, id, _job, rank) {
        await outside.before(id)
        requests.push(id)
        ranks.set(id, rank)
      },
      async rank(_queue, id, rank) {
        await outside.before(id)
        if (requests.includes(id)) ranks.set(id, rank)
      },
      // As with a priority of which the first rank is 100.
      turnOf: (rank) => 100 + rank,
      takeBack: (_queue, id) => Promise.resolve(void requests.splice(requests.indexOf(id), 1)),
      isPending: (_queue, id) => Promise.resolve(requests.includes(id)),
      close: () => Promise.resolve(),
    },
    connect: () => {},
    close: () => {},
  }
  const lane = laneOf(7)
  const asking = new Asking({
    cluster: resolveConnectOptions({ redis: 'redis://127.0.0.1:6379', build: 'tested', leaseMs: 3000 }),
    instance: 'owner',
    clock,
    transport: { asking: () => Promise.resolve(board) } as unknown as Transport,
    onError: (error) => errors.push(error.message),
    describe: String,
  })
  await asking.open()
  const ask = (one: AskedLane): void => asking.ask(one as unknown as OwnedLane)
  ask(lane)
  /** A host has offered a thread for it. */
  const taken = (one: AskedLane): void => {
    one.host = {}
    one.turn = asking.hold(one as unknown as OwnedLane)
  }
  /** It is lost, or was given back. */
  const gone = (one: AskedLane): void => asking.stop(one as unknown as OwnedLane)
  /** Lets the time pass after which it is looked at what has come of the requests. */
  const look = async (): Promise<void> => {
    await new Promise(setImmediate)
    clock.advance(1000)
    await new Promise(setImmediate)
  }
  return { asking, outside, clock, errors, lane, ask, taken, gone, requests, ranks, look }
}

describe('who asks for a lane', () => {
  it('asks once while that request stands (D17)', async () => {
    const { asking, requests, look } = await asked()
    for (let times = 0; times < 3; times += 1) await look()
    expect(requests).toEqual(['owner-7-1'])
    await asking.close()
    expect(requests).toEqual([])
  })

  it('asks again for what was lost, or was taken by a host that offers nothing (D17)', async () => {
    const { asking, requests, look } = await asked()
    await look()
    requests.length = 0
    await look()
    expect(requests).toEqual(['owner-7-2'])
    await asking.close()
  })

  it('asks no more for what is not wanted any more (D17)', async () => {
    const { asking, lane, requests, look } = await asked()
    await look()
    asking.stop(lane as unknown as OwnedLane)
    expect(requests).toEqual([])
    await look()
    expect(requests).toEqual([])
    await asking.close()
  })

  it('asks for each lane behind as many as it holds or asks for, so that others are not behind all of them (D18)', async () => {
    const { asking, lane, ask, taken, ranks } = await asked()
    ask(laneOf(8))
    taken(lane)
    ask(laneOf(9))
    await new Promise(setImmediate)
    expect([...ranks.values()]).toEqual([0, 1, 2])
    await asking.close()
  })

  it('moves the last request to where a lane is missing that was lost (D18)', async () => {
    const { asking, lane, ask, taken, gone, ranks, look } = await asked()
    for (const number of [8, 9]) ask(laneOf(number))
    taken(lane)
    gone(lane)
    await look()
    expect([...ranks]).toEqual([
      ['owner-7-1', 0],
      ['owner-8-1', 1],
      ['owner-9-1', 0],
    ])
    await asking.close()
  })

  it('tells the last lane that it stands for one that was lost, so that hosts compare what owners hold now (D18)', async () => {
    const { asking, lane, ask, taken, gone, ranks, look } = await asked()
    const [second, third, fourth] = [laneOf(8), laneOf(9), laneOf(10)]
    for (const one of [second, third, fourth]) ask(one)
    await new Promise(setImmediate)
    for (const one of [lane, second, third]) taken(one)
    expect([lane.turn, second.turn, third.turn]).toEqual([100, 101, 102])
    gone(second)
    expect([lane.turn, third.turn]).toEqual([100, 101])
    await look()
    expect(ranks.get('owner-10-1')).toBe(2)
    await asking.close()
  })

  it('lets a request stand behind lanes that it was ahead of, where those were served sooner (D18)', async () => {
    const { asking, lane, ask, taken, ranks, look } = await asked()
    const second = laneOf(8)
    ask(second)
    await new Promise(setImmediate)
    taken(second)
    expect(second.turn).toBe(100)
    await look()
    expect(ranks.get('owner-7-1')).toBe(1)
    taken(lane)
    expect(lane.turn).toBe(101)
    await asking.close()
  })

  it('asks for none that was given back before it could ask (D17)', async () => {
    const { asking, ask, requests, look } = await asked()
    const gone = laneOf(8)
    gone.state = 'gone'
    ask(gone)
    await look()
    await look()
    expect(requests).toEqual(['owner-7-1'])
    await asking.close()
  })

  it('tells Redis the rank of a request that has moved while it was asked for, and of one of which that failed (D18)', async () => {
    const { asking, outside, errors, lane, ask, taken, gone, ranks, look } = await asked()
    await look()
    let arrive = (): void => {}
    outside.before = () => new Promise((resolve) => (arrive = resolve))
    ask(laneOf(8))
    await new Promise(setImmediate)
    taken(lane)
    gone(lane)
    await look()
    arrive()
    await new Promise(setImmediate)
    outside.before = () => Promise.reject(new Error('away'))
    await look()
    outside.before = () => Promise.resolve()
    await look()
    expect(errors).toEqual(['away'])
    expect(ranks.get('owner-8-1')).toBe(0)
    await asking.close()
  })

  it('lets nobody wait who wants to know who is there once it is closed, and says nothing of what that cuts off (I9)', async () => {
    const { asking, outside, errors, ask, look } = await asked()
    await look()
    outside.isReady = false
    vi.useFakeTimers()
    const waiting = asking.roster()
    const refused = expect(waiting).rejects.toThrow('the cluster is closed')
    outside.isReady = true
    let cut = (): void => {}
    outside.before = () =>
      new Promise((_resolve, reject) => (cut = () => reject(new Error('Connection is closed'))))
    ask(laneOf(8))
    await vi.advanceTimersByTimeAsync(0)
    const closing = asking.close()
    cut()
    await closing
    await vi.advanceTimersByTimeAsync(0)
    await refused
    expect(vi.getTimerCount()).toBe(0)
    vi.useRealTimers()
    await expect(asking.roster()).rejects.toThrow('the cluster is closed')
    expect(errors).toEqual([])
  })

  it('leaves no request behind, also of what it was asking for when it is closed (D17)', async () => {
    const { asking, outside, ask, requests, look } = await asked()
    await look()
    let arrive = (): void => {}
    outside.before = () => new Promise((resolve) => (arrive = resolve))
    ask(laneOf(8))
    await new Promise(setImmediate)
    const closing = asking.close()
    ask(laneOf(9))
    arrive()
    await closing
    expect(requests).toEqual([])
  })
})
