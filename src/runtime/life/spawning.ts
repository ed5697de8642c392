// Spawning of actions into the tree: roots, and the children that bodies spawn; whom each is bound to, and whether it may
// start at all.

import { endReason } from '../../../actors/attempt-end.js'
import type { AbortReason } from '../../protocol/errors/abort-reason.js'
import { decodeError } from '../../protocol/errors/decode-error.js'
import { childIndex } from '../../protocol/ids.js'
import type { SpawnMessage, ToRuntime, WireSpawnOptions } from '../../protocol/messages.js'
import type { Lane } from '../../threads/lane.js'
import { phaseEvent } from '../observe/action-events.js'
import { Action, type ActionDefaults, type ActionParts } from '../tree/action.js'
import type { DefinitionTable, KnownDefinition } from '../tree/definition-table.js'
import { traceSpawn } from '../observe/diagnostics.js'
import type { Clock } from '../../protocol/clock.js'
import { NO_TRANSFERS, specialsOf } from '../tree/specials.js'
import type { EventLog } from '../observe/event-log.js'
import type { AttemptTicket } from '../../protocol/claims.js'
import type { ActionObserver } from '../runtime-access.js'
import type { UntoldFailure } from '../tree/untold-failures.js'
import type { Admission } from './admission.js'

/** What becomes of an action that has been spawned. */
export interface SpawnedLife {
  readonly now: Clock
  readonly events: Pick<EventLog, 'publish'>
  /** Live actions by phase. */
  readonly live: { queued: number }
  readonly observer: ActionObserver | undefined
  /** A child is refused: it never comes to be. */
  refuse(lane: Lane<Action>, spawner: Action, ticket: AttemptTicket, child: UntoldFailure): void
  /** Its input couldn't be read: it never starts. */
  inputUnreadable(action: Action, why: string): void
}

/** What stops an action that must not start. */
export interface SpawnAborts {
  abort(action: Action, reason: AbortReason): boolean
}

/** What spawning needs. */
export interface SpawningOptions {
  readonly life: SpawnedLife
  readonly admission: Pick<Admission, 'whereOf' | 'impossible' | 'refusal' | 'admit'>
  readonly aborts: SpawnAborts
  readonly definitions: DefinitionTable
  /** What all actions share. */
  readonly defaults: ActionDefaults
}

const NO_OPTIONS: WireSpawnOptions = {}

/** Makes actions. */
export class Spawning {
  readonly #life: SpawnedLife
  readonly #admission: Pick<Admission, 'whereOf' | 'impossible' | 'refusal' | 'admit'>
  readonly #aborts: SpawnAborts
  readonly #definitions: DefinitionTable
  readonly #defaults: ActionDefaults
  /** Numbers of definitions are given per lane, by its host. */
  readonly #definitionsByLane = new WeakMap<Lane<Action>, KnownDefinition[]>()
  /** How many actions there have been. */
  count = 0

  constructor({ life, admission, aborts, definitions, defaults }: SpawningOptions) {
    this.#life = life
    this.#admission = admission
    this.#aborts = aborts
    this.#definitions = definitions
    this.#defaults = defaults
  }

  /** Creates the root of a run, which isn't admitted yet. */
  createRoot(options: ActionParts): void {
    options.run.root = this.#create(options)
  }

  /** A host names a definition. */
  defined(lane: Lane<Action>, message: ToRuntime & { type: 'define' }): void {
    const { definition, url, name, options } = message
    this.#definitionsOf(lane)[definition] = this.#definitions.get(url, name, options)
  }

  /** A body has spawned a child. `unreadable`: why its input couldn't be read, if so. */
  spawn(lane: Lane<Action>, spawner: Action, message: SpawnMessage, unreadable: string | undefined): void {
    const options: WireSpawnOptions = message.options ?? NO_OPTIONS
    const definition = this.#definitionsOf(lane)[message.definition] as KnownDefinition
    const { run } = spawner
    const isDetached = options.detached === true
    const parent = isDetached ? run.root : spawner
    const defaults = definition.options
    spawner.noteIndex(childIndex(message.id))
    const reason = this.#reasonAgainst(parent, options)
    // What a clean-up spawns is a clean-up, too: the first one waits for it.
    const isCleanUp = options.shield !== undefined || (spawner.isCleanUp && !isDetached)
    const isAskedFor = reason === undefined && options.aborted === undefined
    if (isAskedFor) {
      const mayBeFull = !isCleanUp && options.waitForRoom !== true
      const refusal =
        this.#admission.impossible(definition, options.on, message.id, run.name) ??
        (mayBeFull ? this.#admission.refusal(definition, options.on, message.id, run.name) : undefined)
      if (refusal !== undefined) {
        const name = options.name ?? definition.name
        const child = { id: message.id, name, status: 'failed', error: refusal } as const
        this.#life.refuse(lane, spawner, message.ticket, child)
        return
      }
    }
    if (parent !== spawner) spawner.ownChildren.mayBeUnheard = true
    const action = this.#create({
      run,
      id: message.id,
      definition,
      parent,
      spawner,
      input: message.input,
      where: this.#admission.whereOf(definition, options.on),
      priority: options.priority ?? defaults.priority ?? spawner.priority,
      specials: specialsOf({
        name: options.name,
        transfers: (message.transfer ?? NO_TRANSFERS) as readonly object[],
        timeout: options.timeout,
        graceMs: options.graceMs,
        on: options.on,
        // A detached child is bound to the root, and not to the block.
        shield: isDetached ? undefined : options.shield,
        isCleanUp,
        trial: options.trial,
      }),
    })
    if (reason !== undefined) {
      this.#aborts.abort(action, reason)
    } else if (unreadable !== undefined && options.aborted === undefined) {
      this.#life.inputUnreadable(action, unreadable)
    } else if (options.aborted === undefined) {
      this.#admission.admit(action, options.waitForRoom === true)
    } else {
      const { message: text, cause } = options.aborted
      this.#aborts.abort(action, {
        source: 'signal',
        message: text ?? 'the signal was aborted',
        origin: action.id,
        at: this.#life.now(),
        ...(cause && { cause: decodeError(cause.error) }),
      })
    }
  }

  /** Why a child of that parent must not start, if so. */
  #reasonAgainst(parent: Action, options: WireSpawnOptions): AbortReason | undefined {
    const { ending } = parent.life
    if (ending !== undefined && ending.kind !== 'stopped') return endReason(ending, parent, this.#life.now())
    if (parent.phase !== 'aborting') return undefined
    return options.shield !== undefined && options.detached !== true && !parent.graceOver
      ? undefined
      : parent.reason
  }

  #definitionsOf(lane: Lane<Action>): KnownDefinition[] {
    let definitions = this.#definitionsByLane.get(lane)
    if (definitions === undefined) this.#definitionsByLane.set(lane, (definitions = []))
    return definitions
  }

  #create(options: ActionParts): Action {
    this.count += 1
    const { now, live, events, observer } = this.#life
    const action = new Action(options, this.count, now(), this.#defaults)
    if (options.parent !== undefined) {
      options.run.actions.set(action.id, action)
      options.parent.ownChildren.add(action)
    }
    live.queued += 1
    // Held from before anybody sees it, who may end it.
    const line = action.spawnedBy?.line
    if (line !== undefined) line.handles += 1
    observer?.spawned(action)
    events.publish(phaseEvent, action, action.queuedAt)
    // Last: whoever inspects or traces it may abort it from within.
    if (options.run.isWatched) void action.actor
    traceSpawn(action)
    return action
  }
}
