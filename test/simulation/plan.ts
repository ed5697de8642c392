// What a simulated app does, as plain data: runs, what their bodies do, and what is done to them. Plain, so that it can be
// copied to threads, shown, and shrunk.

import type { ActionPlace } from '../../src/index.js'
import type { MachineClock } from './thread.js'

/** Which definition follows a plan. Of `logic`, the body is an actor logic; `brief` ones are known to be short. */
export type On = 'whole' | 'half' | 'shared' | 'retried' | 'named' | 'held' | 'logic' | 'brief' | 'briefWhole'

/** How a child is called for. */
export interface Call {
  readonly plan: Plan
  readonly isDetached: boolean
  readonly graceMs: number | undefined
  readonly timeoutMs: number | undefined
  readonly queuedMs: number | undefined
  readonly deadlineMs: number | undefined
  readonly priority: number | undefined
  /** Aborted by a signal of the spawner's after so long. */
  readonly signalMs: number | undefined
}

/** One thing that a body does. */
export type Step =
  | { readonly do: 'sleep' | 'await' | 'idle'; readonly ms: number }
  | { readonly do: 'compute'; readonly ms: number; readonly isNative: boolean; readonly polls: boolean }
  | { readonly do: 'spawn'; readonly calls: readonly Call[]; readonly join: Join }
  | {
      readonly do: 'map'
      readonly call: Call
      readonly count: number
      readonly concurrency: number
      readonly outcomes: boolean
    }
  | {
      readonly do: 'say'
      readonly what: 'report' | 'emit' | 'log'
      readonly count: number
      readonly isUncloneable: boolean
      /** More than is kept of one. */
      readonly isLarge?: boolean
    }
  | { readonly do: 'talk'; readonly count: number }
  | { readonly do: 'receive'; readonly timeoutMs: number | undefined }
  | { readonly do: 'send'; readonly count: number }
  | { readonly do: 'call'; readonly method: 'echo' | 'fail' | 'slow' }
  | { readonly do: 'remote' }
  | { readonly do: 'shield'; readonly ms: number; readonly steps: readonly Step[] }
  | { readonly do: 'cancel'; readonly graceMs: number | undefined; readonly force: boolean }

/** What becomes of the children that a step has spawned. */
type Join = 'none' | 'await' | 'settled' | 'all' | 'first' | 'completed' | 'cancelled'

/** How a body ends. */
export type End =
  | 'return'
  | 'returnTwice'
  | 'throw'
  | 'throwNull'
  | 'throwFinal'
  | 'throwLarge'
  | 'returnUncloneable'
  | 'returnUnreadable'
  | 'reject'
  | 'expose'
  | 'sleepForever'
  | 'pollForever'
  | 'ignore'
  | 'spin'
  | 'exit'
  | 'crash'

/** What one action does. */
export interface Plan {
  readonly on: On
  /** Where its call wants it to run; what its definition or the cluster says, if left out. */
  readonly place?: ActionPlace | undefined
  readonly steps: readonly Step[]
  readonly end: End
  /** What it does when a wait rejects with its own abort: it goes with it, or goes on. */
  readonly onAbort: 'end' | 'return' | 'throw' | 'goOn'
  /** So many attempts fail first. */
  readonly failures: number
  /** How long it cleans up, in milliseconds. */
  readonly cleanUpMs: number
}

/** Something that befalls other machines, or the way to them. `host`: which of them. */
export type MachineOp = { readonly host: number } & (
  | { readonly do: 'cut'; readonly way: 'there' | 'back' | 'both'; readonly ms: number }
  | { readonly do: 'freeze' | 'reconnect' | 'leave'; readonly ms: number }
  | { readonly do: 'crash' | 'forget' }
)

/** What one host lends. */
export interface Lent {
  readonly threads: number
  readonly clock: MachineClock
  readonly labels?: readonly string[]
  /** Two, if left out. */
  readonly gpus?: number
}

/** Other machines, and the network between them and the app's own. */
export interface Network {
  readonly hosts: readonly Lent[]
  /** Whether another app uses them at the same time. */
  readonly hasNeighbour?: boolean
  readonly leaseMs: number
  /** Where actions with a cpu share run. */
  readonly on: 'anywhere' | 'cluster'
  readonly lossChance: number
  readonly repeatChance: number
  /** How likely what is sent later comes earlier. */
  readonly reorderChance: number
  readonly leastMs: number
  readonly mostMs: number
}

/** One thing that the app does, or that happens to it. */
export type Op = { readonly at: number } & (
  | MachineOp
  | { readonly do: 'run'; readonly run: number; readonly call: Call; readonly isScope: boolean }
  | {
      readonly do: 'cancel'
      readonly run: number
      readonly graceMs: number | undefined
      readonly force: boolean
    }
  | {
      readonly do: 'abort'
      readonly run: number
      /** Which of its actions, of those that are known then. */
      readonly pick: number
      readonly graceMs: number | undefined
      readonly force: boolean
    }
  | { readonly do: 'signal'; readonly run: number }
  | { readonly do: 'send'; readonly run: number; readonly count: number }
  | { readonly do: 'remote'; readonly run: number }
  | { readonly do: 'look'; readonly run: number }
  | {
      readonly do: 'actor'
      readonly run: number
      readonly act: 'cancel' | 'stop' | 'send' | 'forge' | 'look' | 'subscribe'
    }
  | { readonly do: 'stall'; readonly ms: number }
  | { readonly do: 'warm' }
  /** Its process is killed: at once, or after so many effects, in the midst of what it does. */
  | { readonly do: 'die'; readonly effects: number | undefined }
  | { readonly do: 'close'; readonly drainMs: number | undefined; readonly graceMs: number | undefined }
)

/** A whole history to be played. */
export interface Story {
  /** Nobody computes, is deaf, or dies: whoever has time ends by himself. */
  readonly isCalm: boolean
  readonly threads: number
  readonly minThreads: number
  readonly idleTimeoutMs: number | undefined
  readonly graceMs: number
  readonly maxQueued: number | undefined
  readonly retain: number | undefined
  readonly isInspected: boolean
  /** How likely threads fail to start, and die of themselves. */
  readonly failToStart: number
  readonly dieLater: number
  readonly isMeasured: boolean
  readonly costMs: number
  readonly stallChance: number
  readonly stallMs: number
  /** Other machines, if there are any. */
  readonly network?: Network | undefined
  readonly ops: readonly Op[]
}
