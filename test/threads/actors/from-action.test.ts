import { describe, expect, it } from 'vitest'
import { createRuntime, isHeddleError, type Runtime } from 'heddle'
import { fromAction } from 'heddle/actors'
import { createActor, sendTo, setup, waitFor, type ActorRefFrom, type InspectionEvent } from 'xstate'
import { countingFunction } from '#fixtures/actors/counters.js'
import { doubles, sleeps } from '#fixtures/actors/logics.js'
import { shared } from '#fixtures/stopping.js'
import { eventually } from '../../support/actors.js'
import { collectEvents, reachesPhase } from '../../support/events.js'
import { runProgram } from '../../support/program.js'
import { word } from '../../support/shared-words.js'
import { machine, provided, sleeperUp } from '../../support/counting-machine.js'

describe.each([
  { place: 'in threads', threads: 2 },
  { place: "in the app's own thread", threads: 0 },
])('an action that a machine of the app invokes, $place', ({ threads }) => {
  it('gets messages, shows reports and phases, emits to the machine, and is done with its output', async () => {
    await using runtime = createRuntime({ threads })
    const actor = createActor(provided(runtime), { input: word() }).start()
    const counter = actor.getSnapshot().children.counter as ActorRefFrom<
      ReturnType<typeof fromActionOfCounter>
    >
    const emitted: number[] = []
    counter.on('added', ({ total }) => void emitted.push(total))
    const phases = new Set<string>()
    counter.subscribe(({ phase }) => void phases.add(phase))
    for (const n of [1, 2, 3]) actor.send({ type: 'add', n })
    actor.send({ type: 'finish' })
    const { context } = await waitFor(actor, (snapshot) => snapshot.matches('sleeping'))
    expect(context.output).toBe(106)
    expect(context.heard).toEqual([101, 103, 106])
    expect(emitted).toEqual([101, 103, 106])
    expect(context.sums.at(-1)).toBe(106)
    expect([...phases]).toEqual(expect.arrayContaining(['queued', 'running', 'succeeded']))
    actor.stop()
  })

  it('is aborted by leaving the state, with that as the reason; what it cleans up is waited for', async () => {
    await using runtime = createRuntime({ threads })
    const cleaned = word()
    const actor = createActor(provided(runtime), { input: cleaned }).start()
    actor.send({ type: 'finish' })
    await waitFor(actor, (snapshot) => snapshot.matches('sleeping'))
    const run = await sleeperUp(runtime)
    actor.send({ type: 'leave' })
    expect(actor.getSnapshot().value).toBe('left')
    expect(await runtime.get(run)?.settled()).toMatchObject({
      status: 'aborted',
      how: 'cooperative',
      reason: { source: 'cancel', message: 'the state that invoked it was left', origin: 'a0' },
    })
    expect(cleaned[0]).toBe(1)
  })

  it('is aborted with the machine that is stopped', async () => {
    await using runtime = createRuntime({ threads })
    const actor = createActor(provided(runtime), { input: word() }).start()
    actor.send({ type: 'finish' })
    await waitFor(actor, (snapshot) => snapshot.matches('sleeping'))
    const run = await sleeperUp(runtime)
    actor.stop()
    expect(await runtime.get(run)?.settled()).toMatchObject({ status: 'aborted', how: 'cooperative' })
  })

  it('is an error of the machine by the very error that its handle rejects with (S13)', async () => {
    await using runtime = createRuntime({ threads })
    const actor = createActor(provided(runtime), { input: word() }).start()
    actor.send({ type: 'fail' })
    const { context } = await waitFor(actor, (snapshot) => snapshot.status === 'done')
    expect(isHeddleError(context.error, 'ValueError')).toBe(true)
    expect(await runtime.runs()[0]?.settled()).toMatchObject({ error: context.error })
  })

  it('is an error of the machine when somebody else aborts it', async () => {
    await using runtime = createRuntime({ threads })
    const actor = createActor(provided(runtime), { input: word() }).start()
    actor.send({ type: 'finish' })
    await waitFor(actor, (snapshot) => snapshot.matches('sleeping'))
    const run = await sleeperUp(runtime)
    runtime.abort(run, { reason: 'too hot', by: 'operator' })
    const { context } = await waitFor(actor, (snapshot) => snapshot.status === 'done')
    expect(context.error).toMatchObject({
      name: 'ActionAbortedError',
      reason: { source: 'external', message: 'too hot', by: 'operator' },
    })
  })

  it('leaves no work running when the machine throws, which stays an error of the app', async () => {
    await using runtime = createRuntime({ threads })
    const actor = createActor(provided(runtime), { input: word() })
    const thrown = new Promise<unknown>((resolve) => actor.subscribe({ error: resolve }))
    actor.start()
    actor.send({ type: 'finish' })
    await waitFor(actor, (snapshot) => snapshot.matches('sleeping'))
    const run = await sleeperUp(runtime)
    actor.send({ type: 'throw' })
    expect(await thrown).toMatchObject({ message: 'in an action of the machine' })
    expect(await runtime.get(run)?.settled()).toMatchObject({
      status: 'aborted',
      how: 'cooperative',
      reason: {
        message: expect.stringContaining('has failed'),
        cause: { cause: { message: 'in an action of the machine' } },
      },
    })
  })

  it('leaves no work running when a machine further up throws', async () => {
    await using runtime = createRuntime({ threads })
    const upper = setup({ actors: { lower: provided(runtime) } }).createMachine({
      invoke: { id: 'lower', src: 'lower', input: word() },
      on: {
        throw: {
          actions: () => {
            throw new Error('far above')
          },
        },
      },
    })
    const actor = createActor(upper)
    actor.subscribe({ error: () => {} })
    actor.start()
    const lower = actor.getSnapshot().children['lower'] as ActorRefFrom<typeof machine>
    lower.send({ type: 'finish' })
    await waitFor(lower, (snapshot) => snapshot.matches('sleeping'))
    const run = await sleeperUp(runtime)
    actor.send({ type: 'throw' })
    expect(await runtime.get(run)?.settled()).toMatchObject({ status: 'aborted', how: 'cooperative' })
  })

  it('says what to do where it has no runtime, and takes a closed one for an error', async () => {
    await using runtime = createRuntime({ threads })
    const actor = createActor(machine, { input: word() }).start()
    expect(actor.getSnapshot()).toMatchObject({ value: 'failed' })
    expect((actor.getSnapshot().context.error as Error).message).toMatch(
      /give it a runtime, as in machine\.provide/,
    )
    await runtime.close()
    const late = createActor(provided(runtime), { input: word() }).start()
    const { context } = await waitFor(late, (snapshot) => snapshot.status === 'done')
    expect(isHeddleError(context.error, 'RuntimeClosedError')).toBe(true)
    expect(() => fromAction((() => 1) as never)).toThrow(/needs what action\(\) or actionRef\(\) returned/)
  })

  it('belongs to the scope around it', async () => {
    await using runtime = createRuntime({ threads })
    const run = runtime.scope(async (ctx) => {
      const actor = createActor(fromAction(doubles), { input: 4 }).start()
      const { output } = await ctx.idle(waitFor(actor, ({ status }) => status === 'done'))
      return output
    })
    expect(await run).toBe(8)
    expect(run.actions().map(({ name, parent }) => [name, parent])).toEqual([
      ['scope', undefined],
      ['doubles', 'a0'],
    ])
  })

  it('is shown to an inspector of the app', async () => {
    await using runtime = createRuntime({ threads })
    const events: InspectionEvent[] = []
    const actor = createActor(provided(runtime), {
      input: word(),
      inspect: (event) => void events.push(event),
    }).start()
    actor.send({ type: 'add', n: 1 })
    actor.send({ type: 'finish' })
    await waitFor(actor, (snapshot) => snapshot.matches('sleeping'))
    const counter = events.filter(({ actorRef }) => (actorRef as { id?: string }).id === 'counter')
    const snapshots = counter.flatMap((event) => (event.type === '@xstate.snapshot' ? [event.snapshot] : []))
    expect(counter[0]?.type).toBe('@xstate.actor')
    expect(snapshots.at(-1)).toMatchObject({ status: 'done', output: 101, phase: 'succeeded' })
    actor.stop()
  })
})

