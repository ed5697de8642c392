// A lane's line to its host: by a port where that is in a thread, or by calls in the app's own. The lane knows no difference.

import type { AttemptTicket, ClaimStateValue } from '../protocol/claims.js'
import type { LaneLoss } from '../../actors/thread-events.js'
import type { FarNews } from '../protocol/far-messages.js'
import type { HostName } from '../protocol/host-name.js'
import type { ToHost, ToRuntime } from '../protocol/messages.js'
import type { Phase } from '../protocol/outcome.js'
import type { CarriedMessage, UnreadableMessage } from '../protocol/payloads.js'
import type { LaneService } from './lane-life.js'

/** What may come: of a message whose payload couldn't be read, the rest. */
export type FromHost = ToRuntime | UnreadableMessage<ToRuntime> | FarNews

/** How far a host has come with what it was sent. */
export interface Delivery {
  /** How much has been posted, in a count of the line's own; `undefined` while something waits for that. */
  readonly sent: number | undefined
  /** Whether the host has handled all that was posted up to that count, and has posted what followed from what came before it. */
  isHandled(sent: number): boolean
  /** How much the host has posted, in a count of the line's own. */
  readonly posted: number
  /** Whether all that it had posted up to that count has been handled here. */
  isTaken(posted: number): boolean
}

/** The way out of a lane: `Outgoing` by a port, `LocalLine` by calls. */
export interface LaneOutgoing extends Delivery {
  /** Adds a message, which is posted at the end of this tick. */
  add(message: ToHost): void
  /** Adds a child's phase, if somebody there may hear of it. */
  addPhase(ticket: AttemptTicket, id: string, phase: Phase): void
  /** Adds a child's report; where the host reads none for long, only each child's last one is kept. */
  addReport(ticket: AttemptTicket, id: string, value: unknown): void
  /** Adds a child's end, behind its last report. */
  addEnd(message: ToHost & { readonly type: 'childSettled' }): void
  /** Adds a message that goes ahead of all others: the first in a tick at once, further ones together. */
  addPriority(message: ToHost): void
  /** Posts what there is. */
  flush(): void
  /** Posts nothing more: the thread is being killed, or gone. */
  close(): void
}

/** The way in: `Incoming` by a port, `LocalLine` by calls. */
export interface LaneIncoming {
  /** Handles all that has arrived, delivered or not; nothing ahead of what is being handled. */
  drain(): void
  /** Handles what has arrived, delivered or not, for as long as a turn of the loop may take; `false` if there is more. */
  readOn(): boolean
  /** Whether the process stays alive for what may come. */
  hold(holdsProcess: boolean): void
  /** Nothing more comes. */
  close(): void
}

/** What a line to another machine is asked for: it is decided there, and told by `FarNews`. */
export interface FarControl {
  /** The machine of its host; `undefined` before that is known. */
  readonly host: HostName | undefined
  /** How long a word to it and its answer take, in milliseconds; `undefined` before that is known. */
  readonly roundTripMs: number | undefined
  /** Whether nothing new is to be sent there for now. */
  readonly isPaused: boolean
  /** How long a lane there is kept without work, in milliseconds. */
  readonly restMs: number
  /** Wants those back that haven't started. */
  askBack(tickets: readonly AttemptTicket[]): void
  /** Has a body stopped whose time is up. `due`: all there whose time is up; each is told once. */
  force(ticket: AttemptTicket, due: () => readonly AttemptTicket[]): void
}

/** On who has which action, the two ends of a line agree by these. `ClaimTable`: words in memory that both share. */
export interface LaneClaims {
  /** A fresh ticket in the state `offered`. */
  offer(): AttemptTicket
  /** Moves a ticket from one state to another; `false` if the host was first. */
  exchange(ticket: AttemptTicket, from: ClaimStateValue, to: ClaimStateValue): boolean
  /** Where a ticket stands; `undefined` if it is another one's by now. */
  read(ticket: AttemptTicket): ClaimStateValue | undefined
  /** Gives a ticket back, once nothing can arrive for it any more. */
  release(ticket: AttemptTicket): void
}

/** Both, with what serves the other end. */
export interface LaneLine {
  readonly outgoing: LaneOutgoing
  readonly incoming: LaneIncoming
  readonly claims: LaneClaims
  readonly service: LaneService
  /** Left out where the host is in this process. */
  readonly far?: FarControl
  /** The system's number of the host's thread; 0 where that isn't known. */
  readonly osThread: () => number
}

/** A lane, as its line sees it. */
export interface LinedLane {
  receive(message: FromHost): void
  /** All that came, or the time of a turn of the loop, is at its end. `until`: the latter, in a turn that has come for it. */
  receivedAll(until: number | undefined): void
  /** Nothing new is to be placed on it for now: the machine of its host is silent, or has too much unread; and, later, it may. */
  pause(isPaused: boolean): void
  /** A word to the machine of its host, and the answer, take so long, in milliseconds: that is measured again and again. */
  measured(roundTripMs: number): void
  /** The machine of its host takes nothing new for it any more. */
  retire(): void
  /** The machine of its host has killed its thread, which still hasn't exited. */
  exitIsLate(): void
  /** The machine of its host has lost it. */
  lost(loss: LaneLoss): void
  /** Gives what to post in place of a message that can't be cloned, if anything. */
  insteadOf(message: ToHost, error: unknown): CarriedMessage | undefined
}

/** Opens a line. */
export type OpenLine = (lane: LinedLane) => LaneLine
