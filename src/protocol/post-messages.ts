// Posts what either side of a lane has collected: payloads ahead, in arrays of their own, then the messages in one.

import type { CountedPort } from './counted-port.js'
import type { ToHost, ToRuntime } from './messages.js'
import { refuseLossy } from './values/lossy-objects.js'
import { needsOwnArray, payloadOf, withoutPayload, type CarriedMessage } from './payloads.js'
import { hasStackRoom } from './stack-room.js'
import type { Flat } from './wire.js'

/** A message that waits to be posted; its payload may have gone ahead. */
export type Postable<Any extends ToHost | ToRuntime> = Any | CarriedMessage

/** How one side posts. */
export interface PostForm<Any extends ToHost | ToRuntime> {
  readonly flatten: (messages: readonly Postable<Any>[]) => Flat
  /** Writes the payload of a message as a block, where who gets it only hands it on. Throws where it can't travel. */
  readonly write?: ((message: Any) => Postable<Any>) | undefined
  /** Gives what to post in place of a message that can't be cloned, if anything. */
  readonly insteadOf: (message: Any, error: unknown) => Postable<Any> | undefined
}

/**
 * Posts messages. Gives those back, in order, that have to wait for a turn of the loop, because the stack has no room just
 * now: nothing is wrong with them.
 */
export function postMessages<Any extends ToHost | ToRuntime>(
  port: CountedPort,
  messages: readonly Postable<Any>[],
  form: PostForm<Any>,
): Postable<Any>[] {
  const { ready, left } = carry(port, messages, form)
  if (left.length > 0) return [...ready, ...left]
  try {
    port.post(form.flatten(ready), portsIn(ready))
    return []
  } catch {
    if (!hasStackRoom()) return [...ready]
    // One of them can't be cloned: each is posted alone, so that only that one is lost. Nothing has been sent of them, nor
    // transferred.
    for (const [at, message] of ready.entries()) {
      if (!postAlone(port, message, form)) return ready.slice(at)
    }
    return []
  }
}

/** Posts the payloads that have to travel alone, or writes them. `left`: what there was no room for on the stack. */
function carry<Any extends ToHost | ToRuntime>(
  port: CountedPort,
  messages: readonly Postable<Any>[],
  form: PostForm<Any>,
): { readonly ready: readonly Postable<Any>[]; readonly left: readonly Postable<Any>[] } {
  // Nearly always there is none, and nothing is copied.
  let ready: Postable<Any>[] | undefined
  for (let at = 0; at < messages.length; at += 1) {
    const message = messages[at] as Postable<Any>
    if (message.type === 'carried' || (form.write === undefined && !needsOwnArray(message))) {
      ready?.push(message)
      continue
    }
    ready ??= messages.slice(0, at)
    try {
      const payload = payloadOf(message)
      refuseLossy(payload.value)
      if (form.write !== undefined) ready.push(form.write(message))
      else {
        const number = port.carry(payload)
        ready.push({ type: 'carried', payload: number, message: withoutPayload(message) })
      }
    } catch (error) {
      if (!hasStackRoom()) return { ready, left: messages.slice(at) }
      const instead = form.insteadOf(message, error)
      if (instead !== undefined) ready.push(instead)
    }
  }
  return { ready: ready ?? messages, left: NOTHING }
}

/** False where the stack has no room for it. */
function postAlone<Any extends ToHost | ToRuntime>(
  port: CountedPort,
  message: Postable<Any>,
  { flatten, insteadOf }: PostForm<Any>,
): boolean {
  try {
    port.post(flatten([message]), portsIn([message]))
    return true
  } catch (error) {
    if (!hasStackRoom()) return false
    const instead = message.type === 'carried' ? undefined : insteadOf(message, error)
    if (instead !== undefined) port.post(flatten([instead]), [])
    return true
  }
}

/** The ends of lines among them: all else that is moved travels alone. */
function portsIn(messages: readonly Postable<ToHost | ToRuntime>[]): readonly unknown[] {
  let ports: unknown[] | undefined
  for (const message of messages) {
    if (message.type === 'connect' || message.type === 'services' || message.type === 'remote') {
      ports ??= []
      ports.push(message.port)
    }
  }
  return ports ?? NOTHING
}

const NOTHING: readonly never[] = []
