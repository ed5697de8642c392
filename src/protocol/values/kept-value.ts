// The form in which values are kept once the action that made them has ended (S29): as they are while they are small, else
// what is shown of them. It reads hostile ones, too, and neither throws nor runs on.

import type { AbortReason } from '../errors/abort-reason.js'
import { copyText } from './copy-text.js'
import { describeValue } from './describe-value.js'
import { setStackTraceLimit } from '../errors/errors.js'
import { show, type Json } from './shown-value.js'
import { KEPT_ERROR, KEPT_FIELD_LIMITS, KEPT_SIZE } from './value-limits.js'
import { ITEM_SIZE, weigh } from './weigh.js'

/** What is left of a value that was too large to be kept: what the console shows of it. */
export class CutValue {
  readonly json: Json

  constructor(json: Json) {
    this.json = json
  }
}

/** A value, or what is kept of it. */
export function keptValue(value: unknown): unknown {
  return isSmall(value) ? value : new CutValue(show(value).value)
}

/** The same for one who asks for the value itself. */
export function plainValue(kept: unknown): unknown {
  return kept instanceof CutValue ? kept.json : kept
}

/** An error, or what is kept of it: of the same class, with its texts, fields and causes cut. */
export function keptError<Thrown>(error: Thrown): Thrown {
  return isSmall(error) ? error : (cutThrown(error, { left: KEPT_SIZE }, 0) as Thrown)
}

/** Many actions have one reason: it is cut once. */
const keptReasons = new WeakMap<AbortReason, AbortReason>()

/** The small one that was asked for last: very many may be stopped for it together, and it is weighed once. */
let lastSmall: AbortReason | undefined

/** A reason, or what is kept of it. */
export function keptReason(reason: AbortReason): AbortReason {
  if (reason === lastSmall) return reason
  if (reason.cause === undefined && isSmall(reason)) {
    lastSmall = reason
    return reason
  }
  let kept = keptReasons.get(reason)
  if (kept === undefined) {
    kept = isSmall(reason) ? reason : cutReason(reason, { left: KEPT_SIZE }, 0)
    keptReasons.set(reason, kept)
    keptReasons.set(kept, kept)
  }
  return kept
}

/** Whether a value takes no more than is kept of one. */
export function isSmall(value: unknown): boolean {
  return weigh(value, KEPT_SIZE) <= KEPT_SIZE
}

/** How many characters may still be kept. */
interface Room {
  left: number
}

function cut(text: string, length: number, room: Room): string {
  const most = Math.max(0, Math.min(length, room.left))
  room.left -= Math.min(most, text.length)
  return text.length <= most ? text : `${copyText(text.slice(0, most))}…`
}

function cutThrown(thrown: unknown, room: Room, depth: number): unknown {
  try {
    if (Object.prototype.toString.call(thrown) === '[object Error]')
      return cutError(thrown as Error, room, depth)
    return keptPart(thrown, room)
  } catch {
    return new Error('an error that cannot be read')
  }
}

function cutError(error: Error, room: Room, depth: number): Error {
  const { stackTraceLimit } = Error
  setStackTraceLimit(0)
  const message = textOf(error.message)
  const kept = new Error(cut(message, KEPT_ERROR.message, room))
  setStackTraceLimit(stackTraceLimit)
  Object.setPrototypeOf(kept, Object.getPrototypeOf(error) as object)
  for (const key of Object.keys(error)) {
    if (key === 'stack' || key === 'message' || key === 'cause' || key === 'errors') continue
    const value: unknown = Reflect.get(error, key)
    const field =
      key === 'reason' && isReason(value) ? cutReason(value, room, depth + 1) : keptPart(value, room)
    define(kept, key, field)
  }
  const { stack } = error
  hide(kept, 'stack', typeof stack === 'string' ? cutStack(stack, message, kept.message, room) : undefined)
  if (Object.hasOwn(error, 'name') && !Object.hasOwn(kept, 'name'))
    hide(kept, 'name', keptPart(error.name, room))
  const { errors } = error as { readonly errors?: unknown }
  if (Array.isArray(errors)) {
    const few = depth < 2 ? errors.slice(0, KEPT_ERROR.aggregated) : []
    hide(
      kept,
      'errors',
      few.map((one) => cutThrown(one, room, depth + 1)),
    )
  }
  if (Object.hasOwn(error, 'cause') && depth < KEPT_ERROR.depth)
    hide(kept, 'cause', cutThrown(error.cause, room, depth + 1))
  return kept
}

/** It begins with the message, however long that is; the lines that say where come after it. */
function cutStack(stack: string, message: string, keptMessage: string, room: Room): string {
  const at = message === '' ? -1 : stack.slice(0, message.length + 256).indexOf(message)
  if (at === -1) return cut(stack, KEPT_ERROR.stack, room)
  const head = copyText(stack.slice(0, at))
  // The message that is repeated here takes memory once more.
  return `${head}${cut(keptMessage, KEPT_FIELD_LIMITS.stringLength, room)}${cut(stack.slice(at + message.length), KEPT_ERROR.stack, room)}`
}

/** An error's message may be anything that its maker has put there. */
function textOf(message: unknown): string {
  return typeof message === 'string' ? message : describeValue(message)
}

function cutReason(reason: AbortReason, room: Room, depth: number): AbortReason {
  return {
    ...reason,
    message: cut(reason.message, KEPT_ERROR.message, room),
    ...(reason.by !== undefined && { by: cut(reason.by, KEPT_FIELD_LIMITS.stringLength, room) }),
    ...(reason.cause !== undefined && {
      cause: depth < KEPT_ERROR.depth ? cutThrown(reason.cause, room, depth + 1) : undefined,
    }),
  }
}

function isReason(value: unknown): value is AbortReason {
  if (typeof value !== 'object' || value === null) return false
  const { source, message, origin } = value as { readonly [Key in keyof AbortReason]?: unknown }
  return typeof source === 'string' && typeof message === 'string' && typeof origin === 'string'
}

/** A field's value, or what is shown of it, within the room that is left. */
function keptPart(value: unknown, room: Room): unknown {
  if (typeof value === 'string') return cut(value, KEPT_FIELD_LIMITS.stringLength, room)
  const size = weigh(value, room.left)
  if (size <= room.left || size <= ITEM_SIZE) {
    room.left -= size
    return value
  }
  const { characters } = KEPT_FIELD_LIMITS
  const shown = show(value, {
    ...KEPT_FIELD_LIMITS,
    characters: Math.max(0, Math.min(room.left, characters)),
  })
  room.left -= characters
  return shown.value
}

function define(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true })
}

function hide(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: false, configurable: true, writable: true })
}
