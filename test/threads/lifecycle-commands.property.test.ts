// The life of a tree, played step by step against a model of its phases: bodies that obey orders, so that after each step
// it is known exactly who must have ended, how, and why. What happens at random moments is for lifecycle.property.test.ts.

import fc from 'fast-check'
import { createRuntime, type AbortSource, type PhaseEvent, type Run, type Runtime } from 'heddle'
import { puppet, sharedPuppet, type Order } from '#fixtures/puppets.js'
import { describe, expect, it } from 'vitest'
import { EventRecorder } from '../support/event-recorder.js'

const RUNS = Number(process.env['HEDDLE_PROPERTY_RUNS'] ?? 40)

type Ended = 'succeeded' | 'failed' | 'aborted'

/** What is known of one action. */
interface Known {
  readonly id: string
  /** By whose end it is ended, too: the root's, for a detached one (S18). */
  readonly parent: string | undefined
  readonly thread: number
  spawned: number
  ended: Ended | undefined
  /** Why it was aborted. */
  source: AbortSource | undefined
  origin: string | undefined
}

interface Model {
  readonly actions: Known[]
}

interface Real {
  readonly runtime: Runtime
  readonly recorder: TreeEvents
  readonly run: Run
  /** Tells any puppet what to do. */
  tell(id: string, order: Order): void
}

/** The events of the tree alone: the run that controls it has an `a0`, too. */
class TreeEvents {
  readonly #recorder: EventRecorder

  constructor(recorder: EventRecorder) {
    this.#recorder = recorder
  }

  /** Waits until an action is in a phase, or has been. */
  phase(id: string, phase: PhaseEvent['phase']): Promise<unknown> {
    return this.#recorder.next(
      (event) => event.type === 'phase' && event.run === 'tree' && event.id === id && event.phase === phase,
    )
  }

  /** Waits for a report of an action. */
  report(id: string): Promise<unknown> {
    return this.#recorder.next((event) => event.type === 'report' && event.run === 'tree' && event.id === id)
  }

  /** The phase events of all actions, or of one, so far. */
  phases(id?: string): PhaseEvent[] {
    return this.#recorder.phases(id).filter(({ run }) => run === 'tree')
  }
}

type LifeCommand = fc.AsyncCommand<Model, Real>

function live(model: Model): Known[] {
  return model.actions.filter(({ ended }) => ended === undefined)
}

/** Everything live that is bound to one. */
function under(model: Model, id: string): Known[] {
  return live(model)
    .filter(({ parent }) => parent === id)
    .flatMap((child) => [child, ...under(model, child.id)])
}

/** Notes an end in the model, then waits for all the ends that follow from it, and looks at everything. */
async function endIn(
  model: Model,
  real: Real,
  target: Known,
  ended: Ended,
  below: { source: AbortSource; origin: string },
): Promise<void> {
  for (const one of under(model, target.id)) Object.assign(one, { ended: 'aborted', ...below })
  Object.assign(target, ended === 'aborted' ? { ended, ...below } : { ended })
  for (const { id, ended: phase } of model.actions) {
    if (phase !== undefined) await real.recorder.phase(id, phase)
  }
  check(model, real)
}

function check({ actions }: Model, { run, recorder }: Real): void {
  const shown = run.actions()
  expect(shown.map(({ id }) => id).toSorted()).toEqual(actions.map(({ id }) => id).toSorted())
  for (const { id, parent, ended, source, origin } of actions) {
    const record = shown.find((one) => one.id === id)
    expect(record?.parent, id).toBe(parent)
    expect(record?.phase, id).toBe(ended ?? 'running')
    if (ended !== 'aborted') continue
    // One reason, everywhere the same (I3, S16).
    expect(record?.reason, id).toMatchObject({ source, origin })
    const events = recorder.phases(id)
    const last = events.at(-1) as PhaseEvent
    expect(last).toMatchObject({ phase: 'aborted', how: 'cooperative', reason: { source, origin } })
  }
  for (const { id, ended } of actions) {
    const events = recorder.phases(id)
    if (ended === undefined) continue
    // Its end is told once, and is the last word (I4); after the ends of all that was bound to it (S3).
    expect(events.filter(({ phase }) => phase === ended)).toHaveLength(1)
    const end = events.at(-1) as PhaseEvent
    expect(end.phase, id).toBe(ended)
    for (const child of actions) {
      if (child.parent === id) expect(recorder.phases(child.id).at(-1)?.seq).toBeLessThan(end.seq)
    }
  }
}

