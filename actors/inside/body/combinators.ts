// `all`, `first`, `completed` and `map` (S20): each waits for a set of actions, and stops the rest when it is decided.
// They cancel children of their own context only, and answer only when those have settled.

import type { Completion, Settling } from '../../../src/context.js'
import type { MapOptions, SpawnOptions, StopOptions } from '../../../src/options.js'
import { isThenable } from '../../../src/checks/is-thenable.js'
import { BaseHandle, type EndWatcher } from '../../../src/handles/base-handle.js'
import { checkCallOptions, MAP_OPTIONS } from '../../../src/options.js'
import { checkBoolean } from '../../../src/checks/check-boolean.js'
import { checkCount } from '../../../src/checks/check-number.js'
import { isDefinition } from '../../../src/action.js'
import { describeValue } from '../../../src/protocol/values/describe-value.js'
import { ActionInputError } from '../../../src/protocol/errors/errors.js'
import { isTerminal, type Outcome } from '../../../src/protocol/outcome.js'
import { PushStream } from '../../../src/collections/push-stream.js'
import type { BodyScope } from './body.js'
import { ChildHandle } from './child-handle.js'
import { idle, refusal, rejectLater, waitFor } from './waits.js'
import { wireOptions } from './wire-options.js'

/** How many children `map` has at a time unless told otherwise. */
const DEFAULT_CONCURRENCY = 256

type Handles = readonly PromiseLike<unknown>[]
type Settled = { readonly outcome: Outcome<unknown> | undefined }

/** Waits for all; fails fast. */
export function all(within: BodyScope, handles: Handles, options: StopOptions = {}): Promise<unknown[]> {
  return decide(within, handles, options, () => {
    const outputs = allOutputs(handles)
    const earliest = firstFailure(handles)
    if (earliest === undefined) return outputs
    outputs.catch(() => {})
    return Promise.reject(earliest.error)
  })
}

/** What `Promise.all` gives for them, with one promise for all those handles that haven't ended. */
function allOutputs(handles: Handles): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    const outputs: unknown[] = Array.from({ length: handles.length })
    let left = 1
    const oneHasEnded = (): void => {
      left -= 1
      if (left > 0) return
      for (let at = 0; at < handles.length; at += 1) {
        const handle = handles[at]
        if (handle instanceof BaseHandle) outputs[at] = outputNow(handle)
      }
      resolve(outputs)
    }
    const watcher: EndWatcher = {
      ended({ outcome }) {
        if (outcome === undefined || outcome.status === 'succeeded') oneHasEnded()
        else reject(outcome.error)
      },
    }
    // By index, here and above: this runs once for a great many, and each step of an iterator would leave an object.
    for (let at = 0; at < handles.length; at += 1) {
      const handle = handles[at] as PromiseLike<unknown>
      left += 1
      if (handle instanceof BaseHandle && handle.watchedBy(watcher)) continue
      outputOf(handle).then((output) => {
        outputs[at] = output
        oneHasEnded()
      }, reject)
    }
    oneHasEnded()
  })
}

function outputNow({ outcome }: Settled): unknown {
  return outcome?.status === 'succeeded' ? outcome.output : undefined
}

/** The first output that is accepted. */
export function first(
  within: BodyScope,
  handles: Handles,
  accept: ((output: never, index: number) => unknown) | undefined,
  options: StopOptions = {},
): Promise<unknown> {
  return decide(within, handles, options, async () => {
    const ended = new PushStream<{ index: number; output?: unknown; error?: unknown; failed: boolean }>()
    for (const [index, handle] of inOrderOfEnd(handles)) {
      outputOf(handle).then(
        (output) => ended.push({ index, output, failed: false }),
        (error: unknown) => ended.push({ index, error, failed: true }),
      )
    }
    const failures: { readonly index: number; readonly error: unknown }[] = []
    for (let left = handles.length; left > 0; left -= 1) {
      const { value } = await ended.next()
      if (value === undefined) break
      // Handles of others answer although the body has ended: nothing of its code goes on by that (S15).
      if (!within.body.isAlive) return new Promise<never>(() => {})
      if (value.failed) failures.push({ index: value.index, error: value.error })
      else if (typeof accept !== 'function' || (await accept(value.output as never, value.index)))
        return value.output
    }
    // In the order in which they were given, as `Promise.any` has them.
    const errors = failures.toSorted((one, other) => one.index - other.index).map(({ error }) => error)
    const refused = handles.length - errors.length
    throw new AggregateError(
      errors,
      `ctx.first in action ${within.body.info.id}: of ${handles.length} actions, ${errors.length} failed and ${refused} were not accepted`,
    )
  })
}

