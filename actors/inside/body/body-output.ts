// The output of a body: reports, log entries, events, messages to others. Each is copied within the call, since the body
// may go on changing its objects; and so much of it may be on its way, and no more.

import { checkedMessage } from '../../../src/checks/checked-message.js'
import type { ActionInfo } from '../../../src/context.js'
import type { AttemptTicket } from '../../../src/protocol/claims.js'
import type { Clock } from '../../../src/protocol/clock.js'
import { isEventObject } from '../../../src/protocol/event-object.js'
import type { LogLevel, ToRuntime } from '../../../src/protocol/messages.js'
import type { CheckpointEvent } from '../../../src/protocol/trial-parts.js'
import { cutText, describeValue } from '../../../src/protocol/values/describe-value.js'
import { refuseLossy } from '../../../src/protocol/values/lossy-objects.js'
import type { Outbox } from '../outbox.js'
import { Undelivered } from './undelivered.js'
import { world } from '../../../src/protocol/world.js'

/** How many reports of one body travel in one array; of further ones, the last one wins. */
const REPORTS_PER_BATCH = 32

/**
 * How many log entries, and how many events, of one body may be on their way. A hundred thousand in one breath are ordinary:
 * only who goes on without end comes to that.
 */
const MOST_UNDELIVERED = 262_144
/** How many checkpoints: each is as large as it is, and only the last one counts. */
const MOST_CHECKPOINTS = 8
/** The same for reports, which nobody misses: the last one comes. */
const MOST_REPORTED = 16_384
/** How often it is looked whether there is room for the last report, in milliseconds. */
const RELEASE_MS = 20

/** Whose output it is. */
export interface OutputSource {
  readonly ticket: AttemptTicket
  readonly info: ActionInfo
  /** Whether it may still put something out. */
  readonly isLive: boolean
  readonly host: { readonly outbox: Outbox; readonly now: Clock }
}

/** The output of one body. */
export class BodyOutput {
  readonly #source: OutputSource
  readonly #outbox: Outbox
  #reports = 0
  #reportBatch = -1
  #lastReportBatch = -1
  #lastReport: { type: 'report'; ticket: AttemptTicket; value: unknown } | undefined
  /** What of its log, reports and events is on its way. */
  #logged: Undelivered | undefined
  #reported: Undelivered | undefined
  #emitted: Undelivered | undefined
  #checkpointed: Undelivered | undefined
  /** The last report, for which there was no room yet. */
  #heldReport: { readonly value: unknown } | undefined
  #releaseTimer: NodeJS.Timeout | undefined

  constructor(source: OutputSource) {
    this.#source = source
    this.#outbox = source.host.outbox
  }

