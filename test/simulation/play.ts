// Plays one history in a world of its own, with the real runtime, and looks after every step whether all that is promised holds.

import { isHeddleError } from '../../src/index.js'
import { Supervisor } from '../../src/runtime/life/supervisor.js'
import { useThreads } from '../../src/threads/threads.js'
import { Random } from '../soak/random.js'
import { Aftermath } from './aftermath.js'
import { App } from './app.js'
import { settlesWithin } from './bounds.js'
import type { Plan, Story } from './plan.js'
import { watchKills } from './losses.js'
import type { Known } from './known.js'
import { Rules } from './rules.js'
import { watchOrder } from './order.js'
import { Families } from './family.js'
import { Kept } from './kept.js'
import type { InnerRun } from './live.js'
import { mostInvoked } from './logics.js'
import { EPOCH, Simulator } from './simulator.js'
import { checkIdleLane, checkSettled, checkState, type Breaks, type Inner } from './state.js'
import { SimulatedThreads, takeUncaught } from './threads.js'
import { watchUrgency } from './urgency.js'
import { Whereabouts } from './whereabouts.js'
import { setWitness } from './witness.js'

/** Something that mustn't be. */
interface Broken {
  readonly rule: string
  readonly what: string
  readonly at: number
  readonly about: Known | undefined
}

/** What has come of a history. */
export interface Played {
  readonly broken: readonly Broken[]
  readonly hash: number
  readonly actions: number
  readonly steps: number
  readonly virtualMs: number
  readonly coverage: ReadonlyMap<string, number>
  readonly trace: readonly string[]
}

/** How a history is played. */
export interface PlayOptions {
  readonly isTraced?: boolean
  /** Whether it is looked, at the end, what is held in memory: that takes a while. */
  readonly isWeighed?: boolean
  /** Broken rules after which it is no use to go on. */
  readonly mostBroken?: number
}

/** More steps than any history takes: it goes round in circles. */
const MOST_STEPS = 400_000
/** How often the state itself is looked at. */
const STEPS_BETWEEN_LOOKS = 8
/** Where little happens, it is looked after so long, in virtual milliseconds: what is forgotten shows there. */
const QUIET_MS = 2
/** How often the records are counted. */
const LOOKS_BETWEEN_COUNTS = 16

/** How late the end of a drain may be. */
const CLOSE_LATE_MS = 20

let captured: Inner | undefined

/**
 * What only the runtime itself knows: its supervisor is noted as that makes a root, and whom it takes back from a thread
 * (S10).
 */
function watchSupervisor(
  isOthers: () => boolean,
  cover: (rule: string) => void,
  families: Families,
  whereabouts: Whereabouts,
): () => void {
  type Method = (this: Inner, given: { readonly id: string; readonly run: InnerRun }, how: string) => void
  const prototype = Supervisor.prototype as unknown as Record<'createRoot' | 'takenBack' | 'givenUp', Method>
  const { createRoot, takenBack, givenUp } = prototype
  const note = (inner: Inner): void => void (captured = inner)
  prototype.createRoot = function create(given) {
    createRoot.call(this, given, '')
    if (isOthers()) return
    note(this)
    families.add(given.run)
  }
  prototype.takenBack = function takeBack(given) {
    if (!isOthers()) cover('S10')
    takenBack.call(this, given, '')
  }
  prototype.givenUp = function giveUp(given, how) {
    if (how === 'dropped') cover('S6 dropped')
    // What is left behind may go on, and is known to.
    if (!isOthers()) whereabouts.ended(given.run.name, given.id)
    givenUp.call(this, given, how)
  }
  return () => void Object.assign(prototype, { createRoot, takenBack, givenUp })
}

/** Takes warnings, Node's and those of XState about stopped actors; gives what ends that. */
function quieten(onWarning: () => void): () => void {
  const { warn } = console
  const emitWarning = process.emitWarning.bind(process)
  console.warn = onWarning
  process.emitWarning = onWarning
  return () => {
    console.warn = warn
    process.emitWarning = emitWarning
  }
}

