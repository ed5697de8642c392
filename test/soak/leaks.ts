// What may be left behind when all that was started has ended (I9): threads, what keeps the process alive, listeners of
// the process; and, in memory, ports, timers, signals and objects of Heddle's, whether they keep it alive or not.

import { channel } from 'node:diagnostics_channel'
import { Socket } from 'node:net'
import { setFlagsFromString, queryObjects } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { MessagePort, Worker } from 'node:worker_threads'
import { createRuntime } from 'heddle'
import { Violation } from './seen.js'

/** How long what has been closed may take to be gone, in milliseconds. */
const SETTLE_MS = 5000
/** Turns of the loop in which what isn't reachable any more goes: finalizers run in turns, and let go of more. */
const COLLECTIONS = 8
/** How many of each kind a thread accounts for: there may be more threads than at first, or fewer. */
const OF_THREAD: Readonly<Record<string, number>> = { Worker: 1, AbortSignal: 1, Timeout: 1 }
/** How many more there may be apart from those: connections come and go. */
const APART: Readonly<Record<string, number>> = { AbortSignal: 2, Timeout: 6, Socket: 16 }
/** A thread has four ports, and two more while it has a lane: any of them may have one at one look, and none at the next. */
const PORTS_OF_THREAD = 6
/** Ports that aren't a thread's: the class's own prototype is counted, and one that is being closed. */
const PORTS_APART = 2
/**
 * Of each end of a connection: how long it may be idle, which Node has a timer for. A late machine has more of them at once. Actions
 * leave none, however they end: after hundreds of them, half of them aborted, there are as many timers as before, and of ten
 * streams that are opened and given up, again and again, as many as of the first ten. What grows within a run is connections.
 */
const OF_SOCKET: Readonly<Record<string, number>> = { Timeout: 1 }

/*
 * The heap may grow by what the served runtime is bound to keep, and by little else. It keeps its last 16 384 events as they
 * are for readers of `events()`, and the last 65 536 as text for its streams: what has come since the last look, as long as
 * there is room, is what may have been added; then both are full, and nothing may be added any more. Its records (500 actions)
 * are full when it is looked first; aborts that are remembered (1000 operations) are part of what an event takes.
 */
const KEPT_EVENTS = 16_384
const KEPT_FRAMES = 65_536
const EVENT_BYTES = 512
const FRAME_BYTES = 128
/** What a thread takes on this side, and what Node compiles and caches as it goes, in megabytes. */
const HEAP_OF_THREAD_MB = 0.5
const HEAP_OF_NODE_MB = 2

// A soak always looks at the heap: it doesn't depend on how Node was started.
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

// Node tells of each thread it starts: one that is `unref`ed is in none of its lists.
const liveThreads = new Set<Worker>()
channel('worker_threads').subscribe((message) => {
  const { worker } = message as { worker: Worker }
  liveThreads.add(worker)
  worker.once('exit', () => liveThreads.delete(worker))
})

/** Whether a thread with that id lives. */
export function isThreadAlive(threadId: number): boolean {
  return [...liveThreads].some((worker) => worker.threadId === threadId)
}

type Class = abstract new (...args: never[]) => object

/** Of what there must not be ever more. */
function classes(): Readonly<Record<string, Class>> {
  const timer = setTimeout(() => {}, 0)
  clearTimeout(timer)
  const runtime = createRuntime()
  void runtime.close()
  return {
    MessagePort,
    Worker,
    AbortSignal,
    Timeout: timer.constructor as Class,
    Socket,
    Runtime: runtime.constructor as Class,
  }
}

/** What a served runtime has told so far, of which it keeps the last. */
export interface Told {
  readonly events: number
  /** Characters of all these events, written out. */
  readonly characters: number
}

/** How much there is at a moment. */
interface Look extends Told {
  readonly threads: number
  readonly heapMb: number
  readonly objects: Readonly<Record<string, number>>
}

/** What is left, held against what there was. */
export class Leaks {
  readonly #onViolation: (violation: Violation) => void
  readonly #classes = classes()
  readonly #resources = countResources()
  readonly #listeners = countListeners()
  #last: Look | undefined
  readonly #told: string[] = []

  constructor(onViolation: (violation: Violation) => void) {
    this.#onViolation = onViolation
  }

  /** Looks between epochs. `threads`: so many live on. */
  async look(threads: number, resources: ReadonlySet<string>): Promise<void> {
    const giveUpAt = performance.now() + SETTLE_MS
    let left = this.#left(threads, resources)
    while (left.length > 0 && performance.now() < giveUpAt) {
      await new Promise((resolve) => setTimeout(resolve, 20))
      left = this.#left(threads, resources)
    }
    if (left.length > 0) this.#broken(`left behind: ${left.join(', ')}`)
  }

