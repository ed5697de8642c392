// Draws what a simulated app does: each seed gives the same history.

import type { Random } from '../soak/random.js'
import { drawNetwork, drawPlace } from './draw-network.js'
import type { Call, End, On, Op, Plan, Step, Story } from './plan.js'
import { SMALL_THEMES, THEMES, themed } from './themes.js'

const ENDS: Readonly<Record<End, number>> = {
  return: 40,
  returnTwice: 1,
  throw: 6,
  throwNull: 0.7,
  throwFinal: 1,
  throwLarge: 0.3,
  returnUncloneable: 1,
  returnUnreadable: 1.5,
  reject: 1,
  expose: 1.5,
  sleepForever: 3,
  pollForever: 2,
  ignore: 1.2,
  spin: 1,
  exit: 0.5,
  crash: 0.4,
}

const DEFINITIONS: Readonly<Record<On, number>> = {
  whole: 4,
  half: 2,
  shared: 3,
  retried: 1,
  named: 0.5,
  held: 0.5,
  logic: 0.5,
  brief: 0.8,
  briefWhole: 0.5,
}

const CALM_ENDS: typeof ENDS = { ...ENDS, pollForever: 0, ignore: 0, spin: 0, exit: 0, crash: 0 }

const ENDLESS: ReadonlySet<End> = new Set(['expose', 'sleepForever', 'pollForever', 'ignore', 'spin'])

/** The runs of a theme are numbered from here on, and those of a second one from twice that. */
const THEME_RUNS = 100

/** Draws a history. `hasNetwork`: whether there are other machines. */
export function drawStory(random: Random, hasNetwork = false): Story {
  return new Drawer(random, hasNetwork).story()
}

class Drawer {
  readonly #random: Random
  #left = 0
  readonly #isCalm: boolean
  readonly #hasNetwork: boolean

  constructor(random: Random, hasNetwork: boolean) {
    this.#random = random
    this.#hasNetwork = hasNetwork
    this.#isCalm = random.chance(0.2)
  }

