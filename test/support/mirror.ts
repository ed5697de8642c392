// What a reader of an event stream knows at any moment; it notes whatever a stream must never do.

import type { ActionItem, StreamEvent } from 'heddle/client'

/** A reader's knowledge. */
export class Mirror {
  readonly runs: Map<string, Map<string, Pick<ActionItem, 'phase' | 'how'>>> = new Map()
  /** Gaps, duplicates, and events out of order. */
  readonly problems: string[] = []
  gaps = 0
  #seq: number | undefined

  take(event: StreamEvent): void {
    switch (event.type) {
      case 'snapshot':
        this.runs.clear()
        this.#seq = undefined
        break
      case 'actions':
        for (const { id, phase, how } of event.actions) {
          this.#run(event.run).set(id, { phase, ...(how !== undefined && { how }) })
        }
        break
      case 'live':
        if (this.#seq !== undefined && this.#seq !== event.seq) {
          this.problems.push(`live at ${event.seq} after ${this.#seq}`)
        }
        this.#seq = event.seq
        break
      case 'gap':
        this.gaps += 1
        break
      case 'phase': {
        const { id, phase, how, run, seq } = event
        this.#number(seq)
        this.#run(run).set(id, { phase, ...(how !== undefined && { how }) })
        break
      }
      default:
        if ('seq' in event && 'id' in event) this.#number(event.seq)
    }
  }

  /** The phases of a run's actions. */
  phases(run: string): Map<string, string> {
    return new Map([...this.#run(run)].map(([id, { phase }]) => [id, phase]))
  }

  #number(seq: number): void {
    if (this.#seq === undefined || seq !== this.#seq + 1) this.problems.push(`${seq} after ${this.#seq}`)
    this.#seq = seq
  }

  #run(run: string): Map<string, Pick<ActionItem, 'phase' | 'how'>> {
    let actions = this.runs.get(run)
    if (actions === undefined) this.runs.set(run, (actions = new Map()))
    return actions
  }
}
