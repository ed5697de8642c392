import fc from 'fast-check'
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { choice, random, renderSweep, uniform, variants } from 'heddle/sweep'
import { Dimensions } from '../../../src/sweep/space/dimensions.js'
import { importanceOf } from '../../../src/sweep/results/importance.js'
import { resolveSweepOptions } from '../../../src/sweep/resolve-options.js'
import { scaleOfValues, ticks } from '../../../src/sweep/page/scales.js'
import { paretoFront } from '../../../src/sweep/results/pareto.js'
import { renderPage } from '../../../src/sweep/page/render-page.js'
import { SweepResult } from '../../../src/sweep/results/sweep-result.js'
import { TrialLedger } from '../../../src/sweep/trials/trial-ledger.js'

const hostile = '<img src=x onerror="alert(1)">\n\u001B[2J=1+1'

/** A study of twelve trials, told without an action. */
function createLedger(): TrialLedger {
  const ledger = new TrialLedger(
    resolveSweepOptions({
      space: {
        x: uniform(0, 1),
        kind: choice(['a', hostile]),
        deep: variants('type', { one: { y: uniform(0, 1) }, two: {} }),
      },
      metric: 'score',
      direction: 'maximize',
      sampler: random({ seed: 1 }),
      trials: 12,
    }),
  )
  ledger.beginSession(1000)
  for (let number = 1; number <= 12; number += 1) {
    const suggestion = ledger.suggest()
    if (suggestion === undefined) throw new Error('no more')
    const record = ledger.begin(suggestion, 1000 + number)
    for (let step = 1; step <= number; step += 1)
      ledger.report(record, { step, score: step / 10, cost: number })
    const state = number === 12 ? 'failed' : number % 2 === 0 ? 'completed' : 'pruned'
    const reason = state === 'completed' ? undefined : hostile
    const failure = state === 'failed' ? ('error' as const) : undefined
    ledger.end(record, { state, reason, failure, numbers: { extra: 1 }, threadMs: 500, at: 2000 + number })
  }
  return ledger
}

