// `all`, `first`, `completed` and `map` (S20): each waits for a set of actions, and stops the rest when it is decided.
// They cancel children of their own context only, and answer only when those have settled.

import type { Completion, Settling } from '../../src/context.js'
import type { MapOptions, StopOptions } from '../../src/options.js'
import { BaseHandle } from '../../src/handle.js'
import { checkCallOptions, count, MAP_OPTIONS, milliseconds } from '../../src/options.js'
import { ActionInputError } from '../../src/protocol/errors.js'
import { isTerminal, type Outcome } from '../../src/protocol/outcome.js'
import { PushStream } from '../../src/push-stream.js'
import { ChildHandle } from './child-handle.js'
import { idle, refusal, rejectLater, waitFor, type Owner } from './waits.js'

/** How many children `map` has at a time unless told otherwise. */
const DEFAULT_CONCURRENCY = 256

type Handles = readonly PromiseLike<unknown>[]

/** Waits for all; fails fast. */
export function all(owner: Owner, handles: Handles, options: StopOptions = {}): Promise<unknown[]> {
  return decide(owner, handles, options, () => {
    const outputs = Promise.all(handles.map(outputOf))
    const earliest = firstFailure(handles)
    if (earliest === undefined) return outputs
    outputs.catch(() => {})
    return Promise.reject(earliest.error)
  })
}

/** The first output that is accepted. */
export function first(
  owner: Owner,
  handles: Handles,
  accept: ((output: never, index: number) => unknown) | undefined,
  options: StopOptions = {},
): Promise<unknown> {
  return decide(owner, handles, options, async () => {
    const ended = new PushStream<{ index: number; output?: unknown; error?: unknown; failed: boolean }>()
    for (const [index, handle] of inOrderOfEnd(handles)) {
      outputOf(handle).then(
        (output) => ended.push({ index, output, failed: false }),
        (error: unknown) => ended.push({ index, error, failed: true }),
      )
    }
    const errors: unknown[] = []
    for (let left = handles.length; left > 0; left -= 1) {
      const { value } = await ended.next()
      if (value === undefined) break
      if (value.failed) errors.push(value.error)
      else if (accept === undefined || (await accept(value.output as never, value.index))) return value.output
    }
    const refused = handles.length - errors.length
    throw new AggregateError(
      errors,
      `ctx.first in action ${owner.body.info.id}: of ${handles.length} actions, ${errors.length} failed and ${refused} were not accepted`,
    )
  })
}

/** The actions as they end. */
export async function* completed(
  owner: Owner,
  handles: Iterable<Settling>,
): AsyncGenerator<Completion<Settling>, undefined> {
  const ended = new PushStream<Completion<Settling>>()
  const given = inOrderOfEnd([...handles])
  for (const [index, handle] of given) {
    const end = handle instanceof BaseHandle ? handle.watch() : handle.settled()
    void end.then((outcome) => ended.push({ handle, index, outcome }))
  }
  for (let left = given.length; left > 0; left -= 1) {
    const { value } = await idle(owner, ended.next())
    if (value !== undefined) yield value
  }
}

/** A bounded fan-out. `spawn` starts a child, which waits for room in the queue rather than fail. */
export function map(
  owner: Owner,
  spawn: (input: unknown) => ChildHandle,
  inputs: Iterable<unknown> | AsyncIterable<unknown>,
  options: MapOptions & StopOptions,
): Promise<unknown[]> {
  const { info } = owner.body
  const of = `ctx.map in action ${info.id} '${info.name}'`
  let concurrency: number
  let iterator: Iterator<unknown> | AsyncIterator<unknown>
  try {
    // At once, and not by each of its children.
    checkCallOptions(options, MAP_OPTIONS, of)
    concurrency = count(options.concurrency ?? DEFAULT_CONCURRENCY, of, 'concurrency', 1)
    iterator = iterate(inputs, of)
  } catch (error) {
    return rejectLater(owner, error)
  }

  const live = new Set<ChildHandle>()
  const results: unknown[] = []
  let failure: { readonly error: unknown } | undefined
  /** Wakes the loop: a child has ended. */
  let wake: (() => void) | undefined

  const start = (input: unknown, index: number): void => {
    const child = spawn(input)
    live.add(child)
    void child.watch().then((outcome: Outcome<unknown>) => {
      live.delete(child)
      if (options.outcomes === true) results[index] = outcome
      else if (outcome.status === 'succeeded') results[index] = outcome.output
      else failure ??= { error: outcome.error }
      wake?.()
    })
  }
  const childEnds = (): Promise<void> => new Promise((resolve) => (wake = resolve))

  const run = async (): Promise<unknown[]> => {
    let finished = false
    try {
      for (let index = 0; failure === undefined && !owner.scope.isNoted;) {
        if (live.size >= concurrency) {
          await childEnds()
          continue
        }
        const step = iterator.next()
        // A failure must not wait for an input that may never come.
        const next =
          step instanceof Promise ? await takeUnless(step, () => failure !== undefined, childEnds) : step
        if (next === undefined) break
        if (next.done === true) {
          finished = true
          break
        }
        if (owner.scope.isNoted || failure !== undefined) break
        start(next.value, index)
        index += 1
      }
    } catch (error) {
      finished = true
      failure ??= { error }
    }
    stopped = finished
    while (failure === undefined && live.size > 0) await childEnds()
    if (failure !== undefined) throw failure.error
    return results
  }

  let stopped = false
  return decide(owner, live, options, run, () => {
    // An iterator that ended, or threw, has nothing to give back.
    if (!stopped) void giveBack(iterator)
  })
}

