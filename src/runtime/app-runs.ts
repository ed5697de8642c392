// The runs that an app starts: how they are named, what starts them, what they are refused for, and which handles the app
// has of them.

import { listenToAbort } from '../protocol/abort-listener.js'
import { resolvePlace } from '../action-place.js'
import type { CallOptions } from '../options.js'
import { resolvePriority, resolveTimeout } from '../options.js'
import { checkMilliseconds } from '../checks/check-number.js'
import type { Clock } from '../protocol/clock.js'
import { ActionInputError, HeddleError } from '../protocol/errors/errors.js'
import { ROOT_ID } from '../protocol/ids.js'
import type { Outcome } from '../protocol/outcome.js'
import { messageOf } from '../protocol/values/describe-value.js'
import { plainValue } from '../protocol/values/kept-value.js'
import { transfersOf } from '../protocol/transfers.js'
import type { Admission } from './life/admission.js'
import type { Action, ActionParts } from './tree/action.js'
import type { KnownDefinition } from './tree/definition-table.js'
import type { Records } from './tree/records.js'
import { RunHandle, type RunControl } from './tree/run-handle.js'
import { freshName, RunState, type CompleteOutcome, type RunSource } from './tree/run-state.js'
import { specialsOf } from './tree/specials.js'

const NO_OPTIONS: CallOptions = {}

/** What makes the roots of runs live, and counts the calls that it is refused for. */
export interface RootStarter {
  readonly admission: Pick<Admission, 'impossible' | 'refusal' | 'whereOf' | 'admit'>
  refused: number
  createRoot(options: ActionParts): void
}

/** What the runs of an app need. */
export interface AppRunsOptions {
  readonly source: RunSource
  readonly now: Clock
  readonly records: Records
  readonly starter: RootStarter
  readonly control: RunControl
  /** The signal that a call was given wants its run aborted. */
  readonly abortBySignal: (run: RunState<Action>, reason: unknown) => void
}

/** The runs of one runtime. */
export class AppRuns {
  readonly #source: RunSource
  readonly #now: Clock
  readonly #records: Records
  readonly #starter: RootStarter
  readonly #control: RunControl
  readonly #abortBySignal: (run: RunState<Action>, reason: unknown) => void
  #count = 0
  #live = 0

  constructor({ source, now, records, starter, control, abortBySignal }: AppRunsOptions) {
    this.#source = source
    this.#now = now
    this.#records = records
    this.#starter = starter
    this.#control = control
    this.#abortBySignal = abortBySignal
  }

  /** How many haven't settled. */
  get live(): number {
    return this.#live
  }