describe('result of a sweep', () => {
  const result = new SweepResult(createLedger(), `study ${hostile}`, undefined, renderPage)

  it('names the best, failed ones left out', () => {
    expect(result.best).toMatchObject({ number: 11, state: 'pruned', value: 1.1, step: 11 })
    expect(result.best?.metrics).toEqual({ step: 11, score: 1.1, cost: 11, extra: 1 })
  })

  it('counts what was spent, and estimates what was saved', () => {
    // Trials 1, 3 … 11 were pruned at as many steps; the longest complete one took ten.
    expect(result.cost.steps).toBe(78)
    expect(result.cost.stepsSaved).toBe(6 * 10 - (1 + 3 + 5 + 7 + 9 + 11))
    expect(result.cost.threadSeconds).toBe(6)
    expect(result.counts).toMatchObject({ completed: 5, pruned: 6, failed: 1, running: 0 })
  })

  it('is CSV that a reader splits into the same cells', () => {
    const lines = parseCsv(result.toCSV())
    const head = lines[0] as string[]
    expect(head).toEqual([
      ...['number', 'state', 'value', 'step', 'attempt', 'threadMs'],
      ...['x', 'kind', 'deep', 'deep.one.y', 'metric.step', 'score', 'cost', 'extra', 'reason'],
    ])
    expect(lines).toHaveLength(13)
    for (const line of lines) expect(line).toHaveLength(head.length)
    expect(lines[1]?.at(-1)).toBe(hostile)
    const kinds = new Set(lines.slice(1).map((line) => line[7]))
    expect(kinds).toEqual(new Set(['a', hostile]))
  })

  it('keeps a spreadsheet from taking a text for a formula', () => {
    const ledger = createLedger()
    const record = [...ledger.records.values()][0]
    if (record !== undefined) record.reason = '=cmd()'
    expect(new SweepResult(ledger, 'study', undefined, renderPage).toCSV()).toContain(",'=cmd()\r\n")
  })

  it('is JSON with all trials', () => {
    const json = JSON.parse(JSON.stringify(result)) as { trials: unknown[]; best: number }
    expect(json.trials).toHaveLength(12)
    expect(json).toMatchObject({ best: 11, metric: 'score', counts: { completed: 5 } })
  })

  it('gives the Pareto front over several metrics', () => {
    const numbers = result.pareto({ score: 'maximize', cost: 'minimize' }).map(({ number }) => number)
    // More score always costs more here: nothing is dominated.
    expect(numbers).toEqual([11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1])
    expect(result.pareto({ score: 'maximize', cost: 'maximize' }).map(({ number }) => number)).toEqual([11])
    expect(result.pareto({ missing: 'maximize' })).toEqual([])
    expect(() => result.pareto({})).toThrow(/metric: direction/)
    expect(() => result.pareto({ score: 'up' as never })).toThrow(/'up'/)
  })

  it('is a page of one file, in which nothing is taken for markup', () => {
    const page = result.toHTML()
    // But for the one script of the page, which its policy names by its hash.
    const scripts = [...page.matchAll(/<script>([^]*?)<\/script>/g)].map(([, text]) => text ?? '')
    expect(scripts).toHaveLength(1)
    const hash = createHash('sha256').update(scripts[0]!).digest('base64')
    expect(page).toContain(`script-src 'sha256-${hash}'"`)
    const rest = page.replace(/<script>[^]*?<\/script>/, '').replace(/base64,[A-Za-z0-9+/=]*/, '')
    expect(rest).not.toMatch(/<img|<script|<link|url\(|https?:|NaN|undefined|Infinity/)
    expect(page).toContain('&lt;img src=x onerror=&quot;alert(1)&quot;&gt;')
    for (const title of [
      'History',
      'Learning curves',
      'Parallel coordinates',
      'Importance',
      'Distribution',
      'Slices',
      'Contour and ranks',
      'Timeline',
      'Trials',
    ]) {
      expect(page).toContain(`<h2>${title}</h2>`)
    }
  })

  it('is a page with all trials, and with them as CSV', () => {
    const page = result.toHTML()
    for (const { number } of result.trials) expect(page).toContain(`<td class="number">${number}</td>`)
    const [, csv = ''] = /href="data:text\/csv;charset=utf-8;base64,([^"]*)"/.exec(page) ?? []
    expect(Buffer.from(csv, 'base64').toString()).toBe(result.toCSV())
  })

  it('has an axis that one diverged trial doesn’t stretch, and that shows decades', () => {
    const losses = Array.from({ length: 30 }, (_, index) => 1 + index / 10)
    const plain = scaleOfValues(losses, 'minimize')
    expect(scaleOfValues([...losses, 1e160, Infinity, NaN], 'minimize').high).toBeLessThan(2 * plain.high)
    expect(scaleOfValues(losses.map((loss) => -loss).concat(-1e160), 'maximize').low).toBeGreaterThan(
      -2 * plain.high,
    )
    const best = scaleOfValues([...losses, -1e5], 'minimize')
    expect(best.low).toBeLessThanOrEqual(-1e5)
    const decades = scaleOfValues(
      losses.map((_, index) => 10 ** (index / 6)),
      'minimize',
    )
    expect(decades).toMatchObject({ log: true })
    expect(ticks(decades).slice(0, 5)).toEqual([1, 10, 100, 1000, 10_000])
    for (const values of [[], [1], [2, 2, 2, 2, 2, 2], [-1e308, 1e308], [0, 0, 0, 0, 0, 0, 5]]) {
      const { low, high } = scaleOfValues(values, 'minimize')
      expect(low).toBeLessThan(high)
      expect(Number.isFinite(high - low) || values.includes(1e308)).toBe(true)
    }
  })

  it('is a page, too, when there is nothing to show', () => {
    const options = { space: { x: uniform(0, 1) }, metric: 'score', direction: 'minimize', trials: 1 }
    const page = new SweepResult(
      new TrialLedger(resolveSweepOptions(options)),
      'empty',
      undefined,
      renderPage,
    ).toHTML()
    expect(page).toContain('no trial has a score')
    // Each of its parts says so, too.
    for (const title of ['History', 'Parallel coordinates', 'Slices'])
      expect(page).toContain(`<h2>${title}</h2><p>No trial has a score yet.</p></section>`)
    expect(page.replace(/<script>[^]*?<\/script>/, '')).not.toMatch(/NaN|Infinity/)
  })
})

describe('page of a sweep', () => {
  it('shows trials that are as good as equally good, and what choices are', () => {
    const kinds = ['the first of all kinds', 'the second of all kinds', 'b', 'c', 'd']
    const ledger = new TrialLedger(
      resolveSweepOptions({
        space: { x: uniform(0, 1), kind: choice(kinds) },
        metric: 'score',
        direction: 'minimize',
        sampler: random({ seed: 1 }),
        trials: 10,
      }),
    )
    for (let number = 1; number <= 10; number += 1) {
      const record = ledger.begin(ledger.suggest()!, 1000)
      const score = number <= 5 ? 1 : 2
      ledger.end(record, { state: 'completed', numbers: { score }, threadMs: 1, at: 2000 })
    }
    const page = new SweepResult(ledger, 'equals', undefined, renderPage).toHTML()
    const ranks = [...page.matchAll(/class="dot ranked (r\d+)"/g)].map(([, rank]) => rank)
    expect(new Set(ranks)).toEqual(new Set(['r20', 'r9']))
    // As short as five side by side must be; the whole, where the pointer rests.
    expect(page).toContain('>…kinds<title>the first of all kinds</title></text>')
  })
})

