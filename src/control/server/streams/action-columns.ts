// Very many actions as columns: what most of them are is a few words and numbers, and each stands in the text without its
// name, and without its action's; what is the same for all of them, once.

import type { Column, PlacedItem, SnapshotColumns, WordColumn } from '../../api.js'
import type { ActionEntry } from '../mirror/catalog.js'
import { actionItem, type Include } from '../mirror/views.js'

/** Some actions of a run, in order. */
export function actionColumns(
  run: string,
  entries: readonly ActionEntry[],
  include: Include,
): SnapshotColumns {
  const since = Math.floor(entries[0]?.action.firstQueuedAt ?? 0)
  const micros = (time: number | undefined): number =>
    time === undefined ? -1 : Math.max(0, Math.round((time - since) * 1000))
  const items: PlacedItem[] = []
  for (const [place, entry] of entries.entries()) {
    if (!isPlain(entry, include)) items.push({ place, item: actionItem(entry, include) })
  }
  const actions = entries.map(({ action }) => action)
  return {
    type: 'columns',
    run,
    ids: actions.map(({ id }) => id),
    name: wordColumn(actions.map(({ name }) => name)),
    parent: wordColumn(actions.map(({ parent }) => parent?.id ?? '')),
    phase: wordColumn(actions.map(({ phase }) => phase)),
    attempt: column(actions.map(({ began }) => (began ? 1 : 0))),
    cpu: column(actions.map(({ cpu }) => cpu)),
    thread: column(actions.map(({ thread }) => thread ?? -1)),
    since,
    queuedAt: column(actions.map(({ firstQueuedAt }) => micros(firstQueuedAt))),
    startedAt: column(actions.map(({ firstStartedAt }) => micros(firstStartedAt))),
    settledAt: column(actions.map(({ settledAt }) => micros(settledAt))),
    items,
  }
}

/** Of an end of another kind there is more to say. */
const PLAIN_PHASES: ReadonlySet<string> = new Set(['queued', 'running', 'succeeded'])

/** Whether the columns say all that there is to say of it. */
function isPlain({ action, earlier, input, output }: ActionEntry, include: Include): boolean {
  const { phase, attempt, host, reason, lastReport } = action
  return (
    PLAIN_PHASES.has(phase) &&
    attempt <= 1 &&
    (host ?? reason ?? lastReport ?? earlier) === undefined &&
    !(include.input && input !== undefined) &&
    !(include.output && output !== undefined)
  )
}

function column(values: readonly number[]): Column {
  const [first = 0] = values
  return values.every((value) => value === first) ? first : values
}

function wordColumn(values: readonly string[]): WordColumn {
  const places = new Map<string, number>()
  const at = values.map((value) => {
    let place = places.get(value)
    if (place === undefined) places.set(value, (place = places.size))
    return place
  })
  return { words: [...places.keys()], at: column(at) }
}
