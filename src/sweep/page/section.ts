// A section of the page, and what sections have in common: how a trial is named, how many are drawn, which class it has.

import { showNumber } from '../results/show-number.js'
import type { ChoiceValue } from '../space/parameter.js'
import { violationOf } from '../trials/violation.js'
import type { TrialTableRow } from '../results/sweep-result.js'
import { escape } from './markup.js'

/** What the dots, lines and spans of trials mean. */
export const LEGEND: string =
  '<div class="legend"><span><i class="best"></i>best</span><span><i></i>completed</span>' +
  '<span><i class="cut"></i>pruned or stopped</span><span><i class="bad"></i>failed, or violates constraints</span></div>'

/** A card of the page; without content, its text says why. */
export function section(title: string, text: string, content: string, wide = false): string {
  return `<section${wide ? ' class="wide"' : ''}><h2>${escape(title)}</h2><p>${escape(text)}</p>${content}</section>`
}

/** A trial in words. */
export function describeTrial(
  trial: Pick<TrialTableRow, 'number' | 'state' | 'value' | 'values' | 'constraints' | 'step'> & {
    readonly reason?: string
  },
): string {
  const { number, state, value, values, constraints = [], step, reason } = trial
  const several = Object.entries(values ?? {}).map(([name, each]) => `${name} ${showNumber(each)}`)
  const measured =
    values === undefined ? (value === undefined ? undefined : showNumber(value)) : several.join(', ')
  const violates = violationOf(constraints) > 0 ? ', violates constraints' : ''
  return `trial ${number}, ${state}${violates}${measured === undefined ? '' : `: ${measured}`} at step ${step}${reason === undefined ? '' : ` (${reason})`}`
}

/** A value as it is shown in a cell. */
export function show(value: ChoiceValue | undefined): string {
  return value === undefined ? '' : typeof value === 'number' ? showNumber(value) : String(value)
}

/** What a section says that lacks metrics. */
export function nothingYet(metrics: readonly string[]): string {
  return `No trial has a ${metrics.join(' and a ')} yet.`
}

/** Evenly over all, with those that lead in any case, if they aren't too many themselves. */
export function thinOut<Item extends { readonly number: number }>(
  items: readonly Item[],
  most: number,
  leaders: ReadonlySet<number>,
): readonly Item[] {
  if (items.length <= most) return items
  const every = items.length / most
  const areKept = leaders.size <= most
  return items.filter(
    (item, index) =>
      Math.floor(index / every) !== Math.floor((index - 1) / every) || (areKept && leaders.has(item.number)),
  )
}

/** Says that not all are drawn. */
export function leftOut(shown: number, all: number): string {
  return shown === all ? '' : ` ${shown} of ${all} are shown.`
}

/** The class of a trial's mark. */
export function classOf(
  { number, state, constraints = [] }: Pick<TrialTableRow, 'number' | 'state' | 'constraints'>,
  leaders: ReadonlySet<number>,
): string {
  return leaders.has(number) ? 'best' : violationOf(constraints) > 0 ? 'failed' : state
}
