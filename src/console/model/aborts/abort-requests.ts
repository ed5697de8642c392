// The aborts that were asked for on this page, from the answer of the server until they are dismissed: each with the ids that it
// was aimed at, how far it has come, and what is left to be forced.

import { signal, type ReadonlySignal } from '@preact/signals'
import type { AbortProgress } from '../../../control/api.js'
import { planAbort, type AbortPlan, type AbortTarget } from './abort-target.js'
import { NONE } from '../runs/action-table.js'
import type { RunStore } from '../runs/run-store.js'
import { sendAbort, type AbortWish } from './send-abort.js'
import { isolated } from '../words/show-name.js'

/** One abort that was asked for. */
export interface AskedAbort {
  readonly key: number
  readonly label: string
  readonly wish: AbortWish
  /** Ids that it was aimed at. */
  readonly ids: readonly string[]
  /** Of the server's requests that it took: by them its progress is found. */
  readonly aborts: readonly string[]
  /** Of what it was aimed at: had ended already. */
  readonly finished: number
  /** `Force now` has been sent; or has failed, and why. */
  readonly forcing: 'no' | 'sent' | { readonly failure: string }
}

/** Looks for the next use of force among so many actions at most. */
const MOST_LOOKED_AT = 2000

/** The aborts of one run. */
export class AbortRequests {
  readonly #store: RunStore
  readonly #asked = signal<readonly AskedAbort[]>([])
  #key = 0

  constructor(store: RunStore) {
    this.#store = store
  }

  /** In the order in which they were asked for, until they are dismissed. */
  get asked(): ReadonlySignal<readonly AskedAbort[]> {
    return this.#asked
  }

  /** Asks for it. Rejects if the server refuses, and then nothing was aborted. */
  async send(target: AbortTarget, plan: AbortPlan, wish: AbortWish): Promise<void> {
    const answers = await sendAbort(this.#store, target, plan.ids, wish)
    for (const { progress } of answers) if (progress !== undefined) this.#store.tookProgress(progress)
    const asked: AskedAbort = {
      key: (this.#key += 1),
      label: nameTarget(this.#store, target, plan),
      wish,
      ids: plan.ids,
      aborts: answers.flatMap(({ progress }) => (progress === undefined ? [] : [progress.abort])),
      finished: answers.reduce((sum, { finished }) => sum + finished, 0),
      forcing: wish.force ? 'sent' : 'no',
    }
    this.#asked.value = [...this.#asked.peek(), asked]
  }

  /** Forces at once whatever of it still lives. */
  async forceNow({ key, ids, wish }: AskedAbort): Promise<void> {
    this.#change(key, { forcing: 'sent' })
    const target: AbortTarget = { kind: 'actions', ids, label: '' }
    try {
      const { ids: live } = planAbort(this.#store.table.peek(), target)
      await sendAbort(this.#store, target, live, { ...wish, graceMs: undefined, force: true })
    } catch (error) {
      this.#change(key, { forcing: { failure: error instanceof Error ? error.message : String(error) } })
    }
  }

  dismiss(key: number): void {
    this.#asked.value = this.#asked.peek().filter((asked) => asked.key !== key)
  }

  /** How far it has come: many ids go in several requests, which are one abort here. */
  progressOf({ aborts }: AskedAbort): AbortProgress | undefined {
    const all = this.#store.progress.value
    const parts = aborts.flatMap((abort) => all.get(abort) ?? [])
    return parts.length === 0 ? undefined : joined(parts)
  }

  /** When force comes next to what is under it; NaN where nothing has a moment for that yet. */
  nextForceAt({ ids }: AskedAbort): number {
    const table = this.#store.table.peek()
    const { rows } = planAbort(table, { kind: 'actions', ids, label: '' })
    let next = Number.NaN
    for (const row of rows.slice(0, MOST_LOOKED_AT)) {
      const forceAt = table.forceAt[row]!
      if (!(forceAt >= next)) next = Number.isNaN(forceAt) ? next : forceAt
    }
    return next
  }

  #change(key: number, part: Partial<AskedAbort>): void {
    this.#asked.value = this.#asked.peek().map((asked) => (asked.key === key ? { ...asked, ...part } : asked))
  }
}

/** What a target is called: the run, an action, the first few of several. */
function nameTarget(store: RunStore, target: AbortTarget, { ids }: AbortPlan): string {
  if (target.kind === 'run') return `the run ${isolated(store.run)}`
  if (target.kind === 'action') return `${isolated(target.name)} (${target.id})`
  return nameActions(store, ids)
}

/** Names of actions: of the first five, and how many more there are. */
export function nameActions(store: RunStore, ids: readonly string[]): string {
  const table = store.table.peek()
  const names = ids.slice(0, 5).map((id) => {
    const row = table.rowOf(id)
    return row === NONE ? id : isolated(table.names[row]!)
  })
  const more = ids.length - names.length
  return `${names.join(', ')}${more > 0 ? ` and ${more.toLocaleString('en-US')} more` : ''}`
}

function joined(parts: readonly AbortProgress[]): AbortProgress {
  const sum = (of: (part: AbortProgress) => number): number =>
    parts.reduce((total, part) => total + of(part), 0)
  const ends = parts.map(({ settledAt }) => settledAt ?? Number.NaN)
  const lastEnd = Math.max(...ends)
  const { settledAt: _, ...first } = parts[0] as AbortProgress
  return {
    ...first,
    requested: sum(({ requested }) => requested),
    acknowledged: sum(({ acknowledged }) => acknowledged),
    settled: sum(({ settled }) => settled),
    cooperative: sum(({ cooperative }) => cooperative),
    forced: sum(({ forced }) => forced),
    abandoned: sum(({ abandoned }) => abandoned),
    neverStarted: sum(({ neverStarted }) => neverStarted),
    ...(!Number.isNaN(lastEnd) && { settledAt: lastEnd }),
  }
}
