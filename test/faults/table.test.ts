// Every fault × where it strikes × one thread or many. Each time: the outcome and how it came about, what is under it
// and beside it, that the capacity is back, and that nothing is left.

import { actionRef, createRuntime, type Outcome, type PhaseEvent, type Runtime } from 'heddle'
import {
  echo,
  faulty,
  faultyHalf,
  keeper,
  neighbour,
  STRIKES,
  triedNeighbour,
  type Fault,
  type FaultPlan,
} from '#fixtures/faults.js'
import type { neverCalled } from '#fixtures/import-exits.js'
import type { neverLoaded } from '#fixtures/import-hangs.js'
import type { throwing } from '#fixtures/throws-on-import.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EventRecorder } from '../support/event-recorder.js'
import { ImportSignals } from '../support/import-signals.js'
import { open, word } from '../support/shared-words.js'

interface Expected {
  readonly status: Outcome<unknown>['status']
  readonly code: string
  readonly how?: string
  /** How the thread was lost, if it is; `kill`: by the runtime, for an abort. */
  readonly loses?: 'exited' | 'crashed' | 'out-of-memory' | 'kill'
  /** It goes on for ever, so that somebody has to abort it. */
  readonly isAborted?: boolean
}

const faults: Readonly<Record<Exclude<Fault, 'exitLater'>, Expected>> = {
  exit: { status: 'failed', code: 'ThreadLostError', loses: 'exited' },
  crash: { status: 'failed', code: 'RangeError' },
  crashOutside: { status: 'failed', code: 'ThreadLostError', loses: 'crashed' },
  exhaust: { status: 'failed', code: 'ThreadLostError', loses: 'out-of-memory' },
  reject: { status: 'failed', code: 'TypeError' },
  throwNull: { status: 'failed', code: 'NonError' },
  throwUncloneable: { status: 'failed', code: 'SyntaxError' },
  returnUncloneable: { status: 'failed', code: 'NotCloneableError' },
  spin: { status: 'aborted', code: 'ActionAbortedError', how: 'forced', loses: 'kill', isAborted: true },
  ignore: { status: 'aborted', code: 'ActionAbortedError', how: 'forced', loses: 'kill', isAborted: true },
  native: { status: 'aborted', code: 'ActionAbortedError', how: 'forced', loses: 'kill', isAborted: true },
}

const cases = Object.entries(faults).flatMap(([fault, expected]) =>
  [1, 2].map((threads) => ({ fault: fault as Fault, expected, threads })),
)

/** Limits under which a chain of small objects soon ends. */
const resourceLimits = { maxOldGenerationSizeMb: 24, maxYoungGenerationSizeMb: 4 }

function create(threads: number): Runtime {
  return createRuntime({ threads, resourceLimits })
}

/** Aborts the faulty action once it is in what it doesn't come back from. */
async function abortIfDeaf(
  runtime: Runtime,
  recorder: EventRecorder,
  run: string,
  id: string,
  { isAborted = false }: Expected,
): Promise<void> {
  if (!isAborted) return
  await recorder.next((event) => event.type === 'report' && event.run === run && event.id === id)
  runtime.abort(run, id, { reason: 'goes on for ever' })
}

function check(phase: PhaseEvent, { status, code, how, loses }: Expected): void {
  expect(phase).toMatchObject({ phase: status, error: { code }, ...(how !== undefined && { how }) })
  if (loses !== undefined && loses !== 'kill') expect(phase.error).toMatchObject({ loss: loses })
}

/** Every thread takes work again. */
async function checkCapacity(runtime: Runtime, threads: number): Promise<void> {
  const values = Array.from({ length: 2 * threads }, (_, index) => index)
  await expect(Promise.all(values.map((value) => runtime.run(echo, value)))).resolves.toEqual(values)
}

/** Every thread takes work again, and then nothing is left: threads, lanes, what is counted as live. */
async function checkCapacityAndClose(runtime: Runtime, threads: number): Promise<void> {
  await checkCapacity(runtime, threads)
  await runtime.close()
  expect(runtime.stats()).toMatchObject({
    threads: 0,
    lanes: [],
    queued: 0,
    running: 0,
    aborting: 0,
    abandoned: 0,
  })
}

function endOf(recorder: EventRecorder, run: string, id: string): Promise<PhaseEvent> {
  const ends = new Set(['succeeded', 'failed', 'aborted', 'timedOut'])
  return recorder.next(
    (event): event is PhaseEvent =>
      event.type === 'phase' && event.run === run && event.id === id && ends.has(event.phase),
  )
}

