// The whole vocabulary between the runtime and a host, in two unions. Everything travels in arrays of these, in order,
// over one port per lane. A body is addressed by the ticket of its attempt, so that what is meant for an earlier
// attempt can't reach a later one (S9).

import type { MessagePort } from 'node:worker_threads'
import type { ClaimChunk, AttemptTicket } from './claims.js'
import type { EncodedError, EncodedReason } from './errors/encoded-error.js'
import type { EventObject } from './event-object.js'
import type { EncodedOutcome, Phase } from './outcome.js'
import type { TrialParts } from './trial-parts.js'
import type {
  ActionPlace,
  GrantedResources,
  ResolvedActionOptions,
  ResolvedTimeout,
} from './resolved-options.js'

/** From the runtime to a host. */
export type ToHost =
  | { readonly type: 'chunk'; readonly chunk: ClaimChunk }
  /** Gives a definition a number, once per lane. */
  | { readonly type: 'define'; readonly definition: number; readonly url: string; readonly name: string }
  | StartMessage
  | AbortMessage
  /** The body was dropped or abandoned: it must not be continued, and what comes of it is ignored. */
  | { readonly type: 'drop'; readonly ticket: AttemptTicket }
  /** The grace is over: the signals of the body's shields fire (S14). */
  | { readonly type: 'graceEnded'; readonly ticket: AttemptTicket }
  | {
      readonly type: 'childSettled'
      readonly ticket: AttemptTicket
      readonly id: string
      readonly outcome: EncodedOutcome
    }
  | {
      readonly type: 'childReport'
      readonly ticket: AttemptTicket
      readonly id: string
      readonly value: unknown
    }
  | {
      readonly type: 'childPhase'
      readonly ticket: AttemptTicket
      readonly id: string
      readonly phase: Phase
    }
  | { readonly type: 'ping'; readonly sequence: number }
  | MailMessage
  /** The oldest messages of a mailbox made room: those up to this number, if they are still unread. */
  | { readonly type: 'mailDropped'; readonly ticket: AttemptTicket; readonly through: number }
  | {
      readonly type: 'childEmit'
      readonly ticket: AttemptTicket
      readonly id: string
      readonly event: EventObject
    }
  /** Somebody wants to call what the body exposes: the port is his end of the line. */
  | { readonly type: 'connect'; readonly ticket: AttemptTicket; readonly port: MessagePort }
  /** Loads the modules of definitions ahead of need. */
  | { readonly type: 'load'; readonly request: number; readonly definitions: readonly number[] }
  /** What stood ahead of others was taken back: those may fit now (S1). */
  | { readonly type: 'wake' }
  /** No more work: the resident task ends. */
  | { readonly type: 'close' }

/** Starts an attempt, once the host has won its claim. What the host can tell by itself is left out. */
export interface StartMessage {
  readonly type: 'start'
  readonly ticket: AttemptTicket
  readonly definition: number
  readonly run: string
  readonly id: string
  /** Left out where it is the definition's. */
  readonly name?: string
  /** Left out where it is the spawner. */
  readonly parent?: string
  /** Left out for the first. */
  readonly attempt?: number
  /** Left out where it is 1. */
  readonly cpu?: number
  readonly input?: unknown
  /** What of the input is moved; the same objects as in it. */
  readonly transfer?: readonly unknown[]
  /** How many children earlier attempts have spawned: the next child's index is one more (S9). */
  readonly spawned?: number
  /** An inspector wants to see what XState actors the body runs. */
  readonly inspected?: boolean
  /** What it holds. Left out where its definition needs none. */
  readonly resources?: GrantedResources
  /** It is a trial of a sweep. */
  readonly trial?: TrialParts
  /** Where it is to run wasn't known when it was sent: if its definition says so, it goes back. */
  readonly isPlaceGuessed?: boolean
}

