// An event of the runtime as JSON: what the event streams tell, and what the command line shows of a run of its own.

import type { ActionEvent } from '../../events.js'
import type { AbortReason } from '../../protocol/errors/abort-reason.js'
import type { ActionEventInfo } from '../api.js'
import { briefError, cutText, MESSAGE_LENGTH, shownReason } from './shown-error.js'
import { show } from './shown-value.js'

/** An event as JSON. Fields that are values of the app's are shown as such, those of kinds yet to come as they are. */
export function eventInfo(event: ActionEvent, cpu: number | undefined): ActionEventInfo {
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
  if (event.type === 'phase' && cpu !== undefined) info['cpu'] = cpu
  return info as unknown as ActionEventInfo
}
