import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { ActionTable } from '../../../src/console/model/runs/action-table.js'
import { briefError } from '../../../src/console/model/words/brief-error.js'
import { briefValue } from '../../../src/console/model/words/brief-value.js'
import { printValue } from '../../../src/console/model/words/print-value.js'
import type { Curve, ReportedSeries } from '../../../src/console/model/sweep/reported-series.js'
import { readRoute, routeAddress, type Route } from '../../../src/console/model/route.js'
import { createServerClock } from '../../../src/console/model/server-clock.js'
import { showDuration, showElapsed } from '../../../src/console/model/words/show-duration.js'
import { alignValues, showCounted, showValue } from '../../../src/console/model/words/show-number.js'
import { buildSweep, metricAxis, placeOn, valueOn } from '../../../src/console/model/sweep/sweep-model.js'
import { stateOf } from '../../../src/console/model/sweep/trial-state.js'
import { pan, tickLabel, ticks, within, zoom } from '../../../src/console/model/timeline/time-window.js'
import type { ActionItem, Json, ReasonInfo } from '../../../src/control/api.js'

describe('route', () => {
  it('reads what it has written, for any name, id and words', () => {
    const filters = fc.record({
      phases: fc
        .uniqueArray(fc.nat(6))
        .map((codes) => new Set(codes.toSorted((left, right) => left - right))),
      text: fc.string({ unit: 'grapheme' }),
    })
    const routes: fc.Arbitrary<Route> = fc.oneof(
      fc.record({ page: fc.constant('runs' as const), filter: filters }),
      fc.record({
        page: fc.constant('run' as const),
        run: fc.string({ unit: 'grapheme', minLength: 1 }).filter((run) => run !== '.' && run !== '..'),
        view: fc.constantFrom('timeline' as const, 'threads' as const, 'sweep' as const, 'aborts' as const),
        action: fc.option(fc.constantFrom('a0', 'a0.12.3'), { nil: undefined }),
        filter: filters,
      }),
    )
    fc.assert(
      fc.property(routes, (route) => {
        const url = new URL(routeAddress(route), 'http://127.0.0.1')
        expect(readRoute(url.pathname, url.search)).toEqual(route)
      }),
    )
  })

  it('knows no other address', () => {
    expect(readRoute('/runs/a/b', '')).toEqual({ page: 'unknown', path: '/runs/a/b' })
    expect(readRoute('/runs/%E0%A4%A', '')).toEqual({ page: 'unknown', path: '/runs/%E0%A4%A' })
    expect(readRoute('/runs/x', '?view=nothing&phase=nothing').page).toBe('run')
  })
})

describe('time window', () => {
  const whole = { from: 1000, to: 5000 }

  it('zooms around a moment, never beyond the whole', () => {
    expect(zoom(whole, whole, 2000, 0.5)).toEqual({ from: 1500, to: 3500 })
    expect(zoom({ from: 1500, to: 3500 }, whole, 2000, 100)).toEqual(whole)
    expect(pan({ from: 1500, to: 2500 }, whole, 9999)).toEqual({ from: 4000, to: 5000 })
    expect(within({ from: 0, to: 10_000 }, whole)).toEqual(whole)
  })

  it('marks round distances, each told apart from the next', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 1e9, noNaN: true }),
        fc.integer({ min: 200, max: 3000 }),
        (length, width) => {
          const { stepMs, moments } = ticks({ from: 0, to: length }, width, 0, 90)
          const labels = moments.map((moment) => tickLabel(moment, stepMs))
          expect(new Set(labels).size).toBe(labels.length)
          expect(moments.length).toBeLessThanOrEqual(width / 90 + 2)
        },
      ),
    )
  })
})

