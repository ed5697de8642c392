import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AbortState } from '../../actors/abort-state.js'
import { isDecided } from '../../actors/life-stage.js'
import type { LifeEvent } from '../../actors/life-state.js'
import { ThreadLostError } from '../../src/protocol/errors/errors.js'
import { isTerminal } from '../../src/protocol/outcome.js'
import { FAILURE, FakeLife, PHASE_OF, REASON } from '../support/fake-life.js'

/** What happens to one action: an event, or something that its life asks about. */
type Step =
  | { readonly event: LifeEvent<FakeLife> }
  | { readonly abort: number | undefined; readonly escalates: boolean }
  | { readonly children: number; readonly shielded: number }
  | { readonly begun: boolean; readonly takenBack: boolean }
  | { readonly pass: number }

const event = (made: LifeEvent<FakeLife>): fc.Arbitrary<Step> => fc.constant({ event: made })

const lost = new ThreadLostError('lost', { loss: 'exited' })

const steps: fc.Arbitrary<Step> = fc.oneof(
  event({ type: 'sent' }),
  event({ type: 'takenBack' }),
  event({ type: 'backoffOver' }),
  fc.integer({ min: 0, max: 1e6 }).map((at): Step => ({ event: { type: 'started', at, thread: 1 } })),
  event({ type: 'ended', ok: true, output: 1, transfer: undefined, startedAt: 1 }),
  event({ type: 'ended', ok: false, thrown: { value: FAILURE }, startedAt: 1 }),
  event({ type: 'cannotStart', error: FAILURE }),
  fc.boolean().map((uncounted): Step => ({ event: { type: 'threadLost', error: lost, uncounted } })),
  event({ type: 'childSettled' }),
  event({ type: 'abortedWithParent', abort: new AbortState(REASON, 1) }),
  event({ type: 'neverStarts' }),
  fc
    .constantFrom('runMs' as const, 'queuedMs' as const, 'deadlineMs' as const)
    .map((bound): Step => ({ event: { type: 'timedOut', bound } })),
  fc.integer({ min: 0, max: 10_000 }).map((deadline): Step => ({ event: { type: 'hasten', deadline } })),
  event({ type: 'awaitEnd' }),
  event({ type: 'abortSeen', at: 1 }),
  event({ type: 'graceOver' }),
  event({ type: 'killed' }),
  event({ type: 'dropped' }),
  event({ type: 'abandoned' }),
  event({ type: 'report', value: 1 }),
  event({ type: 'emit', event: { type: 'ping' } }),
  fc.record({
    abort: fc.option(fc.integer({ min: 0, max: 10_000 }), { nil: undefined }),
    escalates: fc.boolean(),
  }),
  fc
    .tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 2 }))
    .map(([children, shielded]): Step => ({ children, shielded: Math.min(children, shielded) })),
  fc.record({ begun: fc.boolean(), takenBack: fc.boolean() }),
  fc.integer({ min: 0, max: 500 }).map((pass): Step => ({ pass })),
)

/** What must stay as it is once it is there. */
interface Known {
  /** A request has aborted it: no timeout and no result changes that. */
  aborted: boolean
  decided: boolean
  phases: number
  attempt: number
  deadline: number | undefined
}

function take(life: FakeLife, step: Step): void {
  if ('event' in step) life.send(step.event)
  else if ('abort' in step) life.send(life.abortEvent(REASON, step.abort, step.escalates))
  else if ('children' in step) {
    // What has settled has none.
    if (life.state.stage === 'settled') return
    life.children = step.children
    life.shieldedChildren = step.shielded
  } else if ('begun' in step) {
    life.hasBegun = step.begun
    life.canBeTakenBack = step.takenBack
  } else life.time += step.pass
}

