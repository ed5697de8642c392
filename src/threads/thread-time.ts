// The time that a thread has had for itself. On a machine with more to do than it can, a thread that yields may be silent
// for long, because it waits for a processor: that must not be held against it (S6). Linux tells exactly how long each
// thread has waited; elsewhere it is seen whether the machine had a processor to spare.

import { world } from '../protocol/world.js'

/**
 * The least that a thread's time counts where it has to wait: what runs is slower there, too, since it shares its core's parts
 * and caches with the others.
 */
const LEAST_WEIGHT = 0.5
/** Below this part of one processor's time, none was to spare. */
const IDLE_SHARE = 0.1

/** A moment, and what had been counted by then. */
export interface TimeMark {
  readonly at: number
  /** How long the thread had waited for a processor, in milliseconds; `undefined` where that can't be known. */
  readonly waitedMs: number | undefined
  /** How much the host of a virtual machine had taken of each processor, in milliseconds; empty where that can't be known. */
  readonly stolenMs: readonly number[]
  /** How long all processors together had been idle; `undefined` where that can't be known, or isn't needed. */
  readonly idleMs: number | undefined
}

/** The time of one thread. */
export class ThreadTime {
  readonly #osThread: () => number

  /** `osThread`: the system's number of the thread; 0 if it isn't known. */
  constructor(osThread: () => number) {
    this.#osThread = osThread
  }

  /** Now. */
  mark(): TimeMark {
    const osThread = this.#osThread()
    const waitedMs = osThread === 0 ? undefined : waited(osThread)
    const isCounted = waitedMs !== undefined
    return {
      at: world.now(),
      waitedMs,
      stolenMs: isCounted ? stolen() : [],
      idleMs: isCounted ? undefined : idle(),
    }
  }

  /** How long, since then, the thread has run, or slept because it wanted to, in milliseconds: at least. */
  ownMsSince(mark: TimeMark): number {
    const now = this.mark()
    const elapsedMs = now.at - mark.at
    if (mark.waitedMs !== undefined && now.waitedMs !== undefined) {
      // It may have lived on the processor of which most was taken.
      const taken = now.stolenMs.map((ms, cpu) => ms - (mark.stolenMs[cpu] ?? ms))
      const missedMs = now.waitedMs - mark.waitedMs + Math.max(0, ...taken)
      const ownMs = elapsedMs - missedMs
      // A wait is only told when it is over: what was counted too much of the time before is given back in full.
      return ownMs <= 0 ? ownMs : ownMs * Math.max(LEAST_WEIGHT, ownMs / elapsedMs)
    }
    if (mark.idleMs === undefined || now.idleMs === undefined) return elapsedMs
    return now.idleMs - mark.idleMs >= IDLE_SHARE * elapsedMs ? elapsedMs : 0
  }
}

/** How long a thread of this process has waited for a processor so far, in milliseconds. */
function waited(osThread: number): number | undefined {
  try {
    const [, waitedNs] = world.readSystemFile(`/proc/self/task/${osThread}/schedstat`).split(' ')
    const ms = Number(waitedNs) / 1e6
    return Number.isFinite(ms) ? ms : undefined
  } catch {
    // Another system, or the thread is gone.
    return undefined
  }
}

/** In hundredths of a second, whatever the kernel counts in itself. */
const TICK_MS = 10
/** In a line of `/proc/stat`: the name, then user, nice, system, idle, iowait, irq, softirq, steal. */
const STEAL_FIELD = 8

function stolen(): number[] {
  try {
    const lines = world.readSystemFile('/proc/stat').split('\n')
    return lines
      .filter((line) => /^cpu\d/.test(line))
      .map((line) => Number(line.split(' ')[STEAL_FIELD]) * TICK_MS)
  } catch {
    return []
  }
}

function idle(): number | undefined {
  const times = world.processors().map((cpu) => cpu.times)
  const isTold = times.some(({ user, sys, idle: idleMs }) => user + sys + idleMs > 0)
  return isTold ? times.reduce((sum, time) => sum + time.idle, 0) : undefined
}
