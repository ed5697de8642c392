// The parts of a value that are moved to another thread instead of copied: the marks that `transfer` leaves.

import * as workerThreads from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'

/** What `transfer` can move: what Node's `postMessage` takes in a transfer list. */
export type Transferable = ArrayBuffer | MessagePort | object

const NONE: readonly Transferable[] = []

const marked = new WeakMap<object, readonly Transferable[]>()
let anyMarked = false

/** Marks a value: where it is sent next, these are moved. */
export function markTransfers(value: object, list: readonly Transferable[]): void {
  marked.set(value, list)
  anyMarked = true
}

let areBuffersKept = false

/** From now on, buffers in this thread are copied, marked or not: what is sent here leaves its machine (D7). Ports can only be moved. */
export function keepBuffers(): void {
  areBuffersKept = true
}

/** What of a value is to be moved: the marks on itself and on its direct properties. Empty if there are none. */
export function transfersOf(value: unknown): readonly Transferable[] {
  const found = marksOf(value)
  return areBuffersKept && found.length > 0 ? found.filter(isPort) : found
}

function isPort(one: Transferable): boolean {
  return one instanceof workerThreads.MessagePort
}

function marksOf(value: unknown): readonly Transferable[] {
  if (!anyMarked || typeof value !== 'object' || value === null) return NONE
  const own = marked.get(value)
  if (own !== undefined) return movable(own)
  if (ArrayBuffer.isView(value)) return NONE
  const found: Transferable[] = []
  let parts: unknown[]
  try {
    parts = Object.values(value)
  } catch {
    // A getter that throws: the value can't be cloned either: sending it throws.
    return NONE
  }
  for (const part of parts) {
    if (typeof part === 'object' && part !== null) found.push(...(marked.get(part) ?? NONE))
  }
  return found.length === 0 ? NONE : movable([...new Set(found)])
}

/** Node 20 lacks it, and copies them by itself. */
const { isMarkedAsUntransferable } = workerThreads as {
  isMarkedAsUntransferable?: (this: void, value: unknown) => boolean
}

/** Without what Node keeps for itself, such as the pool that small Buffers share: that is copied. */
function movable(list: readonly Transferable[]): readonly Transferable[] {
  if (isMarkedAsUntransferable === undefined) return list
  const moved = list.filter((one) => !(one instanceof ArrayBuffer && isMarkedAsUntransferable(one)))
  return moved.length === list.length ? list : moved
}
