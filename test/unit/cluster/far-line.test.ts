// The runtime's end of a lane to another machine, with a wire that the test holds: in which order what is said leaves, and what
// comes of what is told.

import { describe, expect, it } from 'vitest'
import type { LaneLoss } from '../../../actors/thread-events.js'
import { lineByWire } from '../../../src/cluster/lanes/far-line.js'
import type { Wire, WireListener } from '../../../src/cluster/lanes/wire.js'
import { ClaimState } from '../../../src/protocol/claims.js'
import type { FromFarHost, ToFarHost } from '../../../src/protocol/far-messages.js'
import type { FromHost } from '../../../src/threads/lane-line.js'
import type { ToHost } from '../../../src/protocol/messages.js'

const { offered, running, taken } = ClaimState
const HOST = { name: 'far', instance: 'f'.repeat(32) }
const REASON = { source: 'cancel', message: 'enough', origin: 'a0', at: 1 } as const

/** A line, what has left by its wire, and what its lane has been told. */
function farLine() {
  const left: string[] = []
  const sent: ToFarHost[] = []
  const told: unknown[] = []
  const received: FromHost[] = []
  const losses: LaneLoss[] = []
  let listener: WireListener<FromFarHost> | undefined
  const note = (message: ToFarHost, how = ''): void => {
    sent.push(message)
    const whose = 'ticket' in message ? ` ${message.ticket % 2 ** 22}` : ''
    left.push(`${how}${message.type}${whose}`)
  }
  const wire: Wire<ToFarHost, FromFarHost> = {
    peer: HOST,
    roundTripMs: 2,
    maxValueBytes: Infinity,
    listen: (given) => void (listener = given),
    send: (message) => note(message),
    sendUrgent: (message) => note(message, 'urgent '),
    drain: () => {},
    readOn: () => true,
    hold: () => {},
    close: () => {},
  }
  const clock = { now: 100 }
  const line = lineByWire(
    wire,
    () => clock.now,
  )({
    receive(message) {
      told.push(message.type)
      received.push(message)
    },
    receivedAll: () => {},
    pause: (isPaused) => void told.push(isPaused ? 'paused' : 'goes on'),
    retire: () => void told.push('retired'),
    measured: () => {},
    exitIsLate: () => void told.push('exit is late'),
    lost: (loss) => void losses.push(loss),
    insteadOf: () => undefined,
  })
  const start = (): number => {
    const ticket = line.claims.offer()
    line.outgoing.add({ type: 'start', ticket, definition: 0, run: 'r', id: 'a0' })
    return ticket
  }
  const abort = (...tickets: number[]): ToHost => ({ type: 'abort', tickets, reason: REASON })
  return {
    ...line,
    clock,
    received,
    sent,
    left,
    told,
    losses,
    start,
    abort,
    come: (message: FromFarHost) => listener?.handle(message),
    listener: () => listener,
  }
}

