// Random trees of actions, aborted from all sides at any moment (I4). Whatever happens, the event log must tell a
// possible story, nothing may be left, and nothing may hang. HEDDLE_PROPERTY_RUNS=2000 looks harder.

import fc from 'fast-check'
import { createRuntime, type AbortReason, type PhaseEvent, type Run } from 'heddle'
import {
  half,
  retried,
  shared,
  slotOf,
  whole,
  type ChildPlan,
  type Ending,
  type Word,
} from '#fixtures/stopping.js'
import { describe, expect, it } from 'vitest'
import { EventRecorder } from '../support/event-recorder.js'

const RUNS = Number(process.env['HEDDLE_PROPERTY_RUNS'] ?? 25)
const SEED = process.env['HEDDLE_PROPERTY_SEED']
/** When nothing happens any more, because all that is left sleeps or computes, the runtime is closed. */
const QUIET_MS = 150
/** A scenario that takes longer hangs. */
const HANG_MS = 30_000

const definitions = { whole, half, shared, retried }

interface Abort {
  /** It comes with the event of this number. */
  readonly atEvent: number
  readonly source: 'cancel' | 'external' | 'signal' | 'shutdown'
  /** Which of the runs, and which of its actions known by then. */
  readonly run: number
  readonly action: number
  readonly graceMs: number | undefined
  readonly force: boolean
}

interface Scenario {
  readonly threads: number
  readonly graceMs: number
  readonly roots: readonly ChildPlan[]
  readonly aborts: readonly Abort[]
}

const endings: fc.Arbitrary<Ending> = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom<Ending>('return', 'await', 'all', 'cancel', 'throw') },
  { weight: 3, arbitrary: fc.constantFrom<Ending>('sleep', 'poll', 'ignore', 'spin') },
  { weight: 1, arbitrary: fc.constant<Ending>('exit') },
)

const plans: fc.Memo<ChildPlan> = fc.memo((depth) =>
  fc.record({
    on: fc.constantFrom('whole', 'half', 'shared', 'shared', 'retried'),
    ending: endings,
    detached: fc.option(fc.boolean(), { nil: undefined }),
    graceMs: fc.option(fc.constantFrom(0, 1, 20), { nil: undefined }),
    timeoutMs: fc.option(fc.constantFrom(1, 20, 80), { nil: undefined, freq: 4 }),
    rounds: fc.option(fc.constantFrom(1e4, 1e6, 2e7), { nil: undefined }),
    sleepMs: fc.option(fc.constantFrom(0, 1, 10), { nil: undefined }),
    cleanUpTurns: fc.option(fc.constantFrom(1, 20), { nil: undefined }),
    report: fc.option(fc.constant('here'), { nil: undefined }),
    children: depth <= 1 ? fc.constant([]) : fc.array(plans(depth - 1), { maxLength: 3 }),
  }),
)

const scenarios: fc.Arbitrary<Scenario> = fc.record({
  threads: fc.constantFrom(1, 2),
  graceMs: fc.constantFrom(0, 10, 40),
  roots: fc.array(plans(3), { minLength: 1, maxLength: 3 }),
  aborts: fc.array(
    fc.record({
      atEvent: fc.nat({ max: 40 }),
      source: fc.oneof(
        {
          weight: 8,
          arbitrary: fc.constantFrom<Abort['source']>('cancel', 'external', 'external', 'signal'),
        },
        { weight: 1, arbitrary: fc.constant<Abort['source']>('shutdown') },
      ),
      run: fc.nat(),
      action: fc.nat(),
      graceMs: fc.option(fc.constantFrom(0, 5, 30), { nil: undefined }),
      force: fc.boolean(),
    }),
    { maxLength: 6 },
  ),
})

/** The same plan, whose bodies count that they were entered. */
function marked(plan: ChildPlan, mark: Word): ChildPlan {
  return { ...plan, mark, children: plan.children?.map((child) => marked(child, mark)) }
}