/** A command that hits one of those that live. */
abstract class OnLive implements LifeCommand {
  readonly place: number

  constructor(place: number) {
    this.place = place
  }

  target(model: Model): Known | undefined {
    const all = live(model)
    return all[this.place % all.length]
  }

  check(model: Readonly<Model>): boolean {
    return this.target(model) !== undefined
  }

  run(model: Model, real: Real): Promise<void> {
    return this.hit(this.target(model) as Known, model, real)
  }

  abstract hit(target: Known, model: Model, real: Real): Promise<void>

  toString(): string {
    return `${this.constructor.name}(${this.place})`
  }
}

class Spawn extends OnLive {
  readonly on: 'thread' | 'shared'
  readonly detached: boolean

  constructor(place: number, on: 'thread' | 'shared', detached: boolean) {
    super(place)
    this.on = on
    this.detached = detached
  }

  async hit(target: Known, model: Model, real: Real): Promise<void> {
    target.spawned += 1
    const id = `${target.id}.${target.spawned}`
    real.tell(target.id, { type: 'spawn', on: this.on, detached: this.detached })
    await begun(id, this.detached ? 'a0' : target.id, model, real)
    check(model, real)
  }
}

/** Waits until an action runs and its body has begun, its module having been imported, and notes it with its thread. */
async function begun(id: string, parent: string | undefined, model: Model, real: Real): Promise<void> {
  await real.recorder.phase(id, 'running')
  await real.recorder.report(id)
  const record = real.run.actions().find((one) => one.id === id)
  model.actions.push({
    id,
    parent,
    thread: record?.thread ?? -1,
    spawned: 0,
    ended: undefined,
    source: undefined,
    origin: undefined,
  })
}

class End extends OnLive {
  readonly how: 'return' | 'throw'

  constructor(place: number, how: 'return' | 'throw') {
    super(place)
    this.how = how
  }

  async hit(target: Known, model: Model, real: Real): Promise<void> {
    real.tell(target.id, { type: this.how })
    await endIn(model, real, target, this.how === 'return' ? 'succeeded' : 'failed', {
      source: target.parent === undefined ? 'root' : 'parent',
      origin: target.id,
    })
  }
}

class Abort extends OnLive {
  readonly graceMs: number | undefined
  readonly twice: boolean

  constructor(place: number, graceMs: number | undefined, twice: boolean) {
    super(place)
    this.graceMs = graceMs
    this.twice = twice
  }

  async hit(target: Known, model: Model, real: Real): Promise<void> {
    const { runtime, run } = real
    const options = { reason: 'aborted by the test', graceMs: this.graceMs }
    expect(runtime.abort(run.run, target.id, options)).toEqual({ accepted: true, phase: 'aborting' })
    // A second one adds nothing, and changes no reason (I3).
    if (this.twice) runtime.abort(run.run, target.id, { reason: 'once more' })
    await endIn(model, real, target, 'aborted', { source: 'external', origin: target.id })
  }
}

class CancelRun implements LifeCommand {
  check = (model: Readonly<Model>): boolean => model.actions[0]?.ended === undefined

  async run(model: Model, real: Real): Promise<void> {
    real.run.cancel('cancelled by the test')
    await endIn(model, real, model.actions[0] as Known, 'aborted', { source: 'cancel', origin: 'a0' })
  }

  toString = (): string => 'CancelRun'
}

/** Its thread is lost: it fails, and what is under it is aborted (S21). Only of one that is alone there. */
class LoseThread extends OnLive {
  override target(model: Model): Known | undefined {
    const alone = live(model).filter(
      ({ id, thread }) => !live(model).some((other) => other.id !== id && other.thread === thread),
    )
    return alone[this.place % alone.length]
  }

