// Actions that came as columns, one by one: how very many travel.

import type { Column, SnapshotColumns, WordColumn } from '../../control/api.js'
import type { TableItem } from './runs/action-table.js'

/** Calls back for each, in order. */
export function eachItem(columns: SnapshotColumns, take: (item: TableItem) => void): void {
  const { ids, name, parent, phase, attempt, cpu, thread, since, queuedAt, startedAt, settledAt } = columns
  const items = new Map(columns.items.map(({ place, item }) => [place, item]))
  const timeAt = (column: Column, place: number): number | undefined => {
    const micros = numberAt(column, place)
    return micros === -1 ? undefined : since + micros / 1000
  }
  for (const [place, id] of ids.entries()) {
    const above = wordAt(parent, place)
    const on = numberAt(thread, place)
    take(
      items.get(place) ?? {
        id,
        name: wordAt(name, place),
        parent: above === '' ? undefined : above,
        phase: wordAt(phase, place),
        attempt: numberAt(attempt, place),
        cpu: numberAt(cpu, place),
        thread: on === -1 ? undefined : on,
        queuedAt: timeAt(queuedAt, place) ?? since,
        startedAt: timeAt(startedAt, place),
        settledAt: timeAt(settledAt, place),
      },
    )
  }
}

function numberAt(column: Column, place: number): number {
  return typeof column === 'number' ? column : column[place]!
}

function wordAt({ words, at }: WordColumn, place: number): string {
  return words[numberAt(at, place)]!
}
