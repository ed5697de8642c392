import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { initialTransition, SimulatedClock, transition, type AnyMachineSnapshot } from 'xstate'
import { getShortestPaths } from 'xstate/graph'
import {
  createThreadActor,
  threadMachine,
  type ThreadContext,
  type ThreadInput,
  type ThreadValue,
} from '../../actors/thread.js'
import type { ThreadEffect, ThreadEvent } from '../../actors/thread-events.js'

/** A time that is up: what XState sends itself. */
type TimeUp = { readonly type: `xstate.after.${string}` }

const STAGE = 'thread.alive.stage'
const TIMES_UP = {
  startUp: { type: `xstate.after.start.${STAGE}.starting` },
  restUp: { type: `xstate.after.rest.${STAGE}.resting` },
  closeUp: { type: `xstate.after.close.${STAGE}.closing` },
  exitUp: { type: `xstate.after.exitLate.${STAGE}.terminating.killed` },
} satisfies Record<string, TimeUp>

const LOST = new Error('lost')
const EVENTS = {
  up: { type: 'up', thread: 3 },
  quiet: { type: 'quiet' },
  letGo: { type: 'letGo' },
  stuck: { type: 'stuck' },
  work: { type: 'work' },
  pause: { type: 'pause' },
  resume: { type: 'resume' },
  retire: { type: 'retire' },
  fellSilent: { type: 'fellSilent' },
  answersAgain: { type: 'answersAgain' },
  close: { type: 'close' },
  kill: { type: 'kill' },
  lost: { type: 'lost', error: LOST },
  exited: { type: 'exited', exitCode: 1 },
  closed: { type: 'closed' },
  failedToStart: { type: 'failedToStart', error: LOST },
  killedElsewhere: { type: 'killedElsewhere' },
  exitIsLateElsewhere: { type: 'exitIsLateElsewhere' },
  lostElsewhere: { type: 'lostElsewhere', loss: { killed: true, whileStarting: false } },
  ...TIMES_UP,
} satisfies Record<string, ThreadEvent | TimeUp>
type EventName = keyof typeof EVENTS
const EVENT_NAMES = Object.keys(EVENTS) as EventName[]

interface Situation {
  /** In the app's own thread, which can't be killed. */
  readonly isLocal?: boolean
  /** On another machine, which alone can kill it. */
  readonly isFar?: boolean
  readonly mayEnd?: boolean
  readonly hasHandles?: boolean
}

function inputOf({
  isLocal = false,
  isFar = false,
  mayEnd = true,
  hasHandles = false,
}: Situation): ThreadInput {
  return {
    canBeKilled: !isLocal && !isFar,
    canRest: !isLocal,
    restMs: 60_000,
    mayEnd: () => mayEnd,
    hasHandles: () => hasHandles,
    now: () => 7,
  }
}

interface Step {
  readonly snapshot: AnyMachineSnapshot
  readonly effects: readonly ThreadEffect[]
}

function begin(situation: Situation = {}): Step {
  const [snapshot] = initialTransition(threadMachine(), inputOf(situation))
  return { snapshot, effects: [] }
}

function follow({ snapshot }: Step, name: EventName): Step {
  const [next, actions] = transition(threadMachine(), snapshot, EVENTS[name])
  const effects = (actions as readonly { type: string; params?: unknown }[])
    .filter(({ type }) => type === 'xstate.emit')
    .map(({ params }) => (params as { event: ThreadEffect }).event)
  return { snapshot: next, effects }
}

function stageOf({ snapshot }: Step): string {
  const value = snapshot.value as ThreadValue
  if (value === 'gone') return value
  const { stage, intake, loop } = value.alive
  const [words] = typeof stage === 'string' ? [stage] : Object.entries(stage).map((path) => path.join('.'))
  return [words, ...(intake === 'taking' ? [] : [intake]), ...(loop === 'silent' ? ['silent'] : [])].join(' ')
}

/** Where a lane stands after these events, and what is to be done because of the last one. */
function after(path: string, situation?: Situation): [stage: string, ...effects: string[]] {
  let step = begin(situation)
  for (const name of path.split(' ')) if (name !== '') step = follow(step, name as EventName)
  return [stageOf(step), ...step.effects.map(({ type }) => type)]
}