/** The actions as they end. */
export function completed(
  within: BodyScope,
  handles: Iterable<Settling>,
): AsyncGenerator<Completion<Settling>, undefined> {
  // Now, and not when the first one is asked for: from here on they are heard of (S19).
  const given = givenTo(within, handles)
  if (Array.isArray(given)) hear(given)
  return yieldCompleted(within, given)
}

async function* yieldCompleted(
  within: BodyScope,
  handles: readonly Settling[] | ActionInputError,
): AsyncGenerator<Completion<Settling>, undefined> {
  if (!Array.isArray(handles)) throw handles
  // Of none there is nothing to wait for, and so nothing that an abort could end (S12).
  const refused = refusal(within)
  if (refused !== undefined) await rejectLater(within, refused)
  const ended = new PushStream<Completion<Settling>>()
  const given = inOrderOfEnd(handles as readonly Settling[])
  for (const [index, handle] of given) {
    const end = handle instanceof BaseHandle ? handle.watch() : handle.settled()
    void end.then((outcome) => ended.push({ handle, index, outcome }))
  }
  for (let left = given.length; left > 0; left -= 1) {
    const { value } = await idle(within, ended.next())
    if (value !== undefined) yield value
  }
}

/** The handles that `completed` was given, or what is wrong with them. */
function givenTo(within: BodyScope, handles: unknown): readonly Settling[] | ActionInputError {
  const { run, id, name } = within.body.info
  const of = `ctx.completed in action ${id} '${name}'`
  const where = { run, action: id }
  if (typeof handles !== 'object' || handles === null || !(Symbol.iterator in handles)) {
    const message = `${of} was given ${describeValue(handles)}, but needs handles in an array or another iterable`
    return new ActionInputError(message, where)
  }
  const given = [...(handles as Iterable<unknown>)]
  const wrongAt = given.findIndex((one) => typeof (one as Partial<Settling> | null)?.settled !== 'function')
  if (wrongAt === -1) return given as Settling[]
  // The inside of a promise says nothing.
  const shown = isThenable(given[wrongAt]) ? 'a promise' : describeValue(given[wrongAt])
  return new ActionInputError(
    `${of} was given ${shown} at index ${wrongAt}, but needs handles, as ctx.spawn returns them: a plain promise has no outcome`,
    where,
  )
}

/** Those who are given to a combinator are heard of, also where it can't do what it was asked for (S19). */
export function hear(handles: Iterable<unknown>): void {
  for (const handle of handles) if (handle instanceof BaseHandle) void handle.watch()
}

