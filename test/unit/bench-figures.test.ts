// What the benchmarks say first, and how the results of several Nodes stand beside each other.

import { describe, expect, it } from 'vitest'
import type { Group, Kind } from '../../bench/measure.js'
import type { Results } from '../../bench/reporting/kept-results.js'
import { figuresPage } from '../../bench/reporting/tables.js'
import { atLeastTimes, fastestPeer, headlined } from '../../bench/suite.js'

const SCOPE = 'heddle: children of a scope'

function groupOf(figures: Readonly<Record<string, readonly [Kind, number]>>): Group {
  return {
    title: 'no-ops at once',
    unit: 'µs each',
    rate: 'k/s',
    rows: Object.entries(figures).map(([name, [kind, p50]]) => ({
      name,
      kind,
      p50,
      p99: p50,
      low: p50,
      high: p50,
      samples: 1,
      times: Object.fromEntries(Object.entries(figures).map(([other, [, theirs]]) => [other, theirs / p50])),
    })),
  }
}

const group = groupOf({
  'raw postMessage': ['floor', 4],
  noroutine: ['bare', 5],
  piscina: ['peer', 40],
  'piscina, tuned': ['tuned', 16],
  'poolifier, tuned': ['tuned', 12],
  [SCOPE]: ['heddle', 8],
})

function resultsOf(node: string, kept: Group): Results {
  const said = headlined(kept, SCOPE, ['noroutine', 'raw postMessage'])
  return {
    at: '2026-01-01T00:00:00.000Z',
    machine: { node, platform: 'linux x64', cpu: 'a processor', cores: 2, memoryGB: 8, packages: {} },
    suites: {
      throughput: {
        at: '2026-01-01T00:00:00.000Z',
        groups: [said],
        goals: [atLeastTimes(said, SCOPE, 'piscina, tuned', 3)],
      },
    },
  }
}

describe('the headline of a group', () => {
  it('is beside the fastest peer in any set-up, which what has no services of a pool is not', () => {
    expect(fastestPeer(group).name).toBe('poolifier, tuned')
  })

  it('compares with tuned Piscina first, then with the fastest peer and the floors', () => {
    expect(headlined(group, SCOPE, ['noroutine', 'raw postMessage']).headline).toEqual({
      row: SCOPE,
      against: ['piscina, tuned', 'poolifier, tuned', 'noroutine', 'raw postMessage'],
      fastestPeer: 'poolifier, tuned',
    })
  })
})

describe('the page of figures', () => {
  const page = figuresPage([
    resultsOf('v20.1.0', group),
    resultsOf(
      'v24.1.0',
      groupOf({ 'piscina, tuned': ['tuned', 10], [SCOPE]: ['heddle', 4], noroutine: ['bare', 5] }),
    ),
  ])

  it('has a column for each Node, and leaves out what was not measured there', () => {
    expect(page).toContain('| raw postMessage | 250 |  |')
    expect(page).toContain(`| ${SCOPE} | 125 | 250 |`)
  })

  it('gives the ratios first, with the name of the fastest peer of each Node', () => {
    const [before] = page.split('## throughput')
    expect(before).toContain(`${SCOPE} / piscina, tuned | 2.00 × | 2.50 × |`)
    expect(before).toContain(
      `${SCOPE} / the fastest peer | 1.50 × (poolifier, tuned) | 2.50 × (piscina, tuned) |`,
    )
    expect(before).toContain(`${SCOPE} / noroutine | 0.63 × | 1.25 × |`)
  })

  it('says what is missed', () => {
    expect(page).toContain('**missed**: 2.00 ×')
  })
})