describe('the life of a lane, as a table', () => {
  it.each<[path: string, stage: string, ...effects: string[]]>([
    ['', 'starting'],
    ['up', 'open.busy'],
    ['startUp', 'gone', 'giveUpStart', 'over'],
    ['failedToStart', 'gone', 'giveUpStart', 'over'],
    ['quiet', 'starting'],
    ['close', 'closing', 'refuseWork', 'askToClose'],
    ['kill', 'terminating.killed', 'refuseWork', 'killThread'],
    ['lost', 'terminating.lost', 'refuseWork', 'awaitExit'],
    // Open.
    ['up failedToStart', 'open.busy'],
    ['up work', 'open.busy'],
    ['up quiet', 'open.idle', 'askToLetGo'],
    ['up quiet work', 'open.busy'],
    ['up quiet work letGo', 'open.busy'],
    ['up quiet letGo', 'resting', 'rest'],
    ['up quiet stuck', 'closing', 'refuseWork', 'askToClose'],
    ['up close', 'closing', 'refuseWork', 'askToClose'],
    ['up quiet close', 'closing', 'refuseWork', 'askToClose'],
    ['up kill', 'terminating.killed', 'refuseWork', 'killThread'],
    ['up lost', 'terminating.lost', 'refuseWork', 'awaitExit'],
    ['up closed', 'gone', 'over'],
    // At rest.
    ['up quiet letGo work', 'open.busy', 'wake'],
    ['up quiet letGo restUp', 'closing', 'wake', 'refuseWork', 'askToClose'],
    ['up quiet letGo close', 'closing', 'wake', 'refuseWork', 'askToClose'],
    ['up quiet letGo kill', 'terminating.killed', 'wake', 'refuseWork', 'killThread'],
    ['up quiet letGo lost', 'terminating.lost', 'refuseWork', 'awaitExit'],
    // It takes nothing new.
    ['up retire', 'open.busy retiring', 'refuseWork'],
    ['retire up', 'open.busy retiring'],
    ['up retire close', 'terminating.killed retiring', 'refuseWork', 'killThread'],
    ['up quiet letGo retire close', 'terminating.killed retiring', 'wake', 'refuseWork', 'killThread'],
    ['up retire kill', 'terminating.killed retiring', 'refuseWork', 'killThread'],
    // It takes nothing new for now.
    ['up pause', 'open.busy paused', 'refuseWork'],
    ['pause up', 'open.busy paused'],
    ['up pause pause', 'open.busy paused'],
    ['up pause resume', 'open.busy', 'acceptWork'],
    ['up resume', 'open.busy'],
    ['up pause retire', 'open.busy retiring', 'refuseWork'],
    ['up pause retire resume', 'open.busy retiring'],
    ['up retire pause', 'open.busy retiring'],
    ['up pause close', 'closing paused', 'refuseWork', 'askToClose'],
    ['up pause close resume', 'closing'],
    ['up pause kill resume', 'terminating.killed'],
    // It doesn't answer.
    ['up fellSilent', 'open.busy silent', 'notifySilence'],
    ['up fellSilent fellSilent', 'open.busy silent'],
    ['up fellSilent answersAgain', 'open.busy', 'notifyAnswering'],
    ['up answersAgain', 'open.busy'],
    ['up fellSilent kill', 'terminating.killed silent', 'refuseWork', 'killThread'],
    // On the way out.
    ['up close close', 'closing'],
    ['up close work', 'closing'],
    ['up close closed', 'gone', 'over'],
    ['up close closeUp', 'terminating.killed', 'refuseWork', 'killThread'],
    ['up close kill', 'terminating.killed', 'refuseWork', 'killThread'],
    ['close up', 'closing'],
    ['close failedToStart', 'gone', 'giveUpStart', 'over'],
    ['close up failedToStart', 'closing'],
    ['up kill kill', 'terminating.killed'],
    ['up kill close', 'terminating.killed'],
    ['up kill lost', 'terminating.killed'],
    ['kill up', 'terminating.killed'],
    ['up kill exitUp', 'terminating.exitLate', 'notifyExitIsLate'],
    ['up kill exitUp exited', 'gone', 'over'],
    ['up kill exited', 'gone', 'over'],
    ['up lost kill', 'terminating.lost'],
    ['up lost exited', 'gone', 'over'],
    ['up kill exited kill', 'gone'],
  ])('after [%s] it is %s', (path, ...expected) => {
    expect(after(path)).toEqual(expected)
  })

  it('goes on resting where its thread is kept, or its host answers for handles', () => {
    expect(after('up quiet letGo restUp', { mayEnd: false })).toEqual(['resting', 'rest'])
    expect(after('up quiet letGo restUp', { hasHandles: true })).toEqual(['resting', 'rest'])
  })

  it("in the app's own thread, closes when it is quiet and nobody holds a handle, and is never killed", () => {
    expect(after('up quiet', { isLocal: true })).toEqual(['closing', 'refuseWork', 'askToClose'])
    expect(after('up quiet', { isLocal: true, hasHandles: true })).toEqual(['open.busy'])
    expect(after('up kill', { isLocal: true })).toEqual(['open.busy'])
    expect(after('up close closeUp', { isLocal: true })).toEqual(['closing'])
    expect(after('startUp', { isLocal: true })).toEqual(['starting'])
  })

  it('on another machine, may take any time to come up, rests, is never killed from here, and is gone when that says so', () => {
    expect(after('startUp', { isFar: true })).toEqual(['starting'])
    expect(after('up quiet letGo', { isFar: true })).toEqual(['resting', 'rest'])
    expect(after('up quiet letGo kill', { isFar: true })).toEqual(['resting'])
    expect(after('up quiet letGo restUp', { isFar: true })).toEqual([
      'closing',
      'wake',
      'refuseWork',
      'askToClose',
    ])
    expect(after('up kill', { isFar: true })).toEqual(['open.busy'])
    expect(after('up retire close', { isFar: true })).toEqual([
      'closing retiring',
      'refuseWork',
      'askToClose',
    ])
    for (const path of ['', 'up', 'up quiet letGo', 'up close', 'up killedElsewhere'])
      expect(after(`${path} lostElsewhere`, { isFar: true })).toEqual(['gone', 'over'])
  })

  it('on another machine, is being killed, and exits late, when that says so', () => {
    expect(after('up killedElsewhere', { isFar: true })).toEqual([
      'terminating.killedElsewhere',
      'refuseWork',
    ])
    expect(after('up quiet letGo killedElsewhere', { isFar: true })).toEqual([
      'terminating.killedElsewhere',
      'wake',
      'refuseWork',
    ])
    expect(after('up killedElsewhere close', { isFar: true })).toEqual(['terminating.killedElsewhere'])
    expect(after('up killedElsewhere exitIsLateElsewhere', { isFar: true })).toEqual([
      'terminating.exitLate',
      'notifyExitIsLate',
    ])
    expect(after('up exitIsLateElsewhere', { isFar: true })).toEqual(['open.busy'])
    expect(after('up killedElsewhere')).toEqual(['open.busy'])
  })
})

