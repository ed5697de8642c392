// The owners of microtasks, for what these throw. Below Node 24, the async context of a callback of `queueMicrotask` is
// gone by the time that its exception is told of, and the thread would be lost for it: so, in threads only, that function
// notes whose it was.

import { runningBody, type Body } from './body.js'

let last: { readonly thrown: unknown; readonly body: Body | undefined } | undefined

/** The body whose microtask has just thrown this; `undefined` if none has, or that isn't known. */
export function throwerOf(thrown: unknown): Body | undefined {
  const noted = last
  last = undefined
  return noted !== undefined && Object.is(noted.thrown, thrown) ? noted.body : undefined
}

/** Replaces `queueMicrotask` in this thread by one that notes who throws, where Node itself doesn't know. */
export function watchMicrotasks(): void {
  if (Number.parseInt(process.versions.node, 10) >= 24) return
  const original = globalThis.queueMicrotask
  globalThis.queueMicrotask = function queueMicrotask(callback) {
    // What is wrong with it, Node says.
    if (typeof callback !== 'function') return original(callback)
    original(() => {
      try {
        callback()
      } catch (thrown) {
        last = { thrown, body: runningBody() }
        throw thrown
      }
    })
  }
}
