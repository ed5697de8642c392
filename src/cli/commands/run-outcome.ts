// The end of a run in words: one line, and what a developer needs to find the fault.

import { inspect } from 'node:util'
import { brandOf, isHeddleError } from '../../protocol/errors/is-heddle-error.js'
import { ROOT_ID } from '../../protocol/ids.js'
import type { Outcome } from '../../protocol/outcome.js'
import { formatDuration } from '../display/duration.js'
import { describeEnd, describeError, describeReason } from '../display/event-lines.js'
import { EXIT_USAGE, exitCodeOf } from '../input/exit-codes.js'
import { printable, printableLines } from '../display/printable.js'
import { describeCounts } from '../display/run-screen.js'
import type { RunTotals } from '../display/run-totals.js'
import { fromUserFrame } from '../display/user-frames.js'
import { inPhase, PHASE_SIGNS, type Style } from '../display/style.js'

/** Whether a run ended because of what it was called with: then the command line is at fault, not the action. */
export function isWrongInput(outcome: Outcome<unknown>): boolean {
  return (
    outcome.status === 'failed' &&
    isHeddleError(outcome.error, 'ActionInputError') &&
    (outcome.error.action === undefined || outcome.error.action === ROOT_ID)
  )
}

/** What the process exits with. */
export function exitCodeOfOutcome(outcome: Outcome<unknown>): number {
  return isWrongInput(outcome) ? EXIT_USAGE : exitCodeOf(outcome.status)
}

/** The end of a run, for standard error. */
export function describeOutcome(
  run: string,
  outcome: Outcome<unknown>,
  totals: RunTotals,
  style: Style,
): string[] {
  const { status } = outcome
  const took = formatDuration(outcome.settledAt - (totals.root?.queuedAt ?? outcome.queuedAt))
  const end = describeEnd(status, 'how' in outcome ? outcome.how : undefined)
  const head = `${inPhase(style, status, `${PHASE_SIGNS[status]} ${end}`)}  ${style('bold', printable(run))}  ${took}`
  const lines = [`${head}  ${describeCounts(totals.counts(), style, totals.endings)}`]
  switch (status) {
    case 'succeeded':
      return lines
    case 'aborted':
      return [...lines, `  ${describeReason(withoutCause(outcome.reason))}`]
    case 'timedOut':
      return [...lines, `  ${describeError(outcome.error, ROOT_ID)}`]
    case 'failed':
      return [...lines, ...describeFailure(outcome.error, style)]
  }
}

function describeFailure(error: Error, style: Style): string[] {
  // A body threw: what it threw says where.
  const thrown: unknown = brandOf(error) === 'ActionFailedError' && 'cause' in error ? error.cause : undefined
  if (!(thrown instanceof Error)) return [`  ${describeError(error, ROOT_ID)}`]
  const [first = '', ...more] = fromUserFrame(printableLines(inspect(thrown, { depth: 4 })))
  return [`  ${first}`, ...more.map((line) => style('dim', `  ${line}`))]
}

/** What is wrong with an input, in terms of the flags that set it. */
export function describeInputIssues(outcome: Outcome<unknown>): string[] {
  if (outcome.status !== 'failed' || !isHeddleError(outcome.error, 'ActionInputError')) return []
  const { issues, message } = outcome.error
  if (issues === undefined || issues.length === 0) return [describeError({ name: '', message })]
  return issues.map(({ path, message: wrong }) =>
    path === undefined ? printable(wrong) : printable(`--${path.join('.')}: ${wrong}`),
  )
}

/** Without a schema no flag is refused: which ones the input was made of. */
export function describeFreeFlags(flags: readonly string[]): string[] {
  const names = flags.filter((word) => /^--./.test(word)).map((word) => word.replace(/=.*$/s, ''))
  if (names.length === 0) return []
  return [
    printable(
      `it was made of ${[...new Set(names)].join(', ')}: the action has no schema, so any flag is taken. A whole input is given by --input`,
    ),
  ]
}

function withoutCause<Reason extends { cause?: unknown }>(reason: Reason): Omit<Reason, 'cause'> {
  const { cause: _, ...rest } = reason
  return rest
}
