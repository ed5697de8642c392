/**
 * A trial that takes its time: it walks downhill on a curved valley with the step length and momentum that it was given.
 */
import { action, type ActionContext } from 'heddle'

/** What a trial is given. */
export interface Walk {
  readonly stepLength: number
  readonly momentum: number
}

/** What it reports. */
export interface Progress {
  readonly step: number
  /** Rosenbrock's function where it stands; 0 is the bottom of the valley. */
  readonly height: number
}

export const walk = action(
  import.meta,
  'walk',
  async ({ stepLength, momentum }: Walk, ctx: ActionContext<{ reports: Progress }>): Promise<void> => {
    let [x, y, dx, dy] = [-1.5, 2, 0, 0]
    for (let step = 1; step <= 20; step += 1) {
      for (let inner = 0; inner < 50; inner += 1) {
        dx = momentum * dx - stepLength * (-400 * x * (y - x * x) - 2 * (1 - x))
        dy = momentum * dy - stepLength * 200 * (y - x * x)
        x += dx
        y += dy
      }
      const height = 100 * (y - x * x) ** 2 + (1 - x) ** 2
      // Too long a step leaves the valley for good. The sweep would also see that the height isn't finite.
      if (!Number.isFinite(height)) throw new RangeError(`left the valley in step ${step}`)
      ctx.report({ step, height })
      // It stands for an epoch's work, and is interrupted when the trial is stopped.
      await ctx.sleep(10)
    }
  },
)
