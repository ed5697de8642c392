import { signal } from '@preact/signals'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { ActionEventInfo, ActionItem, LogEntry } from '../../../src/control/api.js'
import { ActionTable } from '../../../src/console/model/runs/action-table.js'
import { FilteredLog, toLines, type LogFilter } from '../../../src/console/model/logs/log-filter.js'
import { LogStore } from '../../../src/console/model/logs/log-store.js'
import { rowAt, topOfRow } from '../../../src/console/model/logs/log-rows.js'
import type { RunStore } from '../../../src/console/model/runs/run-store.js'

describe('filter of a log', () => {
  const entry = (seq: number, level: LogEntry['level'], message: string): LogEntry => ({
    seq,
    at: 0,
    id: `a0.${seq}`,
    name: 'train',
    attempt: 1,
    level,
    message,
    fields: { value: { Shape: 'relu' }, cut: false },
  })

  it('looks at new entries only, unless the log or the filter is another one', () => {
    const log = [entry(1, 'info', 'begun'), entry(2, 'warn', 'slow')]
    const filter: LogFilter = { levels: new Set(['warn']), text: '' }
    const filtered = new FilteredLog()
    expect(filtered.update(log, filter).shown).toEqual([log[1]])
    log.push(entry(3, 'warn', 'slower'))
    const { shown, counts } = filtered.update(log, filter)
    expect(shown).toEqual([log[1], log[2]])
    expect(counts).toEqual({ debug: 0, info: 1, warn: 2, error: 0 })
    expect(filtered.update(log, { levels: new Set(), text: 'SHAPE a0.1' }).shown).toEqual([log[0]])
    expect(filtered.update([], filter)).toEqual({
      shown: [],
      counts: { debug: 0, info: 0, warn: 0, error: 0 },
    })
  })

  it('writes a line of JSON for each', () => {
    expect(toLines([entry(1, 'info', 'two\nlines')]).split('\n')).toHaveLength(2)
  })
})

describe('rows of a log', () => {
  it('are found by arithmetic, unfolded ones too', () => {
    const unfolded = [
      [2, 50],
      [4, 7],
    ] as const
    expect([0, 2, 3, 5].map((index) => topOfRow(index, 10, unfolded))).toEqual([0, 20, 80, 107])
    for (let index = 0; index < 8; index += 1) {
      const top = topOfRow(index, 10, unfolded)
      const next = topOfRow(index + 1, 10, unfolded)
      expect([rowAt(top, 10, unfolded), rowAt(next - 1, 10, unfolded)]).toEqual([index, index])
    }
  })
})

describe('the log of a subtree', () => {
  afterEach(() => vi.unstubAllGlobals())

  it('has what is bound to its action, and not what was spawned under it detached', async () => {
    vi.stubGlobal('document', { visibilityState: 'hidden' })
    const table = new ActionTable()
    const put = (id: string, parent?: string): number =>
      table.put({ id, name: `name of ${id}`, phase: 'running', ...(parent && { parent }) } as ActionItem)
    put('a0')
    put('a0.1', 'a0')
    put('a0.1.1', 'a0.1')
    put('a0.1.2', 'a0')
    put('a0.10', 'a0')
    let tell = (_: ActionEventInfo): void => undefined
    const run = {
      run: 'run',
      table: signal(table),
      onEvent: (listener: typeof tell) => {
        tell = listener
        return () => undefined
      },
      client: { logs: () => Promise.resolve({ items: [], matching: 0, kept: 0, written: 0, seq: 0 }) },
    } as unknown as RunStore
    const log = new LogStore(run, { action: 'a0.1', under: true })
    log.start()
    await expect.poll(() => log.isLoading.value).toBe(false)
    for (const [at, id] of ['a0', 'a0.1', 'a0.1.1', 'a0.1.2', 'a0.10', 'a0.9'].entries())
      tell({ type: 'log', seq: at + 1, at, run: 'run', id, attempt: 1, level: 'info', message: 'here' })
    expect(log.entries.map(({ name }) => name)).toEqual(['name of a0.1', 'name of a0.1.1'])
    log.stop()
  })
})
