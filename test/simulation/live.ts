// Live actions and runs, as their runtime knows them.

/** The abort of an action, as its runtime knows it. */
interface InnerAbort {
  readonly deadline: number | undefined
  readonly graceEndsAt: number
  readonly requestedAt: number | undefined
}

/** A live action, as its runtime knows it. */
export interface LiveAction {
  readonly id: string
  readonly run: { readonly name: string }
  readonly definition: { readonly name: string }
  readonly parent: LiveAction | undefined
  readonly spawner: LiveAction | undefined
  /** The attempt that has spawned it. */
  readonly spawnedBy: { readonly line: object | undefined } | undefined
  readonly phase: string
  readonly attempt: number
  readonly isSettled: boolean
  readonly placement: string
  readonly isDecided: boolean
  readonly isShielded: boolean
  readonly hasEnded: boolean
  readonly forceAt: number
  readonly graceMs: number
  readonly life: { readonly stage: string }
  readonly abort: InnerAbort
  readonly reason: { readonly source: string; readonly origin: string; readonly at: number } | undefined
  readonly needs: unknown
  /** Where it may run: the same for all that wait in one queue. `takesOne`: on a lane elsewhere that holds what it needs. */
  readonly where: {
    readonly here?: object | undefined
    readonly elsewhere?: { readonly takesOne?: boolean } | undefined
  }
  readonly queuedAt: number
  readonly startedAt: number | undefined
  bound(name: 'deadlineMs' | 'runMs'): number | undefined
  readonly line:
    | {
        readonly thread: number | undefined
        /** Whether it leads to another machine. */
        readonly isFar: boolean
        claim(action: LiveAction): number | undefined
      }
    | undefined
  /** The indices that it holds, by resource. */
  readonly granted: Readonly<Record<string, readonly number[]>> | undefined
  readonly children: Iterable<LiveAction>
}

/** A run, as its runtime knows it. */
export interface InnerRun {
  readonly name: string
  readonly root: LiveAction
}

/** What the scheduler knows of an action. */
export interface Shared {
  readonly id: string
  readonly run: InnerRun
  readonly cpu: number
  readonly phase: string
  readonly placement: string
  readonly isCleanUp: boolean
  readonly needs: unknown
  readonly charged: number | undefined
  readonly where: LiveAction['where']
}

/** What the queue knows of an action. */
export interface Waiting extends LiveAction, Shared {
  readonly run: InnerRun
  readonly priority: number
  readonly depth: number
  readonly sequence: number
}

/** Whether one belongs ahead of another: of all, or within its run. */
export function isAhead(one: Waiting, other: Waiting): boolean {
  if (one.isCleanUp !== other.isCleanUp) return one.isCleanUp
  if (one.run !== other.run) return false
  if (one.priority !== other.priority) return one.priority > other.priority
  if (one.depth !== other.depth) return one.depth > other.depth
  return one.sequence < other.sequence
}
