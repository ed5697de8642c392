// An app's XState inspector, told a moment later than things happen: one that throws, or that aborts or closes from within,
// must not meet the runtime in the middle of a step.

import type { AnyActorRef, InspectionEvent } from 'xstate'
import { xstate } from '../../../actors/xstate.js'
import { inOwnContext } from '../../protocol/async-context.js'
import type { Inspector } from '../../runtime.js'

/**
 * Gives an inspector what it is told a moment later, in the same order. One that throws is not called again, and a
 * process warning says so.
 */
export function deferInspector(inspector: Inspector): Inspector {
  const given = typeof inspector === 'function' ? inspector : inspector.next?.bind(inspector)
  if (given === undefined) return inspector
  const show = inOwnContext(given)
  let pending: InspectionEvent[] = []
  let broken = false
  const showPending = (): void => {
    const events = pending
    pending = []
    for (const event of events) {
      if (broken) return
      try {
        show(event)
      } catch (error) {
        broken = true
        process.emitWarning(
          `the inspector given to createRuntime threw, and is not called again: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
          'HeddleWarning',
        )
      }
    }
  }
  return (event) => {
    if (broken) return
    if (pending.length === 0) queueMicrotask(showPending)
    pending.push(event)
  }
}

/**
 * Tells all who inspect a run's actors of something: the app's inspector, and who has come to that run later. XState adds
 * whose run it is.
 */
export function inspectIn(system: AnyActorRef['system'], event: object): void {
  const send: unknown = Reflect.get(system, '_sendInspectionEvent')
  if (typeof send === 'function') guarded(() => void send.call(system, event))
}

/** What an inspector throws that comes to a run later is the app's, too: it is called in the middle of what it sees. */
export function guardInspectors(system: AnyActorRef['system']): void {
  const { inspect } = system
  system.inspect = (observer) => {
    const { next } = xstate().toObserver(observer)
    return inspect({ next: (event) => guarded(() => next?.(event)) })
  }
}

/** Shows something to observers of the app's: what one throws is the app's, as from any emitter. */
export function guarded(show: () => void): void {
  try {
    show()
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}
