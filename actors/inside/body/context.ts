// `ctx`: the public face of a body, or of a shield's block within it. It holds nothing of its own but those two.

import { isDefinition } from '../../../src/action.js'
import type { ActionDefinition } from '../../../src/definition.js'
import type { ActionContext, ActionInfo, ActionLog, ReceiveOptions, Settling } from '../../../src/context.js'
import type { ActionAddress, ActionTypes } from '../../../src/handle.js'
import {
  checkStopOptions,
  type MapOptions,
  type SpawnOptions,
  type StopOptions,
} from '../../../src/options.js'
import { describeValue, messageOf } from '../../../src/protocol/values/describe-value.js'
import {
  ActionAbortedError,
  ActionInputError,
  type HeddleError,
} from '../../../src/protocol/errors/errors.js'
import type { EventObject } from '../../../src/protocol/event-object.js'
import { childId } from '../../../src/protocol/ids.js'
import type { WireSpawnOptions } from '../../../src/protocol/messages.js'
import { transfersOf } from '../../../src/protocol/transfers.js'
import { isHeddleError } from '../../../src/protocol/errors/is-heddle-error.js'
import { checkMilliseconds } from '../../../src/checks/check-number.js'
import type { AbortScope } from './abort-scope.js'
import { runningBody, type Body, type BodyScope } from './body.js'
import { expose, services } from './calls.js'
import { ChildHandle } from './child-handle.js'
import * as combinators from './combinators.js'
import { currentBody } from './current-body.js'
import { receive } from './receive.js'
import { createShield } from './shield.js'
import { noTrial } from './trial-checkpoints.js'
import { idle, quietly, refusal, rejectLater, sleep } from './waits.js'
import { spawnOf, wireOptions } from './wire-options.js'
import { world } from '../../../src/protocol/world.js'

type AnyDefinition = ActionDefinition<never, unknown, ActionTypes>

/** Makes the context that a body is called with. */
export function createContext(body: Body): ActionContext<never> {
  return asContext(new Context(body, body.scope, undefined))
}

/** The context of the body whose code is running, if any. */
export function currentContext(): ActionContext<never> | undefined {
  const body = runningBody()
  return body === undefined ? undefined : createContext(body)
}

/** The body behind a context, and the scope under which it does what it does there. */
export function scopeOf(ctx: ActionContext<never>): BodyScope {
  if (ctx instanceof Context) return ctx
  throw new ActionInputError(`${describeValue(ctx)} is not the context that a body was called with`)
}

/** Runs code as that of a body: where it has been bound to another async context. */
export function inBodyOf<Result>(ctx: ActionContext<never>, run: () => Result): Result {
  return currentBody.run(scopeOf(ctx).body, run)
}

/** The surface says of each method what it gives for which definition: here, definitions are all alike. */
function asContext(context: Context): ActionContext<never> {
  return context as unknown as ActionContext<never>
}

class Context implements BodyScope {
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
    const { output } = this.body
    return {
      debug: (message, fields) => output.log('debug', message, fields),
      info: (message, fields) => output.log('info', message, fields),
      warn: (message, fields) => output.log('warn', message, fields),
      error: (message, fields) => output.log('error', message, fields),
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
    const start = (input: unknown, given?: SpawnOptions): ChildHandle =>
      this.#start(definition, input, given, true)
    return quietly(this.body, combinators.map(this, definition, start, inputs, options))
  }

