import { describe, expect, it } from 'vitest'
import { FAILURE, lifeAt, REASON } from '../support/fake-life.js'
import { encodeError } from '../../src/protocol/errors/encode-error.js'
import { ActionAbortedError } from '../../src/protocol/errors/errors.js'
import type { FromHost } from '../../src/threads/lane-line.js'
import { Receiver, type ReceivingLife } from '../../src/runtime/life/receive.js'
import type { Ending } from '../../actors/ending.js'
import type { LifeEvent, Stage } from '../../actors/life-state.js'
import type { Action } from '../../src/runtime/tree/action.js'

/** As much of an action as the receiver looks at. */
function anAction(fields: Partial<Action> = {}): Action {
  const run = { name: 'r', actions: new Map<string, Action>() }
  const action = {
    run,
    id: 'a0',
    name: 'root',
    phase: 'running',
    began: true,
    ...fields,
  } as unknown as Action
  run.actions.set('a0', action)
  return action
}

/** Writes down what is called, in order. */
function receiver(): { receiver: Receiver; calls: string[]; life: ReceivingLife } {
  const calls: string[] = []
  const note =
    (name: string) =>
    (...given: readonly unknown[]): never => {
      calls.push(
        [name, ...given.filter((one) => typeof one === 'string' || typeof one === 'number')].join(' '),
      )
      return undefined as never
    }
  const life: ReceivingLife = {
    now: () => 1000,
    events: { publish: note('publish') } as unknown as ReceivingLife['events'],
    dispatch: { parked: note('parked'), resumed: note('resumed'), schedule: note('schedule') },
    cancellation: {
      abort: (target, { source, message, by }) => note('abort')(target.id, source, message, by),
    },
    messaging: { received: note('messaging') },
    spawning: { defined: note('defined'), spawn: note('spawn') },
    starts: { note: note('started'), described: note('described') },
    refused: 0,
    actionAt: (run, id) => (run === 'r' && id === 'a0' ? anAction() : undefined),
    returned: note('returned'),
    givenBack: note('givenBack'),
    forced: (_action, _lane, decision) => note('forced')(decision),
    stoppedByHost: (_action, _lane, how) => note('stoppedByHost')(how),
    shieldEnded: note('shieldEnded'),
    leaveLane: note('leaveLane'),
    warn: note('warn'),
  }
  return { receiver: new Receiver(life), calls, life }
}

function callsFor(message: unknown, action: Action | undefined = anAction()): string[] {
  const { receiver: receives, calls } = receiver()
  if (action !== undefined) action.send = ({ type }) => void calls.push(type)
  receives.received({} as never, message as FromHost, action)
  return calls
}

const ticket = 1