/** Messages for a body, in order, numbered from `first` on. It may not have started yet. */
export interface MailMessage {
  readonly type: 'mail'
  readonly ticket: AttemptTicket
  readonly first: number
  /** One that can't be read is `undefined`: its number is taken. */
  readonly messages: readonly (EventObject | undefined)[]
  /** Why it can't. Isn't sent: the host notes it. */
  readonly why?: string
  readonly transfer?: readonly unknown[]
}

/** Raises the signals of bodies that are stopped together. */
export interface AbortMessage {
  readonly type: 'abort'
  readonly tickets: readonly AttemptTicket[]
  readonly reason: EncodedReason
}

/** From a host to the runtime. */
export type ToRuntime =
  | { readonly type: 'hello'; readonly thread: number }
  /** Gives a definition that the thread spawns a number, once per lane. Without `options`, they aren't known yet. */
  | {
      readonly type: 'define'
      readonly definition: number
      readonly url: string
      readonly name: string
      readonly options?: ResolvedActionOptions
    }
  /** A module that was named by an `actionRef` has been loaded: these are its action's options. */
  | { readonly type: 'described'; readonly ticket: AttemptTicket; readonly options: ResolvedActionOptions }
  /** The same, and it needs what it wasn't given: its body is entered only once it has been queued again, and has it. */
  | { readonly type: 'returned'; readonly ticket: AttemptTicket; readonly options: ResolvedActionOptions }
  /** They have been loaded, or one hasn't; with the options of each, which an `actionRef` doesn't have. */
  | {
      readonly type: 'loaded'
      readonly request: number
      readonly options: readonly (ResolvedActionOptions | undefined)[]
      readonly error?: EncodedError
    }
  | EndedMessage
  /** The signal's change was seen inside, by event or poll. */
  | { readonly type: 'abortSeen'; readonly tickets: readonly AttemptTicket[]; readonly at: number }
  | { readonly type: 'parked'; readonly ticket: AttemptTicket }
  | { readonly type: 'resumed'; readonly ticket: AttemptTicket }
  | SpawnMessage
  | {
      readonly type: 'cancel'
      readonly ticket: AttemptTicket
      readonly id: string
      readonly reason: WireReason
      readonly graceMs?: number
      readonly force?: boolean
      /** Given where the body that the ticket stands for has ended, and isn't known any more. */
      readonly run?: string
    }
  /** A spawn was refused before it came to the runtime (S27). */
  | { readonly type: 'refused'; readonly ticket: AttemptTicket }
  | { readonly type: 'report'; readonly ticket: AttemptTicket; readonly value: unknown }
  | {
      readonly type: 'log'
      readonly ticket: AttemptTicket
      readonly level: LogLevel
      readonly message: string
      readonly fields?: Readonly<Record<string, unknown>>
      readonly at: number
    }
  /** A shield's block ended, or its time was up: abort the children that live in it. */
  | {
      readonly type: 'shieldEnded'
      readonly ticket: AttemptTicket
      readonly shield: number
      readonly timedOut: boolean
    }
  /** `written`: the main thread has taken all that was written to the console. */
  | { readonly type: 'pong'; readonly sequence: number; readonly written: boolean }
  | EndsThreadMessage
  | PeerMessage

/** The thread ends: somebody has called `process.exit`, or thrown outside of a call. */
export interface EndsThreadMessage {
  readonly type: 'endsThread'
  /** Of the body whose code that was; `NO_TICKET` where it was no body's. */
  readonly ticket: AttemptTicket
  /** A module that is being loaded, or was, whose own code that was. */
  readonly module?: string
  /** That body; it may have ended since. */
  readonly by?: {
    readonly run: string
    readonly id: string
    readonly name: string
    readonly attempt: number
  }
}

