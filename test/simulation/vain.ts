// What the app of a history asks for in vain: a name that is taken, an id that never was, a run after the close, one whose signal
// was aborted before (I4, S22).

import { isHeddleError, type Run, type Runtime } from '../../src/index.js'
import { definitionOf } from './bodies.js'
import type { Plan } from './plan.js'
import type { Rules } from './rules.js'
import type { Breaks } from './state.js'

/** Who is told. */
interface Told {
  readonly breaks: Breaks
  readonly cover: (rule: string) => void
}

const LIVE: ReadonlySet<string> = new Set(['queued', 'running', 'aborting'])

/** What has been asked for in vain of one runtime. */
export class Vain {
  /** Runs that were asked for after the close. */
  readonly late: string[] = []
  /** Runs whose signals were aborted before. */
  readonly never: string[] = []
  readonly #told: Told

  constructor(told: Told) {
    this.#told = told
  }

  /** Of an id that never was, it is said so, and nobody is hit (I4). */
  abortUnknown(runtime: Runtime, { run }: Run): void {
    this.#told.cover('I4 unknown')
    try {
      const { accepted } = runtime.abort(run, 'a0.99999', { by: 'the app' })
      if (accepted) this.#told.breaks('I4', `an abort of what never was in ${run} is accepted`)
    } catch (error) {
      if (!isHeddleError(error) || error.code !== 'ActionNotFoundError') throw error
    }
  }

  /** A live run keeps its name for itself (S22). */
  startTwin(runtime: Runtime, { run, phase }: Run, plan: Plan): void {
    if (!LIVE.has(phase)) return
    this.#told.cover('S22 name')
    void runtime
      .run(definitionOf(plan.on), plan, { name: run })
      .settled()
      .then((outcome) => {
        if (outcome.status !== 'failed' || outcome.error.code !== 'ActionInputError')
          this.#told.breaks('S22', `another ${run} is ${outcome.status} while that lives`)
      })
  }

  /** Once all is over: none of them has begun. */
  finish(rules: Pick<Rules, 'runs' | 'known'>): void {
    const { breaks, cover } = this.#told
    for (const run of this.late) {
      cover('S22 refused')
      if (rules.runs.has(run)) breaks('S22', `${run} is taken in after the close`)
    }
    for (const run of this.never) {
      const root = rules.known(run, 'a0')
      if (root === undefined) continue
      cover('S22 aborted before')
      const { how, reason } = root.end ?? {}
      if (how !== 'never-started' || reason?.source !== 'signal' || root.entered > 0)
        breaks('S22', `${run}, whose signal was aborted before, is ${how} (${reason?.source})`, root)
    }
  }
}