/** A bounded fan-out. `spawn` starts a child, which waits for room in the queue rather than fail. */
export function map(
  within: BodyScope,
  definition: { readonly name: string },
  spawn: (input: unknown, options?: SpawnOptions) => ChildHandle,
  inputs: Iterable<unknown> | AsyncIterable<unknown>,
  options: MapOptions & StopOptions = {},
): Promise<unknown[]> {
  const { info } = within.body
  const of = `ctx.map in action ${info.id} '${info.name}'`
  let concurrency: number
  let forChildren: SpawnOptions | undefined
  let iterator: Iterator<unknown> | AsyncIterator<unknown>
  try {
    // At once, and not by each of its children: there may be none.
    if (!isDefinition(definition)) {
      throw new ActionInputError(
        `${of} was given ${describeValue(definition)}, but needs what action() or actionRef() returned`,
      )
    }
    checkCallOptions(options, MAP_OPTIONS, of)
    // How many and what it gives is map's; the other options are each child's.
    const { concurrency: most = DEFAULT_CONCURRENCY, outcomes, ...others } = options
    concurrency = checkCount(most, of, 'concurrency', 1)
    if (outcomes !== undefined) checkBoolean(outcomes, of, 'outcomes')
    if (Reflect.ownKeys(others).length > 0) {
      wireOptions(others, definition.name, undefined, true)
      forChildren = others
    }
    iterator = iterate(inputs, of)
  } catch (error) {
    return rejectLater(within, error)
  }

  const live = new Set<ChildHandle>()
  const results: unknown[] = []
  let failure: { readonly error: unknown } | undefined
  /** Wakes the loop: a child has ended. */
  let wake: (() => void) | undefined

  const start = (input: unknown, index: number): void => {
    const child = spawn(input, forChildren)
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
      for (let index = 0; failure === undefined && !within.scope.isNoted;) {
        if (live.size >= concurrency) {
          await childEnds()
          continue
        }
        const step = iterator.next()
        // A failure must not wait for an input that may never come.
        const next =
          step instanceof Promise ? await takeUnless(step, () => failure !== undefined, childEnds) : step
        if (next === undefined) break
        // As in a loop over it: nothing would ever end one whose steps are no objects.
        if (Object(next) !== next) throw new TypeError(`${of}: a step of the inputs is no object`)
        if (next.done === true) {
          finished = true
          break
        }
        if (within.scope.isNoted || failure !== undefined) break
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
  return decide(within, live, options, run, () => {
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
  if (typeof inputs === 'string') return (inputs as Iterable<unknown>)[Symbol.iterator]()
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
    `${of}: the inputs are ${describeValue(inputs)}, but must be an iterable or an async iterable`,
  )
}

/**
 * Runs what decides, then stops what is left of the own children and waits for them. An abort of the action decides
 * too, and then its reason is the answer, whatever the children did.
 */
async function decide<Value>(
  within: BodyScope,
  handles: Iterable<PromiseLike<unknown>>,
  options: StopOptions,
  run: () => Promise<Value>,
  onDecided?: () => void,
): Promise<Value> {
  const { body, scope } = within
  const refused = refusal(within)
  if (refused !== undefined) {
    for (const handle of handles) outputOf(handle).then(undefined, () => {})
    await settleOwn(within, handles)
    return rejectLater(within, refused)
  }
  // A wait of its own: parked until it is decided, rejected by an abort.
  const decided = waitFor<Value>(within, (resolve, reject) => {
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
        if (isOwn(handle, within) && !isTerminal(handle.phase)) {
          body.children.cancel(handle.id, 'no longer needed', options)
        }
      }
    }
    await settleOwn(within, handles)
  }
}

/** What it gives, without parking: the combinator's wait does that, and ends when it is decided (S1). */
function outputOf(handle: PromiseLike<unknown>): PromiseLike<unknown> {
  // What isn't a promise at all is an output, as in `Promise.all`.
  return handle instanceof BaseHandle ? handle.watchOutput() : Promise.resolve(handle)
}

/** Of those that have ended already, the first one that hasn't succeeded. */
function firstFailure(handles: Handles): Exclude<Outcome<unknown>, { status: 'succeeded' }> | undefined {
  let earliest: Exclude<Outcome<unknown>, { status: 'succeeded' }> | undefined
  for (let at = 0; at < handles.length; at += 1) {
    const handle = handles[at]
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

async function settleOwn(within: BodyScope, handles: Iterable<PromiseLike<unknown>>): Promise<void> {
  const given = [...handles]
  for (let at = 0; at < given.length; at += 1) {
    const handle = given[at] as PromiseLike<unknown>
    if (isOwn(handle, within) && !isTerminal(handle.phase)) await handle.settled()
  }
}

function isOwn(handle: PromiseLike<unknown>, { body }: BodyScope): handle is ChildHandle {
  return handle instanceof ChildHandle && handle.belongsTo(body)
}
