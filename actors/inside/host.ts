// The host in a thread: it takes starts from its port, claims them, runs their bodies within the thread's shares, and
// reports. The same class serves the app's own thread, for `scope` bodies and `threads: 0`.

import type { DefinitionParts, FullDefinition } from '../../src/action.js'
import type { ActionInfo } from '../../src/context.js'
import { LOCAL_URL, type LocalBodies } from '../../src/local-bodies.js'
import { captureContext } from '../../src/protocol/async-context.js'
import { Claims, ClaimState, NO_TICKET, slotOf, type AttemptTicket } from '../../src/protocol/claims.js'
import type { Clock } from '../../src/protocol/clock.js'
import type { AbortReason } from '../../src/protocol/errors/abort-reason.js'
import { decodeReason } from '../../src/protocol/errors/decode-error.js'
import { encodeError } from '../../src/protocol/errors/encode-error.js'
import { ActionAbortedError } from '../../src/protocol/errors/errors.js'
import { wrapThrown } from '../../src/protocol/errors/wrap-thrown.js'
import { spawnerId } from '../../src/protocol/ids.js'
import type { AbortMessage, MailMessage, ToHost, ToRuntime } from '../../src/protocol/messages.js'
import type { ResolvedActionOptions } from '../../src/protocol/resolved-options.js'
import type { Phase, TerminalPhase } from '../../src/protocol/outcome.js'
import { Body, type BodyHost } from './body/body.js'
import type { Child } from './body/body-children.js'
import { ModuleLoad, type CodeOwner } from './body/current-body.js'
import { TrialCheckpoints } from './body/trial-checkpoints.js'
import { ownAbort } from './body/own-aborts.js'
import type { LinkHost, LocalHost } from './host-link.js'
import { isMisplaced, LaneDefinitions, type CommandLoader, type LaneDefinition } from './lane-definitions.js'
import type { Outbox } from './outbox.js'
import { replaceUncloneable } from './replace-uncloneable.js'
import { endedMessage, isPlain, runBody, type BodyEnd } from './run-body.js'
import { StartQueue } from './start-queue.js'
import { hostFields, type HostName } from '../../src/protocol/host-name.js'
import { inputUnreadable, takeUnreadable, type FromRuntime, type WaitingStart } from './take-unreadable.js'
import { world } from '../../src/protocol/world.js'

const NO_RESOURCES: ActionInfo['resources'] = {}

/** What a host is made of. */
export interface HostOptions {
  readonly link: LinkHost
  readonly now: Clock
  readonly thread: number
  /** This machine, where it isn't the runtime's. */
  readonly machine?: HostName | undefined
  /** Bodies that live in this thread only: those of `scope`. */
  readonly localBodies?: LocalBodies
  /** What runs commands: only in the runtime's own thread. */
  readonly commands?: CommandLoader
  /** Called when the runtime has closed the lane. */
  readonly onClose: () => void
  /** Where an action stands: only in the runtime's own thread. */
  readonly phaseOf?: (run: string, id: string) => Phase | undefined
}

