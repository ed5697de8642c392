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
  const flat: unknown[] = []
  let run: string | undefined
  for (const message of messages) {
    switch (message.type) {
      case 'start':
        if (isPlainStart(message)) {
          const { ticket, definition, id, input } = message
          // Children of one run come in a row: its name is written once.
          flat.push(START, ticket, definition, message.run === run ? undefined : message.run, id, input)
          run = message.run
          continue
        }
        break
      case 'childSettled': {
        const { ticket, id, outcome } = message
        if (outcome.status === 'succeeded') {
          const { queuedAt, startedAt, abortRequestedAt, abortDeliveredAt, settledAt, output } = outcome
          if (outcome.transfer !== undefined || (abortRequestedAt ?? abortDeliveredAt) !== undefined) break
          flat.push(CHILD_SUCCEEDED, ticket, id, queuedAt, startedAt, settledAt, output)
          continue
        }
        if (outcome.status !== 'aborted' || outcome.error !== undefined || outcome.reason !== undefined) break
        const { how, queuedAt, startedAt, abortRequestedAt, abortDeliveredAt, settledAt } = outcome
        flat.push(
          CHILD_STOPPED,
          ticket,
          id,
          how,
          queuedAt,
          startedAt,
          abortRequestedAt,
          abortDeliveredAt,
          settledAt,
        )
        continue
      }
      case 'childPhase':
        flat.push(CHILD_PHASE, message.ticket, message.id, message.phase)
        continue
      default:
    }
    flat.push(OBJECT, message)
  }
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
  const flat: unknown[] = []
  for (const message of messages) {
    switch (message.type) {
      case 'ended':
        if (isPlainEnd(message)) {
          flat.push(ENDED, message.ticket, message.startedAt, message.endedAt, message.output)
          continue
        }
        break
      case 'spawn':
        if (message.options === undefined && message.transfer === undefined) {
          flat.push(SPAWN, message.ticket, message.definition, message.id, message.input)
          continue
        }
        break
      case 'parked':
        flat.push(PARKED, message.ticket)
        continue
      case 'resumed':
        flat.push(RESUMED, message.ticket)
        continue
      default:
    }
    flat.push(OBJECT, message)
  }
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