describe('live table of a sweep', () => {
  const ledger = createLedger()
  const progress = ledger.progress(ledger.describe(`study ${hostile}`), 5000, {
    rule: 'plateau',
    reason: hostile,
  })

  it('shows the best, the counts, the rate, and the rows within its size', () => {
    for (const size of [
      { columns: 300, rows: 40 },
      { columns: 40, rows: 6 },
      { columns: 10, rows: 2 },
    ]) {
      const lines = renderSweep(progress, size)
      expect(lines.length).toBeLessThanOrEqual(size.rows)
      for (const { text } of lines) expect(text.length).toBeLessThanOrEqual(size.columns)
      // oxlint-disable-next-line no-control-regex -- they are what must not be there
      for (const { text } of lines) expect(text).not.toMatch(/[\u0000-\u001F\u007F]/)
    }
    const text = renderSweep(progress, { columns: 300, rows: 40 })
      .map((line) => line.text)
      .join('\n')
    expect(text).toContain('best score 1.1 (trial 11)')
    expect(text).toContain('12 of 12 ended, 6 pruned, 1 failed, 0 running')
    expect(text).toContain('3 trials/s')
    expect(text).toContain('ended by plateau')
  })

  it('is refused for what is no progress, or no size', () => {
    expect(() => renderSweep(5 as never, { columns: 80, rows: 20 })).toThrow(/the progress is 5/)
    expect(() => renderSweep(progress, { width: 80 } as never)).toThrow(/'columns' is undefined/)
  })

  it('shows of a reason twelve characters or more, or none', () => {
    const rowAt = (columns: number): string =>
      renderSweep(progress, { columns, rows: 40 }).find(({ text }) => / pruned /.test(text))?.text ?? ''
    const start = rowAt(300).lastIndexOf('<img')
    expect(rowAt(start + 11).length).toBeLessThan(start)
    expect(rowAt(start + 12).slice(start)).toBe('<img src=x o')
  })
})

describe('Pareto front', () => {
  it('holds what nothing dominates, and nothing else', () => {
    const metric = fc.integer({ min: 0, max: 6 })
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }).chain((count) =>
          fc.tuple(
            fc.array(fc.constantFrom('minimize' as const, 'maximize' as const), {
              minLength: count,
              maxLength: count,
            }),
            fc.array(fc.array(metric, { minLength: count, maxLength: count }), { maxLength: 40 }),
          ),
        ),
        ([directions, items]) => {
          const loss = (item: readonly number[]): number[] =>
            item.map((value, index) => (directions[index] === 'maximize' ? -value : value))
          const dominates = (a: readonly number[], b: readonly number[]): boolean =>
            a.every((value, index) => value <= (b[index] as number)) &&
            a.some((value, index) => value < (b[index] as number))
          const expected = items.filter((item) => !items.some((other) => dominates(loss(other), loss(item))))
          const front = paretoFront(items, directions, (item) => item)
          expect(new Set(front)).toEqual(new Set(expected))
          expect(front).toHaveLength(expected.length)
        },
      ),
    )
  })
})

describe('importance', () => {
  it('is large for the parameter that decides, and shares add up to 1', () => {
    const dimensions = new Dimensions({
      decides: uniform(0, 1),
      noise: uniform(0, 1),
      kind: choice(['a', 'b']),
    })
    const search = random({ seed: 3 }).start(
      { decides: uniform(0, 1), noise: uniform(0, 1), kind: choice(['a', 'b']) },
      { direction: 'maximize' },
    )
    const evidence = Array.from({ length: 200 }, () => {
      const parameters = search.suggest()?.parameters as { decides: number; noise: number; kind: string }
      return { point: dimensions.pointOf(parameters), value: -((parameters.decides - 0.7) ** 2) }
    })
    const importance = importanceOf(dimensions, evidence, 'maximize')
    expect(importance['decides']).toBeGreaterThan(0.7)
    expect(Object.values(importance).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1)
    expect(importanceOf(dimensions, evidence.slice(0, 7), 'maximize')).toEqual({})
  })
})

describe('ticks', () => {
  it('are round, few, and within the scale', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
        fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
        (low, span) => {
          const high = low + span
          const marks = ticks({ low, high })
          expect(marks.length).toBeLessThanOrEqual(9)
          for (const mark of marks) {
            expect(mark).toBeGreaterThanOrEqual(low)
            expect(mark).toBeLessThanOrEqual(high)
          }
        },
      ),
      // Numbers so close that rounding is a visible part of their span.
      { examples: [[-245159.71874999997, 0.000001]] },
    )
  })
})

function parseCsv(text: string): string[][] {
  const lines: string[][] = [[]]
  for (let at = 0; at < text.length;) {
    const line = lines.at(-1) as string[]
    if (text[at] === '"') {
      let cell = ''
      for (at += 1; text[at] !== '"' || text[at + 1] === '"'; at += 1) {
        if (text[at] === '"') at += 1
        cell += text[at]
      }
      line.push(cell)
      at += 1
    } else {
      const end = text.slice(at).search(/[,\r]/)
      line.push(text.slice(at, at + end))
      at += end
    }
    if (text[at] === ',') at += 1
    else {
      at += 2
      if (at < text.length) lines.push([])
    }
    if (text[at - 1] === ',' && (text[at] === ',' || text[at] === '\r')) continue
  }
  return lines
}