function check(life: FakeLife, step: Step, known: Known): void {
  const { state } = life
  const { stage, phase, abort } = state
  // A stage has one phase; what ends without a body having begun may still be queued.
  if (stage === 'settled') expect(isTerminal(phase)).toBe(true)
  else if (stage === 'failing' || stage === 'ended') expect(['queued', 'running']).toContain(phase)
  else expect(phase).toBe(PHASE_OF[stage])
  // What it was is what the one before said, and it goes one way; only another attempt is queued again (S4).
  for (const { from, to } of life.phases.slice(known.phases)) {
    if (to !== 'queued') expect(from).not.toBe(to)
    if (to === 'running') expect(from).toBe('queued')
    if (to === 'queued') expect(state.attempt).toBeGreaterThan(known.attempt)
    expect(isTerminal(from)).toBe(false)
  }
  for (let at = Math.max(1, known.phases); at < life.phases.length; at += 1) {
    const before = life.phases[at - 1]?.to
    // What it has taken from its parent's abort, nobody was told (S2).
    const isTakenOver = before === 'queued' && life.phases[at]?.from === 'aborting'
    if (!isTakenOver) expect(life.phases[at]?.from).toBe(before)
  }
  // Whoever is aborted has a reason, and nobody else.
  expect(phase === 'aborting' || abort?.reason === undefined || isTerminal(phase)).toBe(true)
  if (phase === 'aborting') expect(abort?.reason).toBeDefined()
  // An abort that was accepted is the outcome (S4, S8).
  if (known.aborted) expect(['aborting', 'aborted', 'timedOut']).toContain(phase)
  if (known.aborted && stage === 'settled' && abort?.timedOut === undefined) expect(phase).toBe('aborted')
  // So is an end that came first.
  if (known.decided) expect(isDecided(state)).toBe(true)
  // A deadline only comes nearer (S5).
  if (known.deadline !== undefined && state.attempt === known.attempt)
    expect(abort?.deadline).toBeLessThanOrEqual(known.deadline)
  // Nothing settles before its children, nor twice (S3).
  expect(life.done.filter((one) => one === 'settled').length).toBe(stage === 'settled' ? 1 : 0)
  if (stage === 'settled') expect(life.children).toBe(0)
  // Failed attempts are counted, and are no more than may be (S8).
  expect(state.failures).toBeLessThanOrEqual(life.retries.limit)
  expect(state.attempt).toBeGreaterThan(state.failures)
  // A body that never began says so, unless force had to say something (S7).
  if (life.ending?.kind === 'stopped') {
    if (life.ending.how === 'never-started') expect(state.began).toBe(false)
    if (life.ending.how === 'cooperative') expect(state.began || life.ending.thrown !== undefined).toBe(true)
  }
}

describe('any life of an action', () => {
  it.each([0, 2])(
    'keeps to the rules whatever happens in whatever order, with %i retries (S3, S4, S5, S7, S8)',
    (limit) => {
      fc.assert(
        fc.property(fc.array(steps, { maxLength: 40, size: 'max' }), fc.boolean(), (all, hasBackoff) => {
          const life = new FakeLife()
          life.retries = { ...life.retries, limit, backoffMs: hasBackoff ? 10 : 0 }
          const known: Known = { aborted: false, decided: false, phases: 0, attempt: 1, deadline: undefined }
          for (const step of all) {
            // What is done to a settled one must leave it as it is.
            const settled = life.state.stage === 'settled' ? structuredCloneOf(life) : undefined
            take(life, step)
            check(life, step, known)
            if (settled !== undefined) expect(structuredCloneOf(life)).toEqual(settled)
            const { state } = life
            known.aborted ||= state.phase === 'aborting' && !state.abort.isAttemptTimeout
            known.decided ||= isDecided(state)
            known.phases = life.phases.length
            known.attempt = state.attempt
            known.deadline = state.abort?.deadline
          }
        }),
        { numRuns: 300 },
      )
    },
  )

  it('ends, once its children have, wherever it stands (I2)', () => {
    fc.assert(
      fc.property(
        fc.array(steps, { maxLength: 30, size: 'max' }),
        fc.integer({ min: 0, max: 2 }),
        (all, limit) => {
          const life = new FakeLife()
          life.retries = { ...life.retries, limit }
          for (const step of all) take(life, step)
          life.children = life.shieldedChildren = 0
          life.send({ type: 'childSettled' })
          if (life.state.stage === 'settled') return
          life.send(life.abortEvent(REASON, 0))
          life.send({ type: 'awaitEnd' })
          life.send({ type: 'childSettled' })
          life.send({ type: 'neverStarts' })
          life.send({ type: 'graceOver' })
          life.send({ type: 'killed' })
          life.send({ type: 'threadLost', error: lost, uncounted: false })
          expect(life.state.stage).toBe('settled')
        },
      ),
      { numRuns: 300 },
    )
  })
})

/** All of its state that is data. */
function structuredCloneOf({ state, phases }: FakeLife): unknown {
  const { abort, ending, ...rest } = state
  return { ...rest, ...(abort && { abort: { ...abort } }), kind: ending?.kind, phases: phases.length }
}