async function play({ threads, graceMs, roots, aborts }: Scenario): Promise<void> {
  const runtime = createRuntime({ threads, graceMs })
  const recorder = new EventRecorder(runtime)
  const marks = new Map<string, Word>()
  const controllers: AbortController[] = []
  const runs: Run[] = roots.map((root, index) => {
    const name = `run-${index}`
    const mark: Word = new Int32Array(new SharedArrayBuffer(4 * 32 ** 3))
    marks.set(name, mark)
    const controller = new AbortController()
    controllers.push(controller)
    const { timeoutMs, on = 'whole' } = root
    return runtime.run(definitions[on], marked(root, mark), {
      name,
      signal: controller.signal,
      ...(root.graceMs !== undefined && { graceMs: root.graceMs }),
      ...(timeoutMs !== undefined && { timeout: timeoutMs }),
    })
  })

  let settled = 0
  const allSettled = Promise.all(
    runs.map(async (run) => {
      await run.settled()
      settled += 1
    }),
  )
  let closed: Promise<void> | undefined
  const perform = (abort: Abort): void => {
    const run = runs[abort.run % runs.length] as Run
    const urgency = {
      ...(abort.graceMs !== undefined && { graceMs: abort.graceMs }),
      ...(abort.force && { force: true }),
    }
    switch (abort.source) {
      case 'cancel':
        run.cancel('cancelled', urgency)
        return
      case 'signal':
        controllers[abort.run % runs.length]?.abort('signalled')
        return
      case 'external': {
        const known = run.actions()
        const target = known[abort.action % known.length]
        const before = target?.phase
        const answer = runtime.abort(run.run, target?.id, { reason: 'external', ...urgency })
        if (before === 'succeeded' || before === 'failed' || before === 'aborted' || before === 'timedOut') {
          expect(answer).toEqual({ accepted: false, phase: before })
        }
        return
      }
      case 'shutdown':
        closed ??= runtime.close({ graceMs: abort.graceMs ?? 20 })
    }
  }
  const left = [...aborts]
  let lastEventAt = performance.now()
  let seen = 0
  const onEvents = setInterval(() => {
    // Only to notice that nothing happens any more.
    if (recorder.events.length > seen) lastEventAt = performance.now()
    seen = recorder.events.length
    if (performance.now() - lastEventAt > QUIET_MS && settled < runs.length) {
      closed ??= runtime.close({ graceMs: 20 })
    }
  }, 20)
  recorder.onEvent = (event) => {
    for (const abort of [...left]) {
      if (abort.atEvent > event.seq) continue
      left.splice(left.indexOf(abort), 1)
      perform(abort)
    }
  }
  await allSettled
  clearInterval(onEvents)

  // The runtime has drained: nothing lives, whatever may still be running of what was abandoned.
  expect(runtime.stats()).toMatchObject({ queued: 0, running: 0, aborting: 0 })
  closed ??= runtime.close()
  await closed
  await recorder.ended
  const stats = runtime.stats()
  expect(stats).toMatchObject({ abandoned: 0, lanes: [], threads: 0 })

  let actions = 0
  for (const run of runs) {
    const ofRun = recorder.phases().filter((event) => event.run === run.run)
    actions += check(ofRun, marks.get(run.run) as Word)
    const outcome = await run.settled()
    const last = ofRun.findLast(({ id }) => id === 'a0') as PhaseEvent
    expect(last.phase).toBe(outcome.status)
    if ('reason' in outcome) expect(last.reason).toBe(outcome.reason)
  }
  const { succeeded, failed, aborted, timedOut } = stats.totals
  expect(succeeded + failed + aborted + timedOut).toBe(actions)
  recorder.events.forEach((event, index) => {
    if (index > 0)
      expect('seq' in event && event.seq).toBe(index + (recorder.events[0] as { seq: number }).seq)
  })
}

