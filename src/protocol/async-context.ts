// In whose async context code runs, that is: what `AsyncLocalStorage` gives there. What a port, a timer or an event brings
// runs in the context of its maker, so with the stores of a stranger that is long gone. So a callback of a user's
// runs in the context in which it was given; and our own code, with the ports and timers that it makes, in nobody's.

import { AsyncResource } from 'node:async_hooks'

/** A context to run something in. */
export type AsyncContext = AsyncResource

// Nobody listens for its end: without this, each would be watched by the garbage collector.
const OPTIONS = { requireManualDestroy: true }

/** The context of the caller. */
export function captureContext(): AsyncContext {
  return new AsyncResource('heddle', OPTIONS)
}

/** Runs a user's code in a context. What it sets by `enterWith` doesn't stay there for what is run next, as it does below Node 24. */
export function runIn<Result>(context: AsyncContext, run: () => Result): Result {
  return context.runInAsyncScope(captureContext).runInAsyncScope(run)
}

/** The callback, run in the context in which it is given. */
export function inOwnContext<Parameters extends unknown[], Result>(
  callback: (...parameters: Parameters) => Result,
): (...parameters: Parameters) => Result {
  const context = captureContext()
  return (...parameters) => runIn(context, () => callback(...parameters))
}

const NOBODYS = withoutStores(captureContext())

/** Runs code of our own in a context that has nobody's stores. */
export function inNobodysContext<Result>(run: () => Result): Result {
  return NOBODYS.runInAsyncScope(run)
}

/** The same for what calls a user's code. */
export function inCleanContext<Result>(run: () => Result): Result {
  return runIn(NOBODYS, run)
}

/**
 * The package may be loaded within a request of an app's, which everything would then belong to for ever. Node has no way
 * to make an empty context, but the stores are properties of the resource, under symbols with these descriptions.
 */
function withoutStores(context: AsyncContext): AsyncContext {
  for (const key of Object.getOwnPropertySymbols(context)) {
    if (key.description === 'kResourceStore' || key.description === 'context_frame')
      Object.assign(context, { [key]: undefined })
  }
  return context
}
