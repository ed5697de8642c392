// An event of the runtime as JSON: what the event streams tell, and what the command line shows of a run of its own.

import type { ActionEvent, PhaseEvent } from '../../events.js'
import type { AbortReason } from '../../protocol/errors/abort-reason.js'
import type { ActionEventInfo, ErrorInfo } from '../api.js'
import { briefAbort, briefError, cutText, MESSAGE_LENGTH, shownReason } from './shown-error.js'
import { show } from './shown-value.js'

type Writable<Info> = { -readonly [Key in keyof Info]: Info[Key] }

/** An event as JSON. Fields that are values of the app's are shown as such, those of kinds yet to come as they are. */
export function eventInfo(event: ActionEvent, cpu: number | undefined): ActionEventInfo {
  if (event.type === 'phase') return phaseInfo(event, cpu)
  const info: Record<string, unknown> = {}
  for (const key of Object.keys(event)) {
    const value: unknown = event[key as keyof ActionEvent]
    if (value === undefined) continue
    switch (key) {
      case 'error':
        info[key] = briefError(value)
        break
      case 'reason':
        info[key] = shownReason(value as AbortReason)
        break
      case 'value':
      case 'event':
      case 'fields':
        info[key] = show(value)
        break
      case 'message':
        info[key] = cutText(value as string, MESSAGE_LENGTH)
        break
      case 'actions':
        // Names and ids of ours.
        info[key] = value
        break
      default:
        info[key] = typeof value === 'object' || typeof value === 'bigint' ? show(value) : value
    }
  }
  return info as unknown as ActionEventInfo
}

/** Nearly all events are of these, and all they hold is known. */
function phaseInfo(event: PhaseEvent, cpu: number | undefined): ActionEventInfo {
  const { type, seq, at, run, id, phase, name, attempt, parent } = event
  const { thread, host, hostInstance, reason, how } = event
  const info: Writable<ActionEventInfo & { readonly type: 'phase' }> = {
    type,
    seq,
    at,
    run,
    id,
    phase,
    name,
    attempt,
  }
  if (parent !== undefined) info.parent = parent
  if (thread !== undefined) info.thread = thread
  if (host !== undefined) info.host = host
  if (hostInstance !== undefined) info.hostInstance = hostInstance
  if (reason !== undefined) info.reason = shownReason(reason)
  if (how !== undefined) info.how = how
  const error = shownError(event)
  if (error !== undefined) info.error = error
  if (cpu !== undefined) info.cpu = cpu
  return info
}

/** Of an abort of which all is in the reason, no error was made. */
function shownError({ phase, run, id, reason, how, error }: PhaseEvent): ErrorInfo | undefined {
  if (error !== undefined) return briefError(error)
  if (phase !== 'aborted' || reason === undefined) return undefined
  return briefAbort({ run, action: id, reason, how })
}
