// Trials for benchmarks: one of about a millisecond, and one that computes until it is stopped.

import { action, type ActionContext } from 'heddle'

/** What they report. */
export interface Score {
  readonly step: number
  readonly score: number
}

type Reporting = ActionContext<{ reports: Score }>

/** Computes for about a millisecond. */
export const oneMillisecond = action(
  import.meta,
  'oneMillisecond',
  ({ x, y }: { x: number; y: number }, ctx: Reporting) => {
    const until = performance.now() + 1
    while (performance.now() < until);
    ctx.report({ step: 1, score: -((x - 0.3) ** 2) - (y - 0.7) ** 2 })
  },
)

/** Computes until it is stopped, and looks at its signal as it goes. */
export const computing = action(import.meta, 'computing', ({ x }: { x: number }, ctx: Reporting) => {
  ctx.report({ step: 1, score: x })
  for (;;) ctx.signal.throwIfAborted()
})
