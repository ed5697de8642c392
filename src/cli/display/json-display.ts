// A run as NDJSON on standard output: each event, and at last the outcome.

import type { ActionEventInfo } from '../../control/api.js'
import { wholeError, wholeReason } from '../../control/shown/shown-error.js'
import { show, type ShowLimits } from '../../control/shown/shown-value.js'
import type { Outcome } from '../../protocol/outcome.js'
import type { RunDisplay } from './run-display.js'
import type { RunTotals } from './run-totals.js'

/** A result is written whole. */
const WHOLE: ShowLimits = { characters: Infinity, stringLength: Infinity, depth: Infinity, items: Infinity }

/** What it writes with. */
export interface JsonDisplayOptions {
  readonly totals: RunTotals
  readonly run: string
  readonly url: string | undefined
  readonly writeOut: (text: string) => void
  readonly write: (text: string) => void
}

/** Writes a line of JSON for each event. What running code prints goes to standard error as it is. */
export class JsonDisplay implements RunDisplay {
  readonly #options: JsonDisplayOptions

  constructor(options: JsonDisplayOptions) {
    this.#options = options
    const { run, url } = options
    this.#line({ type: 'run', run, pid: process.pid, ...(url !== undefined && { url }) })
  }

  event(event: ActionEventInfo): void {
    this.#options.totals.apply(event)
    this.#line(event)
  }

  print(text: string): void {
    this.#options.write(text)
  }

  note(text: string): void {
    this.#options.write(`${text}\n`)
  }

  end(): void {
    // The outcome is the end.
  }

  /** The last line. */
  outcome(outcome: Outcome<unknown>): void {
    this.#line(outcomeInfo(this.#options.run, outcome))
  }

  #line(value: object): void {
    this.#options.writeOut(`${JSON.stringify(value)}\n`)
  }
}

function outcomeInfo(run: string, outcome: Outcome<unknown>): object {
  const times = {
    queuedAt: outcome.queuedAt,
    startedAt: outcome.startedAt,
    abortRequestedAt: outcome.abortRequestedAt,
    abortDeliveredAt: outcome.abortDeliveredAt,
    settledAt: outcome.settledAt,
  }
  const head = { type: 'outcome', run, status: outcome.status }
  if (outcome.status === 'succeeded') return { ...head, output: show(outcome.output, WHOLE).value, ...times }
  const error = wholeError(outcome.error)
  if (outcome.status === 'failed') return { ...head, error, ...times }
  const { reason, escalations, how } = outcome
  return {
    ...head,
    reason: wholeReason(reason),
    escalations: escalations.map(wholeReason),
    how,
    error,
    ...times,
  }
}
