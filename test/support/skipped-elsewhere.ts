// What can't hold on another machine by contract: skipped by name, with the reason.

import { beforeEach } from 'vitest'

const SKIPPED: ReadonlyMap<string, string> = new Map([
  [
    'is moved where it is marked, as input and output and through a parent',
    'what is given to another machine is copied: the buffer of the sender stays as it is',
  ],
  [
    'is running for whoever asks from its first line on, though the app has had no turn since (S2, S11)',
    'the word of it needs a turn of the loop to come',
  ],
  [
    'does not take a stall of the main thread for a body that is late (I7)',
    'the abort and its delivery elsewhere share the thread that is stalled: another machine would not be',
  ],
])

beforeEach((context) => {
  const reason = SKIPPED.get(context.task.name)
  if (reason !== undefined) context.skip(reason)
})