  all(handles: readonly PromiseLike<unknown>[], options?: StopOptions): Promise<unknown[]> {
    return quietly(this.body, this.#wrong(handles, 'all', options) ?? combinators.all(this, handles, options))
  }

  first(
    handles: readonly PromiseLike<unknown>[],
    accept?: (output: never, index: number) => unknown,
    options?: StopOptions,
  ): Promise<unknown> {
    return quietly(
      this.body,
      this.#wrong(handles, 'first', options, accept) ?? combinators.first(this, handles, accept, options),
    )
  }

  completed(handles: Iterable<Settling>): AsyncIterableIterator<unknown> {
    const ended = combinators.completed(this, handles)
    const { body } = this
    if (body.info.thread === 0) {
      const next = ended.next.bind(ended)
      ended.next = () => quietly(body, next())
    }
    return ended
  }

  sleep(ms: number): Promise<void> {
    return sleep(this, ms)
  }

  idle(promise: unknown): Promise<unknown> {
    return idle(this, promise)
  }

  report(value: unknown): void {
    this.body.checkpoints?.reported(value)
    this.body.output.report(value)
  }

  checkpoint(value: unknown): boolean {
    const { checkpoints, output, info } = this.body
    if (checkpoints === undefined) throw noTrial(info)
    return output.checkpoint(checkpoints.eventOf(value))
  }

  get resumed(): unknown {
    return this.body.checkpoints?.resumed
  }

  receive(options?: ReceiveOptions): Promise<EventObject | undefined> {
    return receive(this, options)
  }

  emit(event: EventObject): void {
    this.body.output.emit(event)
  }

  send(address: ActionAddress, message: EventObject): boolean {
    if (!isAddress(address)) {
      const { run, id, name } = this.body.info
      throw new ActionInputError(
        `ctx.send in action ${id} '${name}' was given ${describeValue(address)}, but needs the address of an action: handle.ref`,
        { run, action: id },
      )
    }
    return this.body.output.send(address.run, address.action, message)
  }

  get services(): unknown {
    return services(this)
  }

  expose(api: object): Promise<never> {
    return expose(this, api)
  }

  shield(ms: number, run: (ctx: ActionContext<never>) => unknown): Promise<unknown> {
    return quietly(this.body, this.#shielded(ms, run))
  }

  async #shielded(ms: number, run: (ctx: ActionContext<never>) => unknown): Promise<unknown> {
    const { body } = this
    const { info } = body
    const of = `ctx.shield in action ${info.id} '${info.name}'`
    checkMilliseconds(ms, of, 'ms')
    if (typeof run !== 'function') {
      throw new ActionInputError(`${of} was given ${describeValue(run)}, but needs a function (ctx) => …`, {
        run: info.run,
        action: info.id,
      })
    }
    if (!body.isLive || this.scope.isClosed) return rejectLater(this, refusal(this))
    body.shieldCount += 1
    const id = body.shieldCount
    const shield = createShield(body, id, ms)
    body.shields.set(id, shield)
    if (body.scope.isAborted()) shield.start()
    if (body.isPastGrace) shield.expire(true)
    try {
      return await run(asContext(new Context(body, shield.scope, id)))
    } finally {
      shield.expire(false)
      for (const child of shield.children) await child.ended()
      shield.scope.close()
      body.shields.delete(id)
    }
  }

  /** A rejection where a combinator was given something wrong. What it was given is heard of all the same (S19). */
  #wrong(
    handles: unknown,
    combinator: string,
    options: StopOptions | undefined,
    accept?: unknown,
  ): Promise<never> | undefined {
    const { run, id, name } = this.body.info
    const of = `ctx.${combinator} in action ${id} '${name}'`
    try {
      if (!Array.isArray(handles)) {
        const message = `${of} was given ${describeValue(handles)}, but needs an array of handles`
        throw new ActionInputError(message, { run, action: id })
      }
      if (accept !== undefined && accept !== null && typeof accept !== 'function') {
        const message = `${of} was given ${describeValue(accept)}, but needs a function (output, index) => …, or undefined ahead of the options`
        throw new ActionInputError(message, { run, action: id })
      }
      checkStopOptions(options, of)
      return undefined
    } catch (error) {
      if (Array.isArray(handles)) combinators.hear(handles)
      return rejectLater(this, error)
    }
  }

  #start(
    definition: AnyDefinition,
    input: unknown,
    options: SpawnOptions | undefined,
    waitForRoom: boolean,
  ): ChildHandle {
    const { body } = this
    const { info, children } = body
    children.spawned += 1
    const index = children.spawned
    if (!isDefinition(definition)) {
      const handle = new ChildHandle(body, index, 'unknown', true)
      const message = `ctx.spawn in action ${info.id} '${info.name}' was given ${describeValue(definition)}, but needs what action() or actionRef() returned`
      return refuse(body, handle, new ActionInputError(message, { run: info.run, action: handle.id }))
    }
    let wire: WireSpawnOptions | undefined
    let wrong: HeddleError | undefined
    try {
      wire = wireOptions(options, definition.name, this.#shield, waitForRoom)
    } catch (error) {
      // It may be the options themselves that throw, when they are read.
      wrong = isHeddleError(error)
        ? error
        : new ActionInputError(`${spawnOf(definition.name)} can't start: ${messageOf(error)}`, {
            run: info.run,
            action: childId(info.id, index),
            cause: error,
          })
    }
    const handle = new ChildHandle(
      body,
      index,
      wire?.name ?? definition.name,
      wire?.detached !== true && this.#shield === undefined,
    )
    const block =
      options?.detached === true || this.#shield === undefined ? undefined : body.shields.get(this.#shield)
    const refused = refusal(this)
    if (refused !== undefined) return refused === 'dead' ? handle : fail(body, handle, refused as HeddleError)
    if (wrong !== undefined) return refuse(body, handle, wrong)
    children.add(handle)
    block?.children.add(handle)
    const transfer = transfersOf(input)
    const { ticket } = body
    const { id } = handle
    const spawn = { type: 'spawn' as const, ticket, id, definition: body.host.numberOf(definition), input }
    // Nearly all are as plain as this: one literal, and no spread.
    const isPlain = transfer.length === 0 && wire === undefined
    body.postNow(
      isPlain
        ? spawn
        : { ...spawn, ...(transfer.length > 0 && { transfer }), ...(wire && { options: wire }) },
    )
    if (options?.signal !== undefined) children.link(id, options.signal)
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
  'checkpoint',
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

/** The same for a call that is wrong: it is counted, and unless somebody listens, told when the body ends (S19, S27). */
function refuse(body: Body, handle: ChildHandle, error: HeddleError): ChildHandle {
  body.children.refused(handle, error)
  return fail(body, handle, error)
}

/** Ends a handle whose action never comes to be, in a later turn of the loop (S12). */
function fail(body: Body, handle: ChildHandle, error: HeddleError): ChildHandle {
  const { isLive } = body
  world.setImmediate(() => {
    // What the body waits for when it ends never settles; others, who were given the handle, are told (S15).
    if (body.isLive !== isLive) handle.parentEnded()
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