describe.each(cases)('$fault on $threads threads', ({ fault, expected, threads }) => {
  // One after the other on the same threads: each finds what the one before has left.
  describe('alone', () => {
    let runtime: Runtime
    beforeAll(() => {
      runtime = create(threads)
    })
    afterAll(() => runtime.close())

    it('strikes a leaf: its parent hears of it, and goes on (I11, S13)', async () => {
      const recorder = new EventRecorder(runtime)
      const run = runtime.run(keeper, { fault }, { name: 'leaf' })
      await abortIfDeaf(runtime, recorder, 'leaf', 'a0.1', expected)
      await expect(run).resolves.toEqual({ status: expected.status })
      check(await endOf(recorder, 'leaf', 'a0.1'), expected)
      await checkCapacity(runtime, threads)
    })

    it('strikes a parent: its children are aborted, and settle before it (I2, S3, S21)', async () => {
      const recorder = new EventRecorder(runtime)
      const run = runtime.run(keeper, { fault, children: 3 }, { name: 'parent' })
      await abortIfDeaf(runtime, recorder, 'parent', 'a0.1', expected)
      await expect(run).resolves.toEqual({ status: expected.status })
      const end = await endOf(recorder, 'parent', 'a0.1')
      check(end, expected)
      for (const child of ['a0.1.1', 'a0.1.2', 'a0.1.3']) {
        const ended = await endOf(recorder, 'parent', child)
        expect(ended).toMatchObject({
          phase: 'aborted',
          how: 'cooperative',
          reason: { source: expected.isAborted === true ? 'external' : 'parent', origin: 'a0.1' },
        })
        expect(ended.seq).toBeLessThan(end.seq)
      }
      await checkCapacity(runtime, threads)
    })

    it('strikes a root: the run settles, with all that is under it (I1), and nothing is left (I9)', async () => {
      const recorder = new EventRecorder(runtime)
      const run = runtime.run(faulty, { fault, children: 2 } satisfies FaultPlan, { name: 'root' })
      const ending = run.settled()
      await abortIfDeaf(runtime, recorder, 'root', 'a0', expected)
      const { status } = await ending
      expect(status).toBe(expected.status)
      check(await endOf(recorder, 'root', 'a0'), expected)
      expect(run.actions().map(({ phase }) => phase)).toEqual([expected.status, 'aborted', 'aborted'])
      await checkCapacityAndClose(runtime, threads)
    })
  })

  it('strikes beside a neighbour, which lives on, or is lost with its thread and tried again (I7, I11)', async () => {
    await using runtime = create(threads)
    const recorder = new EventRecorder(runtime)
    const strikes = word()
    const leaves = word()
    const bad = runtime.run(faultyHalf, { fault, gate: strikes } satisfies FaultPlan, { name: 'bad' })
    // How it ends is looked for in the events.
    void bad.settled()
    const alive = (run: string): Promise<unknown> =>
      recorder.next((event) => event.type === 'report' && event.run === run)
    await alive('bad')
    // On one thread the other half of it is left for one of the two; the other waits, or has a thread of its own.
    const tried = runtime.run(triedNeighbour, leaves, { name: 'tried' })
    await alive('tried')
    const once = runtime.run(neighbour, leaves, { name: 'once' })
    if (threads > 1) await alive('once')
    const wasTogether = tried.actions()[0]?.thread === bad.actions()[0]?.thread
    if (threads === 1) expect(wasTogether).toBe(true)
    open(strikes)
    // Aborted before, it would still answer a ping on a machine that is late.
    await expect.poll(() => Atomics.load(strikes, 0), { timeout: 15_000 }).toBe(STRIKES)
    await abortIfDeaf(runtime, recorder, 'bad', 'a0', expected)
    const end = await endOf(recorder, 'bad', 'a0')
    // Whoever yields isn't killed for it: the body is left behind, and its thread goes when the others are done (S6 d).
    const isLeftBehind = fault === 'ignore' && wasTogether
    check(end, isLeftBehind ? { ...expected, how: 'abandoned' } : expected)
    const isLost = expected.loses !== undefined && !isLeftBehind
    if (isLost && wasTogether) await recorder.next((event) => event.type === 'retry' && event.run === 'tried')
    open(leaves)
    await expect(tried).resolves.toBe(`alive in attempt ${isLost && wasTogether ? 2 : 1}`)
    await expect(once).resolves.toBe('alive in attempt 1')
    await checkCapacityAndClose(runtime, threads)
  })
})

describe.each([1, 2])('a module that goes wrong, on %i threads', (threads) => {
  const url = (name: string): URL => new URL(`../../build/test/fixtures/${name}.js`, import.meta.url)

  it('throws on import: its actions fail, and say why', async () => {
    await using runtime = create(threads)
    const run = runtime.run(actionRef<typeof throwing>(url('throws-on-import'), 'throwing'))
    await expect(run.settled()).resolves.toMatchObject({ status: 'failed', error: { code: 'RangeError' } })
    await checkCapacityAndClose(runtime, threads)
  })

  it('ends its thread on import: its actions lose it, and no others (I11, S10)', async () => {
    await using runtime = create(threads)
    const runs = [1, 2].map(() =>
      runtime.run(actionRef<typeof neverCalled>(url('import-exits'), 'neverCalled')),
    )
    for (const outcome of await Promise.all(runs.map((run) => run.settled()))) {
      expect(outcome).toMatchObject({
        status: 'failed',
        error: { code: 'ThreadLostError', loss: 'failed-to-start', exitCode: 4 },
      })
    }
    await checkCapacityAndClose(runtime, threads)
  })

  it('hangs on import: an abort ends its actions at once, and none was begun (I4, S7)', async () => {
    await using runtime = create(threads)
    using signals = new ImportSignals('import-hangs')
    const run = runtime.run(actionRef<typeof neverLoaded>(url('import-hangs'), 'neverLoaded'))
    await signals.loading()
    run.cancel('it hangs')
    await expect(run.settled()).resolves.toMatchObject({ status: 'aborted', how: 'never-started' })
    await checkCapacityAndClose(runtime, threads)
  })
})