/** Runs bodies for one lane. */
export class Host implements BodyHost, LocalHost {
  readonly claims: Claims = new Claims()
  readonly outbox: Outbox
  readonly now: Clock
  readonly poll: () => void
  readonly phaseOf: ((run: string, id: string) => Phase | undefined) | undefined
  readonly #thread: number
  readonly #machine: HostName | undefined
  readonly #onClose: () => void
  /** By slot. */
  readonly #bodies = new Map<number, Body>()
  /** Those that have ended, or were given up, while children of theirs live: whoever holds a handle is told (S15). */
  readonly #ended = new Map<AttemptTicket, Body>()
  readonly #definitions: LaneDefinitions
  readonly #starts = new StartQueue(
    (message) => this.#start(message),
    ({ ticket }) => this.claims.read(ticket) === ClaimState.offered,
  )
  /** Messages for bodies that are sent, but not started. */
  readonly #earlyMail = new Map<AttemptTicket, MailMessage[]>()
  /** Whose output a message carries that may turn out not to be cloneable, when its body is gone. */
  readonly #returnedBy = new WeakMap<ToRuntime, ActionInfo>()
  #loading: Promise<void> = Promise.resolve()

  constructor(options: HostOptions) {
    this.now = options.now
    this.#thread = options.thread
    this.#machine = options.machine
    this.#definitions = new LaneDefinitions(options.localBodies, options.commands)
    this.#onClose = options.onClose
    this.phaseOf = options.phaseOf
    const link = options.link(this)
    this.outbox = link.outbox
    this.poll = () => link.poll()
    this.outbox.push({ type: 'hello', thread: options.thread })
  }

  numberOf(definition: FullDefinition): number {
    return this.#definitions.numberOf(definition, (message) => this.outbox.push(message))
  }

  parked(body: Body): void {
    if (body.cpu > 0) this.outbox.push({ type: 'parked', ticket: body.ticket })
    this.#starts.free(body.cpu)
  }

  resumed(body: Body): void {
    this.#starts.hold(body.cpu)
    if (body.cpu > 0) this.outbox.push({ type: 'resumed', ticket: body.ticket })
  }

  /** The main thread has given a body up. Its share stays held if its code may still run. */
  dropped(body: Body, wasLoading: boolean): void {
    this.#bodies.delete(slotOf(body.ticket))
    if (body.hasChildren) this.#ended.set(body.ticket, body)
    // One that hasn't been entered never will be.
    this.#starts.free(wasLoading ? body.cpu : 0)
  }

  failBody(body: Body, thrown: unknown): void {
    if (body.isOwnAbort(thrown)) return
    const value = wrapThrown(thrown, { run: body.info.run, action: body.info.id })
    this.#end(body, { kind: 'threw', value })
  }

  callBack(body: Body, call: () => void): void {
    if (!body.isAlive) return
    try {
      // A context for each: what one enters isn't there for the next.
      body.run(() => captureContext().runInAsyncScope(call))
    } catch (error) {
      this.failBody(body, error)
    }
  }

  /** The thread is about to end, by code that belongs to this; `undefined`: to nobody (S28). */
  announceEndOfThread(owner: CodeOwner | ModuleLoad | undefined): void {
    if (owner === undefined) {
      this.outbox.push({ type: 'endsThread', ticket: NO_TICKET })
    } else if (owner instanceof ModuleLoad) {
      this.outbox.push({ type: 'endsThread', ticket: NO_TICKET, module: owner.url })
    } else {
      const { run, id, name, attempt } = owner.info
      // One of an earlier lane has a ticket of that.
      const ticket = owner instanceof Body && owner.host === this ? owner.ticket : NO_TICKET
      this.outbox.push({ type: 'endsThread', ticket, by: { run, id, name, attempt } })
    }
    this.outbox.flush()
  }

  beginTurn(): void {
    this.#starts.beginTurn()
  }

  endTurn(): void {
    this.#starts.pump()
  }

  note(message: FromRuntime): void {
    if (message.type === 'abort') this.#noteAbort(message)
    else if (message.type === 'graceEnded') this.#bodyOf(message.ticket)?.noteGraceEnd()
  }

  handle(message: FromRuntime): void {
    switch (message.type) {
      case 'start':
        this.#starts.add(message)
        return
      case 'abort':
        this.#noteAbort(message)
        this.outbox.flushSoon()
        for (const ticket of message.tickets) this.#bodyOf(ticket)?.raise()
        return
      case 'childSettled': {
        this.#childOf(message.ticket, message.id)?.receiveEncoded(message.outcome)
        if (this.#ended.size > 0 && this.#ended.get(message.ticket)?.hasChildren === false)
          this.#ended.delete(message.ticket)
        return
      }
      case 'childReport':
        this.#childOf(message.ticket, message.id)?.receiveReport(message.value)
        return
      case 'childPhase':
        this.#childOf(message.ticket, message.id)?.receivePhase(message.phase)
        return
      case 'childEmit':
        this.#childOf(message.ticket, message.id)?.receiveEmit(message.event)
        return
      case 'mail': {
        const body = this.#bodyOf(message.ticket)
        if (body?.isAlive) body.mailbox.deliver(message)
        else if (this.claims.read(message.ticket) === ClaimState.offered) this.#keepEarly(message)
        return
      }
      case 'mailDropped':
        this.#bodyOf(message.ticket)?.mailbox.drop(message.through)
        return
      case 'connect': {
        const body = this.#bodyOf(message.ticket)
        if (body?.isAlive && body.isExposing) body.channels.serve(message.port)
        else message.port.close()
        return
      }
      case 'unreadable':
        takeUnreadable(message, this.#bodyOf(message.ticket), (instead) => this.handle(instead))
        return
      case 'define':
        this.#definitions.add(message.definition, message.url, message.name)
        return
      case 'chunk':
        this.claims.addChunk(message.chunk)
        return
      case 'drop':
        this.#bodyOf(message.ticket)?.drop()
        return
      case 'graceEnded':
        this.#bodyOf(message.ticket)?.noteGraceEnd()
        this.#bodyOf(message.ticket)?.expireShields()
        return
      case 'ping':
        this.outbox.push({ type: 'pong', sequence: message.sequence, written: world.isConsoleWritten() })
        this.outbox.flush()
        return
      case 'load':
        // One after the other: if one ends the thread, it is known which.
        this.#loading = this.#loading.then(() => this.#load(message))
        return
      case 'wake':
        return
      case 'close':
        this.outbox.flush()
        this.#onClose()
    }
  }

  insteadOf(message: ToRuntime, error: unknown): ToRuntime | undefined {
    const body = 'ticket' in message ? this.#bodyOf(message.ticket) : undefined
    return replaceUncloneable(message, error, body, this.#returnedBy.get(message), this.now())
  }

  isObserved(ticket: AttemptTicket, id: string): boolean {
    const body = this.#bodyOf(ticket) ?? this.#ended.get(ticket)
    return body?.children.get(id)?.isObserved === true
  }

  isLocal(ticket: AttemptTicket): boolean {
    return this.#bodyOf(ticket)?.isLocal === true
  }

  /** The body that a ticket stands for, if it lives here. */
  #bodyOf(ticket: AttemptTicket): Body | undefined {
    const body = this.#bodies.get(slotOf(ticket))
    return body?.ticket === ticket ? body : undefined
  }

  /** A child's handle, whether or not the body that spawned it lives. */
  #childOf(ticket: AttemptTicket, id: string): Child | undefined {
    const body = this.#bodyOf(ticket)
    // What was given up is known to be dead before anything would continue it.
    if (body?.isAlive === true) return body.children.get(id)
    return this.#ended.get(ticket)?.children.get(id)
  }

  /** From the runtime, in its own thread: a child has ended, which a message says, too, in a turn of the loop. */
  noteEnd(ticket: AttemptTicket, id: string, phase: TerminalPhase): void {
    const body = this.#bodyOf(ticket) ?? this.#ended.get(ticket)
    body?.children.get(id)?.noteEnd(phase)
  }

  /** Loads definitions ahead of need. */
  async #load({ request, definitions }: ToHost & { readonly type: 'load' }): Promise<void> {
    try {
      const loaded: { readonly known: LaneDefinition; readonly parts: DefinitionParts }[] = []
      for (const number of definitions) {
        const known = this.#definitions.get(number)
        loaded.push({ known, parts: known.parts ?? (await this.#definitions.load(known, {})) })
      }
      // Not ahead of the word of it: an action of one starts without saying what its definition says.
      for (const { known, parts } of loaded) known.parts = parts
      this.outbox.push({ type: 'loaded', request, options: loaded.map(({ parts }) => parts.options) })
    } catch (error) {
      this.outbox.push({ type: 'loaded', request, options: [], error: encodeError(error) })
    }
  }

  /** Its start is on this port, too, and ahead of it: when that is handled, this is delivered, or forgotten. */
  #keepEarly(message: MailMessage): void {
    const early = this.#earlyMail.get(message.ticket)
    if (early === undefined) this.#earlyMail.set(message.ticket, [message])
    else early.push(message)
  }

  #noteAbort(message: AbortMessage): void {
    let reason: AbortReason | undefined
    const seen: AttemptTicket[] = []
    for (const ticket of message.tickets) {
      const live = this.#bodyOf(ticket)
      // By what has ended, its children's ends are read, which say no more of a reason that they share.
      const body = live ?? this.#ended.get(ticket)
      if (body === undefined || body.scope.isNoted) continue
      if (live !== undefined) seen.push(ticket)
      const { run, id } = body.info
      // Made when somebody asks: a body that polls, and stops, never does.
      body.note(() => {
        reason ??= decodeReason(message.reason)
        return ownAbort(new ActionAbortedError({ reason, run, action: id }))
      })
    }
    if (seen.length > 0) this.outbox.pushDeferred({ type: 'abortSeen', tickets: seen, at: this.now() })
  }

  #start(message: WaitingStart): void {
    // What earlier bodies have to say doesn't wait for this one.
    this.outbox.flushIfOld()
    const early = this.#earlyMail.size > 0 ? this.#earlyMail.get(message.ticket) : undefined
    if (early !== undefined) this.#earlyMail.delete(message.ticket)
    const { id, run, attempt = 1, cpu = 1, ticket, spawned = 0 } = message
    const known = this.#definitions.get(message.definition)
    const { parts } = known
    const isLoading = parts === undefined || isMisplaced(parts, message) || message.unreadable !== undefined
    if (
      !this.claims.exchange(ticket, ClaimState.offered, isLoading ? ClaimState.loading : ClaimState.running)
    )
      return
    const parent = message.parent ?? spawnerId(id)
    const { resources = NO_RESOURCES } = message
    const name = message.name ?? known.name
    const place = { id, name, run, parent, attempt, thread: this.#thread, resources }
    const info = this.#machine === undefined ? place : { ...place, ...hostFields(this.#machine) }
    const body = new Body(this, ticket, info, {
      cpu,
      spawned,
      isLoading,
      isLocal: known.url === LOCAL_URL,
    })
    this.#bodies.set(slotOf(ticket), body)
    this.#starts.hold(cpu)
    if (message.inspected === true) body.inspected = true
    if (message.trial !== undefined) body.checkpoints = new TrialCheckpoints(message.trial, info)
    if (early !== undefined) for (const mail of early) body.mailbox.deliver(mail)
    if (message.unreadable !== undefined) {
      this.#end(body, { kind: 'neverEntered', value: inputUnreadable(info, message.unreadable) })
      return
    }
    if (parts !== undefined) {
      if (isLoading) this.#loaded(body, known, parts, message)
      else this.#run(body, known, parts, message.input)
      return
    }
    const loading = this.#definitions.load(known, { run, action: id })
    if (loading instanceof Promise) {
      loading.then(
        (loaded) => this.#loaded(body, known, loaded, message),
        (error: unknown) => this.#end(body, { kind: 'neverEntered', value: error }),
      )
    } else {
      this.#loaded(body, known, loading, message)
    }
  }

  /** Its module is there. Until now the main thread could take it back: it counts as started from here on (S10, S11). */
  #loaded(body: Body, known: LaneDefinition, parts: DefinitionParts, message: WaitingStart): void {
    if (isMisplaced(parts, message)) {
      known.parts = parts
      // The runtime takes it back, and sends it again, once it has what it needs.
      const { options } = parts
      body.post({ type: 'returned', ticket: body.ticket, options: options as ResolvedActionOptions })
      return
    }
    // What isn't entered tells nothing of its definition: the next one of it does.
    if (!body.enter()) return
    known.parts = parts
    // Also if its module has been loaded for another action, and this one is still a mere name to the runtime.
    this.#describe(body, parts)
    this.#run(body, known, parts, message.input)
  }

  /** An `actionRef` has been loaded: its options are known now, to the host and the runtime. */
  #describe(body: Body, { options }: DefinitionParts): void {
    if (options === undefined) return
    // It may leave room for others.
    if (!body.isParked) this.#starts.free(body.cpu - options.cpu)
    body.cpu = options.cpu
    body.post({ type: 'described', ticket: body.ticket, options })
  }

  #run(body: Body, known: LaneDefinition, parts: DefinitionParts, input: unknown): void {
    body.startedAt = this.now()
    const given = this.#definitions.contextOf(known, input)
    runBody(body, parts, input, given, (end) => this.#end(body, end))
  }

  #end(body: Body, end: BodyEnd): void {
    if (!body.isAlive) return
    const { ticket, info, isParked } = body
    const message = endedMessage(body, end, this.now())
    body.end()
    this.#bodies.delete(slotOf(ticket))
    if (body.hasChildren) this.#ended.set(ticket, body)
    if (end.kind === 'returned' && !isPlain(end.value)) this.#returnedBy.set(message, info)
    // Of one action at a time, each microsecond until this is posted is the app's.
    if (this.#bodies.size === 0 && this.#starts.isEmpty) this.outbox.pushAndFlush(message)
    else this.outbox.push(message)
    this.#starts.free(isParked ? 0 : body.cpu)
  }
}
