// Other machines in the model of the page.

import { describe, expect, it } from 'vitest'
import { ActionTable } from '../../../src/console/model/runs/action-table.js'
import { applyEvent } from '../../../src/console/model/runs/apply-event.js'
import { matchRows, NO_FILTER } from '../../../src/console/model/runs/filter.js'
import { seenBy } from '../../../src/console/model/process/seen-hosts.js'
import { layOutThreads } from '../../../src/console/model/process/thread-lanes.js'
import type { ActionEventInfo, HostInfo } from '../../../src/control/api.js'

const ONE = { host: 'one', hostInstance: '1'.repeat(32) }
const TWO = { host: 'two', hostInstance: '2'.repeat(32) }

type Place = { readonly thread?: number; readonly host?: string; readonly hostInstance?: string }

function phase(id: string, at: number, name: 'queued' | 'running', place: Place = {}): ActionEventInfo {
  return { type: 'phase', seq: at, at, run: 'r', id, name: id, phase: name, attempt: 1, ...place }
}

/** A table of actions that run there. */
function tableOf(...places: readonly Place[]): ActionTable {
  const table = new ActionTable()
  for (const [index, place] of places.entries()) {
    const id = `a0.${index + 1}`
    applyEvent(table, phase(id, 100, 'queued'))
    applyEvent(table, phase(id, 200, 'running', place))
  }
  return table
}

describe('the threads of several machines', () => {
  it('are told apart, also where they have the same number: those here first, then each machine’s', () => {
    const table = tableOf({ thread: 3, ...TWO }, { thread: 3, ...ONE }, { thread: 3 }, { thread: 2, ...TWO })
    expect(layOutThreads(table, 500).map(({ thread, host }) => [host?.host, thread])).toEqual([
      [undefined, 3],
      ['one', 3],
      ['two', 2],
      ['two', 3],
    ])
  })

  it('are those of each attempt', () => {
    const table = tableOf({ thread: 3, ...ONE })
    const error = { name: 'ThreadLostError', message: 'lost' }
    const event = { seq: 5, run: 'r', id: 'a0.1' } as const
    applyEvent(table, { ...event, type: 'retry', at: 300, attempt: 1, error, delayMs: 10 })
    applyEvent(table, phase('a0.1', 310, 'queued'))
    expect(table.hosts.get(table.host[0]!)).toBeUndefined()
    applyEvent(table, phase('a0.1', 320, 'running', { thread: 3, ...TWO }))
    expect(layOutThreads(table, 500).map(({ host, busyMs }) => [host?.host, busyMs])).toEqual([
      ['one', 100],
      ['two', 180],
    ])
    expect(table.details.get(0)?.earlier).toMatchObject([{ thread: 3, ...ONE }])
  })

  it('are found by the name of their machine', () => {
    const table = tableOf({ thread: 3, ...ONE }, { thread: 3, ...TWO }, { thread: 3 })
    expect([...(matchRows(table, { ...NO_FILTER, text: 'host:two' }) ?? [])].slice(0, 3)).toEqual([0, 1, 0])
  })
})

describe('the list of machines', () => {
  const host = (name: string, heardAt: number, more: Partial<HostInfo> = {}): HostInfo => ({
    instance: name,
    name,
    builds: ['app@1.0.0'],
    compatible: true,
    threads: 2,
    busy: 0,
    owners: 0,
    labels: [],
    resources: {},
    draining: false,
    heardAt,
    lastsMs: 10_000,
    lanes: 0,
    inFlight: 0,
    ...more,
  })

  it('says how each stands', () => {
    const items = [
      host('a', 0),
      host('b', 0, { busy: 2 }),
      host('c', 0, { draining: true }),
      host('d', 0, { compatible: false, why: 'it serves app@2.0.0' }),
    ]
    const states = seenBy([], { at: 0, items }).map(({ state }) => state)
    expect(states).toEqual(['ready', 'busy', 'leaving', 'unusable'])
  })

  it('keeps those that are gone, and tells who has left from who was lost', () => {
    const first = seenBy([], { at: 1000, items: [host('a', 1000, { busy: 1, lanes: 1 }), host('b', 1000)] })
    const second = seenBy(first, { at: 3000, items: [host('a', 1000, { busy: 1, lanes: 1 })] })
    expect(second.map(({ name, state }) => [name, state])).toEqual([
      ['a', 'ready'],
      ['b', 'left'],
    ])
    const third = seenBy(second, { at: 11_000, items: [] })
    expect(third).toMatchObject([
      { name: 'a', state: 'lost', busy: 0, lanes: 0 },
      { name: 'b', state: 'left' },
    ])
    // It stays what it was; one that is there again is there.
    const fourth = seenBy(third, { at: 60_000, items: [host('a', 60_000)] })
    expect(fourth.map(({ name, state }) => [name, state])).toEqual([
      ['a', 'ready'],
      ['b', 'left'],
    ])
  })
})
