// One attempt of one action, inside: who it is, what it waits for, its children's handles. The claim word is its life:
// parking and resuming are exchanges on it, so that a body which the main thread has dropped is never continued.

import { checkedMessage } from '../../src/checked-message.js'
import type { ActionInfo } from '../../src/context.js'
import { milliseconds, type CancelOptions } from '../../src/options.js'
import { ClaimState, type Ticket } from '../../src/protocol/claims.js'
import { encodeError } from '../../src/protocol/encode-error.js'
import type { ActionAbortedError } from '../../src/protocol/errors.js'
import { cutText, describeValue, messageOf } from '../../src/protocol/describe-value.js'
import { isEventObject } from '../../src/protocol/event-object.js'
import { childIndex } from '../../src/protocol/ids.js'
import type {
  FailedChild,
  LogLevel,
  ToRuntime,
  UnlistenedChildren,
  WireReason,
} from '../../src/protocol/messages.js'
import type { WaitHooks } from '../../src/push-stream.js'
import { AbortScope } from './abort-scope.js'
import type { ChildHandle } from './child-handle.js'
import type { BodyChannels } from './body-channels.js'
import type { Host } from './host.js'
import { Listened } from './listened.js'
import { BodyMailbox } from './mailbox.js'
import { Undelivered } from './undelivered.js'

/** How many reports of one body travel in one array; of further ones, the last one wins. */
const REPORTS_PER_BATCH = 32

/**
 * How many log entries, and how many events, of one body may be on their way. A hundred thousand in one breath are ordinary:
 * only who goes on without end comes to that.
 */
const MOST_SAID = 262_144
/** The same for reports, which nobody misses: the last one comes. */
const MOST_REPORTED = 16_384
/** How often it is looked whether there is room for the last report, in milliseconds. */
const RELEASE_MS = 20

/** A shield's block: its scope, and when its time is up. */
export interface Shield {
  readonly scope: AbortScope
  readonly children: Set<ChildHandle>
  /** Starts the clock: the action has been aborted. */
  start(): void
  /** Its signal fires, and the children in it are aborted. */
  expire(timedOut: boolean): void
}

/** One attempt of an action, as its host sees it. */
export class Body {
  readonly ticket: Ticket
  readonly info: ActionInfo
  readonly host: Host
  readonly scope: AbortScope
  /** Made when there are any: most bodies have none, and there may be a hundred thousand of them in a second. */
  #children: Map<string, ChildHandle> | undefined
  #shields: Map<number, Shield> | undefined
  #listened: Listened | undefined
  /** Children that have failed while nobody had listened. */
  #failed: ChildHandle[] | undefined
  /** The index of the last child of earlier attempts. */
  readonly #spawnedBefore: number
  /** Its share. Changes once for an action whose options weren't known when it was placed. */
  cpu: number
  /** The index of its last child. */
  spawned: number
  startedAt = 0
  parkedMs = 0
  shieldCount = 0
  /** An inspector wants to see the actors of a body that is an actor logic. */
  inspected = false
  /** Its lines to objects elsewhere, and of others to what it exposes, once there are any. */
  channels: BodyChannels | undefined
  #mailbox: BodyMailbox | undefined
  /** `ended`: by itself. `dropped`: given up by the main thread; its code is never continued. */
  state: 'live' | 'ended' | 'dropped' = 'live'
  /** Its module is being imported: it hasn't been called. */
  isLoading = false
  #waits = 0
  #parkedSince = 0
  #hooks: WaitHooks | undefined
  /** What stops listening to the signals that spawns were given, by child. */
  #links: Map<string, () => void> | undefined
  #reports = 0
  #reportBatch = -1
  #lastReportBatch = -1
  /** What of its log, reports and events is on its way. */
  #logged: Undelivered | undefined
  #reported: Undelivered | undefined
  #emitted: Undelivered | undefined
  /** The last report, for which there was no room yet. */
  #heldReport: { readonly value: unknown } | undefined
  #releaseTimer: NodeJS.Timeout | undefined
  #lastReport: { type: 'report'; ticket: Ticket; value: unknown } | undefined

  constructor(host: Host, ticket: Ticket, info: ActionInfo, cpu: number, spawned: number) {
    this.host = host
    this.ticket = ticket
    this.info = info
    this.cpu = cpu
    this.spawned = spawned
    this.#spawnedBefore = spawned
    this.scope = new AbortScope(host.poll)
  }

  get children(): Map<string, ChildHandle> {
    this.#children ??= new Map()
    return this.#children
  }

  get shields(): Map<number, Shield> {
    this.#shields ??= new Map()
    return this.#shields
  }

  get isParked(): boolean {
    return this.#waits > 0
  }

  get waitHooks(): WaitHooks {
    this.#hooks ??= { began: () => this.park(), ended: () => void this.unpark() }
    return this.#hooks
  }

  /** Its messages. Made when there is one, or somebody waits for one. */
  get mailbox(): BodyMailbox {
    this.#mailbox ??= new BodyMailbox(this)
    return this.#mailbox
  }