describe('an action that a machine sends to', () => {
  const sending = (runtime: Runtime) =>
    createActor(
      setup({
        types: { events: {} as { type: 'pass'; event: { type: string } } },
        actors: { work: fromAction(shared, { runtime }) },
      }).createMachine({
        initial: 'working',
        states: {
          working: {
            invoke: {
              id: 'work',
              src: 'work',
              input: { ending: 'sleep' },
              onDone: 'done',
              onError: { target: 'failed' },
            },
            on: { pass: { actions: sendTo('work', ({ event }) => event.event as never) } },
          },
          done: {},
          failed: {},
        },
      }),
    ).start()

  it('cannot be told by it how it stands (X2)', async () => {
    await using runtime = createRuntime({ threads: 0 })
    const { seen } = collectEvents(runtime)
    const actor = sending(runtime)
    const { work } = actor.getSnapshot().children
    await eventually(() => work?.getSnapshot().phase).toBe('running')
    const before = work?.getSnapshot()
    const outcome = { status: 'succeeded', output: 42, queuedAt: 1, settledAt: 1 }
    const forged = [
      { type: 'heddle.settled', outcome },
      { type: 'heddle.phase', phase: 'aborted' },
      { type: 'heddle.report', value: 'forged' },
      { type: 'xstate.done.actor.x' },
    ]
    for (const event of forged) actor.send({ type: 'pass', event })
    expect(work?.getSnapshot()).toBe(before)
    expect(actor.getSnapshot().value).toBe('working')
    const warnings = () => seen.filter((event) => event.type === 'log' && event.level === 'warn')
    await eventually(() => warnings().length).toBe(3)
    actor.stop()
  })

  it('is cancelled by heddle.cancel, unless an option is wrong (X4)', async () => {
    await using runtime = createRuntime({ threads: 0 })
    const actor = sending(runtime)
    const { work } = actor.getSnapshot().children
    await eventually(() => work?.getSnapshot().phase).toBe('running')
    actor.send({ type: 'pass', event: { type: 'heddle.cancel', graceMs: 'soon' } as never })
    expect(runtime.stats()).toMatchObject({ running: 1, aborting: 0 })
    actor.send({ type: 'pass', event: { type: 'heddle.cancel', reason: 'enough' } as never })
    await waitFor(actor, ({ value }) => value === 'failed')
    expect(work?.getSnapshot()).toMatchObject({ phase: 'aborted', reason: { message: 'enough' } })
  })
})

