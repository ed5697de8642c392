// Finds out when what was sent to a thread has started: by the first message of the body, or by its claim word, since
// nothing is told while a thread computes (S11). From the start on, an attempt's run time counts.

import { ClaimState } from '../protocol/claims.js'
import type { ResolvedActionOptions } from '../protocol/resolved-options.js'
import type { ActionNode } from './action-node.js'
import type { Supervisor } from './supervisor.js'

/** How often the claim words of what was sent are looked at, in milliseconds, while something hasn't started. */
const SWEEP_MS = 5

/** What was sent and isn't known to have started. */
export class Starts {
  readonly #supervisor: Supervisor
  readonly #unstarted = new Set<ActionNode>()
  #sweeping = false

  constructor(supervisor: Supervisor) {
    this.#supervisor = supervisor
  }

  /** It was sent; it may have started since. */
  expect(node: ActionNode): void {
    this.#unstarted.add(node)
    this.#sweepSoon()
  }

  /** It isn't on a lane any more. */
  forget(node: ActionNode): void {
    this.#unstarted.delete(node)
  }

  /** Looks whether it has started, by its claim word. */
  noteIfClaimed(node: ActionNode): void {
    if (node.line === undefined || !this.#unstarted.has(node)) return
    const claim = node.line.claim(node)
    if (claim === ClaimState.running || claim === ClaimState.parked) this.note(node)
  }

  /** It has started: now, as far as is known. Does nothing if that was known. */
  note(node: ActionNode, startedAt: number = this.#supervisor.now()): void {
    if (!this.#unstarted.delete(node)) return
    node.began = true
    this.#letGoOfInput(node)
    node.startedAt = startedAt
    node.thread = node.line?.thread
    node.clearTimer('queuedMs')
    this.#supervisor.dispatch.started(node)
    // Aborting already: its start is on record, but the phase moves on only.
    if (node.phase !== 'queued') return
    this.#supervisor.changePhase(node, 'running')
    this.#watchRunTime(node)
  }

  /** Its module has been loaded: the options of an action that was a mere name are known now. */
  described(node: ActionNode, options: ResolvedActionOptions): void {
    const { definition } = node
    definition.options = options
    definition.optionsKnown = true
    this.#supervisor.dispatch.corrected(node, options.cpu)
    node.cpu = options.cpu
    this.note(node)
    this.#letGoOfInput(node)
    this.#watchRunTime(node)
  }

  /** Its input isn't needed again, unless it may be tried again: an action that is a mere name yet may. */
  #letGoOfInput(node: ActionNode): void {
    const { optionsKnown, options } = node.definition
    if (optionsKnown && options.retries.limit === 0) node.input = undefined
  }

  #watchRunTime(node: ActionNode): void {
    const runMs = node.bound('runMs')
    if (runMs === undefined || node.startedAt === undefined) return
    const { cancellation, now } = this.#supervisor
    const left = runMs - (now() - node.startedAt)
    node.setTimer('runMs', left, () => cancellation.timeOut(node, 'runMs', runMs))
  }

  #sweepSoon(): void {
    if (this.#sweeping) return
    this.#sweeping = true
    setTimeout(() => this.#sweep(), SWEEP_MS)
  }

  #sweep(): void {
    this.#sweeping = false
    for (const node of this.#unstarted) {
      // Timers come before messages: a thread that has just come up may have claimed it, and not be known by its id yet.
      // Its first message is there then; what it has said since may be more than a turn of the loop is for.
      if (node.line?.thread === undefined) node.line?.readOn()
      this.noteIfClaimed(node)
    }
    if (this.#unstarted.size > 0) this.#sweepSoon()
    const { dispatch, now } = this.#supervisor
    dispatch.checkStalled(now())
    // An idle lane may take what is stuck elsewhere.
    dispatch.schedule()
  }
}