describe('what a body tells', () => {
  it.each([
    [{ type: 'parked', ticket }, ['started', 'parked', 'schedule']],
    [{ type: 'resumed', ticket }, ['resumed']],
    [{ type: 'report', ticket, value: 7 }, ['started', 'report']],
    [{ type: 'log', ticket, level: 'info', message: 'm', at: 1 }, ['started', 'publish']],
    [{ type: 'spawn', ticket, definition: 0, id: 'a0.1' }, ['started', 'spawn']],
    [{ type: 'shieldEnded', ticket, shield: 3, timedOut: false }, ['shieldEnded 3']],
    [{ type: 'described', ticket, options: {} }, ['described']],
    [{ type: 'started', tickets: [ticket], at: 900 }, ['started 900']],
    [{ type: 'givenBack', tickets: [ticket] }, ['givenBack']],
    [{ type: 'forced', ticket, decision: 'kill' }, ['forced kill']],
    [{ type: 'read', ticket, through: 2 }, ['started', 'messaging']],
    [{ type: 'emit', ticket, event: { type: 'e' } }, ['started', 'messaging']],
    [{ type: 'abortSeen', ticket, at: 5 }, ['started', 'abortSeen']],
  ])('becomes a call: %o', (message, calls) => {
    expect(callsFor(message)).toEqual(calls)
  })

  it('is left out once its action has left the lane, but a definition and a cancel', () => {
    const { receiver: receives, calls } = receiver()
    for (const message of [
      { type: 'report', ticket, value: 7 },
      { type: 'define', definition: 0, url: 'file:///m.js', name: 'n' },
      { type: 'cancel', ticket, id: 'a0', run: 'r', reason: { source: 'cancel' } },
    ])
      receives.received({} as never, message as unknown as FromHost, undefined)
    expect(calls).toEqual(['defined', 'abort a0 cancel cancelled a0'])
  })

  it('cancels a child in its own name (S12)', () => {
    const canceller = anAction()
    canceller.run.actions.set('a0.1', anAction({ id: 'a0.1' }))
    const message = { type: 'cancel', ticket, id: 'a0.1', reason: { source: 'cancel', message: 'enough' } }
    expect(callsFor(message, canceller)).toEqual(['abort a0.1 cancel enough a0'])
  })

  it('counts what is refused before it reaches the app', () => {
    const { receiver: receives, calls, life } = receiver()
    receives.received({} as never, { type: 'refused', ticket } as unknown as FromHost, anAction())
    expect([life.refused, calls]).toEqual([1, []])
  })

  it('is warned of where it cannot be read (S26)', () => {
    const message = { type: 'report', ticket, value: undefined }
    expect(callsFor({ type: 'unreadable', message, why: 'too deep' })[1]).toMatch(
      /^warn a report was dropped, since it can't be read in the app's thread .*too deep/,
    )
  })
})

describe('the end that a body tells', () => {
  const times = { type: 'ended', ticket, startedAt: 100, endedAt: 150 }

  /** What becomes of a life that stands there, which is told what the receiver makes of the message. */
  function endingFor(
    message: object,
    stage: Stage = 'running',
    began = true,
  ): { ending: Ending | undefined; calls: string[] } {
    const { receiver: receives, calls } = receiver()
    const life = lifeAt(stage)
    life.state.began = began
    const action = anAction()
    action.send = (event) => {
      calls.push(event.type)
      life.send(event as LifeEvent<never>)
    }
    receives.received({} as never, { ...times, ...message } as unknown as FromHost, action)
    return { ending: life.ending, calls }
  }

  it('is an output', () => {
    const { ending, calls } = endingFor({ ok: true, output: 42 })
    expect(ending).toEqual({ kind: 'succeeded', output: 42, transfer: undefined })
    expect(calls).toEqual(['started 100', 'leaveLane 50', 'ended'])
  })

  it('says how long the body was busy, without the time that it was parked', () => {
    expect(endingFor({ ok: true, parkedMs: 20 }).calls).toContain('leaveLane 30')
  })

  it('is an error', () => {
    const error = encodeError(new Error('wrong'))
    const { ending } = endingFor({ ok: false, began: true, error })
    expect(ending).toMatchObject({ kind: 'failed', error: FAILURE })
  })

  it('is a stop where the action is being aborted, and keeps what else was thrown', () => {
    const { ending } = endingFor({ ok: false, began: true, error: encodeError(new Error('wrong')) }, 'grace')
    expect(ending).toMatchObject({ kind: 'stopped', how: 'cooperative', thrown: { message: 'wrong' } })
  })

  it('keeps no error that says the same as the reason', () => {
    const reason = REASON
    const own = new ActionAbortedError({ reason, how: 'cooperative', run: 'r', action: 'a0.1' })
    const ofChild = new ActionAbortedError({ reason, how: 'cooperative', run: 'r', action: 'a0.1.1' })
    for (const error of [own, ofChild]) {
      const { ending } = endingFor({ ok: false, began: true, error: encodeError(error) }, 'grace')
      expect(ending).toEqual({ kind: 'stopped', how: 'cooperative' })
    }
  })

  it('leaves no busy time where the body never began', () => {
    const { ending, calls } = endingFor({ ok: false, began: false }, 'told', false)
    expect(ending).toEqual({ kind: 'stopped', how: 'never-started' })
    expect(calls).toEqual(['leaveLane', 'ended'])
  })
})