/** Plays a history. The seed decides all that the world does. */
export function play(seed: number, story: Story, options: PlayOptions = {}): Promise<Played> {
  // From a turn of Node's loop, and not from a microtask: within one, no others can be run.
  return new Promise((resolve, reject) => {
    setImmediate(() => {
      try {
        resolve(playNow(seed, story, options))
      } catch (error) {
        reject(error)
      }
    })
  })
}

/** Whether a thread is gone, or may be as far as its owner knows: on another machine, that is lost while it lives. */
function isGone(sim: Simulator, story: Story, number: number | undefined): boolean {
  const thread = number === undefined ? undefined : sim.threads[number]
  return thread === undefined || thread.isDead || (thread.home !== sim.main && !story.isCalm)
}

/** `false`: nothing happens any more, or the code itself has failed where nobody could have caught it. */
function takeStep(sim: Simulator, until: number, breaks: Breaks): boolean {
  try {
    return sim.step(until)
  } catch (error) {
    breaks('I13', `thread ${sim.current.id} fails: ${error instanceof Error ? error.message : String(error)}`)
    return false
  }
}

/** Once all is over: no thread but the apps' own lives, and nothing of Heddle's is left in these. */
function lookWhatIsLeft(sim: Simulator, breaks: Breaks): void {
  for (const thread of sim.threads) {
    if (thread.isDead) continue
    if (thread !== sim.main && !sim.others.has(thread))
      breaks('I9', `thread ${thread.id} lives after close()`)
    const left = thread.left()
    if (left.length > 0)
      breaks('I9', `left in the thread ${thread.id} of an app: ${left.slice(0, 3).join('; ')}`)
  }
}

