// The page of a sweep of several metrics: for each of them, it has what that of one metric has.

import { random, uniform } from 'heddle/sweep'
import { describe, expect, it } from 'vitest'
import { renderPage } from '../../../src/sweep/page/render-page.js'
import { resolveSweepOptions } from '../../../src/sweep/resolve-options.js'
import { SweepResult } from '../../../src/sweep/results/sweep-result.js'
import { TrialLedger } from '../../../src/sweep/trials/trial-ledger.js'

type Result = SweepResult<unknown, string, string>

/** A study of so many trials. Every second one is slow; of several, the last one never says how fast it is, nor does any `failed` one. */
function createResult(count: number, state: 'completed' | 'failed' = 'completed'): Result {
  const ledger = new TrialLedger(
    resolveSweepOptions({
      space: { x: uniform(0, 1), y: uniform(0, 1) },
      metric: { loss: 'minimize', speed: 'maximize' },
      constraints: ({ loss }: { loss: number }) => [0.2 - loss],
      sampler: random({ seed: 1 }),
      trials: Math.max(1, count),
    }),
  )
  for (let number = 1; number <= count; number += 1) {
    const record = ledger.begin(ledger.suggest()!, 1000)
    const x = record.flat['x'] as number
    const common = { threadMs: 1, at: 2000 }
    if (state === 'completed' && (number < count || count === 1)) {
      const numbers = { loss: x, speed: number % 2 === 0 ? x : x / 2 }
      ledger.end(record, { ...common, state: 'completed', numbers })
    } else {
      ledger.end(record, { ...common, state: 'failed', failure: 'noMetric', numbers: { loss: x } })
    }
  }
  return new SweepResult(ledger, 'several', undefined, renderPage)
}

/** The sections of its page, by title. */
function sectionsOf(result: Result): Map<string, string> {
  const page = result.toHTML()
  const plain = page.replace(/<script>[^]*?<\/script>/, '').replace(/base64,[A-Za-z0-9+/=]*/, '')
  expect(plain).not.toMatch(/NaN|undefined|Infinity/)
  const sections = page.matchAll(/<h2>(.*?)<\/h2>([^]*?)<\/section>/g)
  return new Map([...sections].map(([, title = '', content = '']) => [title, content]))
}

describe('page of a sweep of several metrics', () => {
  it('says when it was begun, and for how long it went on', () => {
    expect(createResult(3).toHTML()).toContain('Begun 1970-01-01 00:00 UTC, over 1.0 s.')
    expect(createResult(0).toHTML()).not.toContain('Begun')
  })

  it.each(['loss', 'speed'] as const)('has for %s what one of a single metric has', (metric) => {
    const result = createResult(40)
    const sections = sectionsOf(result)
    const section = (title: string): string => sections.get(title) ?? expect.unreachable(title)
    expect(section(`Importance for ${metric}`)).toContain('<dt title="x">x</dt>')
    expect(section(`Distribution for ${metric}`)).toContain(`aria-label="share of trials over ${metric}"`)
    const slices = section(`Slices for ${metric}`)
    for (const name of ['x', 'y']) expect(slices).toContain(`aria-label="${metric} over ${name}"`)
    // As in the chart of the front: those on it, others, and those that violate constraints.
    const dots = (text: string, name: string): number => text.split(`"dot ${name}`).length - 1
    for (const name of ['best', 'completed', 'failed']) {
      const count = dots(section('Pareto front'), name)
      expect(count).toBeGreaterThan(0)
      expect(dots(slices, name)).toBe(2 * count)
    }
    // By its own direction.
    const contour = section(`Contour and ranks for ${metric}`)
    expect(contour).toContain('class="level ')
    const sign = metric === 'loss' ? 1 : -1
    const [first] = result.trials
      .filter(({ values }) => values !== undefined)
      .toSorted((a, b) => sign * (a.values![metric]! - b.values![metric]!))
    const [, best] = / r20"[^>]*><title>trial (\d+),/.exec(contour) ?? []
    expect(Number(best)).toBe(first?.number)
  })

  it.each([
    ['no trial', createResult(0)],
    ['failed ones alone', createResult(5, 'failed')],
  ])('says why there is nothing to see, of %s', (_, result) => {
    const sections = sectionsOf(result)
    expect(sections.get('Pareto front')).toBe('<p>No trial has a loss and a speed yet.</p>')
    for (const metric of ['loss', 'speed']) {
      for (const part of ['Slices', 'Contour and ranks'])
        expect(sections.get(`${part} for ${metric}`)).toBe(`<p>No trial has a ${metric} yet.</p>`)
      for (const part of ['Distribution', 'Importance'])
        expect(sections.get(`${part} for ${metric}`)).toBe('<p>There are too few trials to say.</p>')
    }
  })

  it('shows a single trial', () => {
    const sections = sectionsOf(createResult(1))
    expect(sections.get('Slices for loss')?.split('<circle').length).toBe(3)
    expect(sections.get('Contour and ranks for loss')).toContain('There are too few trials for a contour.')
  })
})
