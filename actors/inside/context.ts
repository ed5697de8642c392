// `ctx`: the public face of a body, or of a shield's block within it. It holds nothing of its own but those two.

import { isDefinition, type ActionDefinition } from '../../src/action.js'
import type { ActionContext, ActionInfo, ActionLog, ReceiveOptions, Settling } from '../../src/context.js'
import type { ActionAddress, ActionTypes } from '../../src/handle.js'
import {
  checkCallOptions,
  LONGEST_TIMER_MS,
  milliseconds,
  resolvePriority,
  resolveTimeout,
  SPAWN_OPTIONS,
  type MapOptions,
  type SpawnOptions,
  type StopOptions,
} from '../../src/options.js'
import { describeValue } from '../../src/protocol/describe-value.js'
import { ActionAbortedError, ActionInputError, type HeddleError } from '../../src/protocol/errors.js'
import type { EventObject } from '../../src/protocol/event-object.js'
import { childId } from '../../src/protocol/ids.js'
import type { WireSpawnOptions } from '../../src/protocol/messages.js'
import { transfersOf } from '../../src/transfer.js'
import { AbortScope } from './abort-scope.js'
import { wireReason, type Body, type Shield } from './body.js'
import { ChildHandle } from './child-handle.js'
import { expose, services } from './body-channels.js'
import * as combinators from './combinators.js'
import { currentBody } from './current-body.js'
import { receive } from './mailbox.js'
import { idle, refusal, rejectLater, sleep, type Owner } from './waits.js'

type AnyDefinition = ActionDefinition<never, unknown, ActionTypes>

/** Makes the context that a body is called with. */
export function createContext(body: Body): ActionContext<never> {
  return new Context(body, body.scope, undefined) as unknown as ActionContext<never>
}

/** The context of the body whose code is running, if any. */
export function currentContext(): ActionContext<never> | undefined {
  const body = currentBody.getStore()
  return body === undefined ? undefined : createContext(body)
}

/** Runs code as that of a body: where it has been bound to another async context. */
export function inBodyOf<Result>(ctx: ActionContext<never>, run: () => Result): Result {
  return currentBody.run((ctx as unknown as Context).body, run)
}

class Context implements Owner {
  readonly body: Body
  readonly scope: AbortScope
  readonly #shield: number | undefined

  constructor(body: Body, scope: AbortScope, shield: number | undefined) {
    this.body = body
    this.scope = scope
    this.#shield = shield
  }

  get signal(): AbortSignal {
    return this.scope.signal
  }

  get info(): ActionInfo {
    return this.body.info
  }

  get log(): ActionLog {
    const { body } = this
    return {
      debug: (message, fields) => body.log('debug', message, fields),
      info: (message, fields) => body.log('info', message, fields),
      warn: (message, fields) => body.log('warn', message, fields),
      error: (message, fields) => body.log('error', message, fields),
    }
  }

  spawn(definition: AnyDefinition, input?: unknown, options?: SpawnOptions): ChildHandle {
    return this.#start(definition, input, options, false)
  }

