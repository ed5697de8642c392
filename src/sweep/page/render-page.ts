// The page of a sweep: one file of markup that needs no other. It says what was found, how, and at what cost.

import { describeEnding } from '../trials/stopped-by.js'
import { showNumber } from '../results/show-number.js'
import type { AnyResult } from '../results/sweep-result.js'
import { curvesOf, distributionOf, historyOf, timelineOf } from './course-sections.js'
import { escape } from './markup.js'
import { importanceSection, pairsOf, parallelOf, slicesOf } from './parameter-sections.js'
import { paretoOf } from './several-metrics.js'
import { style } from './style.js'
import { SORT_SCRIPT, SORT_SCRIPT_SOURCE, tableOf } from './trial-table.js'
import { viewsOf, type View } from './view.js'
import { duration, savedPercent } from './words.js'

/** The page, as text. */
export function renderPage(result: AnyResult): string {
  const title = `Sweep ${result.description.study}`
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src ${SORT_SCRIPT_SOURCE}">
<title>${escape(title)}</title>
<style>${style}</style>
<body>
<header>
<h1>${escape(title)}</h1>
<p>${escape(subtitleOf(result))}</p>
</header>
<main>
<div class="facts">${factsOf(result)}</div>
${sectionsOf(result).join('\n')}
</main>
<footer>Made by Heddle. Rest the pointer on a line, dot or bar to see its trial.</footer>
${SORT_SCRIPT}
</body>
</html>
`
}

/** Of several metrics, no trial has one value by which it could be compared with all others: there is a part for each. */
function sectionsOf(result: AnyResult): string[] {
  const views = viewsOf(result)
  const [first] = views
  return [
    views.length > 1 ? paretoOf(first) : historyOf(first),
    curvesOf(first),
    parallelOf(result, first.leaders),
    ...views.flatMap((view) => parameterSections(result, view)),
    timelineOf(first),
    tableOf(result),
  ]
}

/** What the parameters do to one metric, and how its values are spread. */
function parameterSections(result: AnyResult, view: View): string[] {
  const shares = sharesFor(result, view.description.metric)
  const important = shares.map(([name]) => name)
  return [
    importanceSection(view, shares),
    distributionOf(view),
    slicesOf(view, important),
    pairsOf(view, important),
  ]
}

/** How much each parameter matters, most first. */
function sharesFor(result: AnyResult, metric: string): (readonly [string, number])[] {
  return Object.entries(result.importance(metric)).toSorted(([, a], [, b]) => b - a)
}

function subtitleOf({ description, stoppedBy, trials }: AnyResult): string {
  const { metric, direction, metrics = { [metric]: direction }, sampler, pruner, trials: most } = description
  const aims = Object.entries(metrics).map(([name, way]) => `${way}s ${name}`)
  const first = Math.min(...trials.map(({ startedAt }) => startedAt))
  const last = Math.max(...trials.map(({ endedAt }) => endedAt ?? Number.NaN).filter(Number.isFinite))
  const lasted = Number.isFinite(last) ? `, over ${duration((last - first) / 1000)}` : ''
  const begun = Number.isFinite(first)
    ? ` Begun ${new Date(first).toISOString().slice(0, 16).replace('T', ' ')} UTC${lasted}.`
    : ''
  const end = stoppedBy === undefined ? '' : ` ${capitalised(describeEnding(stoppedBy))}.`
  return `${capitalised(aims.join(', '))}; ${sampler}, pruner ${pruner}${most === undefined ? '' : `, up to ${most} trials`}.${begun}${end}`
}

function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}

function factsOf(result: AnyResult): string {
  const { best, counts, trials, cost, description } = result
  const { steps, stepsSaved, threadSeconds, threadSecondsSaved } = cost
  const facts: (readonly [value: string, text: string, className?: string])[] = [
    description.metrics !== undefined
      ? [String(result.pareto().length), 'on the Pareto front', 'lead']
      : best?.value === undefined
        ? ['none', `no trial has a ${description.metric}`]
        : [showNumber(best.value), `best ${description.metric}, trial ${best.number}`, 'lead'],
    [String(trials.length), 'trials'],
    ...(
      ['completed', 'pruned', 'stopped', 'aborted', 'paused', 'running', 'interrupted', 'failed'] as const
    ).flatMap((state) => (counts[state] > 0 ? [[String(counts[state]), state] as const] : [])),
    [showNumber(steps), `${description.stepKey}s trained`],
    ...(stepsSaved === undefined || steps === 0
      ? []
      : [
          [
            `${savedPercent(stepsSaved, steps)} %`,
            `of the ${description.stepKey}s saved (estimate)`,
          ] as const,
        ]),
    [`${showNumber(threadSeconds)} s`, 'on threads'],
    ...(threadSecondsSaved === undefined
      ? []
      : [[`${showNumber(threadSecondsSaved)} s`, 'saved (estimate)'] as const]),
  ]
  return facts
    .map(
      ([value, text, className = '']) =>
        `<div class="fact ${className}"><b>${escape(value)}</b><span>${escape(text)}</span></div>`,
    )
    .join('')
}
