import { expect, it } from 'vitest'
import { ActionTable } from '../../src/console/model/runs/action-table.js'
import { eachItem } from '../../src/console/model/each-item.js'
import type { SnapshotColumns } from '../../src/control/api.js'
import type { ActionEntry } from '../../src/control/server/mirror/catalog.js'
import { actionItem } from '../../src/control/server/mirror/views.js'
import { actionColumns } from '../../src/control/server/streams/action-columns.js'

const NOTHING = { input: false, output: false }
const QUEUED_AT = 1_795_899_600_000.123

/** An entry of the server's, of which only what matters is given. */
function entry(place: number, action: object, more: object = {}): ActionEntry {
  const given = {
    id: place === 0 ? 'a0' : `a0.${place}`,
    name: place === 0 ? 'root' : `trial ${place}`,
    phase: 'queued',
    attempt: 1,
    began: false,
    cpu: 1,
    graceMs: 5000,
    forceAt: Infinity,
    firstQueuedAt: QUEUED_AT + place,
    queuedAt: QUEUED_AT + place,
    children: new Set(),
    ...(place > 0 && { parent: { id: 'a0' } }),
    ...action,
  }
  return { action: given, ...more } as unknown as ActionEntry
}

const running = { phase: 'running', began: true, thread: 2, firstStartedAt: QUEUED_AT + 10.5 }
const entries = [
  entry(0, { ...running, cpu: 0 }),
  entry(1, { ...running, phase: 'succeeded', settledAt: QUEUED_AT + 20, outcome: { status: 'succeeded' } }),
  entry(2, { ...running, lastReport: { loss: 0.5 } }),
  entry(3, {}),
  entry(
    4,
    { ...running, attempt: 2, startedAt: QUEUED_AT + 30 },
    { earlier: [{ attempt: 1, endedAt: 1, delayMs: 2 }] },
  ),
  entry(5, { ...running, host: { name: 'other', instance: 'i1' } }),
  entry(6, {
    phase: 'aborting',
    abortRequestedAt: QUEUED_AT + 40,
    forceAt: QUEUED_AT + 50,
    reason: { source: 'external', message: 'enough', at: 1, origin: 'a0' },
  }),
  entry(7, { ...running, thread: 0 }),
]

/** What a reader of it knows, in the order in which it was told. */
function known(columns: SnapshotColumns): unknown[] {
  const table = new ActionTable()
  eachItem(JSON.parse(JSON.stringify(columns)) as SnapshotColumns, (item) => table.put(item))
  return rowsOf(table)
}

function rowsOf(table: ActionTable): unknown[] {
  return table.ids.map((id, row) => ({
    id,
    name: table.names[row],
    parent: table.ids[table.parent[row]!],
    phase: table.phase[row],
    attempt: table.attempt[row],
    cpu: table.cpu[row],
    thread: table.thread[row],
    host: table.hosts.get(table.host[row]!),
    // To the microsecond.
    times: [table.queuedAt, table.startedAt, table.abortRequestedAt, table.settledAt, table.forceAt].map(
      (times) => Math.round((times[row]! - QUEUED_AT) * 1000),
    ),
    details: table.details.get(row),
  }))
}

it('tells by columns what items tell, in the same order', () => {
  const table = new ActionTable()
  for (const each of entries) table.put(actionItem(each))
  const columns = actionColumns('run', entries, NOTHING)
  expect(known(columns)).toEqual(rowsOf(table))
  expect(columns.items.map(({ place }) => place)).toEqual([2, 4, 5, 6])
})

it('says once what is the same for all, and tells as an item of what more was asked for', () => {
  const alike = [1, 2, 3].map((place) =>
    entry(place, { ...running, name: 'step' }, { input: { value: 1, cut: false } }),
  )
  expect(actionColumns('run', alike, NOTHING)).toMatchObject({
    name: { words: ['step'], at: 0 },
    phase: { words: ['running'], at: 0 },
    thread: 2,
    settledAt: -1,
    items: [],
  })
  const { items } = actionColumns('run', alike, { input: true, output: false })
  expect(items.map(({ item }) => item.input)).toEqual(alike.map(({ input }) => input))
})
