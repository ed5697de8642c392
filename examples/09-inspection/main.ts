/**
 * Stately's own inspector is given to a runtime. It is shown every action's actor, and below it the machine that runs in
 * a thread, with its events and states; here they are printed instead of sent to the inspector's page.
 */
import { createInspector, type StatelyInspectionEvent } from '@statelyai/inspect'
import { createRuntime } from 'heddle'
import { room } from './lamp.js'

const names = new Map<string, string>()
const inspector = createInspector({ send: print })
const runtime = createRuntime({ threads: 1, inspect: inspector.inspect })
try {
  await runtime.run(room)
} finally {
  await runtime.close()
}

/** One line for each actor, and for each state that a machine comes into. */
function print(event: StatelyInspectionEvent): void {
  if (event.type === '@xstate.actor') {
    names.set(event.sessionId, event.name)
    const parent = event.parentId === undefined ? undefined : names.get(event.parentId)
    console.log(`actor  ${event.name}${parent === undefined ? '' : `, a child of ${parent}`}`)
  } else if (event.type === '@xstate.snapshot' && 'value' in event.snapshot) {
    const { value } = event.snapshot as { readonly value: unknown }
    console.log(`state  ${names.get(event.sessionId) ?? event.sessionId}: ${JSON.stringify(value)}`)
  }
}