  map(
    definition: AnyDefinition,
    inputs: Iterable<unknown> | AsyncIterable<unknown>,
    options?: MapOptions & StopOptions,
  ): Promise<unknown[]> {
    if (options === undefined)
      return combinators.map(this, (input) => this.#start(definition, input, undefined, true), inputs, {})
    // How many and how the rest is stopped is map's; the other options are each child's.
    const { concurrency: _concurrency, outcomes: _outcomes, ...forChildren } = options
    return combinators.map(
      this,
      (input) => this.#start(definition, input, forChildren, true),
      inputs,
      options,
    )
  }

  all(handles: readonly PromiseLike<unknown>[], options?: StopOptions): Promise<unknown[]> {
    return this.#listed(handles, 'all') ?? combinators.all(this, handles, options)
  }

  first(
    handles: readonly PromiseLike<unknown>[],
    accept?: (output: never, index: number) => unknown,
    options?: StopOptions,
  ): Promise<unknown> {
    return this.#listed(handles, 'first') ?? combinators.first(this, handles, accept, options)
  }

  completed(handles: Iterable<Settling>): AsyncIterableIterator<unknown> {
    return combinators.completed(this, handles)
  }

  sleep(ms: number): Promise<void> {
    return sleep(this, ms)
  }

  idle(promise: unknown): Promise<unknown> {
    return idle(this, promise)
  }

  report(value: unknown): void {
    this.body.report(value)
  }

  receive(options?: ReceiveOptions): Promise<EventObject | undefined> {
    return receive(this, options)
  }

  emit(event: EventObject): void {
    this.body.emit(event)
  }

  send(address: ActionAddress, message: EventObject): boolean {
    if (!isAddress(address)) {
      const { run, id, name } = this.body.info
      throw new ActionInputError(
        `ctx.send in action ${id} '${name}' was given ${describeValue(address)}, but needs the address of an action: handle.ref`,
        { run, action: id },
      )
    }
    return this.body.send(address.run, address.action, message)
  }

  get services(): unknown {
    return services(this)
  }

  expose(api: object): Promise<never> {
    return expose(this, api)
  }

  async shield(ms: number, run: (ctx: ActionContext<never>) => unknown): Promise<unknown> {
    const { body } = this
    const { info } = body
    milliseconds(ms, `ctx.shield in action ${info.id} '${info.name}'`, 'ms')
    if (body.state !== 'live') return rejectLater(this, refusal(this))
    body.shieldCount += 1
    const id = body.shieldCount
    const shield = createShield(body, id, ms)
    body.shields.set(id, shield)
    if (body.scope.poll() !== undefined) shield.start()
    try {
      return await run(new Context(body, shield.scope, id) as unknown as ActionContext<never>)
    } finally {
      shield.expire(false)
      for (const child of shield.children) await child.settled()
      shield.scope.close()
      body.shields.delete(id)
    }
  }

  /** A rejection where a combinator was given something else than an array. */
  #listed(handles: unknown, combinator: string): Promise<never> | undefined {
    if (Array.isArray(handles)) return undefined
    const { run, id, name } = this.body.info
    const message = `ctx.${combinator} in action ${id} '${name}' was given ${describeValue(handles)}, but needs an array of handles`
    return rejectLater(this, new ActionInputError(message, { run, action: id }))
  }

