// Looks whether what is next in the queue waits though there is room for it (S1): whatever has made the room, what fits is sent
// at the end of that very tick.

import { isAhead, type Waiting } from './live.js'
import type { Breaks } from './state.js'

/** The lanes of a runtime, as far as something may be placed on them. */
export interface Places {
  readonly fleet: {
    lanesHere(): Iterable<{ readonly load: Load }>
    canOpen(role: 'cpu' | 'shared'): boolean
  }
}

interface Load {
  readonly role: string
  readonly held: number
  readonly accepting: boolean
  readonly silent: boolean
}

const EPSILON = 1e-9
/** How long a lane may be missing: of a thread that has died, the exit is told a little after its port is closed. */
const MISSING_MS = 50

/** Since when a lane is missing, and beside which last one. */
export type Missing = Partial<
  Record<'cpu' | 'shared', { readonly since: number; readonly beside: object | undefined } | undefined>
>

/** What waits in the queue at one moment. */
export class Queue {
  /** Of each run the first one; only of those that go ahead of all others, whichever those are. */
  readonly #heads = new Map<Waiting['run'], Waiting>()
  #rank = 0
  /** The first of those that need no share. */
  #coordinator: Waiting | undefined

  /** Takes in one that lives. */
  note(action: Waiting): void {
    const { placement, phase, cpu, needs, granted, run } = action
    // What waits for a resource isn't in this queue.
    if (placement !== 'queued' || phase !== 'queued' || (needs !== undefined && granted === undefined)) return
    if (cpu === 0) {
      this.#coordinator ??= action
      return
    }
    const rank = action.isCleanUp ? 2 : needs === undefined ? 0 : 1
    if (rank < this.#rank) return
    if (rank > this.#rank) this.#heads.clear()
    this.#rank = rank
    const first = this.#heads.get(run)
    if (first === undefined || isAhead(action, first)) this.#heads.set(run, action)
  }

  /** Looks whether there is room. Which run is next is the scheduler's: whoever it is must have none. */
  look(
    { fleet }: Places,
    now: number,
    missing: Missing,
    { breaks, cover }: { readonly breaks: Breaks; readonly cover: (rule: string) => void },
  ): void {
    const beside = [...fleet.lanesHere()].at(-1)?.load
    /** Whether one more has been missing for a while: for whom it would be, and beside which last one. */
    const isMissing = (role: 'cpu' | 'shared', isWaiting: boolean): boolean => {
      const before = missing[role]
      if (!isWaiting || !fleet.canOpen(role)) missing[role] = undefined
      else if (before === undefined || before.beside !== beside) missing[role] = { since: now, beside }
      return missing[role] === before && before !== undefined && now - before.since > MISSING_MS
    }
    const isCpuMissing = isMissing('cpu', this.#heads.size > 0)
    const isSharedMissing = isMissing('shared', this.#coordinator !== undefined)
    const coordinator = this.#coordinator
    const shared = [...fleet.lanesHere()].filter(({ load }) => load.role === 'shared')
    if (shared.some(({ load }) => load.silent) && shared.some(({ load }) => !load.silent && load.accepting))
      cover('S6 second')
    if (coordinator !== undefined) {
      const isServed = [...fleet.lanesHere()].some(
        ({ load }) => (load.role === 'shared' || load.role === 'all') && load.accepting && !load.silent,
      )
      if (isServed || isSharedMissing)
        breaks('S1', `${name(coordinator)} needs no share, and waits though a thread would take it`)
    }
    if (this.#heads.size === 0) return
    cover('S1 room')
    const loads = [...fleet.lanesHere()].map(({ load }) => load).filter(isPlace)
    let fitting: Waiting | undefined
    for (const head of this.#heads.values()) {
      if (!isCpuMissing && !loads.some(({ held }) => held + head.cpu <= 1 + EPSILON)) return
      fitting ??= head
    }
    if (fitting === undefined) return
    const held = loads.map((load) => load.held).join(', ')
    breaks(
      'S1',
      `${name(fitting)} of ${fitting.cpu} waits, and there is room: ${isCpuMissing ? 'a lane may be opened' : `lanes hold ${held}`}`,
    )
  }
}

function isPlace({ role, accepting }: Load): boolean {
  return accepting && (role === 'cpu' || role === 'all')
}

function name({ run, id }: Waiting): string {
  return `${run.name} ${id}`
}