  /** Reports a value. Never throws. */
  report(value: unknown): void {
    if (!this.#source.isLive) return
    let copy = value
    if (typeof value === 'object' || typeof value === 'function' || typeof value === 'symbol') {
      try {
        copy = copyOf(value)
      } catch (error) {
        const why = error instanceof TypeError ? ` (${error.message})` : ''
        this.log('warn', `a report was dropped, because it can't be cloned${why}: ${describeValue(value)}`)
        return
      }
    }
    this.#reported ??= new Undelivered(this.#outbox, 'reports', MOST_REPORTED)
    const { batch } = this.#outbox
    if (this.#reportBatch !== batch) {
      this.#reportBatch = batch
      this.#reports = 0
    }
    this.#reports += 1
    // Only what hasn't been posted can be replaced: while reports are held back, the last one has long gone.
    const isWaiting = this.#lastReportBatch === batch
    if (isWaiting && this.#reports > REPORTS_PER_BATCH && this.#lastReport !== undefined) {
      this.#lastReport.value = copy
      this.#outbox.flushIfAllowed(1)
      return
    }
    if (!this.#reported.take()) {
      this.#heldReport = { value: copy }
      this.#releaseTimer ??= world.setTimeout(() => this.#releaseReport(), RELEASE_MS)
      return
    }
    this.#heldReport = undefined
    const message = { type: 'report' as const, ticket: this.#source.ticket, value: copy }
    this.#lastReport = message
    this.#lastReportBatch = batch
    this.#push(message)
  }

  /** Writes a log entry. Never throws. */
  log(level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>): void {
    // From JavaScript it may be anything, and a log entry never throws.
    const text = typeof message === 'string' ? cutText(message) : describeValue(message)
    this.#logged ??= new Undelivered(this.#outbox, 'log entries', MOST_UNDELIVERED)
    if (this.#takeRoom(this.#logged, text.length)) this.#pushLog(level, text, fields)
  }

  /** Emits an event, to the parent and everyone who looks. Never throws. */
  emit(event: unknown): void {
    if (!this.#source.isLive) return
    if (!isEventObject(event)) {
      this.log(
        'warn',
        `what was emitted was dropped: it is ${describeValue(event)}, but must be an object with a text 'type'`,
      )
      return
    }
    try {
      const copy = copyOf(event)
      this.#emitted ??= new Undelivered(this.#outbox, 'events', MOST_UNDELIVERED)
      if (this.#takeRoom(this.#emitted))
        this.#push({ type: 'emit', ticket: this.#source.ticket, event: copy })
    } catch {
      this.log('warn', `an event '${event.type}' was dropped, because it can't be cloned`)
    }
  }

  /** Puts out a checkpoint; `false` if too much of that is on its way. */
  checkpoint(event: CheckpointEvent): boolean {
    if (!this.#source.isLive) return false
    this.#checkpointed ??= new Undelivered(this.#outbox, 'checkpoints', MOST_CHECKPOINTS)
    if (!this.#checkpointed.take(event.bytes.length)) return false
    this.#push({ type: 'emit', ticket: this.#source.ticket, event })
    return true
  }

  /** Sends a message to any action; `false` if this body can't send any more. */
  send(run: string, id: string, given: unknown): boolean {
    const { info, ticket, isLive } = this.#source
    const to = run === info.run ? `action ${id}` : `action ${id} of run '${run}'`
    const { message, transfer } = checkedMessage(given, to, { run: info.run, action: info.id })
    if (!isLive) return false
    const sent = { type: 'send' as const, ticket, run, id, message }
    this.#outbox.pushUrgent({ ...sent, ...(transfer.length > 0 && { transfer }) })
    return true
  }

  /** The body has ended by itself: what was held back or dropped of its output is told. */
  finish(): void {
    world.clearTimeout(this.#releaseTimer)
    const held = this.#heldReport
    this.#heldReport = undefined
    if (held !== undefined)
      this.#outbox.push({ type: 'report', ticket: this.#source.ticket, value: held.value })
    if (this.#logged !== undefined) this.#logDropped(this.#logged)
    if (this.#emitted !== undefined) this.#logDropped(this.#emitted)
  }

  /** The body has ended or was given up: nothing more is put out. */
  close(): void {
    world.clearTimeout(this.#releaseTimer)
    this.#heldReport = undefined
  }

  #releaseReport(): void {
    this.#releaseTimer = undefined
    const held = this.#heldReport
    if (held === undefined || !this.#source.isLive) return
    this.#heldReport = undefined
    this.report(held.value)
  }

  /** Takes room for one more, or drops it: the first one that is dropped is told at once, how many at their end. */
  #takeRoom(undelivered: Undelivered, characters: number = 0): boolean {
    if (undelivered.take(characters)) {
      this.#logDropped(undelivered)
      return true
    }
    undelivered.dropped += 1
    if (undelivered.dropped === 1)
      this.#pushLog(
        'warn',
        `${undelivered.what} are being dropped: there are more than the app's thread takes`,
      )
    return false
  }

  #logDropped(undelivered: Undelivered): void {
    const { dropped, what } = undelivered
    if (dropped === 0) return
    undelivered.dropped = 0
    this.#pushLog('warn', `${dropped} ${what} were dropped: there were more than the app's thread took`)
  }

  #pushLog(level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>): void {
    const { ticket, host } = this.#source
    this.#push({ type: 'log', ticket, level, message, ...(fields && { fields }), at: host.now() })
  }

  #push(message: ToRuntime): void {
    if (this.#source.isLive) this.#outbox.pushThrottled(message)
  }
}

function copyOf<Value>(value: Value): Value {
  refuseLossy(value)
  return structuredClone(value)
}
