// The life of one thread's lane as a statechart: few and stateful, so it is an ordinary machine. It only says where the
// lane stands; what is done on the way is the lane's.

import { createActor, setup } from 'xstate'

/** What happens to a lane. */
export type ThreadEvent =
  /** The host has said hello: the thread is up. */
  | { type: 'up'; thread: number }
  /** The runtime wants it closed, because there is no work. */
  | { type: 'close' }
  /** The runtime kills its thread. */
  | { type: 'kill' }
  /** The thread is gone, or the resident task has ended. */
  | { type: 'gone' }

/** Where a lane stands. */
export type ThreadState = 'starting' | 'open' | 'closing' | 'terminating' | 'gone'

/** `starting → open → closing → gone`, or by force from anywhere `terminating → gone`. */
const threadMachine = setup({
  types: { events: {} as ThreadEvent, context: {} as { thread: number | undefined } },
  actions: {
    remember: ({ context, event }) => {
      if (event.type === 'up') context.thread = event.thread
    },
  },
}).createMachine({
  id: 'thread',
  context: () => ({ thread: undefined }),
  initial: 'starting',
  on: { gone: '.gone' },
  states: {
    starting: { on: { up: { target: 'open', actions: 'remember' }, close: 'closing', kill: 'terminating' } },
    open: { on: { close: 'closing', kill: 'terminating' } },
    closing: { on: { kill: 'terminating' } },
    terminating: {},
    gone: { type: 'final' },
  },
})

/** The running statechart of one lane. */
export interface ThreadActor {
  send(event: ThreadEvent): void
  getSnapshot(): { readonly value: ThreadState; readonly context: { readonly thread: number | undefined } }
}

/** Starts the statechart of a lane that is being opened. */
export function createThreadActor(): ThreadActor {
  return createActor(threadMachine).start()
}
