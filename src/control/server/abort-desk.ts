// Aborts that are asked for through the server: what is meant, what that stops, and how far each has come. A selection is
// found and aborted in one synchronous step, so that it is what the one who asked has seen at one moment.

import { randomBytes } from 'node:crypto'
import type { ActionEvent } from '../../events.js'
import { ROOT_ID } from '../../protocol/ids.js'
import { isTerminal, type Phase } from '../../protocol/outcome.js'
import type { ActionNode } from '../../runtime/action-node.js'
import { isDecided } from '../../runtime/attempt-end.js'
import { abortFromOutside, findAction } from '../../runtime/outside.js'
import type { RuntimeAccess } from '../../runtime/serving.js'
import type { AbortAnswer, AbortProgress } from '../api.js'
import type { ActionEntry, RunIndex } from './catalog.js'

/** How many aborts are remembered. */
const KEPT_OPERATIONS = 1000
const SHOWN_TARGETS = 1000

/** What is asked for. */
export interface AbortOrder {
  readonly reason: string | undefined
  readonly by: string
  readonly graceMs: number | undefined
  readonly force: boolean
  readonly dryRun: boolean
}

/** Which actions of the run are meant: it itself, these, or those that pass a test; those that must pass both. */
export interface AbortTargets {
  readonly ids?: readonly string[] | undefined
  readonly matches?: ((entry: ActionEntry) => boolean) | undefined
}

/** The run itself. */
export const WHOLE_RUN: AbortTargets = { ids: [ROOT_ID] }

/** One abort that was accepted. */
export class AbortOperation {
  readonly run: string
  readonly #progress: { -readonly [Key in keyof AbortProgress]: AbortProgress[Key] }
  /** Those that haven't been told yet, and those that haven't ended. */
  readonly #untold: Set<ActionNode>
  readonly #live: Set<ActionNode>
  /** When its progress was last told to the streams. */
  toldAt = 0

  constructor(
    run: string,
    order: AbortOrder,
    at: number,
    targets: readonly ActionNode[],
    nodes: Set<ActionNode>,
  ) {
    this.run = run
    const live = [...nodes].filter((node) => !node.isSettled)
    this.#live = new Set(live)
    this.#untold = new Set(live.filter((node) => node.abortDeliveredAt === undefined))
    this.#progress = {
      abort: randomBytes(6).toString('hex'),
      run,
      at,
      by: order.by,
      message: order.reason ?? 'aborted from outside',
      ...(order.graceMs !== undefined && { graceMs: order.graceMs }),
      force: order.force,
      targets: targets.slice(0, SHOWN_TARGETS).map((node) => node.id),
      requested: nodes.size,
      acknowledged: nodes.size - this.#untold.size,
      settled: nodes.size - live.length,
      cooperative: 0,
      forced: 0,
      abandoned: 0,
      neverStarted: 0,
    }
    for (const node of nodes) if (node.isSettled) this.#count(node)
    if (live.length === 0) this.#progress.settledAt = at
  }

  get isOver(): boolean {
    return this.#live.size === 0
  }

  /** Those that haven't ended. */
  get live(): ReadonlySet<ActionNode> {
    return this.#live
  }

  /** How far it has come. */
  progress(): AbortProgress {
    return { ...this.#progress }
  }

  /** Takes in an event of an action; whether that was news. */
  take(node: ActionNode, event: ActionEvent): boolean {
    const hasEnded = event.type === 'phase' && isTerminal(event.phase)
    const isTold = (hasEnded || event.type === 'abortSeen') && this.#untold.delete(node)
    if (isTold) this.#progress.acknowledged += 1
    if (hasEnded && this.#live.delete(node)) {
      this.#progress.settled += 1
      this.#count(node)
      if (this.#live.size === 0) this.#progress.settledAt = event.at
      return true
    }
    return isTold
  }

  #count({ outcome }: ActionNode): void {
    if (outcome === undefined || !('how' in outcome)) return
    if (outcome.how === 'never-started') this.#progress.neverStarted += 1
    else this.#progress[outcome.how] += 1
  }
}

/** All aborts that were asked for through one server. */
export class AbortDesk {
  readonly #access: RuntimeAccess
  readonly #operations = new Map<string, AbortOperation>()
  /** Those that aren't over, by the actions that they still wait for. */
  readonly #waiting = new Map<ActionNode, AbortOperation[]>()
  /** What is being stopped by the abort that is just under way. */
  #stopping: Set<ActionNode> | undefined
  /** Called with each one that has come further. */
  onProgress: ((operation: AbortOperation) => void) | undefined

  constructor(access: RuntimeAccess) {
    this.#access = access
  }

