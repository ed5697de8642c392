import { describe, expect, it } from 'vitest'
import { AbortState } from '../../actors/abort-state.js'
import { moveTo, type LifeEvent, type Stage } from '../../actors/life-state.js'
import { ActionAbortedError, ThreadLostError } from '../../src/protocol/errors/errors.js'
import { FAILURE, lifeAt, PHASE_OF, positionAt, REASON, STAGES, type FakeLife } from '../support/fake-life.js'

type Made = LifeEvent<FakeLife> | ((life: FakeLife) => LifeEvent<FakeLife>)

const lost = new ThreadLostError('lost', { loss: 'exited' })

/** Each event with where it leads from each stage; from the others, nowhere. No children, no retries, nothing has begun unseen. */
const TABLE: readonly (readonly [string, Made, Partial<Record<Stage, Stage>>])[] = [
  ['sent', { type: 'sent' }, { waiting: 'offered' }],
  ['takenBack', { type: 'takenBack' }, { offered: 'waiting' }],
  ['backoffOver', { type: 'backoffOver' }, { backoff: 'waiting' }],
  ['started', { type: 'started', at: 1, thread: 1 }, { offered: 'running' }],
  [
    'ended, returned',
    { type: 'ended', ok: true, output: 1, transfer: undefined, startedAt: 1 },
    to('settled', 'offered', 'running', 'told', 'grace', 'asking', 'killing'),
  ],
  [
    'ended, threw',
    { type: 'ended', ok: false, thrown: { value: 1 }, startedAt: 1 },
    to('settled', 'offered', 'running', 'told', 'grace', 'asking', 'killing'),
  ],
  ['cannotStart', { type: 'cannotStart', error: FAILURE }, to('settled', 'waiting', 'backoff', 'offered')],
  [
    'threadLost',
    { type: 'threadLost', error: lost, uncounted: false },
    to('settled', 'offered', 'running', 'told', 'grace', 'asking', 'killing'),
  ],
  [
    'childSettled',
    { type: 'childSettled' },
    { ...to('settled', 'failing', 'ended', 'stopping'), told: 'grace' },
  ],
  [
    'abort',
    (life) => life.abortEvent(),
    { ...to('withdrawn', 'waiting', 'backoff', 'offered'), running: 'told', failing: 'stopping' },
  ],
  [
    'abortedWithParent',
    { type: 'abortedWithParent', abort: new AbortState(REASON, 1) },
    to('withdrawn', 'waiting', 'backoff'),
  ],
  ['neverStarts', { type: 'neverStarts' }, to('settled', 'withdrawn')],
  [
    'timedOut, queuedMs',
    { type: 'timedOut', bound: 'queuedMs' },
    to('withdrawn', 'waiting', 'backoff', 'offered'),
  ],
  ['timedOut, runMs', { type: 'timedOut', bound: 'runMs' }, { running: 'told' }],
  [
    'timedOut, deadlineMs',
    { type: 'timedOut', bound: 'deadlineMs' },
    { ...to('withdrawn', 'waiting', 'backoff', 'offered'), running: 'told', failing: 'stopping' },
  ],
  ['hasten', { type: 'hasten', deadline: 1 }, {}],
  ['awaitEnd', { type: 'awaitEnd' }, { told: 'grace' }],
  ['abortSeen', { type: 'abortSeen', at: 1 }, {}],
  ['graceOver', { type: 'graceOver' }, { grace: 'asking' }],
  ['killed', { type: 'killed' }, { asking: 'killing' }],
  ['dropped', { type: 'dropped' }, { asking: 'settled' }],
  ['abandoned', { type: 'abandoned' }, { asking: 'settled' }],
  ['threadKnown', { type: 'threadKnown', thread: 1 }, {}],
  ['retired', { type: 'retired' }, {}],
  ['report', { type: 'report', value: 1 }, {}],
  ['emit', { type: 'emit', event: { type: 'ping' } }, {}],
]

function to(next: Stage, ...from: Stage[]): Partial<Record<Stage, Stage>> {
  return Object.fromEntries(from.map((stage) => [stage, next]))
}

function send(life: FakeLife, made: Made): FakeLife {
  life.send(typeof made === 'function' ? made(life) : made)
  return life
}

describe.each(TABLE)('the life of an action, by %s', (_name, made, next) => {
  it.each(STAGES)('from %s (X1)', (stage) => {
    const life = send(lifeAt(stage), made)
    const expected = next[stage] ?? stage
    expect(life.state.stage).toBe(expected)
    if (expected !== 'settled') expect(life.state.phase).toBe(PHASE_OF[expected])
    if (stage === 'settled') expect(life.done).toEqual([])
    expect(life.done.includes('settled')).toBe(expected === 'settled' && stage !== 'settled')
  })
})