  /** Compares how much there is with the last time, once all has been played. That is remembered for the next time. */
  async compare(told: Told): Promise<void> {
    const before = this.#last
    let look = await this.#take(told)
    const giveUpAt = performance.now() + SETTLE_MS
    // What has a connection may take until that is closed for being idle.
    while (before !== undefined && wrong(before, look).length > 0 && performance.now() < giveUpAt)
      look = await this.#take(told)
    this.#last = look
    const { heapMb: heap, threads, events } = look
    const most = before === undefined ? '' : `, at most ${mostMb(before, look).toFixed(1)}`
    this.#told.push(`${heap} MB${most} (${threads} threads, ${events} events served)`)
    if (before !== undefined) for (const message of wrong(before, look)) this.#broken(message)
  }

  /** How often that has been done. */
  get compared(): number {
    return this.#told.length
  }

  /** What is to be told of the heap. */
  get heap(): string {
    if (this.#told.length < 2) return `heap: ${heapMb()} MB; too few epochs to tell whether it grows`
    return `heap: ${this.#told.join('; ')}`
  }

  async #take(told: Told): Promise<Look> {
    for (let count = 0; count < COLLECTIONS; count += 1) {
      collect()
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    const objects = Object.fromEntries(
      Object.entries(this.#classes).map(([name, type]) => [name, queryObjects(type) as number]),
    )
    return { ...told, threads: liveThreads.size, heapMb: heapMb(), objects }
  }

  #left(threads: number, resources: ReadonlySet<string>): string[] {
    const left: string[] = []
    if (liveThreads.size > threads) left.push(`${liveThreads.size - threads} threads`)
    for (const [kind, count] of countResources()) {
      const before = this.#resources.get(kind) ?? 0
      if (count > before && !resources.has(kind)) left.push(`${count - before} × ${kind}`)
    }
    for (const [name, count] of countListeners()) {
      const before = this.#listeners.get(name) ?? 0
      if (count > before) left.push(`${count - before} listeners of the process for '${name}'`)
    }
    return left
  }

  #broken(message: string): void {
    this.#onViolation(new Violation(`${message} (I9)`, []))
  }
}

/** What has grown though it mustn't. */
function wrong(before: Look, after: Look): string[] {
  const messages: string[] = []
  const most = mostMb(before, after)
  if (after.heapMb > most)
    messages.push(
      `the heap has grown from ${before.heapMb} to ${after.heapMb} MB, and may to ${most.toFixed(1)}`,
    )
  const more = after.threads - before.threads
  const sockets = (after.objects['Socket'] ?? 0) - (before.objects['Socket'] ?? 0)
  const ports = after.objects['MessagePort'] ?? 0
  if (ports > PORTS_APART + after.threads * PORTS_OF_THREAD)
    messages.push(`there are ${ports} ports, with ${after.threads} threads`)
  for (const [name, count] of Object.entries(after.objects)) {
    if (name === 'MessagePort') continue
    const was = before.objects[name] ?? 0
    const ofThreads = more * (OF_THREAD[name] ?? 0)
    const ofSockets = sockets * (OF_SOCKET[name] ?? 0)
    if (count > was + ofThreads + ofSockets + (APART[name] ?? 0))
      messages.push(
        `there were ${was} objects of class ${name}, and are ${count}, with ${more} threads and ${sockets} sockets more`,
      )
  }
  return messages
}

/** How large the heap may be. */
function mostMb(before: Look, after: Look): number {
  const added = (most: number): number => Math.min(most, after.events) - Math.min(most, before.events)
  const frames = added(KEPT_FRAMES)
  const characters = frames === 0 ? 0 : (after.characters / after.events) * frames
  const bytes = added(KEPT_EVENTS) * EVENT_BYTES + frames * FRAME_BYTES + characters
  const more = Math.max(0, after.threads - before.threads)
  return before.heapMb + bytes / 1e6 + more * HEAP_OF_THREAD_MB + HEAP_OF_NODE_MB
}

/** The heap after a collection, in megabytes. */
export function heapMb(): number {
  collect()
  return Math.round(process.memoryUsage().heapUsed / 1e5) / 10
}

function countResources(): Map<string, number> {
  const counts = new Map<string, number>()
  for (const kind of process.getActiveResourcesInfo()) {
    if (/Req|Immediate|PipeWrap|TTYWrap/.test(kind)) continue
    counts.set(kind, (counts.get(kind) ?? 0) + 1)
  }
  return counts
}

function countListeners(): Map<string, number> {
  return new Map(process.eventNames().map((name) => [String(name), process.listenerCount(name)]))
}