  #start(
    definition: AnyDefinition,
    input: unknown,
    options: SpawnOptions | undefined,
    waitForRoom: boolean,
  ): ChildHandle {
    const { body } = this
    const { info } = body
    body.spawned += 1
    const id = childId(info.id, body.spawned)
    if (!isDefinition(definition)) {
      const handle = new ChildHandle(body, id, 'unknown', true)
      const message = `ctx.spawn in action ${info.id} '${info.name}' was given ${describeValue(definition)}, but needs what action() or actionRef() returned`
      return fail(body, handle, new ActionInputError(message, { run: info.run, action: id }))
    }
    const handle = new ChildHandle(
      body,
      id,
      options?.name ?? definition.name,
      options?.detached !== true && this.#shield === undefined,
    )
    const refused = refusal(this)
    if (refused !== undefined) return refused === 'dead' ? handle : fail(body, handle, refused as HeddleError)
    let wire: WireSpawnOptions | undefined
    try {
      wire = wireOptions(options, `spawn of action '${definition.name}'`, this.#shield, waitForRoom)
    } catch (error) {
      return fail(body, handle, error as HeddleError)
    }
    body.children.set(id, handle)
    if (this.#shield !== undefined) body.shields.get(this.#shield)?.children.add(handle)
    const transfer = transfersOf(input)
    body.tellNow(
      {
        type: 'spawn',
        ticket: body.ticket,
        id,
        definition: body.host.numberOf(definition),
        ...(input !== undefined && { input }),
        ...(transfer.length > 0 && { transfer }),
        ...(wire && { options: wire }),
      },
      transfer,
    )
    if (options?.signal !== undefined) body.link(id, options.signal)
    return handle
  }
}

// Methods are bound where they are read, so that a body may take `ctx` apart: `(input, { spawn, sleep }) => …`. A body
// that doesn't pays nothing for it.
for (const name of [
  'spawn',
  'map',
  'all',
  'first',
  'completed',
  'sleep',
  'idle',
  'report',
  'receive',
  'emit',
  'send',
  'expose',
  'shield',
] as const) {
  const method = Context.prototype[name] as (...args: never[]) => unknown
  Object.defineProperty(Context.prototype, name, {
    get(this: Context) {
      const bound = method.bind(this as never)
      Object.defineProperty(this, name, { value: bound })
      return bound
    },
  })
}

function isAddress(value: unknown): value is ActionAddress {
  if (typeof value !== 'object' || value === null) return false
  const { run, action } = value as Partial<ActionAddress>
  return typeof run === 'string' && typeof action === 'string'
}

function createShield(body: Body, id: number, ms: number): Shield {
  let deadline = Infinity
  let timer: NodeJS.Timeout | undefined
  let expired = false
  const shield: Shield = {
    children: new Set(),
    // A loop that polls sees the time pass, too.
    scope: new AbortScope(() => {
      body.host.noteAborts()
      if (performance.now() >= deadline) shield.scope.note(reasonFor(body, ms))
    }),
    start() {
      if (deadline !== Infinity || expired) return
      deadline = performance.now() + ms
      timer = setTimeout(() => shield.expire(true), Math.min(ms, LONGEST_TIMER_MS))
    },
    expire(timedOut) {
      if (expired) return
      expired = true
      clearTimeout(timer)
      if (timedOut) {
        shield.scope.note(reasonFor(body, ms))
        shield.scope.raise()
      } else {
        shield.scope.drop()
      }
      if (shield.children.size > 0)
        body.tellNow({ type: 'shieldEnded', ticket: body.ticket, shield: id, timedOut })
    },
  }
  return shield
}

function reasonFor(body: Body, ms: number): ActionAbortedError {
  if (body.scope.reason !== undefined) return body.scope.reason
  const { run, id } = body.info
  return new ActionAbortedError({
    run,
    action: id,
    reason: {
      source: 'timeout',
      message: `the shield's ${ms} ms have passed`,
      origin: id,
      at: body.host.now(),
    },
  })
}

function wireOptions(
  options: SpawnOptions | undefined,
  of: string,
  shield: number | undefined,
  waitForRoom: boolean,
): WireSpawnOptions | undefined {
  if (options === undefined && shield === undefined && !waitForRoom) return undefined
  checkCallOptions(options, SPAWN_OPTIONS, of)
  const { name, timeout, graceMs, priority, detached, signal } = options ?? {}
  return {
    ...(name !== undefined && { name }),
    ...(timeout !== undefined && { timeout: resolveTimeout(timeout, of) }),
    ...(graceMs !== undefined && { graceMs: milliseconds(graceMs, of, 'graceMs') }),
    ...(priority !== undefined && { priority: resolvePriority(priority, of) }),
    ...(detached === true && { detached }),
    ...(signal?.aborted === true && { aborted: wireReason('signal', signal.reason) }),
    ...(shield !== undefined && { shield }),
    ...(waitForRoom && { waitForRoom }),
  }
}

/** Ends a handle whose action never comes to be, in a later turn of the loop (S12). */
function fail(body: Body, handle: ChildHandle, error: HeddleError): ChildHandle {
  const { state } = body
  setImmediate(() => {
    // What is pending when the body ends never settles (S15).
    if (body.state !== state) return
    const now = body.host.now()
    const times = { queuedAt: now, settledAt: now }
    handle.receiveOutcome(
      error instanceof ActionAbortedError
        ? { status: 'aborted', error, reason: error.reason, escalations: [], how: 'never-started', ...times }
        : { status: 'failed', error, ...times },
    )
  })
  return handle
}