describe('an attempt that has ended', () => {
  it('waits for its children, which it aborts, whatever it is (S3, I2)', () => {
    for (const stage of ['offered', 'running', 'told', 'grace', 'asking', 'killing'] as const) {
      const life = lifeAt(stage)
      life.children = 1
      if (PHASE_OF[stage] === 'aborting') life.shieldedChildren = 1
      life.send({ type: 'ended', ok: true, output: 1, transfer: undefined, startedAt: 1 })
      expect(life.state.stage).toBe(PHASE_OF[stage] === 'aborting' ? 'stopping' : 'ended')
      expect(life.done).toContain('abortChildren')
      life.send({ type: 'childSettled' })
      expect(life.done).not.toContain('settled')
      life.children = 0
      life.send({ type: 'childSettled' })
      expect(life.done.filter((one) => one === 'settled')).toHaveLength(1)
    }
  })

  it('has its outcome, which no abort changes while its children drain (S4)', () => {
    const life = lifeAt('running')
    life.children = 1
    life.send({ type: 'ended', ok: true, output: 1, transfer: undefined, startedAt: 1 })
    life.send(life.abortEvent())
    life.send({ type: 'timedOut', bound: 'deadlineMs' })
    life.children = 0
    life.send({ type: 'childSettled' })
    expect(life.state.phase).toBe('succeeded')
    expect(life.childrensReason).toMatchObject({ source: 'parent', origin: 'a0.1' })
  })

  it('is aborted whatever its body returns or throws, once that was accepted (S4)', () => {
    const returned = lifeAt('grace')
    returned.send({ type: 'ended', ok: true, output: 1, transfer: undefined, startedAt: 1 })
    expect(returned.state.phase).toBe('aborted')
    expect(returned.ending).toEqual({ kind: 'stopped', how: 'cooperative' })
    const threw = lifeAt('grace')
    threw.send({ type: 'ended', ok: false, thrown: { value: FAILURE }, startedAt: 1 })
    expect(threw.ending).toEqual({ kind: 'stopped', how: 'cooperative', thrown: FAILURE })
    const own = lifeAt('grace')
    const value = new ActionAbortedError({ reason: REASON, action: 'a0.1', run: 'run' })
    own.send({ type: 'ended', ok: false, thrown: { value }, startedAt: 1 })
    expect(own.ending).toEqual({ kind: 'stopped', how: 'cooperative' })
  })

  it('says how it was stopped (S7)', () => {
    const how = (stage: Stage, event: LifeEvent<FakeLife>): unknown => {
      const life = lifeAt(stage)
      life.send(event)
      return life.ending?.kind === 'stopped' ? life.ending.how : life.ending?.kind
    }
    expect(how('withdrawn', { type: 'neverStarts' })).toBe('never-started')
    expect(how('killing', { type: 'threadLost', error: lost, uncounted: false })).toBe('forced')
    expect(how('asking', { type: 'dropped' })).toBe('forced')
    expect(how('asking', { type: 'abandoned' })).toBe('abandoned')
    const between = lifeAt('withdrawn')
    between.state.began = true
    between.send({ type: 'neverStarts' })
    expect(between.ending).toEqual({ kind: 'stopped', how: 'cooperative' })
    // Whether it had begun on a machine that is lost, nobody knows: that it never has would be said of what may have run.
    for (const mayHaveBegun of [true, false]) {
      const elsewhere = lifeAt('offered', 1)
      elsewhere.send({ type: 'threadLost', error: lost, uncounted: false, mayHaveBegun })
      elsewhere.send(elsewhere.abortEvent())
      elsewhere.send({ type: 'neverStarts' })
      const how = mayHaveBegun ? 'cooperative' : 'never-started'
      expect(elsewhere.ending).toEqual({ kind: 'stopped', how })
    }
  })

  it('aborts its children with its own reason, if it was aborted, and else for its end (S16)', () => {
    const aborted = lifeAt('told')
    aborted.children = aborted.shieldedChildren = 1
    aborted.send({ type: 'ended', ok: false, thrown: undefined, startedAt: 1 })
    expect(aborted.childrensReason).toBe(REASON)
    const failed = lifeAt('running')
    failed.children = 1
    failed.send({ type: 'ended', ok: false, thrown: { value: 1 }, startedAt: 1 })
    expect(failed.childrensReason).toMatchObject({
      source: 'parent',
      message: expect.stringContaining('failed'),
    })
  })
})