describe('the end of a lane says', () => {
  function overAfter(path: string): ThreadEffect | undefined {
    let step = begin()
    for (const name of path.split(' ')) step = follow(step, name as EventName)
    return step.effects.at(-1)
  }

  it.each<[string, unknown]>([
    ['up close closed', undefined],
    ['up kill closed', undefined],
    ['up kill exited', { killed: true, whileStarting: false, exitCode: 1 }],
    ['kill exited', { killed: true, whileStarting: true, exitCode: 1 }],
    ['up close closeUp exited', { killed: true, whileStarting: false, exitCode: 1 }],
    ['up lost exited', { killed: false, whileStarting: false, error: LOST, exitCode: 1 }],
    ['lost exited', { killed: false, whileStarting: true, error: LOST, exitCode: 1 }],
    ['up kill lost exited', { killed: true, whileStarting: false, exitCode: 1 }],
    ['failedToStart', { killed: false, whileStarting: true, error: LOST }],
  ])('after [%s] how its thread was lost', (path, loss) => {
    expect(overAfter(path)).toEqual({ type: 'over', loss, endsThread: false })
  })

  it('whether its thread is to be ended: after a long rest', () => {
    expect(overAfter('up quiet letGo restUp closed')).toMatchObject({ endsThread: true })
    expect(overAfter('up quiet letGo close closed')).toMatchObject({ endsThread: false })
  })

  it('the error with which the worker died, where it is known', () => {
    const { snapshot } = follow(follow(begin(), 'up'), 'lost')
    const died = new Error('died')
    const [gone] = transition(threadMachine(), snapshot, { type: 'exited', error: died })
    expect((gone.context as ThreadContext).loss).toEqual({
      killed: false,
      whileStarting: false,
      error: died,
    })
  })
})