describe('words and numbers', () => {
  it('shows durations and values as short as they can be told apart', () => {
    expect([0, 0.25, 3.06, 42, 1234, 59_949, 61_000, 3_600_000, 200_000_000].map(showDuration)).toEqual([
      '0 ms',
      '0.25 ms',
      '3.1 ms',
      '42 ms',
      '1.23 s',
      '59.9 s',
      '1 m 01 s',
      '1 h 00 m',
      '2 d 7 h',
    ])
    expect([999.6, 59_960, Number.NaN].map(showDuration)).toEqual(['1.00 s', '1 m 00 s', '–'])
    expect([0, 59_999, 60_000].map(showElapsed)).toEqual(['0 s', '59 s', '1 m 00 s'])
    expect([0, 0.91254, 1234, 12.345678, 1e-5, 1e9, Infinity].map(showValue)).toEqual([
      '0',
      '0.9125',
      '1,234',
      '12.35',
      '1e-5',
      '1e9',
      'Infinity',
    ])
    expect([showCounted(1, 'action'), showCounted(12_345, 'action')]).toEqual(['1 action', '12,345 actions'])
  })

  it('tells a value in a line, and in lines, whatever it is', () => {
    expect(briefValue({ epoch: 3, accuracy: 0.912345, at: { deep: [1, 2] } })).toBe(
      'epoch 3, accuracy 0.9123, at {deep [2]}',
    )
    expect(briefValue({ $type: 'bigint', value: '12' })).toBe('12')
    expect(printValue({ a: 1, 'b c': 'two', big: { $type: 'bigint', value: '9' } })).toEqual([
      "{ a: 1, 'b c': 'two', big: bigint 9 }",
    ])
    expect(printValue({ list: Array.from({ length: 3 }, () => 'x'.repeat(30)) })[1]).toBe('  list: [')
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(briefValue(value as Json).length).toBeLessThanOrEqual(140)
        expect(printValue(value as Json).length).toBeGreaterThan(0)
      }),
    )
  })

  it('tells an error without the sentence around it', () => {
    const message = "action a0.2 of run 'it''s' failed with QuotaError: full: 3 of 3"
    expect(briefError({ name: 'ActionFailedError', code: 'QuotaError', message })).toBe(
      'QuotaError: full: 3 of 3',
    )
    expect(briefError({ name: 'ThreadLostError', message: 'gone' })).toBe('ThreadLostError: gone')
  })
})

describe('server clock', () => {
  it('follows the latest time heard, and stands still while held', () => {
    let own = 1000
    const clock = createServerClock(() => own)
    clock.heard(5000)
    expect(clock.now()).toBe(5000)
    own = 1100
    // Told late: it was under way.
    clock.heard(5050)
    expect(clock.now()).toBe(5100)
    clock.hold(true)
    own = 9000
    expect(clock.now()).toBe(5100)
    clock.hold(false)
    expect(clock.now()).toBe(13_000)
  })
})

