import { PHASES } from '../../../src/protocol/outcome.js'
import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { planAbort } from '../../../src/console/model/aborts/abort-target.js'
import { ActionTable } from '../../../src/console/model/runs/action-table.js'
import { applyEvent } from '../../../src/console/model/runs/apply-event.js'
import { measureDensity, mostAtOnce, spanOf } from '../../../src/console/model/timeline/density.js'
import { matchRows, NO_FILTER } from '../../../src/console/model/runs/filter.js'
import { phaseCode } from '../../../src/console/model/words/phases.js'
import { layOutThreads } from '../../../src/console/model/process/thread-lanes.js'
import { groupOf, showRows } from '../../../src/console/model/runs/tree-rows.js'
import type { ActionItem } from '../../../src/control/api.js'

/** An action, of which only what matters is given. */
function item(id: string, more: Partial<ActionItem> = {}): ActionItem {
  const dot = id.lastIndexOf('.')
  return {
    id,
    name: `${id} by name`,
    phase: 'running',
    attempt: 1,
    cpu: 1,
    queuedAt: 1000,
    startedAt: 1010,
    children: 0,
    liveChildren: 0,
    ...(dot !== -1 && { parent: id.slice(0, dot) }),
    ...more,
  }
}

function tableOf(...items: ActionItem[]): ActionTable {
  const table = new ActionTable()
  for (const each of items) table.put(each)
  return table
}

/** Ids of the rows that are shown. */
function shown(table: ActionTable, collapsed: string[] = [], filter = NO_FILTER): string[] {
  const rows = new Set(collapsed.map((id) => table.rowOf(id)))
  return Array.from(showRows(table, rows, matchRows(table, filter)).rows, (row) => table.ids[row]!)
}

/** Any tree: each action is a child of one before it. */
const trees = fc.array(fc.tuple(fc.nat(), fc.nat(6)), { minLength: 1, maxLength: 60 }).map((choices) => {
  const items: ActionItem[] = [item('a0', { phase: 'running' })]
  const children = new Map<string, number>()
  for (const [parent, phase] of choices) {
    const above = items[parent % items.length]!.id
    const index = (children.get(above) ?? 0) + 1
    children.set(above, index)
    items.push(item(`${above}.${index}`, { phase: PHASES[phase]! }))
  }
  return items
})

/** Ids in the order of the tree, by recursion. */
function preorder(items: readonly ActionItem[], id = 'a0'): string[] {
  return [id, ...items.filter(({ parent }) => parent === id).flatMap((child) => preorder(items, child.id))]
}