describe('all lives of a lane', () => {
  it('come through these states, and no others', () => {
    const paths = getShortestPaths(threadMachine(), {
      input: inputOf({}),
      events: EVENT_NAMES.map((name) => EVENTS[name]),
      serializeState: (snapshot) => JSON.stringify((snapshot as AnyMachineSnapshot).value),
    })
    const stages = new Set(
      paths.map(({ state }) => stageOf({ snapshot: state as AnyMachineSnapshot, effects: [] }).split(' ')[0]),
    )
    const known = [
      'closing',
      'gone',
      'open.busy',
      'open.idle',
      'resting',
      'starting',
      'terminating.exitLate',
      'terminating.killed',
      'terminating.lost',
    ]
    expect(stages).toEqual(new Set(known))
  })

  it('end once, are killed once, wake whenever they have rested, and take no work that they have refused', () => {
    const situations = fc.record({ isLocal: fc.boolean(), mayEnd: fc.boolean(), hasHandles: fc.boolean() })
    const paths = fc.array(fc.constantFrom(...EVENT_NAMES), { minLength: 4, maxLength: 30 })
    fc.assert(
      fc.property(situations, paths, (situation, names) => {
        let step = begin(situation)
        let refuses = false
        let holdsProcess = true
        const told = new Map<string, number>()
        for (const name of names) {
          const wasGone = step.snapshot.value === 'gone'
          step = follow(step, name)
          if (wasGone) expect(step.effects).toEqual([])
          for (const { type } of step.effects) {
            told.set(type, (told.get(type) ?? 0) + 1)
            if (type === 'refuseWork') refuses = true
            if (type === 'acceptWork') refuses = false
            if (type === 'rest') holdsProcess = false
            if (type === 'wake') holdsProcess = true
          }
          const stage = stageOf(step)
          if (/^(?:closing|terminating)|paused|retiring/.test(stage)) expect(refuses).toBe(true)
          // A thread that dies while it rests isn't woken.
          if (/^(?:open|closing|terminating.killed)/.test(stage)) expect(holdsProcess).toBe(true)
          expect(told.get('over') ?? 0).toBe(stage === 'gone' ? 1 : 0)
          if (situation.isLocal) {
            for (const type of ['killThread', 'askToLetGo', 'rest', 'notifyExitIsLate'])
              expect(told.get(type)).toBeUndefined()
          }
        }
        expect(told.get('killThread') ?? 0).toBeLessThan(2)
        expect(told.get('askToClose') ?? 0).toBeLessThan(2)
      }),
      { numRuns: 300 },
    )
  })
})

describe('the times of a lane', () => {
  function running(situation: Situation = {}) {
    const clock = new SimulatedClock()
    const effects: string[] = []
    const actor = createThreadActor(inputOf(situation), clock, ({ type }) => void effects.push(type))
    return { clock, actor, effects }
  }

  it('a thread has half a minute to come up, and none after that', () => {
    const { clock, effects } = running()
    clock.increment(29_999)
    expect(effects).toEqual([])
    clock.increment(1)
    expect(effects).toEqual(['giveUpStart', 'over'])
    const up = running()
    up.actor.send({ type: 'up', thread: 1 })
    up.clock.increment(60_000)
    expect(up.effects).toEqual([])
  })

  it('a host has a second to close its lane, and five where its thread is just starting', () => {
    const up = running()
    up.actor.send({ type: 'up', thread: 1 })
    up.actor.send({ type: 'close' })
    up.clock.increment(999)
    expect(up.effects).not.toContain('killThread')
    up.clock.increment(1)
    expect(up.effects.at(-1)).toBe('killThread')
    const starting = running()
    starting.actor.send({ type: 'close' })
    starting.clock.increment(4999)
    expect(starting.effects).not.toContain('killThread')
    starting.clock.increment(1)
    expect(starting.effects.at(-1)).toBe('killThread')
  })

  it('an exit is late after 200 ms', () => {
    const { clock, actor, effects } = running()
    actor.send({ type: 'kill' })
    clock.increment(199)
    expect(effects.at(-1)).toBe('killThread')
    clock.increment(1)
    expect(effects.at(-1)).toBe('notifyExitIsLate')
  })

  it('a rest lasts as long as threads are kept, and begins anew with each', () => {
    const { clock, actor, effects } = running()
    actor.send({ type: 'up', thread: 1 })
    for (let times = 0; times < 2; times += 1) {
      actor.send({ type: 'quiet' })
      actor.send({ type: 'letGo' })
      clock.increment(59_999)
      expect(effects.at(-1)).toBe('rest')
      actor.send({ type: 'work' })
    }
    actor.send({ type: 'quiet' })
    actor.send({ type: 'letGo' })
    clock.increment(60_000)
    expect(effects.slice(-3)).toEqual(['wake', 'refuseWork', 'askToClose'])
  })
})