const MOVES: Record<string, readonly string[]> = {
  '': ['queued'],
  // At once to its end: never sent, and aborted with its parent (S2).
  queued: ['running', 'aborting', 'failed', 'aborted'],
  // Back to the queue by another attempt only.
  running: ['aborting', 'succeeded', 'failed', 'queued'],
  aborting: ['aborted', 'timedOut', 'queued'],
}

/** Checks the story of one run; gives the number of its actions. */
function check(events: readonly PhaseEvent[], marks: Word): number {
  const phases = new Map<string, PhaseEvent['phase']>()
  const reasons = new Map<string, AbortReason | undefined>()
  const live = new Map<string, Set<string>>()
  for (const event of events) {
    const { id, phase, parent, reason } = event
    const before = phases.get(id) ?? ''
    expect(MOVES[before] ?? [], `${id}: ${before} → ${phase}`).toContain(phase)
    phases.set(id, phase)
    if (before === '' && parent !== undefined) {
      expect(MOVES[phases.get(parent) ?? ''], `${id} is spawned by the live ${parent}`).toBeDefined()
      if (!live.has(parent)) live.set(parent, new Set())
      live.get(parent)?.add(id)
    }
    if (phase === 'queued') {
      reasons.delete(id)
      // Another attempt: after all children of the last one (S8), and never under a parent that is being stopped.
      if (before !== '') {
        expect([...(live.get(id) ?? [])], `live children of ${id}, which is tried again`).toEqual([])
        if (parent !== undefined) expect(phases.get(parent), `parent of ${id}, tried again`).toBe('running')
      }
    }
    if (phase === 'aborting') {
      expect(reason, id).toBeDefined()
      reasons.set(id, reason)
    }
    if (before === 'queued' && phase === 'aborted') {
      const parents = parent === undefined ? undefined : reasons.get(parent)
      const isParents = reason === parents || reason?.source === 'parent' || reason?.source === 'root'
      expect([event.how, isParents], `${id}, aborted with ${parent}`).toEqual(['never-started', true])
      reasons.set(id, reason)
    }
    if (MOVES[phase] !== undefined) continue

    // It has ended: after everything bound to it (S3, S18).
    expect([...(live.get(id) ?? [])], `live children of ${id}, which has ended`).toEqual([])
    if (parent !== undefined) live.get(parent)?.delete(id)
    if (phase === 'aborted' || phase === 'timedOut') {
      const first = reasons.get(id)
      // An abort wins over the timeout of an attempt (S8), else there is one reason (I3).
      if (!(first?.source === 'timeout' && first.origin === id && phase === 'aborted')) {
        expect(reason, id).toBe(first)
      }
      if (phase === 'aborted') expect((event.error as { reason?: unknown }).reason, id).toBe(reason)
      expect(event.how, id).toBeDefined()
    }
    const entered = Atomics.load(marks, slotOf(id, marks))
    if (event.how === 'never-started') expect(entered, `${id} never started`).toBe(0)
    if (phase === 'succeeded') expect(entered, id).toBeGreaterThan(0)
  }
  for (const [id, phase] of phases) expect(MOVES[phase], `${id} has ended as ${phase}`).toBeUndefined()
  return phases.size
}

describe('lifecycle', () => {
  it(
    'tells a possible story and leaves nothing, whatever is aborted when (I1-I4, I9, S3)',
    async () => {
      await fc.assert(
        fc.asyncProperty(scenarios, async (scenario) => {
          let timer: NodeJS.Timeout | undefined
          const hang = new Promise<never>((_, reject) => {
            timer = setTimeout(() => reject(new Error('it hangs')), HANG_MS)
          })
          try {
            await Promise.race([play(scenario), hang])
          } finally {
            clearTimeout(timer)
          }
        }),
        {
          numRuns: RUNS,
          endOnFailure: true,
          ...(SEED !== undefined && { seed: Number(SEED) }),
        },
      )
    },
    60_000 + RUNS * 2_000,
  )
})