  story(): Story {
    const random = this.#random
    const ops: Op[] = []
    const theme = this.#isCalm ? 'none' : random.weighted(THEMES)
    // Whose thread is killed for a neighbour hasn't much else to do.
    const isAlone = theme === 'neighbours' && random.chance(0.8)
    const runs = isAlone ? random.below(2) : 2 + random.below(10)
    const span = random.pick([5, 60, 300, 1500])
    for (let run = 0; run < runs; run += 1) {
      this.#left = random.pick([0, 3, 8, 20, 50])
      const at = random.next() * span
      ops.push({ do: 'run', at, run, call: this.#call(0, random.chance(0.6)), isScope: random.chance(0.3) })
      for (let more = random.below(4); more > 0; more -= 1)
        ops.push(this.#op(run, at + random.next() * random.pick([1, 20, 200, 800])))
    }
    if (!this.#isCalm && random.chance(0.3))
      ops.push({ do: 'stall', at: random.next() * span, ms: random.pick([20, 100, 600]) })
    if (random.chance(0.15)) ops.push({ do: 'warm', at: random.next() * span })
    const closes = 1 + random.below(2)
    let at = span * (random.chance(0.3) ? random.next() : 1) + random.pick([0, 50, 1000, 8000])
    if (theme !== 'none') {
      ops.push(...themed(theme, random, random.next() * span, THEME_RUNS))
      if (!isAlone && random.chance(0.5))
        ops.push(...themed(random.pick(SMALL_THEMES), random, random.next() * span, 2 * THEME_RUNS))
      if (isAlone || random.chance(0.9))
        at = Math.max(at, span + random.pick([isAlone ? 4000 : 700, 5000, 8000]))
    }
    for (let count = 0; count < closes; count += 1) {
      ops.push({
        do: 'close',
        at,
        drainMs: random.pick([undefined, undefined, 0, 50, 2000]),
        graceMs: random.pick([undefined, 0, 10, 300]),
      })
      at += random.next() * 300
    }
    const isCalm = this.#isCalm
    const drawn = this.#hasNetwork ? drawNetwork(random, span, isCalm) : undefined
    if (drawn !== undefined) ops.push(...drawn.ops)
    return {
      isCalm,
      threads: isAlone ? 1 : theme === 'none' ? random.pick([0, 1, 1, 2, 2, 3]) : random.pick([1, 1, 1, 2]),
      minThreads: random.pick([0, 0, 0, 1]),
      idleTimeoutMs: random.pick([undefined, undefined, 0, 40, 500]),
      graceMs: random.pick(isCalm ? [100, 400] : [0, 5, 50, 400]),
      maxQueued: isAlone ? undefined : random.pick([undefined, undefined, undefined, 1, 4]),
      retain: random.pick([undefined, undefined, 0, 3]),
      isInspected: random.chance(theme === 'logics' ? 0.3 : 0.04),
      failToStart: theme === 'noStart' ? 1 : isCalm || isAlone ? 0 : random.pick([0, 0, 0.1, 0.6]),
      dieLater: isCalm || isAlone ? 0 : random.pick([0, 0, 0.05, 0.3]),
      isMeasured: random.chance(0.7),
      costMs: isCalm ? 0.0005 : random.pick([0.0005, 0.0005, 0.01, 0.2]),
      stallChance: isCalm ? 0 : random.pick([0, 0, 0.01, 0.05]),
      stallMs: random.pick([2, 30, 180]),
      ...(drawn !== undefined && { network: drawn.network }),
      ops: ops.toSorted((one, other) => one.at - other.at),
    }
  }

  #op(run: number, at: number): Op {
    const random = this.#random
    const graceMs = random.pick([undefined, undefined, 0, 20, 500])
    const force = random.chance(0.1)
    switch (random.weighted({ cancel: 3, abort: 4, signal: 1, send: 2, remote: 0.5, look: 1, actor: 2.5 })) {
      case 'cancel':
        return { do: 'cancel', at, run, graceMs, force }
      case 'abort':
        return { do: 'abort', at, run, pick: random.below(1000), graceMs, force }
      case 'signal':
        return { do: 'signal', at, run }
      case 'send':
        return { do: 'send', at, run, count: random.pick([1, 3, 12]) }
      case 'remote':
        return { do: 'remote', at, run }
      case 'look':
        return { do: 'look', at, run }
      default:
        return {
          do: 'actor',
          at,
          run,
          act: random.pick(['cancel', 'stop', 'send', 'forge', 'look', 'subscribe']),
        }
    }
  }

  #call(depth: number, hasTree: boolean): Call {
    const random = this.#random
    const plan = this.#placed(this.#plan(depth, hasTree))
    const isEndless = ENDLESS.has(plan.end)
    return {
      plan,
      isDetached: depth > 0 && random.chance(0.08),
      graceMs: random.pick(this.#isCalm ? [undefined, 100, 300] : [undefined, undefined, 0, 1, 30, 300]),
      timeoutMs: isEndless || random.chance(0.06) ? random.pick([5, 50, 400, 1200]) : undefined,
      queuedMs: random.chance(0.04) ? random.pick([1, 20, 100]) : undefined,
      deadlineMs: random.chance(0.04) ? random.pick([1, 50, 500]) : undefined,
      priority: random.chance(0.1) ? random.below(5) - 2 : undefined,
      signalMs: random.chance(0.04) ? random.pick([0, 5, 100]) : undefined,
    }
  }

  #plan(depth: number, hasTree: boolean): Plan {
    const random = this.#random
    const on = random.weighted(DEFINITIONS)
    if (on === 'brief' || on === 'briefWhole') return this.#brief(on)
    const steps: Step[] = []
    const many = random.pick([0, 1, 1, 2, 3, 5])
    for (let count = 0; count < many; count += 1) steps.push(this.#step(depth, hasTree))
    if (hasTree && depth < 2 && random.chance(0.32))
      steps.splice(random.below(steps.length + 1), 0, this.#crowd(depth))
    if (hasTree && depth < 4 && this.#left > 0)
      steps.splice(random.below(steps.length + 1), 0, this.#spawn(depth))
    return {
      on,
      steps,
      end: random.weighted(this.#isCalm ? CALM_ENDS : ENDS),
      onAbort: random.weighted({ end: 6, return: 1, throw: 1, goOn: 1 }),
      failures: random.chance(0.3) ? 1 + random.below(2) : 0,
      cleanUpMs: random.pick(this.#isCalm ? [0, 2] : [0, 0, 0, 2, 40]),
    }
  }

  /** With other machines, some calls say where. */
  #placed(plan: Plan): Plan {
    const place = this.#hasNetwork ? drawPlace(this.#random) : undefined
    return place === undefined ? plan : { ...plan, place }
  }

  /** Neither spawns nor waits for anything of Heddle's: it may be sent ahead of need. */
  #brief(on: On): Plan {
    const random = this.#random
    const steps: readonly (readonly Step[])[] = [
      [],
      [{ do: 'await', ms: 1 }],
      [{ do: 'compute', ms: 0.2, isNative: false, polls: true }],
      [{ do: 'say', what: 'emit', count: 3, isUncloneable: false }],
    ]
    const end = random.weighted({ return: 12, throw: 1, returnUncloneable: 0.3 })
    return { on, steps: random.pick(steps), end, onAbort: 'end', failures: 0, cleanUpMs: 0 }
  }

  /** Very many that are all alike and do little: what is said of them travels together. */
  #crowd(depth: number): Step {
    const random = this.#random
    const { steps, ...plain } = this.#plan(depth + 1, false)
    const isBrief = plain.on === 'brief' || plain.on === 'briefWhole'
    const end = isBrief ? plain.end : random.weighted({ return: 12, throw: 1, sleepForever: 0.5 })
    // A machine for each would cost more than all else that is played.
    const on = plain.on === 'logic' ? 'shared' : plain.on
    const plan = this.#placed({ ...plain, on, end, steps: steps.slice(0, random.below(2)) })
    const call: Call = {
      ...this.#call(depth + 1, false),
      plan,
      timeoutMs: end === 'sleepForever' ? 50 : undefined,
    }
    return {
      do: 'map',
      call,
      count: random.pick([30, 120, 500, 800]),
      concurrency: random.pick([8, 64, 256]),
      outcomes: random.chance(0.7),
    }
  }

  #spawn(depth: number): Step {
    const random = this.#random
    const calls: Call[] = []
    const many = 1 + random.below(4)
    for (let count = 0; count < many && this.#left > 0; count += 1) {
      this.#left -= 1
      calls.push(this.#call(depth + 1, true))
    }
    return {
      do: 'spawn',
      calls,
      join: random.weighted({ none: 2, await: 3, settled: 3, all: 3, first: 2, completed: 1, cancelled: 1 }),
    }
  }

  #step(depth: number, hasTree: boolean): Step {
    const random = this.#random
    const kind = random.weighted({
      sleep: 3,
      await: 2,
      idle: 0.5,
      compute: this.#isCalm ? 0 : 2,
      say: 3,
      talk: this.#isCalm ? 0 : 0.5,
      receive: 1.5,
      send: 1.2,
      call: 0.6,
      remote: 0.4,
      shield: 0.7,
      cancel: 0.5,
      map: hasTree && depth < 3 && this.#left > 2 ? 0.8 : 0,
    })
    const ms = random.pick(this.#isCalm ? [0, 0.5, 3] : [0, 0.5, 3, 20, 120])
    switch (kind) {
      case 'compute':
        return {
          do: 'compute',
          ms: random.pick([0.2, 3, 15, 90, 700]),
          isNative: random.chance(0.1),
          polls: random.chance(0.6),
        }
      case 'talk':
        return { do: 'talk', count: random.pick([1, 4, 40]) }
      case 'say': {
        const what = random.pick(['report', 'emit', 'log'] as const)
        const count = random.pick([1, 1, 3, 20])
        const isUncloneable = random.chance(0.05)
        // Hundreds may say it in one step, and a reader isn't to miss any: not more than is kept for it.
        const isLarge = random.chance(0.02) && count <= 3
        return { do: 'say', what, count, isUncloneable, isLarge }
      }
      case 'receive':
        return { do: 'receive', timeoutMs: random.chance(0.8) ? random.pick([0, 5, 60]) : undefined }
      case 'send':
        return { do: 'send', count: random.pick([1, 4]) }
      case 'call':
        return { do: 'call', method: random.pick(['echo', 'fail', 'slow']) }
      case 'remote':
        return { do: 'remote' }
      case 'shield': {
        const steps: Step[] = []
        for (let count = 1 + random.below(2); count > 0; count -= 1) {
          if (hasTree && this.#left > 0 && random.chance(0.4)) steps.push(this.#spawn(depth))
          else steps.push({ do: random.pick(['sleep', 'await'] as const), ms })
        }
        return { do: 'shield', ms: random.pick([0, 5, 50, 1000]), steps }
      }
      case 'cancel':
        return { do: 'cancel', graceMs: random.pick([undefined, 0, 50]), force: random.chance(0.1) }
      case 'map': {
        this.#left -= 2
        return {
          do: 'map',
          call: this.#call(depth + 2, false),
          count: random.pick([0, 1, 3, 6]),
          concurrency: random.pick([1, 2, 4]),
          outcomes: random.chance(0.4),
        }
      }
      default:
        return { do: kind, ms }
    }
  }
}