describe('sweep model', () => {
  const curve = (...values: number[]): Curve => ({
    at: values.map((_, index) => index * 10),
    step: values.map((_, index) => index + 1),
    value: values,
  })

  function search(): { table: ActionTable; reported: Map<string, ReportedSeries> } {
    const table = new ActionTable()
    const reported = new Map<string, ReportedSeries>()
    table.put(action('a0', 'study', 'running'))
    const add = (index: number, phase: ActionItem['phase'], values: number[], rate: number): void => {
      const id = `a0.${index}`
      table.put(action(id, `trial-${index}`, phase))
      reported.set(id, {
        id,
        curves: new Map([
          ['epoch', curve(...values.map((_, at) => at + 1))],
          ['val.accuracy', curve(...values)],
        ]),
        input: {
          value: { trial: index, seed: 7, settings: { rate, kind: index % 2 === 0 ? 'a' : 'b' } },
          cut: false,
        },
      })
    }
    add(1, 'succeeded', [0.2, 0.5, 0.4, 0.6], 0.001)
    add(2, 'aborted', [0.1], 0.1)
    add(3, 'succeeded', [0.3, Number.NaN, 0.55], 0.01)
    return { table, reported }
  }

  function action(id: string, name: string, phase: ActionItem['phase']): ActionItem {
    return { id, name, phase, attempt: 1, cpu: 1, queuedAt: 0, startedAt: 0, children: 0, liveChildren: 0 }
  }

  it('guesses metric and direction, and finds what differs in the inputs', () => {
    const { table, reported } = search()
    const model = buildSweep(table, reported, {})
    expect(model.metric).toEqual({ field: 'val.accuracy', direction: 'maximize' })
    expect(model.best?.name).toBe('trial-1')
    expect(model.counts).toEqual({ completed: 2, interrupted: 1 })
    // The stopped one made 1 step of 4.
    expect(model.stepsSaved).toBe(3)
    expect(model.axes.map(({ label, kind, isLog }) => [label, kind, isLog])).toEqual([
      ['rate', 'number', true],
      ['kind', 'choice', false],
    ])
    expect(placeOn(model.axes[0]!, 0.01)).toBeCloseTo(0.5)
    expect(placeOn(model.axes[0]!, undefined)).toBeUndefined()
    // What was stopped ranks below what came to its end.
    expect(model.trials.map(({ name, rank }) => [name, rank])).toEqual([
      ['trial-1', 1],
      ['trial-2', 0],
      ['trial-3', 0.5],
    ])
  })

  it('takes a trial that was tried again, or went on, as one', () => {
    const { table, reported } = search()
    table.put(action('a0.9', 'trial-2', 'running'))
    reported.set('a0.9', {
      id: 'a0.9',
      curves: new Map([['val.accuracy', { at: [90, 99], step: [2, 3], value: [0.7, 0.8] }]]),
      input: undefined,
    })
    const { trials } = buildSweep(table, reported, {})
    expect(trials.map(({ name }) => name)).toEqual(['trial-1', 'trial-2', 'trial-3'])
    expect(trials[1]).toMatchObject({ id: 'a0.9', state: 'running', value: 0.8, lastStep: 3 })
    expect(trials[1]!.curve.value).toEqual([0.1, 0.7, 0.8])
  })

  it('calls ends what the sweep calls them', () => {
    const reason = (source: ReasonInfo['source'], origin: string, code?: string): ReasonInfo => ({
      source,
      message: 'worse',
      origin,
      at: 0,
      ...(code !== undefined && { cause: { name: 'TrialStoppedError', message: 'worse', code } }),
    })
    for (const state of ['pruned', 'paused', 'stopped', 'failed'] as const)
      expect(stateOf('a0.1', 'aborted', reason('cancel', 'a0.1', state))).toBe(state)
    expect(stateOf('a0.1', 'aborted', reason('cancel', 'a0.1'))).toBe('aborted')
    expect(stateOf('a0.1', 'aborting', reason('external', 'a0.1'))).toBe('aborted')
    expect(stateOf('a0.1', 'aborted', reason('external', 'a0'))).toBe('interrupted')
    expect(stateOf('a0.1', 'aborted', reason('parent', 'a0'))).toBe('interrupted')
    expect(stateOf('a0.1', 'timedOut', undefined)).toBe('failed')
    expect(stateOf('a0.1', 'queued', undefined)).toBe('running')
  })

  it('writes numbers of a column with their points below each other', () => {
    expect(alignValues([1.86, 1.861, 12, undefined])).toEqual([
      '1.86\u2007',
      '1.861',
      '12\u2008\u2007\u2007\u2007',
      '–\u2008\u2007\u2007\u2007',
    ])
    expect(alignValues([3, 40])).toEqual(['3', '40'])
  })

  it('has an axis of the metric that a diverged trial doesn’t stretch, and choices side by side', () => {
    const { table, reported } = search()
    for (const index of [4, 5, 6, 7]) {
      table.put(action(`a0.${index}`, `trial-${index}`, 'succeeded'))
      const values = [index === 7 ? -1e160 : index / 10]
      reported.set(`a0.${index}`, {
        id: `a0.${index}`,
        curves: new Map([['val.accuracy', curve(...values)]]),
        input: { value: { settings: { rate: 0.01, kind: 'c' } }, cut: false },
      })
    }
    const { trials, axes } = buildSweep(table, reported, {})
    const axis = metricAxis(trials, { field: 'val.accuracy', direction: 'maximize' })
    expect(axis).toMatchObject({ label: 'val.accuracy ↑', isLog: false })
    expect(axis.low).toBeGreaterThan(-10)
    expect(placeOn(axis, -1e160)).toBe(0)
    expect(placeOn(axis, 0.6)).toBeGreaterThan(0.9)
    // Of losses, the best are at the top, too.
    const losses = metricAxis(trials.slice(0, -1), { field: 'val.accuracy', direction: 'minimize' })
    expect(placeOn(losses, 0.1)).toBeGreaterThan(placeOn(losses, 0.6)!)
    for (const [at, kind] of ['a', 'b', 'c'].entries()) {
      expect(placeOn(axes[1]!, kind)).toBeCloseTo((at + 0.5) / 3)
      expect(valueOn(axes[1]!, (at + 0.5) / 3)).toBe(kind)
    }
    expect(valueOn(axes[0]!, placeOn(axes[0]!, 0.01)!)).toBeCloseTo(0.01)
  })

  it('takes a sweep at its word', () => {
    const { table, reported } = search()
    table.detailsOf(0).lastReport = {
      cut: false,
      value: {
        type: 'sweep',
        metric: 'val.accuracy',
        direction: 'minimize',
        parameters: [{ name: 'rate', kind: 'number', low: 0.0001, high: 1, log: true }],
        stepsSpent: 80,
        stepsSaved: 20,
        sampler: 'tpe',
      },
    }
    const model = buildSweep(table, reported, {})
    expect(model.metric).toEqual({ field: 'val.accuracy', direction: 'minimize' })
    expect(model.best?.name).toBe('trial-2')
    expect(model).toMatchObject({ stepsSaved: 20, stepsSpent: 80 })
    expect(model.axes[0]).toMatchObject({ label: 'rate', low: 0.0001, high: 1, isLog: true })
    expect(buildSweep(table, reported, { field: 'val.accuracy', direction: 'maximize' }).best?.name).toBe(
      'trial-1',
    )
  })
})