describe('action table', () => {
  it('shows any tree from the top down, whatever order its actions come in', () => {
    fc.assert(
      fc.property(trees, fc.infiniteStream(fc.nat()), (items, order) => {
        expect(shown(tableOf(...items))).toEqual(preorder(items))
        // Out of order, only siblings may be.
        const shuffled = items.map((each) => [order.next().value as number, each] as const)
        shuffled.sort(([left], [right]) => left - right)
        const table = tableOf(...shuffled.map(([, each]) => each))
        expect(new Set(shown(table))).toEqual(new Set(items.map(({ id }) => id)))
        for (const { id } of items) {
          expect(table.depth[table.rowOf(id)]).toBe(id.split('.').length - 1)
        }
      }),
    )
  })

  it('leaves out what is collapsed, and with a filter what leads to no match', () => {
    fc.assert(
      fc.property(trees, fc.nat(), fc.nat(6), (items, which, code) => {
        const table = tableOf(...items)
        const collapsed = items[which % items.length]!.id
        expect(shown(table, [collapsed])).toEqual(
          preorder(items).filter((id) => !id.startsWith(`${collapsed}.`)),
        )
        const matching = items.filter(({ phase }) => phase === PHASES[code])
        expect(shown(table, [], { phases: new Set([code]), text: '' })).toEqual(
          preorder(items).filter((id) =>
            matching.some((each) => each.id === id || each.id.startsWith(`${id}.`)),
          ),
        )
      }),
    )
  })

  it('folds more than fifty alike into one row, and shows them behind it when it is open', () => {
    const children = Array.from({ length: 60 }, (_, index) => item(`a0.${index}`, { name: `part-${index}` }))
    const table = tableOf(item('a0'), ...children, item('a0.99'))
    const folded = showRows(table, new Set(), undefined)
    expect(folded.rows).toHaveLength(3)
    const group = groupOf(folded, folded.rows[1]!)!
    expect([group.name, group.rows.length, group.parent]).toEqual(['part', 60, 0])
    const open = showRows(table, new Set(), undefined, new Set([group.key]))
    expect(Array.from(open.rows).filter((row) => row >= 0)).toEqual(
      Array.from({ length: 62 }, (_, row) => row),
    )
    expect(groupOf(open, open.rows[1]!)!.key).toBe(group.key)
    // With a filter, each is shown by itself.
    const all = new Uint8Array(table.length).fill(1)
    expect(showRows(table, new Set(), all).groups).toEqual([])
  })

  it('counts phases through every change', () => {
    fc.assert(
      fc.property(trees, fc.array(fc.tuple(fc.nat(), fc.nat(6)), { maxLength: 60 }), (items, changes) => {
        const table = tableOf(...items)
        const phases = new Map(items.map(({ id, phase }) => [id, phase]))
        changes.forEach(([which, code], index) => {
          const { id, name } = items[which % items.length]!
          const phase = PHASES[code]!
          phases.set(id, phase)
          applyEvent(table, { type: 'phase', seq: index, at: 2000, run: 'run', id, name, phase, attempt: 1 })
        })
        for (const [code, phase] of PHASES.entries()) {
          expect(table.counts[code]).toBe([...phases.values()].filter((each) => each === phase).length)
        }
      }),
    )
  })

  it('begins another attempt clean, and remembers the one before', () => {
    const table = tableOf(item('a0', { thread: 3 }))
    const event = { seq: 1, run: 'run', id: 'a0', name: 'root', attempt: 1 } as const
    const error = { name: 'Error', message: 'no' }
    applyEvent(table, { ...event, type: 'retry', at: 1500, error, delayMs: 20 })
    applyEvent(table, { ...event, type: 'phase', at: 1520, phase: 'queued', attempt: 2 })
    expect(table.thread[0]).toBe(-1)
    // The action's time goes on from its first attempt; the present attempt has times of its own.
    expect([table.queuedAt[0], table.startedAt[0]]).toEqual([1000, 1010])
    expect([table.attemptQueuedAt(0), table.attemptStartedAt(0)]).toEqual([1520, Number.NaN])
    expect(table.details.get(0)?.earlier).toEqual([
      { attempt: 1, queuedAt: 1000, startedAt: 1010, thread: 3, endedAt: 1500, error, delayMs: 20 },
    ])
    applyEvent(table, { ...event, type: 'phase', at: 1600, phase: 'running', attempt: 2, thread: 4 })
    applyEvent(table, { ...event, type: 'retry', at: 1700, attempt: 2, error, delayMs: 40 })
    expect(table.details.get(0)?.earlier?.[1]).toEqual({
      attempt: 2,
      queuedAt: 1520,
      startedAt: 1600,
      thread: 4,
      endedAt: 1700,
      error,
      delayMs: 40,
    })
    applyEvent(table, { ...event, type: 'phase', at: 1700, phase: 'queued', attempt: 2 })
    applyEvent(table, { ...event, type: 'phase', at: 1800, phase: 'running', attempt: 3, thread: 3 })
    applyEvent(table, { ...event, type: 'phase', at: 2000, phase: 'succeeded', attempt: 3 })
    expect([table.queuedAt[0], table.startedAt[0], table.settledAt[0]]).toEqual([1000, 1010, 2000])
    expect(
      layOutThreads(table, 2000).map(({ thread, busyMs, actions }) => [thread, busyMs, actions]),
    ).toEqual([
      [3, 690, 1],
      [4, 100, 1],
    ])
    const { running } = measureDensity(table, { from: 1000, to: 2000 }, 1000, 2000)
    expect(Math.round(running.reduce((sum, value) => sum + value, 0))).toBe(790)
  })

  it('plans an abort of live actions only, each once, and holds to ids', () => {
    const table = tableOf(
      item('a0'),
      item('a0.1'),
      item('a0.1.1'),
      item('a0.1.2', { phase: 'succeeded' }),
      item('a0.2', { phase: 'queued' }),
      item('a0.3', { phase: 'aborting' }),
    )
    const plan = planAbort(table, { kind: 'actions', ids: ['a0.1', 'a0.1.1', 'a0.1.2', 'a0.9'], label: '' })
    expect(plan.ids).toEqual(['a0.1', 'a0.1.1'])
    expect(plan.rows.map((row) => table.ids[row])).toEqual(['a0.1', 'a0.1.1'])
    expect(plan.ended).toBe(2)
    expect(planAbort(table, { kind: 'run' })).toMatchObject({ running: 3, queued: 1, aborting: 1 })
  })

  it('finds by id, name, thread, who, and words of errors and reasons', () => {
    const table = tableOf(
      item('a0', { name: 'root' }),
      item('a0.1', { name: 'Import users', thread: 2 }),
      item('a0.12', {
        name: 'failing',
        phase: 'failed',
        error: { name: 'Error', code: 'ENOSPC', message: 'Disk full' },
      }),
      item('a0.13', {
        name: 'stopped',
        phase: 'aborted',
        how: 'forced',
        reason: { source: 'external', message: 'too slow', by: 'Ada', origin: 'a0.13', at: 0 },
      }),
    )
    const found = (text: string): string[] => {
      const matches = matchRows(table, { phases: new Set(), text })!
      return table.ids.filter((_, row) => matches[row] === 1)
    }
    expect(found('users import')).toEqual(['a0.1'])
    expect(found('id:a0.1')).toEqual(['a0.1'])
    expect(found('a0.1')).toEqual(['a0.1', 'a0.12', 'a0.13'])
    expect(found('enospc')).toEqual(['a0.12'])
    expect(found('disk')).toEqual(['a0.12'])
    expect(found('by:ada how:forced')).toEqual(['a0.13'])
    expect(found('thread:2')).toEqual(['a0.1'])
    expect(found('name:slow')).toEqual([])
  })
})

