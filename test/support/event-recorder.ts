// Keeps what a runtime's events tell, from the first one on, and lets a test wait for one of them.

import type { ActionEvent, PhaseEvent, Runtime, RuntimeEvent } from 'heddle'

/** The events of one runtime. */
export class EventRecorder {
  readonly events: RuntimeEvent[] = []
  /** Resolves when the runtime is closed. */
  readonly ended: Promise<void>
  /** Called with each event of an action. */
  onEvent: ((event: ActionEvent) => void) | undefined
  readonly #waiting = new Set<{
    test: (event: ActionEvent) => boolean
    resolve: (event: ActionEvent) => void
  }>()

  constructor(runtime: Runtime) {
    this.ended = this.#read(runtime.events())
  }

  /** The first event that the test accepts, of those that were and those to come. */
  next<Event extends ActionEvent>(test: (event: ActionEvent) => event is Event): Promise<Event>
  next(test: (event: ActionEvent) => boolean): Promise<ActionEvent>
  next(test: (event: ActionEvent) => boolean): Promise<ActionEvent> {
    for (const event of this.events) if (isOfAction(event) && test(event)) return Promise.resolve(event)
    return new Promise((resolve) => this.#waiting.add({ test, resolve }))
  }

  /** Waits until the action with this id is in this phase, or has been. */
  phase(id: string, phase: PhaseEvent['phase']): Promise<ActionEvent> {
    return this.next((event) => event.type === 'phase' && event.id === id && event.phase === phase)
  }

  /** Waits for a report of the action with this id. */
  report(id: string): Promise<ActionEvent> {
    return this.next((event) => event.type === 'report' && event.id === id)
  }

  /** The phase events of all actions, or of one, so far. */
  phases(id?: string): PhaseEvent[] {
    return this.events.filter(
      (event): event is PhaseEvent => event.type === 'phase' && (id === undefined || event.id === id),
    )
  }

  async #read(events: AsyncIterable<RuntimeEvent>): Promise<void> {
    for await (const event of events) {
      this.events.push(event)
      if (!isOfAction(event)) continue
      this.onEvent?.(event)
      for (const waiting of this.#waiting) {
        if (!waiting.test(event)) continue
        this.#waiting.delete(waiting)
        waiting.resolve(event)
      }
    }
  }
}

function isOfAction(event: RuntimeEvent): event is ActionEvent {
  return event.type !== 'snapshot' && event.type !== 'gap'
}