  /** A wait for something of Heddle's begins: while there is one, the share is free (S1). */
  park(): void {
    if (this.state !== 'live') return
    this.#waits += 1
    if (this.#waits > 1) return
    if (!this.host.claims.exchange(this.ticket, ClaimState.running, ClaimState.parked)) {
      this.drop()
      return
    }
    this.#parkedSince = performance.now()
    this.host.parked(this)
  }

  /** A wait is over; `false` if the body must not be continued, because the main thread has given it up. */
  unpark(): boolean {
    if (this.state !== 'live') return this.state === 'ended'
    this.#waits -= 1
    if (this.#waits > 0) return true
    if (!this.host.claims.exchange(this.ticket, ClaimState.parked, ClaimState.running)) {
      this.drop()
      return false
    }
    this.parkedMs += performance.now() - this.#parkedSince
    this.host.resumed(this)
    return true
  }

  /** Whether the main thread still holds it for alive: asked before anything that would continue it. */
  get isAlive(): boolean {
    if (this.state !== 'live') return false
    const claim = this.host.claims.read(this.ticket)
    if (claim === ClaimState.running || claim === ClaimState.parked) return true
    this.drop()
    return false
  }

  /** The main thread has given it up. */
  drop(): void {
    if (this.state !== 'live') return
    this.state = 'dropped'
    this.host.dropped(this)
    this.#dropWaits()
  }

  /** Its code has ended: what is still pending through its context is never answered (S15). */
  end(): void {
    this.state = 'ended'
    this.#dropWaits()
  }

  /** Takes an abort in, without telling anybody. */
  note(reason: ActionAbortedError | (() => ActionAbortedError)): void {
    this.scope.note(reason)
  }

  /** Tells signal, waits and shields of the abort. */
  raise(): void {
    this.scope.raise()
    for (const shield of this.shields.values()) shield.start()
  }

  /** Somebody asks how a child ends, or nobody needs to. */
  listenedTo(child: ChildHandle): void {
    this.#listened ??= new Listened()
    this.#listened.add(childIndex(child.id))
  }

  /** A child has settled. */
  childEnded(child: ChildHandle): void {
    this.unlink(child.id)
    if (child.isUnheard) {
      this.#failed ??= []
      this.#failed.push(child)
      return
    }
    if (!child.isListenedTo) this.listenedTo(child)
    this.children.delete(child.id)
  }

  /** The children whose failure nobody would hear of (S19). */
  unlistened(): UnlistenedChildren | undefined {
    if (this.spawned === this.#spawnedBefore) return undefined
    const ranges = (this.#listened ?? new Listened()).missing(this.#spawnedBefore + 1, this.spawned)
    if (ranges.length === 0) return undefined
    const failed: FailedChild[] = []
    for (const child of this.#failed ?? []) {
      const { failure, name } = child
      if (!child.isUnheard || failure === undefined) continue
      const { status, error } = failure
      failed.push({ index: childIndex(child.id), status, name, error: encodeError(error) })
    }
    return { ranges, failed }
  }

  /** Sends a message at the end of this tick. */
  tell(message: ToRuntime): void {
    if (this.state !== 'dropped') this.host.outbox.push(message)
  }

  /** Sends a message that others may be waiting for. */
  tellNow(message: ToRuntime, transfers?: readonly object[]): void {
    if (this.state === 'live') this.host.outbox.pushUrgent(message, transfers)
  }

  #say(message: ToRuntime): void {
    if (this.state === 'live') this.host.outbox.pushSaying(message)
  }

  report(value: unknown): void {
    if (this.state !== 'live') return
    let copy = value
    if (typeof value === 'object' || typeof value === 'function' || typeof value === 'symbol') {
      try {
        // Now, and not when it is posted: the body may go on changing its object.
        copy = structuredClone(value)
      } catch {
        this.log('warn', `a report was dropped, because it can't be cloned: ${describeValue(value)}`)
        return
      }
    }
    this.#reported ??= new Undelivered(this.host.outbox, 'reports', MOST_REPORTED)
    const { batch } = this.host.outbox
    if (this.#reportBatch !== batch) {
      this.#reportBatch = batch
      this.#reports = 0
    }
    this.#reports += 1
    // Only what hasn't been posted can be replaced: while reports are held back, the last one has long gone.
    const isWaiting = this.#lastReportBatch === batch
    if (isWaiting && this.#reports > REPORTS_PER_BATCH && this.#lastReport !== undefined) {
      this.#lastReport.value = copy
      this.host.outbox.nudge(1)
      return
    }
    if (!this.#reported.take()) {
      this.#heldReport = { value: copy }
      this.#releaseTimer ??= setTimeout(() => this.#releaseReport(), RELEASE_MS)
      return
    }
    this.#heldReport = undefined
    const message = { type: 'report' as const, ticket: this.ticket, value: copy }
    this.#lastReport = message
    this.#lastReportBatch = batch
    this.#say(message)
  }

  #releaseReport(): void {
    this.#releaseTimer = undefined
    const held = this.#heldReport
    if (held === undefined || this.state !== 'live') return
    this.#heldReport = undefined
    this.report(held.value)
  }

  /** The body has ended by itself: what was held back or dropped of what it said is told. */
  tellRest(): void {
    if (this.#releaseTimer !== undefined) clearTimeout(this.#releaseTimer)
    const held = this.#heldReport
    this.#heldReport = undefined
    if (held !== undefined) this.tell({ type: 'report', ticket: this.ticket, value: held.value })
    if (this.#logged !== undefined) this.#tellDropped(this.#logged)
    if (this.#emitted !== undefined) this.#tellDropped(this.#emitted)
  }

  /** Takes room for one more, or drops it: the first one that is dropped is told at once, how many at their end. */
  #hasRoom(said: Undelivered, characters: number = 0): boolean {
    if (said.take(characters)) {
      this.#tellDropped(said)
      return true
    }
    said.dropped += 1
    if (said.dropped === 1)
      this.#tellLog('warn', `${said.what} are being dropped: there are more than the app's thread takes`)
    return false
  }

  #tellDropped(said: Undelivered): void {
    const { dropped, what } = said
    if (dropped === 0) return
    said.dropped = 0
    this.#tellLog('warn', `${dropped} ${what} were dropped: there were more than the app's thread took`)
  }

  log(level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>): void {
    // From JavaScript it may be anything, and a log entry never throws.
    const text = typeof message === 'string' ? cutText(message) : describeValue(message)
    this.#logged ??= new Undelivered(this.host.outbox, 'log entries', MOST_SAID)
    if (this.#hasRoom(this.#logged, text.length)) this.#tellLog(level, text, fields)
  }

  #tellLog(level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>): void {
    const at = this.host.now()
    this.#say({ type: 'log', ticket: this.ticket, level, message, ...(fields && { fields }), at })
  }

  /** Tells an event, to the parent and everyone who looks. Never throws. */
  emit(event: unknown): void {
    if (this.state !== 'live') return
    if (!isEventObject(event)) {
      this.log(
        'warn',
        `what was emitted was dropped: it is ${describeValue(event)}, but must be an object with a text 'type'`,
      )
      return
    }
    try {
      // Now, and not when it is posted: the body may go on changing its object.
      const copy = structuredClone(event)
      this.#emitted ??= new Undelivered(this.host.outbox, 'events', MOST_SAID)
      if (this.#hasRoom(this.#emitted)) this.#say({ type: 'emit', ticket: this.ticket, event: copy })
    } catch {
      this.log('warn', `an event '${event.type}' was dropped, because it can't be cloned`)
    }
  }

  /** Sends a message to any action; `false` if this body can't send any more. */
  send(run: string, id: string, given: unknown): boolean {
    const to = run === this.info.run ? `action ${id}` : `action ${id} of run '${run}'`
    const { message, transfer } = checkedMessage(given, to, { run: this.info.run, action: this.info.id })
    if (this.state !== 'live') return false
    const sent = { type: 'send' as const, ticket: this.ticket, run, id, message }
    this.tellNow({ ...sent, ...(transfer.length > 0 && { transfer }) }, transfer)
    return true
  }

  cancelChild(id: string, reason: unknown, options: CancelOptions = {}): void {
    if (options.graceMs !== undefined) milliseconds(options.graceMs, `cancel of action ${id}`, 'graceMs')
    this.#say({
      type: 'cancel',
      ticket: this.ticket,
      id,
      reason: wireReason('cancel', reason),
      ...(options.graceMs !== undefined && { graceMs: options.graceMs }),
      ...(options.force === true && { force: true }),
    })
  }

  /** Cancels a child when an app's signal fires. The listener goes when the child settles, or this body ends (I9). */
  link(id: string, signal: AbortSignal): void {
    if (signal.aborted) return
    const onAbort = (): void => {
      this.tellNow({ type: 'cancel', ticket: this.ticket, id, reason: wireReason('signal', signal.reason) })
    }
    signal.addEventListener('abort', onAbort, { once: true })
    this.#links ??= new Map()
    this.#links.set(id, () => signal.removeEventListener('abort', onAbort))
  }

  /** A child has settled: its signal is no longer listened to. */
  unlink(id: string): void {
    this.#links?.get(id)?.()
    this.#links?.delete(id)
  }

  #dropWaits(): void {
    if (this.#links !== undefined) for (const unlink of this.#links.values()) unlink()
    this.#links = undefined
    if (this.#releaseTimer !== undefined) clearTimeout(this.#releaseTimer)
    this.#heldReport = undefined
    this.scope.drop()
    if (this.#shields !== undefined) for (const shield of this.#shields.values()) shield.scope.drop()
    this.#children?.clear()
    this.#mailbox = undefined
    this.channels?.close()
  }
}

/** What `cancel` or a signal gives as a reason, in the form that travels. */
export function wireReason(source: WireReason['source'], reason: unknown): WireReason {
  if (reason === undefined) return { source }
  if (typeof reason === 'string') return { source, message: cutText(reason) }
  return { source, message: messageOf(reason), cause: { error: encodeError(reason) } }
}