describe('what is drawn of time', () => {
  it('adds up to what was really going on', () => {
    const spans = fc.array(fc.tuple(fc.integer({ min: 0, max: 999 }), fc.integer({ min: 1, max: 500 })), {
      minLength: 1,
      maxLength: 40,
    })
    fc.assert(
      fc.property(spans, fc.integer({ min: 1, max: 300 }), (all, slices) => {
        const table = tableOf(
          ...all.map(([start, length], index) =>
            item(`a0.${index + 1}`, { startedAt: start, settledAt: start + length, phase: 'succeeded' }),
          ),
        )
        const { running, peak } = measureDensity(table, { from: 0, to: 1500 }, slices, 1500)
        const area = running.reduce((sum, value) => sum + value, 0) * (1500 / slices)
        const total = all.reduce((sum, [, length]) => sum + length, 0)
        expect(Math.abs(area - total)).toBeLessThan(total * 0.001 + 0.5)
        expect(peak).toBeLessThanOrEqual(all.length + 0.01)
        // At once is counted, not averaged: by looking at each moment.
        const open = Array.from({ length: 1500 }, (_, at) =>
          all.filter(([start, length]) => start <= at && at < start + length),
        )
        expect(mostAtOnce(table, 1500)).toBe(Math.max(...open.map(({ length }) => length)))
      }),
    )
  })

  it('lays actions out so that no two of a track overlap', () => {
    const spans = fc.array(fc.tuple(fc.nat(1000), fc.integer({ min: 1, max: 300 })), {
      minLength: 1,
      maxLength: 20,
    })
    fc.assert(
      fc.property(spans, (all) => {
        const table = tableOf(
          ...all.map(([start, length], index) =>
            item(`a0.${index + 1}`, {
              startedAt: start,
              settledAt: start + length,
              phase: 'succeeded',
              thread: 1,
            }),
          ),
        )
        const [lane] = layOutThreads(table, 2000)
        expect(lane!.tracks.flat()).toHaveLength(all.length)
        for (const track of lane!.tracks) {
          for (const [index, { from }] of track.entries()) {
            if (index > 0) expect(from).toBeGreaterThanOrEqual(track[index - 1]!.to)
          }
        }
        const covered = new Set<number>()
        for (const [start, length] of all) for (let at = start; at < start + length; at += 1) covered.add(at)
        expect(lane!.busyMs).toBe(covered.size)
      }),
    )
  })

  it('spans from the first queued to the last end, or now', () => {
    const ended = tableOf(item('a0', { phase: 'succeeded', settledAt: 3000 }))
    expect(spanOf(ended, 9000)).toEqual({ from: 1000, to: 3000 })
    expect(spanOf(tableOf(item('a0')), 9000)).toEqual({ from: 1000, to: 9000 })
    expect(phaseCode('of a later version')).toBe(0)
  })
})
