// What runs in a thread: it takes starts from its port, claims them, runs their bodies within the thread's shares, and
// reports. The same class serves the app's own thread, for `scope` bodies and `threads: 0`.

import type { MessagePort } from 'node:worker_threads'
import type { DefinitionParts, FullDefinition } from '../../src/action.js'
import type { ActionContext, ActionInfo } from '../../src/context.js'
import { Claims, ClaimState, Counter, type LaneCounters, type Ticket } from '../../src/protocol/claims.js'
import { CountedPort } from '../../src/protocol/counted-port.js'
import type { Clock } from '../../src/protocol/clock.js'
import type { AbortReason } from '../../src/protocol/abort-reason.js'
import { decodeReason } from '../../src/protocol/decode-error.js'
import { encodeError } from '../../src/protocol/encode-error.js'
import { ActionAbortedError } from '../../src/protocol/errors.js'
import { spawnerId } from '../../src/protocol/ids.js'
import { wrapThrown } from '../../src/protocol/wrap-thrown.js'
import type {
  AbortMessage,
  MailMessage,
  StartMessage,
  ToHost,
  ToRuntime,
} from '../../src/protocol/messages.js'
import { readToHost, type Flat } from '../../src/protocol/wire.js'
import { isThenable } from '../../src/is-thenable.js'
import type { LocalBodies } from '../../src/local-bodies.js'
import { transfersOf } from '../../src/transfer.js'
import { Body } from './body.js'
import { callValidated } from './call-validated.js'
import { createContext } from './context.js'
import { currentBody } from './current-body.js'
import { LaneDefinitions } from './lane-definitions.js'
import { Outbox } from './outbox.js'
import { replaceUncloneable } from './replace-uncloneable.js'

/** How long bodies are started one after the other before the loop gets its turn, in milliseconds. */
const TURN_MS = 5
/** How many further arrays are handled in one turn of the loop. */
const MORE_AT_ONCE = 16
/** Shares are sums of fractions. */
const EPSILON = 1e-9

/** What a host is made of. */
export interface HostOptions {
  readonly port: MessagePort
  readonly counter: LaneCounters
  readonly now: Clock
  readonly thread: number
  /** Bodies that live in this thread only: those of `scope`. */
  readonly localBodies?: LocalBodies
  /** Called when the runtime has closed the lane. */
  readonly onClose: () => void
}

/** Runs bodies for one lane. */
export class Host {
  readonly claims: Claims = new Claims()
  readonly outbox: Outbox
  readonly now: Clock
  /** Looks for aborts: one function for all bodies. */
  readonly poll = (): void => this.noteAborts()
  readonly #port: CountedPort
  readonly #counter: LaneCounters
  readonly #thread: number
  readonly #onClose: () => void
  readonly #bodies = new Map<Ticket, Body>()
  readonly #definitions: LaneDefinitions
  /** Messages for bodies that are sent, but not started. */
  readonly #earlyMail = new Map<Ticket, MailMessage[]>()
  /** Sent, but not started, in order. */
  #waiting: StartMessage[] = []
  #nextWaiting = 0
  /** Whose output a message carries that may turn out not to be cloneable, when its body is gone. */
  readonly #returnedBy = new WeakMap<ToRuntime, ActionInfo>()
  /** Sum of the shares of bodies that aren't parked. */
  #held = 0
  /** What a poll has taken from the port and left for the loop, in order. */
  #inbox: ToHost[] = []
  /** How many arrays of aborts, and of what else goes ahead, have been taken. */
  #seenAhead = 0
  #turnStartedAt = 0
  #pumping = false
  #pumpScheduled = false

  constructor(options: HostOptions) {
    this.#port = new CountedPort(options.port, options.counter, 'host')
    this.#counter = options.counter
    this.now = options.now
    this.#thread = options.thread
    this.#definitions = new LaneDefinitions(options.localBodies)
    this.#onClose = options.onClose
    this.outbox = new Outbox(this.#port, options.counter, (message, error) =>
      this.#replaceUncloneable(message, error),
    )
    options.port.on('message', (batch: Flat) => {
      this.#port.delivered()
      this.#receive(this.#read(batch))
    })
    this.outbox.push({ type: 'hello', thread: options.thread })
  }

  /** The number by which this lane knows a definition; the runtime is told of it first. */
  numberOf(definition: FullDefinition): number {
    return this.#definitions.numberOf(definition, (message) => this.outbox.push(message))
  }