describe('another attempt', () => {
  it('follows a failure, a loss and a timeout of the attempt, when all children have settled (S8)', () => {
    const events: [Stage, LifeEvent<FakeLife>][] = [
      ['running', { type: 'ended', ok: false, thrown: { value: 1 }, startedAt: 1 }],
      ['running', { type: 'threadLost', error: lost, uncounted: false }],
    ]
    for (const [stage, event] of events) {
      const life = lifeAt(stage, 1)
      life.children = 1
      life.send(event)
      expect(life.state.stage).toBe('failing')
      life.children = 0
      life.send({ type: 'childSettled' })
      expect(life.state).toMatchObject({ stage: 'waiting', phase: 'queued', attempt: 2, failures: 1 })
      expect(life.done.slice(-3)).toEqual(['retried', 'queued', 'queue'])
      moveTo(life.state, positionAt(stage))
      life.send(event)
      expect(life.state.phase).toBe('failed')
    }
    const late = lifeAt('running', 1)
    late.send({ type: 'timedOut', bound: 'runMs' })
    expect(late.state).toMatchObject({ stage: 'told', phase: 'aborting' })
    late.send({ type: 'ended', ok: false, thrown: undefined, startedAt: 1 })
    expect(late.state).toMatchObject({ stage: 'waiting', phase: 'queued', attempt: 2, abort: undefined })
  })

  it('waits for its time (S8)', () => {
    const life = lifeAt('running', 1)
    life.retries = { ...life.retries, backoffMs: 10 }
    life.send({ type: 'ended', ok: false, thrown: { value: 1 }, startedAt: 1 })
    expect(life.state.stage).toBe('backoff')
    expect(life.done.at(-1)).toBe('backOff')
    life.send({ type: 'backoffOver' })
    expect(life.done.at(-1)).toBe('queue')
  })

  it('is not counted where the thread was lost for a neighbour, and is for nothing else (S28)', () => {
    const life = lifeAt('running', 1)
    life.send({ type: 'threadLost', error: lost, uncounted: true })
    expect(life.state).toMatchObject({ attempt: 2, failures: 0 })
  })

  it('does not follow an abort, also one that wins over the timeout of the attempt (S8)', () => {
    for (const order of ['before', 'after'] as const) {
      const life = lifeAt('running', 1)
      life.send({ type: 'timedOut', bound: 'runMs' })
      if (order === 'after') {
        life.children = life.shieldedChildren = 1
        life.send({ type: 'ended', ok: false, thrown: undefined, startedAt: 1 })
        expect(life.state.stage).toBe('stopping')
      }
      life.send(life.abortEvent())
      if (order === 'before') life.send({ type: 'ended', ok: false, thrown: undefined, startedAt: 1 })
      life.children = life.shieldedChildren = 0
      life.send({ type: 'childSettled' })
      expect(life.state).toMatchObject({ phase: 'aborted', abort: { reason: REASON, timedOut: undefined } })
    }
  })

  it('is given up by an abort that comes while the children of a failed attempt drain, or it waits (S8)', () => {
    const failing = lifeAt('failing', 1)
    failing.children = 1
    failing.send(failing.abortEvent())
    failing.children = 0
    failing.send({ type: 'childSettled' })
    expect(failing.state.phase).toBe('aborted')
    expect(failing.ending).toEqual({ kind: 'stopped', how: 'cooperative', thrown: FAILURE })
    const withoutThread = lifeAt('running', 1)
    withoutThread.children = 1
    withoutThread.send({ type: 'threadLost', error: lost, uncounted: false })
    withoutThread.send(withoutThread.abortEvent())
    withoutThread.children = 0
    withoutThread.send({ type: 'childSettled' })
    expect(withoutThread.ending).toEqual({ kind: 'stopped', how: 'forced', thrown: lost })
    const waiting = lifeAt('backoff', 1)
    waiting.send(waiting.abortEvent())
    waiting.send({ type: 'backoffOver' })
    expect(waiting.state.stage).toBe('withdrawn')
  })

  it('is ended by the deadline of all attempts, whatever the attempt was ended by (S8)', () => {
    const life = lifeAt('running', 1)
    life.send({ type: 'timedOut', bound: 'runMs' })
    life.send({ type: 'timedOut', bound: 'deadlineMs' })
    life.send({ type: 'ended', ok: false, thrown: undefined, startedAt: 1 })
    expect(life.state).toMatchObject({ phase: 'timedOut', abort: { timedOut: 'deadlineMs' } })
    const aborted = lifeAt('told', 1)
    aborted.send({ type: 'timedOut', bound: 'deadlineMs' })
    expect(aborted.state.abort?.timedOut).toBeUndefined()
  })

  it('is not what ends it, if an abort of others comes on the way (S8)', () => {
    const life = lifeAt('running')
    life.timeOut = () => life.send(life.abortEvent())
    life.send({ type: 'timedOut', bound: 'deadlineMs' })
    life.send({ type: 'ended', ok: false, thrown: undefined, startedAt: 1 })
    expect(life.state).toMatchObject({ phase: 'aborted', abort: { reason: REASON, timedOut: undefined } })
  })
})

