// The far end of a lane, with a wire that the test holds and a thread that isn't up yet.

import { EventEmitter } from 'node:events'
import type { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { bridgedToThread } from '../../../src/cluster/lanes/bridged-line.js'
import { farItem, type FarItem } from '../../../src/cluster/lanes/far-item.js'
import type { GivenClaims } from '../../../src/cluster/lanes/given-claims.js'
import { LaneBridge } from '../../../src/cluster/lanes/lane-bridge.js'
import type { Wire, WireListener } from '../../../src/cluster/lanes/wire.js'
import { ReportedClaims } from '../../../src/cluster/lanes/reported-claims.js'
import { ClaimState } from '../../../src/protocol/claims.js'
import type { FromFarHost, ToFarHost } from '../../../src/protocol/far-messages.js'
import type { Lane } from '../../../src/threads/lane.js'

/** A lane to which so many bodies were sent, and what its runtime is told. `worker`: whose exit is awaited once it is killed. */
function bridgeWith(count: number, worker?: EventEmitter) {
  const told: FromFarHost[] = []
  let listener: WireListener<ToFarHost> | undefined
  const wire: Wire<FromFarHost, ToFarHost> = {
    peer: undefined,
    roundTripMs: undefined,
    maxValueBytes: Infinity,
    listen: (given) => void (listener = given),
    send: (message) => void told.push(message),
    sendUrgent: (message) => void told.push(message),
    drain: () => {},
    readOn: () => true,
    hold: () => {},
    close: () => {},
  }
  let words: GivenClaims | undefined
  const bridge = new LaneBridge({
    wire,
    open: (lane, given) => {
      words = given as GivenClaims
      return bridgedToThread(() => ({
        ended: new Promise(() => {}),
        kill: () => worker as Worker | undefined,
      }))(lane, given)
    },
    now: () => 0,
    onGone: () => {},
  })
  const claims = new ReportedClaims()
  const tickets = Array.from({ length: count }, () => claims.offer())
  listener?.handle({ type: 'define', definition: 1, url: 'file:///there.js', name: 'there' })
  for (const [index, ticket] of tickets.entries())
    listener?.handle({ type: 'start', ticket, definition: 1, run: 'run', id: `a0.${index}` })
  const pause = (isPaused: boolean): void => listener?.pause(isPaused)
  const start = (): number => {
    const ticket = claims.offer()
    listener?.handle({ type: 'start', ticket, definition: 1, run: 'run', id: 'later' })
    return ticket
  }
  /** As its thread says so. */
  const begin = (ticket: number): void => void words?.exchange(ticket, ClaimState.offered, ClaimState.running)
  const load = (ticket: number): void => void words?.exchange(ticket, ClaimState.offered, ClaimState.loading)
  const force = (ticket: number): void => listener?.handle({ type: 'force', ticket, due: [] })
  return { bridge, tickets, told, pause, start, begin, load, force }
}

describe('the far end of a lane', () => {
  it('gives back what has not begun as soon as its machine leaves (D18, D29)', () => {
    const { bridge, tickets, told } = bridgeWith(3)
    expect(told).toEqual([])
    bridge.retire()
    expect(told.slice(0, 2)).toEqual([{ type: 'retiring' }, { type: 'givenBack', tickets }])
    // Nothing is left there for which its thread would be kept.
    expect(told.at(-1)?.type).toBe('gone')
  })

  it('gives back what comes once it takes nothing new (D13)', () => {
    const worker = new EventEmitter()
    const { bridge, told, start } = bridgeWith(1, worker)
    bridge.kill('host-lost')
    const late = start()
    expect(told.at(-1)).toEqual({ type: 'givenBack', tickets: [late] })
    worker.emit('exit', 1)
  })

  it('gives back what is being loaded, too, where its machine aborts what runs there (S7, D29)', () => {
    const worker = new EventEmitter()
    const { bridge, tickets, told, load, begin } = bridgeWith(3, worker)
    const [running = 0, loading = 0, waiting = 0] = tickets
    begin(running)
    load(loading)
    bridge.abortAll('host-drained', 'the host leaves')
    expect(told.slice(0, 2)).toEqual([
      { type: 'retiring' },
      { type: 'givenBack', tickets: [loading, waiting] },
    ])
    bridge.kill('host-lost')
    worker.emit('exit', 1)
  })

  it('takes back what has not begun before it decides to kill (S6)', () => {
    const worker = new EventEmitter()
    const { tickets, told, begin, force } = bridgeWith(2, worker)
    const [late = 0, next = 0] = tickets
    begin(late)
    force(late)
    expect(told.slice(0, 3)).toEqual([
      { type: 'givenBack', tickets: [next] },
      { type: 'started', tickets: [late], at: 0 },
      { type: 'forced', ticket: late, decision: 'kill' },
    ])
    worker.emit('exit', 1)
  })

  it('says what it held back of a body ahead of its end, however that comes (S23, D24)', () => {
    const { bridge, told, pause } = bridgeWith(0)
    const [stopped, lost] = [farItem(7, 'a0.1'), farItem(8, 'a0.2')]
    pause(true)
    for (const item of [stopped, lost])
      bridge.received({} as Lane<FarItem>, { type: 'report', ticket: item.given, value: item.id }, item)
    stopped.abortedBy = 'machine'
    const ended = { type: 'ended', ticket: 7, ok: false, began: true, startedAt: 0, endedAt: 0 } as const
    bridge.received({} as Lane<FarItem>, ended, stopped)
    bridge.kill('host-lost')
    expect(told.map((one) => [one.type, 'ticket' in one ? one.ticket : undefined])).toEqual([
      ['report', 7],
      ['stopped', 7],
      ['retiring', undefined],
      ['report', 8],
      ['gone', undefined],
    ])
  })

  it('leaves it to another lane that a thread fails to start, while it is being killed itself (I11)', () => {
    const worker = new EventEmitter()
    const { bridge, told } = bridgeWith(1, worker)
    bridge.kill('host-lost')
    expect(bridge.failToStart(new Error('of another thread'))).toBe(false)
    worker.emit('exit', 1)
    expect(told.at(-1)).toMatchObject({ type: 'gone', loss: { killed: true, whileStarting: true } })
  })
})
