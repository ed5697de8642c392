// How actions come into the tree: roots, and the children that bodies spawn; whom each is bound to, and whether it may
// start at all.

import type { AbortReason } from '../protocol/abort-reason.js'
import { decodeError } from '../protocol/decode-error.js'
import { childIndex } from '../protocol/ids.js'
import type { SpawnMessage, ToRuntime, WireSpawnOptions } from '../protocol/messages.js'
import type { Lane } from '../threads/lane.js'
import { phaseEvent } from './action-events.js'
import { ActionNode, type NodeDefaults, type NodeOptions } from './action-node.js'
import { endReason } from './attempt-end.js'
import type { DefinitionTable, KnownDefinition } from './definition-table.js'
import { traceSpawn } from './diagnostics.js'
import type { Supervisor } from './supervisor.js'

/** Makes nodes. */
export class Spawning {
  readonly #supervisor: Supervisor
  readonly #definitions: DefinitionTable
  readonly #nodeDefaults: NodeDefaults
  /** Numbers of definitions are given per lane, by its host. */
  readonly #definitionsByLane = new WeakMap<Lane<ActionNode>, KnownDefinition[]>()
  /** How many actions there have been. */
  count = 0

  constructor(supervisor: Supervisor, definitions: DefinitionTable, nodeDefaults: NodeDefaults) {
    this.#supervisor = supervisor
    this.#definitions = definitions
    this.#nodeDefaults = nodeDefaults
  }

  /** Creates the root of a run, which isn't admitted yet. */
  createRoot(options: NodeOptions): void {
    options.run.root = this.#createNode(options)
  }

  /** A host names a definition. */
  defined(lane: Lane<ActionNode>, message: ToRuntime & { type: 'define' }): void {
    const { definition, url, name, options } = message
    this.#definitionsOf(lane)[definition] = this.#definitions.get(url, name, options)
  }

  /** A body has spawned a child. */
  spawn(lane: Lane<ActionNode>, spawner: ActionNode, message: SpawnMessage): void {
    const options: WireSpawnOptions = message.options ?? {}
    const definition = this.#definitionsOf(lane)[message.definition] as KnownDefinition
    const { run } = spawner
    const parent = options.detached === true ? run.root : spawner
    if (parent !== spawner) spawner.sawOtherChild()
    const defaults = definition.options
    spawner.sawIndex(childIndex(message.id))
    const node = this.#createNode({
      run,
      id: message.id,
      name: options.name ?? definition.name,
      definition,
      parent,
      spawner,
      input: message.input,
      transfers: (message.transfer ?? []) as readonly object[],
      timeout: options.timeout,
      graceMs: options.graceMs,
      // Clean-up goes ahead of everything (S14).
      priority:
        options.shield === undefined ? (options.priority ?? defaults.priority ?? spawner.priority) : Infinity,
      shield: options.shield,
    })
    const { admission, cancellation, now } = this.#supervisor
    const reason = this.#reasonAgainst(parent, options)
    if (reason !== undefined) {
      cancellation.abort(node, reason)
    } else if (options.aborted === undefined) {
      admission.admit(node, options.waitForRoom === true)
    } else {
      const { message: text, cause } = options.aborted
      cancellation.abort(node, {
        source: 'signal',
        message: text ?? 'the signal was aborted',
        origin: node.id,
        at: now(),
        ...(cause && { cause: decodeError(cause.error) }),
      })
    }
  }

  /** Why a child of that parent must not start, if so. */
  #reasonAgainst(parent: ActionNode, options: WireSpawnOptions): AbortReason | undefined {
    if (parent.ending !== undefined && parent.ending.kind !== 'stopped')
      return endReason(parent, this.#supervisor.now())
    if (parent.phase !== 'aborting') return undefined
    return options.shield !== undefined && !parent.graceOver ? undefined : parent.reason
  }

  #definitionsOf(lane: Lane<ActionNode>): KnownDefinition[] {
    let definitions = this.#definitionsByLane.get(lane)
    if (definitions === undefined) this.#definitionsByLane.set(lane, (definitions = []))
    return definitions
  }

  #createNode(options: NodeOptions): ActionNode {
    this.count += 1
    const { now, live, events, observer } = this.#supervisor
    const node = new ActionNode(options, this.count, now(), this.#nodeDefaults)
    if (options.parent !== undefined) {
      options.run.nodes.set(node.id, node)
      options.parent.addChild(node)
    }
    live.queued += 1
    if (options.run.isWatched) void node.actor
    observer?.spawned(node)
    traceSpawn(node)
    events.publish(phaseEvent, node, node.queuedAt)
    return node
  }
}