describe('the time of what is aborting', () => {
  it('is its own grace, from the settling of its last unshielded child (S5)', () => {
    const life = lifeAt('told')
    life.children = 2
    life.shieldedChildren = 1
    life.send({ type: 'awaitEnd' })
    life.send({ type: 'childSettled' })
    expect(life.state.stage).toBe('told')
    life.children = 1
    life.time = 2000
    life.send({ type: 'childSettled' })
    expect(life.state).toMatchObject({ stage: 'grace', abort: { graceEndsAt: 2100 } })
    expect(life.done).toEqual(['endGraceAt 100'])
  })

  it('is the deadline of a request, be it shorter or longer, and a later one only if it is shorter (S5)', () => {
    const life = lifeAt('running')
    life.children = 1
    life.send(life.abortEvent(REASON, 5000))
    life.send({ type: 'awaitEnd' })
    life.send({ type: 'hasten', deadline: 9000 })
    life.send({ type: 'awaitEnd' })
    life.send(life.abortEvent(REASON, 3000))
    life.send({ type: 'awaitEnd' })
    expect(life.done.filter((one) => one.startsWith('endGraceAt'))).toEqual([
      'endGraceAt 4000',
      'endGraceAt 4000',
      'endGraceAt 2000',
    ])
    expect(life.state.abort).toMatchObject({ reason: REASON, escalations: [REASON] })
  })

  it('ends shields first, by which all may have ended (S14)', () => {
    const life = lifeAt('grace')
    life.endShields = () => life.send({ type: 'ended', ok: false, thrown: undefined, startedAt: 1 })
    life.send({ type: 'graceOver' })
    expect(life.done).not.toContain('force')
    expect(life.state.stage).toBe('settled')
  })
})

describe('what an abort finds', () => {
  it('is seen to run first, where its claim word says so (S11)', () => {
    const life = lifeAt('offered')
    life.hasBegun = true
    life.send(life.abortEvent())
    expect(life.done).toEqual(['running', 'started', 'tell', 'aborting'])
  })

  it('is told, where it can no longer be taken back (S10)', () => {
    const life = lifeAt('offered')
    life.canBeTakenBack = false
    life.send(life.abortEvent())
    expect(life.state.stage).toBe('told')
    life.send({ type: 'started', at: 5, thread: 1 })
    expect(life.state).toMatchObject({ stage: 'told', phase: 'aborting', began: true, startedAt: 5 })
  })

  it('keeps its first reason, and only the aborts of others are put on record (I3)', () => {
    const life = lifeAt('told')
    const second = { ...REASON, message: 'again' }
    life.send(life.abortEvent(second))
    life.send(life.abortEvent({ ...REASON, message: 'its parent has ended' }, undefined, false))
    expect(life.state.abort).toMatchObject({ reason: REASON, escalations: [second] })
  })

  it('has the abort of its parent as its own, when it settles or is aborted by itself (S2)', () => {
    const life = lifeAt('waiting')
    const parents = new AbortState(REASON, 7)
    life.isAbortedWithParent = true
    life.send({ type: 'timedOut', bound: 'deadlineMs' })
    expect(life.state.abort).toBeUndefined()
    life.send({ type: 'abortedWithParent', abort: parents })
    life.send(life.abortEvent({ ...REASON, message: 'this one' }))
    life.send({ type: 'neverStarts' })
    expect(life.done).toEqual(['again', 'attemptEnded', 'settled'])
    expect(parents.escalations).toBeUndefined()
    expect(life.state.abort).toMatchObject({
      reason: REASON,
      requestedAt: 7,
      escalations: [{ message: 'this one' }],
    })
  })
})

describe('what is known of a life', () => {
  it('is in which thread it began, once that has come up; not of one that has not begun, nor instead of what was known', () => {
    for (const [stage, known] of [
      ['running', 3],
      ['offered', undefined],
    ] as const) {
      const life = lifeAt(stage)
      life.send({ type: 'threadKnown', thread: 3 })
      life.send({ type: 'threadKnown', thread: 4 })
      expect(life.state.thread).toBe(known)
    }
  })

  it('is no output any more once it has settled and is retired (S29)', () => {
    const life = lifeAt('running')
    life.send({ type: 'ended', ok: true, output: 'large', transfer: undefined, startedAt: 1 })
    expect(life.state.ending).toMatchObject({ output: 'large' })
    life.send({ type: 'retired' })
    expect(life.state.ending).toEqual({ kind: 'succeeded', output: undefined, transfer: undefined })
    expect(life.state).toMatchObject({ phase: 'succeeded', stage: 'settled', settledAt: life.time })
  })
})