describe('actions that a machine invokes at once', () => {
  it('may be two thousand', async () => {
    const { code, stdout, stderr } = await runProgram('two-thousand-invoked')
    expect(stderr).toBe('')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      done: 2000,
      sum: 2 * ((1999 * 2000) / 2),
      totals: { succeeded: 2000, failed: 0, aborted: 0, timedOut: 0 },
      running: 0,
      queued: 0,
    })
  }, 60_000)

  it('are all aborted when their state is left', async () => {
    await using runtime = createRuntime({ threads: 2, retain: 5000 })
    // XState itself takes seconds to leave a state with two thousand.
    const count = 300
    const started = word()
    const many = setup({ actors: { sleep: fromAction(sleeps, { runtime }) } }).createMachine({
      initial: 'all',
      states: {
        all: {
          invoke: Array.from({ length: count }, (_, n) => ({
            id: `sleep-${n}`,
            src: 'sleep' as const,
            input: started,
          })),
          on: { leave: 'left' },
        },
        left: { type: 'final' },
      },
    })
    const actor = createActor(many).start()
    await sleeperUp(runtime)
    actor.send({ type: 'leave' })
    const outcomes = await Promise.all(runtime.runs().map((run) => run.settled()))
    expect(outcomes).toHaveLength(count)
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['aborted']))
  })
})

/** Only for its type. */
function fromActionOfCounter() {
  return fromAction(countingFunction)
}

describe('a machine that throws, with nobody who observes it', () => {
  it('ends the process with its error as without an action; the work is aborted first', async () => {
    const { code, stdout, stderr } = await runProgram('machine-throws')
    expect(stderr).toContain('Error: in an action of the machine')
    expect(code).toBe(1)
    expect(stdout).toContain('aborting')
  })
})

describe('the runs of a machine', () => {
  it('are in the events of the runtime', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const actor = createActor(fromAction(doubles, { runtime }), { input: 1 }).start()
    const [run] = runtime.runs()
    const ended = reachesPhase(runtime, run?.run ?? '', 'a0', 'succeeded')
    await waitFor(actor, ({ status }) => status === 'done')
    await ended
  })
})