  /** Starts a run; throws what it is refused for. The options have been checked. `name`: what its root is called. */
  start(
    definition: KnownDefinition,
    input: unknown,
    options: CallOptions = NO_OPTIONS,
    complete?: CompleteOutcome,
    name: string = definition.name,
  ): RunHandle {
    const { signal, timeout, graceMs, priority } = options
    const of = callOf(definition)
    const on = options.on === undefined ? undefined : resolvePlace(options.on, of)
    const { admission } = this.#starter
    const chosen = options.name
    if (chosen !== undefined) this.#checkChosenName(chosen)
    else if (this.#records.hasChosenNames) this.#skipChosenNames(name)
    else this.#count += 1
    if (signal?.aborted !== true) {
      const refused = chosen ?? name
      const refusal =
        admission.impossible(definition, on, ROOT_ID, refused) ??
        admission.refusal(definition, on, ROOT_ID, refused)
      if (refusal !== undefined) throw refusal
    }
    const run = new RunState<Action>(this.#source, this.#count, name, chosen)
    run.complete = complete
    const specials = specialsOf({
      name: name === definition.name ? undefined : name,
      transfers: transfersOf(input),
      timeout: timeout === undefined ? undefined : resolveTimeout(timeout, of),
      graceMs: graceMs === undefined ? undefined : checkMilliseconds(graceMs, of, 'graceMs'),
      on,
      shield: undefined,
      isCleanUp: false,
    })
    this.#starter.createRoot({
      run,
      id: ROOT_ID,
      definition,
      parent: undefined,
      spawner: undefined,
      input,
      where: admission.whereOf(definition, on),
      priority: priority === undefined ? (definition.options.priority ?? 0) : resolvePriority(priority, of),
      specials,
    })
    const handle = new RunHandle(name, run, this.#control)
    run.handle = handle
    this.#live += 1
    if (signal !== undefined) {
      const onAbort = (): void => this.#abortBySignal(run, signal.reason)
      if (signal.aborted) {
        onAbort()
        return handle
      }
      run.unlink = listenToAbort(signal, onAbort)
    }
    admission.admit(run.root)
    return handle
  }

  /** A call that starts something never throws, whatever the options do when they are read. */
  refused(
    kind: 'run' | 'scope',
    definition: KnownDefinition | undefined,
    options: CallOptions | undefined,
    thrown: unknown,
  ): RunHandle {
    this.#starter.refused += 1
    const error =
      thrown instanceof HeddleError
        ? thrown
        : new ActionInputError(`runtime.${kind} can't start: ${messageOf(thrown)}`, { cause: thrown })
    const name = definition?.name ?? kind
    const chosen: unknown = readName(options)
    const refused = new RunHandle(name, typeof chosen === 'string' ? chosen : name)
    const now = this.#now()
    refused.receiveOutcome({ status: 'failed', error, queuedAt: now, settledAt: now })
    return refused
  }

  /** The one that the app holds; where nobody holds it any more, one made of what the record keeps. */
  handleOf(run: RunState<Action>): RunHandle {
    const held = run.handle
    if (held instanceof RunHandle) return held
    const { root } = run
    const handle = new RunHandle(root.name, run, this.#control)
    if (root.lastReport !== undefined) handle.receiveReport(plainValue(root.lastReport))
    handle.recallOutcome(root.outcome as Outcome<unknown>)
    run.handle = handle
    run.letGoOfHandle()
    return handle
  }

  /** The root of a run has settled. */
  settled(run: RunState<Action>, outcome: Outcome<unknown>): void {
    run.unlink?.()
    // It closes over the app's signal.
    run.unlink = undefined
    this.#live -= 1
    const { complete, root, handle } = run
    const completed = complete?.(outcome, { run: run.name, action: root.id }) ?? outcome
    handle?.receiveOutcome(completed)
    run.complete = undefined
    if (holdsMore(completed, root) || handle?.lastReport !== root.lastReport) run.letGoOfHandle()
  }

  /** Numbers a run whose name nobody has chosen: so that it isn't one that somebody has. */
  #skipChosenNames(of: string): void {
    do this.#count += 1
    while (this.#records.isChosenName(freshName(this.#source, this.#count, of)))
  }

  /** A name that the app has chosen must not be that of a live run. */
  #checkChosenName(name: string): void {
    this.#count += 1
    if (this.#records.run(name)?.root.isSettled === false) {
      throw new ActionInputError(`a run '${name}' is live already: give this one another name, or none`)
    }
  }
}

/** Whether the outcome that a handle has holds more than the record of the root keeps. */
function holdsMore(outcome: Outcome<unknown>, root: Action): boolean {
  if (outcome.status === 'succeeded') {
    const { output } = outcome
    return typeof output === 'string' ? output.length > 64 : Object(output) === output
  }
  const kept = root.outcome
  return kept === undefined || !('error' in kept) || kept.error !== outcome.error
}

/** How a call is named in errors. */
function callOf(definition: KnownDefinition): string {
  return `run of action '${definition.name}'`
}

/** The name that a refused call has given: reading it may be what it was refused for. */
function readName(options: unknown): unknown {
  try {
    return (options as CallOptions | undefined)?.name
  } catch {
    return undefined
  }
}
