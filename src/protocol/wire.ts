// The form that arrays of messages have on a port: one flat array per batch, in which each message is a code and its
// fields, one after the other. The frequent ones in their plain form are flattened, everything else stays an object.
//
// Why: a structured clone writes the name of each property of each object and looks it up again on the other side. On the
// two sides of the port nothing knows of this.

import type { ToHost, ToRuntime } from './messages.js'
import type { Phase } from './outcome.js'
import type { AbortHow } from './errors/errors.js'
import type { ArrivedPayloads, CarriedMessage, UnreadableMessage } from './payloads.js'

/** A batch as it is posted. */
export type Flat = readonly unknown[]

/** Any other message: it follows as it is. */
const OBJECT = 0

/** An array with places for what is written, so that it doesn't grow in steps; a copy of one without holes has none. */
const BLANK: readonly undefined[] = Array.from({ length: 16_384 }, () => undefined)
/** Most messages have no more fields than that. */
const USUAL_FIELDS = 7
/** Fewer messages than that are written faster into an array that grows. */
const MANY = 8

function arrayFor(messages: number): unknown[] {
  return messages < MANY ? [] : BLANK.slice(0, Math.min(messages * USUAL_FIELDS, BLANK.length))
}

// To a host.
const START = 1
const CHILD_SUCCEEDED = 2
const CHILD_STOPPED = 3
const CHILD_PHASE = 4

// To the runtime.
const ENDED = 1
const SPAWN = 2
const PARKED = 3
const RESUMED = 4

/** Flattens messages to a host. */
export function flattenToHost(messages: readonly (ToHost | CarriedMessage)[]): Flat {
  const flat = arrayFor(messages.length)
  let at = 0
  let run: string | undefined
  for (const message of messages) {
    switch (message.type) {
      case 'start':
        if (isPlainStart(message)) {
          const { ticket, definition, id, input } = message
          // Children of one run come in a row: its name is written once.
          flat[at] = START
          flat[at + 1] = ticket
          flat[at + 2] = definition
          flat[at + 3] = message.run === run ? undefined : message.run
          flat[at + 4] = id
          flat[at + 5] = input
          at += 6
          run = message.run
          continue
        }
        break
      case 'childSettled': {
        const { ticket, id, outcome } = message
        if (outcome.status === 'succeeded') {
          const { queuedAt, startedAt, abortRequestedAt, abortDeliveredAt, settledAt, output } = outcome
          if (outcome.transfer !== undefined || (abortRequestedAt ?? abortDeliveredAt) !== undefined) break
          flat[at] = CHILD_SUCCEEDED
          flat[at + 1] = ticket
          flat[at + 2] = id
          flat[at + 3] = queuedAt
          flat[at + 4] = startedAt
          flat[at + 5] = settledAt
          flat[at + 6] = output
          at += 7
          continue
        }
        if (outcome.status !== 'aborted' || outcome.error !== undefined || outcome.reason !== undefined) break
        const { how, queuedAt, startedAt, abortRequestedAt, abortDeliveredAt, settledAt } = outcome
        flat[at] = CHILD_STOPPED
        flat[at + 1] = ticket
        flat[at + 2] = id
        flat[at + 3] = how
        flat[at + 4] = queuedAt
        flat[at + 5] = startedAt
        flat[at + 6] = abortRequestedAt
        flat[at + 7] = abortDeliveredAt
        flat[at + 8] = settledAt
        at += 9
        continue
      }
      case 'childPhase':
        flat[at] = CHILD_PHASE
        flat[at + 1] = message.ticket
        flat[at + 2] = message.id
        flat[at + 3] = message.phase
        at += 4
        continue
      default:
    }
    flat[at] = OBJECT
    flat[at + 1] = message
    at += 2
  }
  flat.length = at
  return flat
}