/** What a body says to others than the runtime itself: messages, events, calls. */
export type PeerMessage =
  /** To any action of the runtime, by its address. */
  | {
      readonly type: 'send'
      readonly ticket: AttemptTicket
      readonly run: string
      readonly id: string
      readonly message: EventObject
      readonly transfer?: readonly unknown[]
    }
  /** The body has taken its messages up to this number: they needn't be kept for another attempt. */
  | { readonly type: 'read'; readonly ticket: AttemptTicket; through: number }
  | { readonly type: 'emit'; readonly ticket: AttemptTicket; readonly event: EventObject }
  /** The body wants to call the app's services: the port is its end of the line. */
  | { readonly type: 'services'; readonly ticket: AttemptTicket; readonly port: MessagePort }
  /** The body serves calls from now on, or no more. */
  | { readonly type: 'expose'; readonly ticket: AttemptTicket; readonly open: boolean }
  /** The body wants to call what its child exposes, as soon as it does. */
  | {
      readonly type: 'remote'
      readonly ticket: AttemptTicket
      readonly id: string
      readonly port: MessagePort
    }
  /** What an inspector should see of the XState actors that the body runs. */
  | { readonly type: 'inspection'; readonly ticket: AttemptTicket; readonly event: InsideInspection }

/** An inspection event of XState's from a thread, as plain data. Sessions are those of the thread's own actor system. */
export type InsideInspection =
  | {
      readonly kind: 'actor'
      readonly session: string
      readonly parent: string | undefined
      readonly id: string
      readonly definition: unknown
      readonly snapshot: unknown
    }
  | {
      readonly kind: 'event'
      readonly session: string
      readonly source: string | undefined
      readonly event: unknown
    }
  | {
      readonly kind: 'snapshot'
      readonly session: string
      readonly event: unknown
      readonly snapshot: unknown
    }

/** The severity of a log entry. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** What `cancel` was given, or a signal's reason. */
export interface WireReason {
  readonly source: 'cancel' | 'signal'
  readonly message?: string
  readonly cause?: { readonly error: EncodedError }
}

/** An attempt's body has ended (or was never begun, because it was aborted while its module loaded). */
export type EndedMessage = {
  readonly type: 'ended'
  readonly ticket: AttemptTicket
  readonly startedAt: number
  readonly endedAt: number
  /** How much of that it was parked, in milliseconds. Left out when it never was. */
  readonly parkedMs?: number
  /** The index of its last child. */
  readonly spawned?: number
  /** Children whose handle was never awaited, nor its `settled()` taken, and that aren't known to have ended well. */
  readonly unlistened?: UnlistenedChildren
} & (
  | { readonly ok: true; readonly output?: unknown; readonly transfer?: readonly unknown[] }
  /** Without an error: it ended with the reason of its own abort, which the runtime has. */
  | { readonly ok: false; readonly error?: EncodedError; readonly began: boolean }
)

/** Children that their parent never asked about. */
export interface UnlistenedChildren {
  /** The first and last index of each row of them, in pairs, in order. */
  readonly ranges: readonly number[]
  /** Those among them that are known to have failed. */
  readonly failed: readonly FailedChild[]
}

/** How a child has failed: its record may be gone (S24). */
export interface FailedChild {
  readonly index: number
  readonly status: 'failed' | 'timedOut'
  readonly name: string
  readonly error: EncodedError
}

/** A body spawned a child. */
export interface SpawnMessage {
  readonly type: 'spawn'
  readonly ticket: AttemptTicket
  readonly id: string
  readonly definition: number
  readonly input?: unknown
  readonly transfer?: readonly unknown[]
  readonly options?: WireSpawnOptions
}

/** The options of a spawn that differ from the definition's. */
export interface WireSpawnOptions {
  readonly name?: string
  readonly timeout?: ResolvedTimeout
  readonly graceMs?: number
  readonly priority?: number
  readonly on?: ActionPlace
  readonly detached?: boolean
  /** The shield whose block spawned it. */
  readonly shield?: number
  /** The `signal` that the spawn was given was already aborted (S22). */
  readonly aborted?: WireReason
  /** Wait for room in the queue instead of failing (`map`, S20). */
  readonly waitForRoom?: boolean
  /** It is a trial of a sweep. */
  readonly trial?: TrialParts
}
