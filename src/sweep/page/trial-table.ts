// The table of all trials, which can be sorted, and downloaded as CSV. The page's only script sorts it; without scripts, the
// table is there all the same, best first.

import { createHash } from 'node:crypto'
import type { AnyResult, TrialTableRow } from '../results/sweep-result.js'
import { showNumber } from '../results/show-number.js'
import { escape } from './markup.js'
import { inOrder, metricsOf } from './several-metrics.js'
import { section, show } from './section.js'
import { TITLES } from './words.js'

/** Sorts by the column whose head is pressed: numbers as numbers, what is empty last; once more turns it round. */
const SCRIPT = `for (const table of document.querySelectorAll('table.sortable')) {
  const heads = [...table.tHead.rows[0].cells]
  for (const [at, head] of heads.entries()) {
    head.firstElementChild.addEventListener('click', () => {
      const down = head.getAttribute('aria-sort') === 'ascending'
      for (const one of heads) one.removeAttribute('aria-sort')
      head.setAttribute('aria-sort', down ? 'descending' : 'ascending')
      const keyed = [...table.tBodies[0].rows].map((row) => [row.cells[at].dataset.v ?? row.cells[at].textContent, row])
      const sign = down ? -1 : 1
      keyed.sort(([a], [b]) => {
        if (a === '' || b === '') return a === b ? 0 : a === '' ? 1 : -1
        const [x, y] = [Number(a), Number(b)]
        return sign * (Number.isNaN(x) || Number.isNaN(y) ? a.localeCompare(b) : x - y)
      })
      table.tBodies[0].append(...keyed.map(([, row]) => row))
    })
  }
}`

/** The script, as markup. */
export const SORT_SCRIPT: string = `<script>${SCRIPT}</script>`
/** Its source for a content security policy. */
export const SORT_SCRIPT_SOURCE: string = `'sha256-${createHash('sha256').update(SCRIPT).digest('base64')}'`

/** All trials, best first. */
export function tableOf(result: AnyResult): string {
  const { description, best } = result
  const sign = description.direction === 'maximize' ? -1 : 1
  const rank = ({ value, state }: TrialTableRow): number =>
    value === undefined || state === 'failed' ? Infinity : sign * value
  const several = metricsOf(result)
  const rows =
    several.length > 0
      ? inOrder(result)
      : result.rows().toSorted((a, b) => (rank(a) === rank(b) ? 0 : rank(a) - rank(b)))
  const leading = new Set(several.length > 0 ? result.pareto().map(({ number }) => number) : [best?.number])
  const metrics = several.length > 0 ? several : [description.metric]
  const names = description.parameters.map(({ name }) => name)
  const others = [...new Set(rows.flatMap((row) => Object.keys(row.metrics)))].filter(
    (name) => !metrics.includes(name) && name !== description.stepKey,
  )
  const heads: (readonly [text: string, isNumber?: boolean])[] = [
    ['trial', true],
    ['state'],
    ...metrics.map((name) => [name, true] as const),
    [description.stepKey, true],
    ...description.parameters.map(({ name, kind }) => [name, kind === 'number'] as const),
    ...others.map((name) => [name, true] as const),
    ['why'],
  ]
  const body = rows.map((row) => {
    const cells = [
      numberCell(row.number, String(row.number)),
      `<td class="state"><i class="${row.state}"></i>${escape(row.state)}</td>`,
      ...metrics.map((name) => numberCell(several.length > 0 ? row.values?.[name] : row.value)),
      numberCell(row.step),
      ...names.map((name) => {
        const value = row.parameters[name]
        return typeof value === 'number' ? numberCell(value) : `<td>${escape(show(value))}</td>`
      }),
      ...others.map((name) => numberCell(row.metrics[name])),
      `<td class="reason">${escape(row.reason ?? '')}</td>`,
    ]
    return `<tr${leading.has(row.number) ? ' class="best"' : ''}>${cells.join('')}</tr>`
  })
  const head = heads.map(
    ([text, isNumber]) =>
      `<th scope="col"${isNumber === true ? ' class="number"' : ''}><button type="button">${escape(text)}</button></th>`,
  )
  const csv = Buffer.from(result.toCSV()).toString('base64')
  const download = `<a class="button" download="${escape(fileName(description.study))}.csv" href="data:text/csv;charset=utf-8;base64,${csv}">Download CSV</a>`
  return section(
    TITLES.trials,
    'Best first; press a head to sort by it.',
    `${download}<div class="scroll tall" tabindex="0" role="region" aria-label="All trials"><table class="sortable"><thead><tr>${head.join('')}</tr></thead><tbody>${body.join('')}</tbody></table></div>`,
    true,
  )
}

/** The exact number is what is sorted by. */
function numberCell(
  value: number | undefined,
  text: string = value === undefined ? '' : showNumber(value),
): string {
  return `<td class="number"${value === undefined || text === String(value) ? '' : ` data-v="${value}"`}>${escape(text)}</td>`
}

function fileName(study: string): string {
  return study.replace(/[^\p{L}\p{N}._-]+/gu, '-').slice(0, 100) || 'sweep'
}
