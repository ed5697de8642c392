// What an event stream of a served runtime tells, held against what the runtime itself has told: nothing is missing, and
// nothing different.

import type { StreamEvent } from 'heddle/client'
import { within, type Soak } from './within.js'
import { Violation, type RunStory } from './seen.js'

const ENDS: ReadonlySet<string> = new Set(['succeeded', 'failed', 'aborted', 'timedOut'])

/** What a stream has told. */
export class Mirror {
  /** Phases by action, by run. */
  readonly #runs = new Map<string, Map<string, string>>()
  readonly #waiting = new Map<string, () => void>()
  /** It has missed something. */
  #isUnsure = false
  events = 0
  /** Characters of all these, written out. */
  characters = 0

  /** Takes in what a stream tells, to its end. */
  async read(events: AsyncIterable<StreamEvent>): Promise<void> {
    for await (const event of events) {
      this.events += 1
      this.characters += JSON.stringify(event).length
      switch (event.type) {
        case 'actions':
          for (const { id, phase } of event.actions) this.#note(event.run, id, phase)
          break
        case 'phase':
          this.#note(event.run, event.id, event.phase)
          break
        case 'gap':
        case 'dropped':
          this.#isUnsure = true
          break
        default:
      }
    }
  }

  /** Waits until the stream has told of a run's end, and compares; then the run is forgotten. */
  async compare(run: RunStory, soak: Soak): Promise<void> {
    const { name } = run
    const root = this.#runs.get(name)?.get('a0')
    if (root === undefined || !ENDS.has(root)) {
      const told = new Promise<void>((resolve) => this.#waiting.set(name, resolve))
      await within(told, `the end of run ${name} in an event stream`, soak)
    }
    const phases = this.#runs.get(name)
    this.#runs.delete(name)
    this.#waiting.delete(name)
    if (this.#isUnsure) return
    for (const { id, end } of run.actions.values()) {
      const phase = phases?.get(id)
      if (phase !== end?.phase)
        soak.onViolation(
          new Violation(`${id} of run ${name} has ${end?.phase}, and in an event stream it has ${phase}`, []),
        )
    }
  }

  #note(run: string, id: string, phase: string): void {
    const phases = this.#runs.get(run) ?? new Map<string, string>()
    this.#runs.set(run, phases.set(id, phase))
    if (id === 'a0' && ENDS.has(phase)) this.#waiting.get(run)?.()
  }
}