function playNow(
  seed: number,
  story: Story,
  { isTraced = false, isWeighed = false, mostBroken = 1 }: PlayOptions,
): Played {
  const broken: Broken[] = []
  const coverage = new Map<string, number>()
  const trace: string[] = []
  const sim = new Simulator(new Random(seed ^ 0x5bd1e995), story)
  let isOver = false
  const cover = (rule: string): void => {
    if (!isOver) coverage.set(rule, (coverage.get(rule) ?? 0) + 1)
  }
  const note = (text: string): void => {
    if (isTraced) trace.push(`${sim.now.toFixed(3).padStart(10)} ${text}`)
  }
  const broke = (rule: string, what: string, about?: Known): void => {
    broken.push({ rule, what, at: sim.now, about })
    note(`BROKEN (${rule}): ${what}`)
  }
  /** What an app that is dead says of itself isn't looked at. */
  const breaks: typeof broke = (rule, what, about) => {
    if (!sim.main.isDead) broke(rule, what, about)
  }
  const isOthers = (): boolean => sim.isOthers
  const rules = new Rules(
    { broken: breaks, cover },
    story,
    () => sim.now,
    (thread) => isGone(sim, story, thread),
    (thread) => sim.threads[thread]?.wasKilled === true,
  )
  let app: App | undefined
  let aftermath: Aftermath | undefined
  let releaseLinks: (() => void) | undefined
  const whereabouts = new Whereabouts(sim, story, () => app?.machines, broke, cover)
  setWitness({
    sim,
    // What a dead thread's code would have seen never was.
    broken(rule, what) {
      if (!sim.current.isDead) breaks(rule, what)
    },
    cover,
    entered(run: string, id: string, attempt: number, plan: Plan) {
      if (sim.current.isDead) return
      if (isTraced) note(`  thread ${sim.current.id} enters ${run} ${id} (attempt ${attempt})`)
      rules.entered(run, id, attempt, plan, app?.machines?.wasFrozen(sim.current) === true)
      whereabouts.entered(run, id, attempt, plan)
    },
    told(run, id) {
      if (!sim.current.isDead) whereabouts.told(run, id)
    },
    holds(run, id, index) {
      if (!sim.current.isDead) whereabouts.holds(run, id, index)
    },
    ended(run, id, end) {
      if (sim.current.isDead) return
      rules.attempts.bodyEnded(run, id, end)
      whereabouts.ended(run, id)
    },
    said(run, id, attempt, what, count, aborted) {
      if (!sim.current.isDead) rules.attempts.spoken.said(run, id, attempt, what, count, aborted)
    },
    shieldEnded(run, ids) {
      if (!sim.current.isDead) families.shieldEnded(run, ids)
    },
    failedBefore: (run, id) => rules.attempts.failedBefore(rules.known(run, id)),
    leftRunning: (run, ids, decides, withinMs) => rules.attempts.leftRunning(run, ids, decides, withinMs),
    listens(run, id, how) {
      if (!sim.current.isDead) rules.attempts.listens(run, id, how)
    },
    detached: (run, id) => rules.attempts.detached(run, id),
    isDetached: (run, id) => rules.attempts.isDetached(run, id),
    isAborting(run, id, attempt) {
      const known = rules.known(run, id)
      // What is being killed isn't told any more; and what is elsewhere, later.
      const isTold = sim.current.effectsLeft === undefined && sim.current.home === sim.main
      return isTold && known?.phase === 'aborting' && known.attempt === attempt
    },
    hurried: (run) => void rules.hurried.add(run),
  })
  if (isTraced) sim.onTurn = (thread, what) => note(`  thread ${thread.id}: ${what}`)

  const unhandled: unknown[] = []
  sim.onUncaught = (thread, kind, thrown) => {
    if (thread !== sim.main && !sim.others.has(thread)) {
      takeUncaught(sim, thread, kind, thrown)
      return
    }
    if (thread === sim.main && kind === 'unhandledRejection' && isHeddleError(thrown)) {
      // A root that nobody has heard of (S19).
      unhandled.push(thrown)
      cover('S19 root')
      return
    }
    if (
      kind === 'unhandledRejection' &&
      thrown instanceof TypeError &&
      thrown.message === 'nobody handles it'
    )
      return
    const tell = thread === sim.main ? breaks : broke
    tell('I13', `${kind} in the app's own thread: ${thrown instanceof Error ? thrown.stack : String(thrown)}`)
  }

  const families = new Families(breaks, cover, (run, id) => {
    const plan = rules.known(run, id)?.plan
    return plan === undefined ? Infinity : mostInvoked(plan)
  })
  const leave = sim.enter()
  const releaseSupervisor = watchSupervisor(isOthers, cover, families, whereabouts)
  const isBlocked = (thread: number | undefined): boolean => sim.threads[thread ?? -1]?.blocked !== undefined
  const releaseKills = watchKills(
    { broken: breaks, cover },
    {
      now: () => EPOCH + sim.now,
      isBlocked,
      isOthers,
      heldUpMs: () => sim.main.computedMs + sim.main.waitedMs(sim.now) + sim.turnsMs(),
      isToldLate: (run, id) => rules.known(run, id)?.wasExitLate === true,
    },
  )
  const kept = new Kept(story, isWeighed, breaks, cover)
  const releaseKept = kept.watch(isOthers)
  const releaseUrgency = watchUrgency({ now: () => EPOCH + sim.now, isBlocked, isOthers, breaks, cover })
  captured = undefined
  let threads: SimulatedThreads | undefined
  const releaseWhereabouts = whereabouts.watch()
  const releaseLanes = watchOrder({
    runs: families.runs,
    threads: story.threads,
    queued: () => captured?.dispatch.queued ?? 0,
    ...{ isOthers, breaks, cover },
  })
  const leaveThreads = useThreads((options, onStartError) => {
    threads = new SimulatedThreads(sim, options, story, onStartError)
    return threads
  })
  const speakAgain = quieten(() => cover('warning'))
  try {
    const started = new App(sim, story, rules, { breaks, broke, cover, note: isTraced ? note : undefined })
    app = started
    sim.within(sim.main, () => started.start())
    const { machines } = started
    if (machines !== undefined) {
      machines.onLeaving = (main) => whereabouts.leaves(main)
      aftermath = new Aftermath(sim, story, machines, { breaks: broke, cover })
      releaseLinks = aftermath.watch()
    }
    let looks = 0
    let looked = 0
    let lookedAt = 0
    const withinMs = settlesWithin(story)
    const lastOpAt = story.ops.at(-1)?.at ?? 0
    while (broken.length < mostBroken && aftermath?.isOver !== true) {
      // What the app does after the close has its turn, too.
      const until = started.isClosed ? Math.max(started.closedAt, lastOpAt) + 1000 : Infinity
      if (!takeStep(sim, until, broke)) {
        if (broken.length > 0) break
        if (!started.isClosed)
          broke('I4', `nothing happens any more, and close() hasn't resolved: ${started.describeLive()}`)
        break
      }
      if (sim.steps > MOST_STEPS) {
        broke('I4', `after ${MOST_STEPS} steps it hasn't ended: ${started.describeLive()}`)
        break
      }
      if (sim.main.isDead) aftermath?.look()
      else if (!started.isClosed && sim.now > started.endsBy + withinMs + sim.main.computedMs) {
        breaks('I4', `close() hasn't resolved ${withinMs} ms after its time: ${started.describeLive()}`)
        break
      }
      looks -= 1
      const isQuiet = looks < STEPS_BETWEEN_LOOKS && sim.now - lookedAt > QUIET_MS
      const inner = captured as Inner | undefined
      if ((looks > 0 && !isQuiet) || inner === undefined) continue
      lookedAt = sim.now
      whereabouts.look()
      looks = STEPS_BETWEEN_LOOKS
      if (sim.main.isDead) continue
      checkState(inner, rules, breaks)
      for (const lane of inner.dispatch.fleet.lanesHere()) checkIdleLane(lane, sim, { breaks, cover })
      const areTimersDone = !sim.main.hasDueTimer(sim.now)
      const isAtRest = areTimersDone && sim.main.isIdle(sim.now)
      if (isAtRest && sim.now > started.abortsBy + CLOSE_LATE_MS) families.lookWhetherClosed()
      const met = families.look(EPOCH + sim.now, areTimersDone, isAtRest, inner)
      looked += 1
      if (looked % LOOKS_BETWEEN_COUNTS === 0)
        kept.look(inner, families.live, (run) => (rules.runs.get(run)?.size ?? 0) > 1)
      // Of very many, each look costs much.
      looks = STEPS_BETWEEN_LOOKS + Math.trunc(met / 4)
    }
    if (sim.main.isDead) lookWhatIsLeft(sim, broke)
    else if (started.isClosed && broken.length < mostBroken) {
      started.finish()
      const inner = captured as Inner | undefined
      if (inner !== undefined) {
        checkSettled(inner, rules, breaks)
        kept.look(inner, 0, (run) => (rules.runs.get(run)?.size ?? 0) > 1)
        const within = (call: () => void): void => sim.within(sim.main, call)
        kept.finish(inner, within)
        if (isWeighed) {
          // Those who look hold what they have seen.
          releaseLanes()
          kept.weigh(within)
        }
      }
      // What is left of the app's own thread belongs to Heddle: the app's waits are no timers here.
      lookWhatIsLeft(sim, broke)
    }
  } finally {
    speakAgain()
    leaveThreads()
    releaseLanes()
    releaseWhereabouts()
    releaseLinks?.()
    releaseKills()
    releaseKept()
    releaseUrgency()
    releaseSupervisor()
    isOver = true
    leave()
  }
  return {
    broken,
    hash: rules.hash,
    actions: rules.actions,
    steps: sim.steps,
    virtualMs: sim.now,
    coverage,
    trace,
  }
}
