// A shield's block: what is done under it goes on although the action is aborted, for so long (S14).

import { LONGEST_TIMER_MS } from '../../../src/options.js'
import { ActionAbortedError } from '../../../src/protocol/errors/errors.js'
import { AbortScope, type Shield } from './abort-scope.js'
import type { Body } from './body.js'
import { world } from '../../../src/protocol/world.js'

/** Makes the shield of one block, which isn't started: its time counts from the abort. */
export function createShield(body: Body, id: number, ms: number): Shield {
  let deadline = Infinity
  let timer: NodeJS.Timeout | undefined
  let expired = false
  const shield: Shield = {
    children: new Set(),
    // A loop that polls sees the time pass, too.
    scope: new AbortScope(() => {
      body.host.poll()
      if (body.scope.isNoted) shield.start()
      if (world.now() >= deadline) shield.scope.note(reasonFor(body, ms))
    }),
    start() {
      if (deadline !== Infinity || expired) return
      deadline = world.now() + ms
      // What is longer than a timer can wait for is longer than anybody does.
      if (ms <= LONGEST_TIMER_MS) timer = world.setTimeout(() => shield.expire(true), ms)
    },
    expire(timedOut) {
      if (expired) return
      expired = true
      world.clearTimeout(timer)
      if (timedOut) {
        shield.scope.note(reasonFor(body, ms))
        shield.scope.raise()
      } else {
        shield.scope.drop()
      }
      if (shield.children.size > 0)
        body.postNow({ type: 'shieldEnded', ticket: body.ticket, shield: id, timedOut })
    },
  }
  return shield
}

function reasonFor(body: Body, ms: number): ActionAbortedError {
  if (body.scope.reason !== undefined) return body.scope.reason
  const { run, id } = body.info
  return new ActionAbortedError({
    run,
    action: id,
    reason: {
      source: 'timeout',
      message: `the shield's ${ms} ms have passed`,
      origin: id,
      at: body.host.now(),
    },
  })
}
