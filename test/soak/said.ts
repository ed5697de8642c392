// What the bodies of a soak say: reports and receipts, which the soak checks, and faults, which they have found themselves.

import type { ActionContext } from 'heddle'
import type { Letter, Receipt } from './plan.js'

/** What a body reports: whose it is and its number, so that a report of another one, or out of order, shows. */
export interface Report {
  readonly id: string
  readonly attempt: number
  readonly count: number
}

/** What the bodies declare. */
export interface Types {
  reports: Report
  receives: Letter
  emits: Receipt
}

/** What they get. */
export type Context = ActionContext<Types>

/** The count of a body's last report: none that ends well ends before it. */
export const LAST_REPORT = 1_000_000

/** How many log entries a body of the kind `burst` writes, and what each says. */
export const BURST_ENTRIES = 5
export const BURST_ENTRY = 'bursting'

/** How the entry begins by which a body tells what it was told that can't be. Entries are never replaced by later ones. */
export const FAULT = 'FAULT: '

/** Writes one. */
export function fault({ log }: Pick<Context, 'log'>, message: string): void {
  log.error(`${FAULT}${message}`)
}