  /**
   * Looks for aborts that have arrived while a body computes: one atomic read when there are none. Only notes them: it
   * is called in the middle of user code, so everything else is kept, in order, for the loop.
   */
  noteAborts(): void {
    this.outbox.flushIfDue()
    if (Atomics.load(this.#counter, Counter.raised) === this.#seenAhead) return
    const wasEmpty = this.#inbox.length === 0
    // It may still be on its way: then the next poll finds it.
    for (let batch = this.#port.take(); batch !== undefined; batch = this.#port.take()) {
      for (const message of this.#read(batch)) {
        this.#inbox.push(message)
        if (message.type === 'abort') this.#noteAbort(message)
        else if (message.type === 'graceEnded') this.#noteGraceEnded(message.ticket)
      }
    }
    if (wasEmpty && this.#inbox.length > 0) {
      setImmediate(() => {
        this.outbox.flushSoon()
        this.#receive([])
      })
    }
  }

  /** A body's share is free. */
  parked(body: Body): void {
    this.#held -= body.cpu
    if (body.cpu > 0) this.outbox.push({ type: 'parked', ticket: body.ticket })
    this.#schedulePump()
  }

  /** A body goes on. */
  resumed(body: Body): void {
    this.#held += body.cpu
    if (body.cpu > 0) this.outbox.push({ type: 'resumed', ticket: body.ticket })
  }

  /** The main thread has given a body up. Its share stays held if its code may still run. */
  dropped(body: Body): void {
    this.#bodies.delete(body.ticket)
    this.#schedulePump()
  }

  /** Fails a body from outside its call: something of its was rejected and nobody handled it. */
  failBody(body: Body, thrown: unknown): void {
    if (this.#isOwnAbort(body, thrown)) return
    this.#end(body, false, wrapThrown(thrown, { run: body.info.run, action: body.info.id }), true)
  }

  /** Calls something of a body's that isn't its own call: a listener, say. What it throws fails the body. */
  callBack(body: Body, call: () => void): void {
    if (!body.isAlive) return
    try {
      currentBody.run(body, call)
    } catch (error) {
      this.failBody(body, error)
    }
  }

  #receive(batch: readonly ToHost[]): void {
    this.#turnStartedAt = performance.now()
    // What a poll took came first.
    const earlier = this.#inbox
    this.#inbox = []
    for (const message of earlier) this.#handle(message)
    for (const message of batch) this.#handle(message)
    // What has arrived meanwhile comes along: small arrays would otherwise beget small arrays.
    for (let left = MORE_AT_ONCE; left > 0; left -= 1) {
      const next = this.#port.take()
      if (next === undefined) break
      for (const message of this.#read(next)) this.#handle(message)
    }
    this.#pump()
  }

  #read(batch: Flat): ToHost[] {
    Atomics.store(this.#counter, Counter.taken, this.#port.taken)
    const messages = readToHost(batch)
    if (goesAhead(messages[0])) this.#seenAhead = (this.#seenAhead + 1) | 0
    return messages
  }

  #handle(message: ToHost): void {
    switch (message.type) {
      case 'start':
        this.#waiting.push(message)
        return
      case 'abort':
        this.#noteAbort(message)
        this.outbox.flushSoon()
        for (const ticket of message.tickets) {
          const body = this.#bodies.get(ticket)
          if (body === undefined) continue
          // Its module is being imported, for ever perhaps: it hasn't begun, and needn't.
          if (body.isLoading) this.#end(body, false, body.scope.reason, false)
          else body.raise()
        }
        return
      case 'childSettled': {
        const body = this.#bodies.get(message.ticket)
        if (body?.isAlive) body.children.get(message.id)?.receiveEncoded(message.outcome)
        return
      }
      case 'childReport': {
        const body = this.#bodies.get(message.ticket)
        if (body?.isAlive) body.children.get(message.id)?.receiveReport(message.value)
        return
      }
      case 'childPhase':
        this.#bodies.get(message.ticket)?.children.get(message.id)?.receivePhase(message.phase)
        return
      case 'childEmit': {
        const body = this.#bodies.get(message.ticket)
        if (body?.isAlive) body.children.get(message.id)?.receiveEmit(message.event)
        return
      }
      case 'mail': {
        const body = this.#bodies.get(message.ticket)
        if (body?.isAlive) body.mailbox.deliver(message)
        else if (this.claims.read(message.ticket) === ClaimState.offered) this.#keepEarly(message)
        return
      }
      case 'mailDropped':
        this.#bodies.get(message.ticket)?.mailbox.drop(message.through)
        return
      case 'connect': {
        const body = this.#bodies.get(message.ticket)
        if (body?.isAlive && body.channels !== undefined) body.channels.serve(message.port)
        else message.port.close()
        return
      }
      case 'define':
        this.#definitions.add(message.definition, message.url, message.name)
        return
      case 'chunk':
        this.claims.addChunk(message.chunk)
        return
      case 'drop':
        this.#bodies.get(message.ticket)?.drop()
        return
      case 'graceEnded': {
        const body = this.#bodies.get(message.ticket)
        if (body !== undefined) for (const shield of body.shields.values()) shield.expire(true)
        return
      }
      case 'ping':
        this.outbox.push({ type: 'pong', sequence: message.sequence, written: isConsoleWritten() })
        this.outbox.flush()
        return
      case 'close':
        this.outbox.flush()
        this.#onClose()
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
    const seen: Ticket[] = []
    for (const ticket of message.tickets) {
      const body = this.#bodies.get(ticket)
      if (body === undefined || body.scope.isNoted) continue
      seen.push(ticket)
      const { run, id } = body.info
      // Made when somebody asks: a body that polls, and stops, never does.
      body.note(() => {
        reason ??= decodeReason(message.reason)
        return new ActionAbortedError({ reason, run, action: id })
      })
    }
    if (seen.length > 0) this.outbox.keep({ type: 'abortSeen', tickets: seen, at: this.now() })
  }

  #noteGraceEnded(ticket: Ticket): void {
    const body = this.#bodies.get(ticket)
    if (body?.scope.reason === undefined) return
    for (const shield of body.shields.values()) shield.scope.note(body.scope.reason)
  }

  #schedulePump(): void {
    if (this.#pumpScheduled || this.#pumping || this.#nextWaiting === this.#waiting.length) return
    this.#pumpScheduled = true
    queueMicrotask(() => {
      this.#pumpScheduled = false
      this.#pump()
    })
  }

  /** Starts what waits, as far as the shares allow. An over-committed thread starts nothing (S1). */
  #pump(): void {
    if (this.#pumping) return
    this.#pumping = true
    try {
      this.#startWaiting()
    } finally {
      this.#pumping = false
    }
  }

  #startWaiting(): void {
    while (this.#nextWaiting < this.#waiting.length) {
      const message = this.#waiting[this.#nextWaiting] as StartMessage
      if (this.#held + (message.cpu ?? 1) > 1 + EPSILON) break
      if (performance.now() - this.#turnStartedAt > TURN_MS) {
        // Timers, ports and what bodies await get their turn.
        setImmediate(() => {
          this.#turnStartedAt = performance.now()
          this.#pump()
        })
        break
      }
      this.#nextWaiting += 1
      this.#start(message)
    }
    if (this.#nextWaiting === this.#waiting.length) {
      this.#waiting = []
      this.#nextWaiting = 0
    } else if (this.#nextWaiting > 1024) {
      this.#waiting = this.#waiting.slice(this.#nextWaiting)
      this.#nextWaiting = 0
    }
  }

  #start(message: StartMessage): void {
    // What earlier bodies have to say doesn't wait for this one.
    this.outbox.flushIfOld()
    const early = this.#earlyMail.size > 0 ? this.#earlyMail.get(message.ticket) : undefined
    if (early !== undefined) this.#earlyMail.delete(message.ticket)
    if (!this.claims.exchange(message.ticket, ClaimState.offered, ClaimState.running)) return
    const { id, run, attempt = 1, cpu = 1, ticket } = message
    const known = this.#definitions.get(message.definition)
    const parent = message.parent ?? spawnerId(id)
    const info = { id, name: message.name ?? known.name, run, parent, attempt, thread: this.#thread }
    const body = new Body(this, ticket, info, cpu, message.spawned ?? 0)
    this.#bodies.set(ticket, body)
    this.#held += cpu
    body.startedAt = this.now()
    if (message.inspected === true) body.inspected = true
    if (early !== undefined) for (const mail of early) body.mailbox.deliver(mail)
    if (known.parts !== undefined) {
      this.#call(body, known.parts, message.input)
      return
    }
    const parts = this.#definitions.load(known, { run, action: id })
    if (parts instanceof Promise) {
      body.isLoading = true
      parts.then(
        (loaded) => {
          known.parts = loaded
          body.isLoading = false
          this.#describe(body, loaded)
          this.#callUnlessAborted(body, loaded, message.input)
        },
        (error: unknown) => this.#end(body, false, error, false),
      )
      return
    }
    known.parts = parts
    // Its module may have been loaded for another action, and this one still be a mere name to the runtime.
    this.#describe(body, parts)
    this.#call(body, parts, message.input)
  }

  /** An `actionRef` has been loaded: its options are known now, to the host and the runtime. */
  #describe(body: Body, { options }: DefinitionParts): void {
    if (options === undefined || body.state !== 'live') return
    if (!body.isParked) this.#held += options.cpu - body.cpu
    body.cpu = options.cpu
    body.tell({ type: 'described', ticket: body.ticket, options })
  }

  #callUnlessAborted(body: Body, parts: DefinitionParts, input: unknown): void {
    if (body.state !== 'live') return
    const aborted = body.scope.poll()
    if (aborted === undefined) this.#call(body, parts, input)
    else this.#end(body, false, aborted, false)
  }

