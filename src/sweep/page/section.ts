// A section of the page, and what sections have in common: how a trial is named, how many are drawn, which class it has.

import { showNumber } from '../show-number.js'
import type { ChoiceValue } from '../parameter.js'
import type { TrialTableRow } from '../sweep-result.js'
import { escape } from './markup.js'

/** What the dots, lines and spans of trials mean. */
export const LEGEND: string =
  '<div class="legend"><span><i class="best"></i>best</span><span><i></i>completed</span>' +
  '<span><i class="cut"></i>pruned or stopped</span><span><i class="bad"></i>failed</span></div>'

/** A card of the page; without content, its text says why. */
export function section(title: string, text: string, content: string, wide = false): string {
  return `<section${wide ? ' class="wide"' : ''}><h2>${escape(title)}</h2><p>${escape(text)}</p>${content}</section>`
}

/** A trial in words. */
export function describeTrial(
  trial: Pick<TrialTableRow, 'number' | 'state' | 'value' | 'values' | 'step'> & { readonly reason?: string },
): string {
  const { number, state, value, values, step, reason } = trial
  const several = Object.entries(values ?? {}).map(([name, each]) => `${name} ${showNumber(each)}`)
  const measured =
    values === undefined ? (value === undefined ? undefined : showNumber(value)) : several.join(', ')
  return `trial ${number}, ${state}${measured === undefined ? '' : `: ${measured}`} at step ${step}${reason === undefined ? '' : ` (${reason})`}`
}

/** A value as it is shown in a cell. */
export function show(value: ChoiceValue | undefined): string {
  return value === undefined ? '' : typeof value === 'number' ? showNumber(value) : String(value)
}

/** Evenly over all, with the best one in any case. */
export function thinOut<Item extends { readonly number: number }>(
  items: readonly Item[],
  most: number,
  best: { readonly number: number } | undefined,
): readonly Item[] {
  if (items.length <= most) return items
  const every = items.length / most
  return items.filter(
    (item, index) =>
      Math.floor(index / every) !== Math.floor((index - 1) / every) || item.number === best?.number,
  )
}

/** Says that not all are drawn. */
export function leftOut(shown: number, all: number): string {
  return shown === all ? '' : ` ${shown} of ${all} are shown.`
}

/** The class of a trial's mark. */
export function classOf(
  { number, state }: { readonly number: number; readonly state: string },
  best: { readonly number: number } | undefined,
): string {
  return number === best?.number ? 'best' : state
}