async function giveBack(iterator: Iterator<unknown> | AsyncIterator<unknown>): Promise<void> {
  try {
    await iterator.return?.()
  } catch {
    // It is decided; what its clean-up throws changes nothing.
  }
}

/** Awaits a step, but gives up on it once `over` says so after a child's end. */
async function takeUnless<Step>(
  step: Promise<Step>,
  over: () => boolean,
  childEnds: () => Promise<void>,
): Promise<Step | undefined> {
  for (;;) {
    const winner = await Promise.race([step.then((value) => ({ value })), childEnds()])
    if (winner !== undefined) return winner.value
    if (over()) return undefined
  }
}

function iterate(
  inputs: Iterable<unknown> | AsyncIterable<unknown>,
  of: string,
): Iterator<unknown> | AsyncIterator<unknown> {
  if (typeof inputs === 'object' && inputs !== null) {
    if (Symbol.asyncIterator in inputs) {
      const iterator = inputs[Symbol.asyncIterator]()
      // Any thenable is as good as a promise.
      return {
        next: () => Promise.resolve(iterator.next()),
        return: async () => iterator.return?.() as never,
      }
    }
    if (Symbol.iterator in inputs) return inputs[Symbol.iterator]()
  }
  throw new ActionInputError(
    `${of}: the inputs are ${String(inputs)}, but must be an iterable or an async iterable`,
  )
}

/**
 * Runs what decides, then stops what is left of the own children and waits for them. An abort of the action decides
 * too, and then its reason is the answer, whatever the children did.
 */
async function decide<Value>(
  owner: Owner,
  handles: Iterable<PromiseLike<unknown>>,
  options: StopOptions,
  run: () => Promise<Value>,
  onDecided?: () => void,
): Promise<Value> {
  const { body, scope } = owner
  if (options.graceMs !== undefined) milliseconds(options.graceMs, `action ${body.info.id}`, 'graceMs')
  const refused = refusal(owner)
  if (refused !== undefined) {
    for (const handle of handles) outputOf(handle).then(undefined, () => {})
    await settleOwn(owner, handles)
    return rejectLater(owner, refused)
  }
  // A wait of its own: parked until it is decided, rejected by an abort.
  const decided = waitFor<Value>(owner, (resolve, reject) => {
    run().then(resolve, reject)
  })
  try {
    return await decided
  } catch (error) {
    throw scope.reason ?? error
  } finally {
    onDecided?.()
    // Under an abort they are being stopped already; another one would only be noted as an escalation.
    if (scope.reason === undefined) {
      for (const handle of handles) {
        if (isOwn(handle, owner) && !isTerminal(handle.phase)) {
          body.cancelChild(handle.id, 'no longer needed', options)
        }
      }
    }
    await settleOwn(owner, handles)
  }
}

/** What it gives, without parking: the combinator's wait does that, and ends when it is decided (S1). */
function outputOf(handle: PromiseLike<unknown>): PromiseLike<unknown> {
  return handle instanceof BaseHandle ? handle.watchOutput() : handle
}

/** Of those that have ended already, the first one that hasn't succeeded. */
function firstFailure(handles: Handles): Exclude<Outcome<unknown>, { status: 'succeeded' }> | undefined {
  let earliest: Exclude<Outcome<unknown>, { status: 'succeeded' }> | undefined
  for (const handle of handles) {
    if (!(handle instanceof BaseHandle)) continue
    const outcome: Outcome<unknown> | undefined = handle.outcome
    if (outcome === undefined || outcome.status === 'succeeded') continue
    if (earliest === undefined || outcome.settledAt < earliest.settledAt) earliest = outcome
  }
  return earliest
}

/** Those that have ended already, by time; then the others, as they were given. With their places in the list. */
function inOrderOfEnd<Handle>(handles: readonly Handle[]): (readonly [number, Handle])[] {
  const endedAt = (handle: Handle): number =>
    handle instanceof BaseHandle ? (handle.outcome?.settledAt ?? Infinity) : Infinity
  return handles
    .map((handle, index) => [index, handle] as const)
    .toSorted(([, one], [, other]) => {
      const [a, b] = [endedAt(one), endedAt(other)]
      return a === b ? 0 : a - b
    })
}

async function settleOwn(owner: Owner, handles: Iterable<PromiseLike<unknown>>): Promise<void> {
  for (const handle of [...handles]) {
    if (isOwn(handle, owner) && !isTerminal(handle.phase)) await handle.settled()
  }
}

function isOwn(handle: PromiseLike<unknown>, { body }: Owner): handle is ChildHandle {
  return handle instanceof ChildHandle && handle.belongsTo(body)
}
