// What the two ends of a lane to another machine say beside what a runtime and a host say. There, claim words can be looked at and
// threads asked; so it is decided there what an abort, a force or a wish to have something back comes to, and told here.

import type { AttemptTicket } from './claims.js'
import type { EncodedError } from './errors/encoded-error.js'
import type { HostLoss } from './host-name.js'
import type { ToHost, ToRuntime } from './messages.js'
import type { UnreadableMessage } from './payloads.js'

/**
 * What force means for a body (S6): its thread is killed; or it is left behind; or it was parked, and has been taken away from its
 * host.
 */
export type ForceDecision = 'kill' | 'abandon' | 'dropped'

/** From a runtime to the machine of a host. */
export type ToFarHost =
  | ToHost
  | UnreadableMessage<ToHost>
  /** They are wanted back, as far as they haven't started: answered by `givenBack`. */
  | { readonly type: 'takeBack'; readonly tickets: readonly AttemptTicket[] }
  /** The time of a body is up. `due`: the others there whose time is up, too, as far as they weren't told before. */
  | { readonly type: 'force'; readonly ticket: AttemptTicket; readonly due: readonly AttemptTicket[] }
  /** Answered by `marked`, when the host has handled all that was sent before, and what it said meanwhile is on its way. */
  | { readonly type: 'mark'; readonly count: number }

/** What is told of the actions of a lane to another machine. */
export type FarNews =
  /** Their bodies have begun, as their claim words say. */
  | { readonly type: 'started'; readonly tickets: readonly AttemptTicket[]; readonly at: number }
  /** They haven't begun, and never will there. */
  | { readonly type: 'givenBack'; readonly tickets: readonly AttemptTicket[] }
  /** What is done to a body whose time is up. */
  | { readonly type: 'forced'; readonly ticket: AttemptTicket; readonly decision: ForceDecision }
  /** Its host has aborted a body by itself, and it has ended by that: its runtime never asked for it (D26, D29). */
  | { readonly type: 'stopped'; readonly ticket: AttemptTicket; readonly how: HostLoss }

/** How a thread there was lost. */
export interface FarLoss {
  readonly killed: boolean
  readonly whileStarting: boolean
  readonly exitCode?: number
  readonly error?: EncodedError
  /** Its host has ended it by itself. */
  readonly how?: HostLoss
}

/** What ports say to each other whose ends are on two machines (D9). Each such pair has a number. */
export type ChannelMessage =
  /** A message that had a port: here begins its channel. */
  | { readonly type: 'ported'; readonly channel: number; readonly message: object }
  /** What was posted on a port, as bytes. */
  | { readonly type: 'posted'; readonly channel: number; readonly block: Uint8Array }
  | { readonly type: 'hungUp'; readonly channel: number }

/** From the machine of a host to a runtime. */
export type FromFarHost =
  | ToRuntime
  | UnreadableMessage<ToRuntime>
  | FarNews
  /** Their modules are being loaded. */
  | { readonly type: 'loading'; readonly tickets: readonly AttemptTicket[] }
  | { readonly type: 'marked'; readonly count: number }
  /** Nothing new is taken: what was sent and hasn't begun is given back. */
  | { readonly type: 'retiring' }
  /** Its thread was killed, and still hasn't exited: it is in a native call. */
  | { readonly type: 'exitIsLate' }
  /** The lane is closed, or its thread is lost: nothing follows. */
  | { readonly type: 'gone'; readonly loss?: FarLoss }

/** What travels to a host, and from it: ports have become channels. */
export type CarriedToHost = ToFarHost | ChannelMessage
export type CarriedFromHost = FromFarHost | ChannelMessage