describe('what leaves for another machine', () => {
  it('tells once of each body that its time is up, however many there are (D15)', () => {
    const { far, outgoing, start, sent } = farLine()
    const tickets = Array.from({ length: 1000 }, start)
    outgoing.flush()
    let looks = 0
    const due = (): readonly number[] => {
      looks += 1
      return tickets
    }
    for (const ticket of tickets) far?.force(ticket, due)
    const forces = sent.filter((message) => message.type === 'force')
    expect(forces.map(({ ticket }) => ticket)).toEqual(tickets)
    expect(forces.flatMap((message) => message.due)).toEqual(tickets)
    expect(looks).toBe(1)
  })

  it('goes at the end of the tick, in order', async () => {
    const { outgoing, start, left } = farLine()
    start()
    outgoing.addReport(5, 'a0.1', 'value')
    start()
    expect(left).toEqual([])
    await Promise.resolve()
    await new Promise(setImmediate)
    expect(left).toEqual(['start 0', 'childReport 5', 'start 1'])
  })

  it('goes with aborts ahead of all that has not left (D16, S2)', () => {
    const { outgoing, start, abort, left } = farLine()
    const ticket = start()
    outgoing.flush()
    start()
    outgoing.addReport(5, 'a0.1', 'value')
    outgoing.addPriority(abort(ticket))
    outgoing.flush()
    expect(left).toEqual(['start 0', 'urgent abort', 'start 1', 'childReport 5'])
  })

  it('never has an abort ahead of the start of its own action (D16, S2)', () => {
    const { outgoing, start, abort, left } = farLine()
    const ticket = start()
    start()
    outgoing.addPriority(abort(ticket))
    expect(left).toEqual(['start 0', 'start 1', 'urgent abort'])
  })

  it('leaves out what was taken back before it left, with all that is for it (D13)', () => {
    const { outgoing, claims, start, left } = farLine()
    const [first, second] = [start(), start()]
    outgoing.add({ type: 'mail', ticket: first, first: 1, messages: [{ type: 'hi' }] })
    expect(claims.exchange(first, offered, taken)).toBe(true)
    claims.release(first)
    outgoing.flush()
    expect(left).toEqual(['start 1'])
    expect(claims.exchange(second, offered, taken)).toBe(false)
  })

  it('is asked back only where it has left', () => {
    const { outgoing, far, start, left } = farLine()
    const first = start()
    outgoing.flush()
    const second = start()
    far?.askBack([first, second])
    far?.askBack([first])
    expect(left).toEqual(['start 0', 'urgent takeBack'])
  })

  it('keeps the last report of each child while only what can not wait goes, ahead of its end (D24)', () => {
    const { outgoing, left, told, listener } = farLine()
    listener()?.pause(true)
    for (let value = 0; value < 100; value += 1) outgoing.addReport(5, 'a0.1', value)
    outgoing.flush()
    expect([left, told]).toEqual([[], ['paused']])
    const times = { queuedAt: 1, settledAt: 2 }
    const outcome = { status: 'aborted', how: 'never-started', ...times } as const
    outgoing.addEnd({ type: 'childSettled', ticket: 5, id: 'a0.1', outcome })
    outgoing.flush()
    expect(left).toEqual(['childReport 5', 'childSettled 5'])
    outgoing.close()
  })
})

describe('what another machine tells', () => {
  it('says what has begun; the rest has not, where the lane is gone (D13)', () => {
    const { outgoing, claims, start, come, losses } = farLine()
    const [begun, waits] = [start(), start()]
    outgoing.flush()
    come({ type: 'started', tickets: [begun], at: 1 })
    expect([claims.read(begun), claims.read(waits)]).toEqual([running, offered])
    come({ type: 'gone', loss: { killed: false, whileStarting: false, exitCode: 3 } })
    expect(losses).toEqual([{ killed: false, whileStarting: false, exitCode: 3 }])
    expect(claims.exchange(begun, offered, taken)).toBe(false)
    expect(claims.exchange(waits, offered, taken)).toBe(true)
  })

  it('was when it can have been: between what was sent and what has come (D25)', () => {
    const { outgoing, clock, start, come, received } = farLine()
    const ticket = start()
    outgoing.flush()
    clock.now = 200
    const ended = { type: 'ended', ticket, ok: true } as const
    for (const [startedAt, endedAt] of [
      [50, 60],
      [150, 140],
      [150, 900],
      [900, 901],
    ] as const)
      come({ ...ended, startedAt, endedAt })
    come({ type: 'started', tickets: [ticket], at: 7 })
    come({ type: 'abortSeen', tickets: [ticket], at: 1e9 })
    come({ type: 'log', ticket, level: 'info', message: '', at: 1e9 })
    expect(
      received.map((message) =>
        message.type === 'ended'
          ? [message.startedAt, message.endedAt]
          : (message as { readonly at: number }).at,
      ),
    ).toEqual([[100, 100], [150, 150], [150, 200], [200, 200], 100, 200, 200])
  })

  it('is nothing where it is lost itself: then all that has left may have run (D12)', () => {
    const { outgoing, claims, start, listener, losses } = farLine()
    const ticket = start()
    outgoing.flush()
    const unsent = start()
    listener()?.lost('host-lost', 10_000)
    expect(losses).toEqual([
      { killed: false, whileStarting: false, withHost: { how: 'host-lost', host: HOST, silentMs: 10_000 } },
    ])
    expect(claims.exchange(ticket, offered, taken)).toBe(false)
    expect(claims.exchange(unsent, offered, taken)).toBe(true)
  })
})
