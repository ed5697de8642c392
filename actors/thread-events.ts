// The words of a lane's life: what happens to it, and what is to be done for it.

import type { HostLoss, HostName } from '../src/protocol/host-name.js'

/** How the thread of a lane was lost. */
export interface LaneLoss {
  readonly error?: unknown
  readonly exitCode?: number
  /** The runtime killed it. */
  readonly killed: boolean
  /** It had not come up. */
  readonly whileStarting: boolean
  /** It was on another machine, which was lost, or is leaving. */
  readonly withHost?: LostHost
}

/** How a machine was lost. */
export interface LostHost {
  readonly how: HostLoss
  /** Left out where it wasn't known yet. */
  readonly host?: HostName | undefined
  /** How long it hadn't been heard, in milliseconds. */
  readonly silentMs?: number | undefined
}

/** What happens to a lane. */
export type ThreadEvent =
  /** The host has said hello: the thread is up. */
  | { readonly type: 'up'; readonly thread: number }
  /** It has been without work for a while. */
  | { readonly type: 'quiet' }
  /** Its thread has nothing left to do or to say, and doesn't hold the process any more. */
  | { readonly type: 'letGo' }
  /** Its thread can't be let go: code that a body has left behind keeps it, or nothing is known that would let it go. */
  | { readonly type: 'stuck' }
  /** There is work again. */
  | { readonly type: 'work' }
  /** For now, nothing new is to come onto it; and, later, it may again. */
  | { readonly type: 'pause' }
  | { readonly type: 'resume' }
  /** Nothing new is to come onto it any more: code that was given up may still run there. */
  | { readonly type: 'retire' }
  /** The loop of its thread hasn't answered for long; and, later, answers again. */
  | { readonly type: 'fellSilent' }
  | { readonly type: 'answersAgain' }
  /** The runtime wants it closed. */
  | { readonly type: 'close' }
  /** The runtime kills its thread. */
  | { readonly type: 'kill' }
  /** Its resident task has failed: the exit of the thread will come. */
  | { readonly type: 'lost'; readonly error: unknown }
  /** The thread has exited. */
  | { readonly type: 'exited'; readonly exitCode?: number; readonly error?: unknown }
  /** The host has closed the lane. */
  | { readonly type: 'closed' }
  /** The machine of its host, which is another one, kills its thread; and, later, that hasn't exited yet. */
  | { readonly type: 'killedElsewhere' }
  | { readonly type: 'exitIsLateElsewhere' }
  /** That machine has lost it. */
  | { readonly type: 'lostElsewhere'; readonly loss: LaneLoss }
  /** The thread has died before it could take the lane. */
  | { readonly type: 'failedToStart'; readonly error: unknown }

/** What is to be done for a lane. */
export type ThreadEffect =
  /** Nothing new is placed on it; and, later, something may be again. */
  | { readonly type: 'refuseWork' }
  | { readonly type: 'acceptWork' }
  /** Ask its thread whether it can be let go: answered by `letGo` or `stuck`. */
  | { readonly type: 'askToLetGo' }
  /** Neither the port nor the thread keeps the process alive; and, later, both do again. */
  | { readonly type: 'rest' }
  | { readonly type: 'wake' }
  /** Ask its host to close the lane: answered by `closed`. */
  | { readonly type: 'askToClose' }
  /** Kill its thread: answered by `exited`. */
  | { readonly type: 'killThread' }
  /** Say when its thread, which is ending, has exited: by `exited`. */
  | { readonly type: 'awaitExit' }
  /** Give up a thread that hasn't come up. */
  | { readonly type: 'giveUpStart' }
  | { readonly type: 'notifyExitIsLate' }
  | { readonly type: 'notifySilence' }
  | { readonly type: 'notifyAnswering' }
  /** It is over. `endsThread`: its thread isn't needed any more. */
  | { readonly type: 'over'; readonly loss: LaneLoss | undefined; readonly endsThread: boolean }