  #call(body: Body, parts: DefinitionParts, input: unknown): void {
    const context = createContext(body)
    if (parts.input === undefined && parts.output === undefined) {
      this.#settle(body, () =>
        (parts.body as (input: unknown, ctx: ActionContext<never>) => unknown)(input, context),
      )
    } else {
      this.#settle(body, () => callValidated(body, parts, input, context))
    }
  }

  #settle(body: Body, call: () => unknown): void {
    let result: unknown
    try {
      result = currentBody.run(body, call)
    } catch (error) {
      this.#end(body, false, error, true)
      return
    }
    try {
      if (isThenable(result)) {
        result.then(
          (output) => this.#end(body, true, output, true),
          (error: unknown) => this.#end(body, false, error, true),
        )
        return
      }
    } catch (error) {
      // Its `then` threw, by being read or called.
      this.#end(body, false, error, true)
      return
    }
    this.#end(body, true, result, true)
  }

  #end(body: Body, ok: boolean, value: unknown, began: boolean): void {
    if (body.state !== 'live' || !body.isAlive) return
    const { ticket, startedAt, spawned, info } = body
    const unlistened = spawned > 0 ? body.unlistened() : undefined
    if (!body.isParked) this.#held -= body.cpu
    body.tellRest()
    body.end()
    this.#bodies.delete(ticket)
    if (ok && spawned === 0 && body.parkedMs === 0 && isPlain(value)) {
      // Nearly all ends are as plain as this: one literal, and none of the spreads below, which were a sixth of a host's
      // time with no-ops in bulk.
      const message: ToRuntime = {
        type: 'ended',
        ticket,
        startedAt,
        endedAt: this.now(),
        ok: true,
        output: value,
      }
      // Of one action at a time, each microsecond until this is posted is the app's.
      if (this.#bodies.size === 0 && this.#nextWaiting === this.#waiting.length) this.outbox.pushLast(message)
      else this.outbox.push(message)
      this.#schedulePump()
      return
    }
    const common = {
      type: 'ended' as const,
      ticket,
      startedAt,
      endedAt: this.now(),
      ...(body.parkedMs > 0 && { parkedMs: body.parkedMs }),
      ...(spawned > 0 && { spawned }),
      ...(unlistened !== undefined && { unlistened }),
    }
    if (ok) {
      const transfer = transfersOf(value)
      const message: ToRuntime = {
        ...common,
        ok: true,
        ...(value !== undefined && { output: value }),
        ...(transfer.length > 0 && { transfer }),
      }
      if (!isPlain(value)) this.#returnedBy.set(message, info)
      this.outbox.push(message, transfer)
    } else {
      const error =
        value !== undefined && value === body.scope.reason
          ? {}
          : { error: encodeError(wrapThrown(value, { run: info.run, action: info.id })) }
      this.outbox.push({ ...common, ok: false, ...error, began })
    }
    this.#schedulePump()
  }

  #isOwnAbort(body: Body, thrown: unknown): boolean {
    return body.scope.reason !== undefined && (thrown === body.scope.reason || isAbortOf(thrown, body))
  }

  #replaceUncloneable(message: ToRuntime, error: unknown): ToRuntime | undefined {
    const body = 'ticket' in message ? this.#bodies.get(message.ticket) : undefined
    return replaceUncloneable(message, error, body, this.#returnedBy.get(message), this.now())
  }
}

/** Whether an array that begins with it is one of those that go ahead of the others: each raises the counter of aborts. */
function goesAhead(first: ToHost | undefined): boolean {
  return first?.type === 'abort' || first?.type === 'graceEnded' || first?.type === 'ping'
}

/** Whether the main thread has taken all that was written to the console here. */
function isConsoleWritten(): boolean {
  return process.stdout.writableLength === 0 && process.stderr.writableLength === 0
}

/** Whether a value can be cloned for sure. */
function isPlain(value: unknown): boolean {
  const type = typeof value
  return type !== 'object' && type !== 'function' && type !== 'symbol'
}

function isAbortOf(thrown: unknown, body: Body): boolean {
  return thrown instanceof ActionAbortedError && thrown.action === body.info.id
}