  /** Aborts what is meant; `isOne`: that is one action, whose phase is told. Throws an `ActionNotFoundError`, and aborts nothing, if one of the ids isn't known. */
  abort(index: RunIndex, { ids, matches }: AbortTargets, order: AbortOrder, isOne: boolean): AbortAnswer {
    const { supervisor, lanes } = this.#access
    // What has just been spawned or has just ended is known then (S4).
    lanes.drain()
    const { meant, finished, phase } = this.#find(index, ids, matches)
    const targets = topmost(meant)
    const live = liveUnder(targets)
    let accepted = 0
    let stopped: Set<ActionNode>
    let operation: AbortOperation | undefined
    if (order.dryRun) {
      accepted = targets.filter((target) => !isDecided(target)).length
      stopped = new Set([...live].filter((node) => !isDecided(node) && !node.isShielded))
    } else {
      stopped = new Set()
      this.#stopping = stopped
      const { reason, by, graceMs, force } = order
      try {
        for (const target of targets) {
          if (abortFromOutside(supervisor, target, { reason, by, graceMs, force })) accepted += 1
        }
      } finally {
        this.#stopping = undefined
      }
      // Those that were being stopped already end by this one, too.
      for (const node of live) if (node.reason !== undefined) stopped.add(node)
      if (accepted > 0) {
        operation = new AbortOperation(index.name, order, this.#access.now(), targets, stopped)
        this.#keep(operation)
      }
    }
    return {
      run: index.name,
      accepted: accepted > 0,
      dryRun: order.dryRun,
      ...(isOne && phase !== undefined && { phase: meant[0]?.phase ?? phase }),
      matched: meant.length,
      finished,
      requested: accepted === 0 ? 0 : stopped.size,
      ...(operation && { progress: operation.progress() }),
    }
  }

  /** Takes in an event. */
  take(event: ActionEvent, entry: ActionEntry): void {
    const { node } = entry
    if (event.type === 'phase' && event.phase === 'aborting') this.#stopping?.add(node)
    const operations = this.#waiting.get(node)
    if (operations === undefined) return
    if (event.type === 'phase' && isTerminal(event.phase)) this.#waiting.delete(node)
    for (const operation of operations) if (operation.take(node, event)) this.onProgress?.(operation)
  }

  /** The abort of that id. */
  operation(abort: string): AbortOperation | undefined {
    return this.#operations.get(abort)
  }

  /** The aborts of a run, newest first. */
  operations(run: string): AbortOperation[] {
    return [...this.#operations.values()].filter((operation) => operation.run === run).toReversed()
  }

  #keep(operation: AbortOperation): void {
    this.#operations.set(operation.progress().abort, operation)
    for (const node of operation.live) {
      const others = this.#waiting.get(node)
      if (others === undefined) this.#waiting.set(node, [operation])
      else others.push(operation)
    }
    for (const abort of this.#operations.keys()) {
      if (this.#operations.size <= KEPT_OPERATIONS) break
      this.#operations.delete(abort)
    }
    this.onProgress?.(operation)
  }

  #find(
    index: RunIndex,
    ids: readonly string[] | undefined,
    matches: ((entry: ActionEntry) => boolean) | undefined,
  ): { meant: ActionNode[]; finished: number; phase: Phase | undefined } {
    const meant: ActionNode[] = []
    let finished = 0
    let phase: Phase | undefined
    const take = (node: ActionNode): void => {
      phase = node.phase
      if (node.isSettled) finished += 1
      else meant.push(node)
    }
    if (ids === undefined) {
      for (const entry of index.entries) {
        if (entry.isKept && (matches === undefined || matches(entry))) take(entry.node)
      }
      return { meant, finished, phase }
    }
    for (const id of new Set(ids)) {
      const found = findAction(index.run, id)
      if (!('id' in found)) {
        finished += 1
        phase = found.phase
        continue
      }
      const entry = index.entry(id)
      if (matches === undefined || (entry !== undefined && matches(entry))) take(found)
    }
    return { meant, finished, phase }
  }
}

/** Those that no other one of them has under it: the rest ends with these. */
function topmost(nodes: readonly ActionNode[]): ActionNode[] {
  const meant = new Set(nodes)
  return nodes.filter((node) => {
    for (let above = node.parent; above !== undefined; above = above.parent)
      if (meant.has(above)) return false
    return true
  })
}

/** They and all that is live under them. */
function liveUnder(nodes: readonly ActionNode[]): Set<ActionNode> {
  const live = new Set(nodes)
  for (const node of live) for (const child of node.children) live.add(child)
  return live
}