/** The messages again. `payloads`: those that have come ahead of them. */
export function readToHost(flat: Flat, payloads: ArrivedPayloads): (ToHost | UnreadableMessage<ToHost>)[] {
  const messages: (ToHost | UnreadableMessage<ToHost>)[] = []
  let run = ''
  for (let at = 0; at < flat.length;) {
    const ticket = flat[at + 1] as number
    switch (flat[at]) {
      case START:
        run = (flat[at + 3] as string | undefined) ?? run
        messages.push({
          type: 'start',
          ticket,
          definition: flat[at + 2] as number,
          run,
          id: flat[at + 4] as string,
          input: flat[at + 5],
        })
        at += 6
        break
      case CHILD_SUCCEEDED: {
        const startedAt = flat[at + 4] as number | undefined
        messages.push({
          type: 'childSettled',
          ticket,
          id: flat[at + 2] as string,
          outcome: {
            status: 'succeeded',
            output: flat[at + 6],
            queuedAt: flat[at + 3] as number,
            ...(startedAt !== undefined && { startedAt }),
            settledAt: flat[at + 5] as number,
          },
        })
        at += 7
        break
      }
      case CHILD_STOPPED: {
        const [startedAt, abortRequestedAt, abortDeliveredAt] = flat.slice(at + 5, at + 8) as (
          | number
          | undefined
        )[]
        messages.push({
          type: 'childSettled',
          ticket,
          id: flat[at + 2] as string,
          outcome: {
            status: 'aborted',
            how: flat[at + 3] as AbortHow,
            queuedAt: flat[at + 4] as number,
            ...(startedAt !== undefined && { startedAt }),
            ...(abortRequestedAt !== undefined && { abortRequestedAt }),
            ...(abortDeliveredAt !== undefined && { abortDeliveredAt }),
            settledAt: flat[at + 8] as number,
          },
        })
        at += 9
        break
      }
      case CHILD_PHASE:
        messages.push({
          type: 'childPhase',
          ticket,
          id: flat[at + 2] as string,
          phase: flat[at + 3] as Phase,
        })
        at += 4
        break
      default:
        messages.push(completed(flat[at + 1] as ToHost | CarriedMessage, payloads))
        at += 2
    }
  }
  return messages
}

/** Flattens messages to the runtime. */
export function flattenToRuntime(messages: readonly (ToRuntime | CarriedMessage)[]): Flat {
  const flat = arrayFor(messages.length)
  let at = 0
  for (const message of messages) {
    switch (message.type) {
      case 'ended':
        if (isPlainEnd(message)) {
          flat[at] = ENDED
          flat[at + 1] = message.ticket
          flat[at + 2] = message.startedAt
          flat[at + 3] = message.endedAt
          flat[at + 4] = message.output
          at += 5
          continue
        }
        break
      case 'spawn':
        if (message.options === undefined && message.transfer === undefined) {
          flat[at] = SPAWN
          flat[at + 1] = message.ticket
          flat[at + 2] = message.definition
          flat[at + 3] = message.id
          flat[at + 4] = message.input
          at += 5
          continue
        }
        break
      case 'parked':
        flat[at] = PARKED
        flat[at + 1] = message.ticket
        at += 2
        continue
      case 'resumed':
        flat[at] = RESUMED
        flat[at + 1] = message.ticket
        at += 2
        continue
      default:
    }
    flat[at] = OBJECT
    flat[at + 1] = message
    at += 2
  }
  flat.length = at
  return flat
}

/** The messages again. `payloads`: those that have come ahead of them. */
export function readToRuntime(
  flat: Flat,
  payloads: ArrivedPayloads,
): (ToRuntime | UnreadableMessage<ToRuntime>)[] {
  const messages: (ToRuntime | UnreadableMessage<ToRuntime>)[] = []
  for (let at = 0; at < flat.length;) {
    const ticket = flat[at + 1] as number
    switch (flat[at]) {
      case ENDED:
        messages.push({
          type: 'ended',
          ticket,
          startedAt: flat[at + 2] as number,
          endedAt: flat[at + 3] as number,
          ok: true,
          output: flat[at + 4],
        })
        at += 5
        break
      case SPAWN:
        messages.push({
          type: 'spawn',
          ticket,
          definition: flat[at + 2] as number,
          id: flat[at + 3] as string,
          input: flat[at + 4],
        })
        at += 5
        break
      case PARKED:
        messages.push({ type: 'parked', ticket })
        at += 2
        break
      case RESUMED:
        messages.push({ type: 'resumed', ticket })
        at += 2
        break
      default:
        messages.push(completed(flat[at + 1] as ToRuntime | CarriedMessage, payloads))
        at += 2
    }
  }
  return messages
}

function completed<Any extends ToHost | ToRuntime>(
  message: Any | CarriedMessage,
  payloads: ArrivedPayloads,
): Any | UnreadableMessage<Any> {
  return message.type === 'carried' ? (payloads.complete(message) as Any | UnreadableMessage<Any>) : message
}

function isPlainStart(message: ToHost & { type: 'start' }): boolean {
  const { name, parent, attempt, cpu, transfer, spawned, inspected, resources, trial } = message
  return (
    name === undefined &&
    parent === undefined &&
    attempt === undefined &&
    cpu === undefined &&
    transfer === undefined &&
    spawned === undefined &&
    inspected === undefined &&
    resources === undefined &&
    trial === undefined
  )
}

function isPlainEnd(
  message: ToRuntime & { type: 'ended' },
): message is ToRuntime & { type: 'ended'; ok: true } {
  if (!message.ok) return false
  const { parkedMs, spawned, unlistened, transfer } = message
  return parkedMs === undefined && spawned === undefined && unlistened === undefined && transfer === undefined
}