  async hit(target: Known, model: Model, real: Real): Promise<void> {
    real.tell(target.id, { type: 'exit' })
    await endIn(model, real, target, 'failed', {
      source: target.parent === undefined ? 'root' : 'parent',
      origin: target.id,
    })
    const record = real.run.actions().find(({ id }) => id === target.id)
    expect(record?.error).toMatchObject({ code: 'ThreadLostError' })
  }
}

/** Of what has ended, and of what never was (I4). */
class AbortInVain implements LifeCommand {
  readonly place: number

  constructor(place: number) {
    this.place = place
  }

  check = (): boolean => true

  async run(model: Model, real: Real): Promise<void> {
    const { runtime, run, recorder } = real
    const before = recorder.phases().length
    expect(() => runtime.abort(run.run, 'a0.99')).toThrow('a0.99')
    const ended = model.actions.filter(({ ended: phase }) => phase !== undefined)
    const target = ended[this.place % ended.length]
    if (target !== undefined) {
      const answer = runtime.abort(run.run, target.id, { force: true })
      expect(answer).toEqual({ accepted: false, phase: target.ended })
    }
    await new Promise(setImmediate)
    expect(recorder.phases()).toHaveLength(before)
    check(model, real)
  }

  toString = (): string => `AbortInVain(${this.place})`
}

/** Plays commands on a run of their own; then closes the runtime, which ends what is left (S22). */
async function play(
  threads: number,
  rootOn: 'thread' | 'shared',
  commands: Iterable<LifeCommand>,
): Promise<void> {
  await using runtime = createRuntime({ threads })
  const recorder = new EventRecorder(runtime)
  let tell: Real['tell'] | undefined
  const controls = runtime.scope((ctx) => {
    tell = (id, order) => ctx.send({ run: 'tree', action: id, name: 'puppet' }, order)
    return ctx.sleep(1e9)
  })
  while (tell === undefined) await new Promise(setImmediate)
  const run = runtime.run(rootOn === 'shared' ? sharedPuppet : puppet, undefined, { name: 'tree' })
  const ending = run.settled()
  const real: Real = { runtime, recorder: new TreeEvents(recorder), run, tell }
  const model: Model = { actions: [] }
  await begun('a0', undefined, model, real)
  await fc.asyncModelRun(() => ({ model, real }), commands)

  void runtime.close()
  const root = model.actions[0] as Known
  if (root.ended === undefined) {
    await endIn(model, real, root, 'aborted', { source: 'shutdown', origin: 'a0' })
  }
  expect((await ending).status).toBe(root.ended)
  await controls.settled()
  await runtime.close()
  expect(runtime.stats()).toMatchObject({ queued: 0, running: 0, aborting: 0, threads: 0, lanes: [] })
}

describe('the life of a tree', () => {
  it(
    'goes as the model says, step by step (I1-I4, I8, S3, S16, S18, S21)',
    { timeout: 60_000 + RUNS * 1000 },
    async () => {
      const place = fc.nat(30)
      const on = fc.constantFrom<'thread' | 'shared'>('thread', 'shared')
      const spawn = fc.tuple(place, on, fc.boolean()).map((parts) => new Spawn(...parts))
      const kinds: fc.Arbitrary<LifeCommand>[] = [
        spawn,
        spawn,
        spawn,
        spawn,
        fc
          .tuple(place, fc.constantFrom<'return' | 'throw'>('return', 'throw'))
          .map((parts) => new End(...parts)),
        fc.tuple(place, fc.constantFrom(undefined, 60_000), fc.boolean()).map((parts) => new Abort(...parts)),
        place.map((at) => new LoseThread(at)),
        place.map((at) => new AbortInVain(at)),
        fc.constant(new CancelRun()),
      ]
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(1, 2, 3),
          on,
          fc.commands(kinds, { maxCommands: 25, size: 'max' }),
          (threads, rootOn, commands) => play(threads, rootOn, commands),
        ),
        { numRuns: RUNS, endOnFailure: true },
      )
    },
  )
})
