import { effect, signal } from '@preact/signals'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ActionItem } from '../../../src/control/api.js'
import { ActionTable } from '../../../src/console/model/runs/action-table.js'
import { NO_FILTER } from '../../../src/console/model/runs/filter.js'
import type { RunStore } from '../../../src/console/model/runs/run-store.js'
import { RunView } from '../../../src/console/model/runs/run-view.js'
import type { RowGroup } from '../../../src/console/model/runs/tree-rows.js'

describe('what is said of a group that grows with each frame', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('is looked up now and then, and once more when nothing follows; what is asked for is as of now', () => {
    const table = new ActionTable()
    const view = new RunView(
      { table: signal(table), revision: signal(0) } as unknown as RunStore,
      signal(NO_FILTER),
    )
    let size = 0
    const grow = (): RowGroup => {
      table.put({ id: `a0.${size}`, name: `part-${size}`, phase: 'running' } as ActionItem)
      size += 1
      return {
        key: 'group',
        name: 'part',
        parent: 0,
        rows: Int32Array.from({ length: size }, (_, row) => row),
      }
    }
    const first = view.factsOf(grow())
    expect(first.live).toHaveLength(1)
    let group = grow()
    for (let frame = 0; frame < 10; frame += 1) {
      vi.advanceTimersByTime(16)
      group = grow()
      expect(view.factsOf(group)).toBe(first)
    }
    // An abort of all is of all that there are.
    expect(view.factsOf(group, true).live).toHaveLength(12)
    group = grow()
    let seen = 0
    const dispose = effect(() => {
      seen = view.factsOf(group).live.length
    })
    expect(seen).toBe(12)
    vi.advanceTimersByTime(1000)
    expect(seen).toBe(13)
    dispose()
    view.stop()
  })
})
