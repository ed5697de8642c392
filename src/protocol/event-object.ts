// The object that travels between actions, at the bottom because messages and handles both name it: a message, or an event
// that is emitted. It is XState's notion of one, so that machines can take and give them as they are.

/** A message, or an emit: an object with a `type`. */
export interface EventObject {
  readonly type: string
}

/** Whether a value has the form of a message. Never throws. */
export function isEventObject(value: unknown): value is EventObject {
  try {
    return typeof value === 'object' && value !== null && typeof (value as EventObject).type === 'string'
  } catch {
    return false
  }
}
