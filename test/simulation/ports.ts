// Simulated ports. What is posted is cloned by Node itself, or as Node does it, and so can't be posted or read where that can't;
// it arrives in order, and is delivered after any delay. As in Node, who looks at a port finds what has been posted at once.

import { MessageChannel, receiveMessageOnPort, type TransferListItem } from 'node:worker_threads'
import { currentBody } from '../../actors/inside/body/current-body.js'
import type { Kernel, SimulatedThread, ThreadPort, TurnContext } from './thread.js'

type Listener = (value: never) => void
type EventName = 'message' | 'messageerror' | 'close'

/** What is on its way. */
type Entry = { readonly arrivesAt: number } & (
  | { readonly kind: 'message'; readonly value: unknown; readonly ports: readonly SimulatedPort[] }
  | { readonly kind: 'unreadable'; readonly error: unknown }
  | { readonly kind: 'close' }
)

const cloner = new MessageChannel()
cloner.port1.unref()
cloner.port2.unref()

const PLACE = 'a simulated port'
let ports = 0

/** One end of a channel. */
export class SimulatedPort implements ThreadPort {
  readonly number = (ports += 1)
  readonly #sim: Kernel
  #owner: SimulatedThread | undefined
  #context: TurnContext = currentBody.getStore()
  #peer: SimulatedPort | undefined
  #queue: Entry[] = []
  #lastArrival = 0
  readonly #listeners: Record<EventName, { listener: Listener; isOnce: boolean; isEvent: boolean }[]> = {
    message: [],
    messageerror: [],
    close: [],
  }
  #started = false
  #refd = false
  isClosed = false

  constructor(sim: Kernel, owner: SimulatedThread) {
    this.#sim = sim
    this.#owner = owner
    owner.ports.add(this)
    sim.onTurn?.(owner, `makes port ${this.number}`)
  }

  /** The other end. */
  join(peer: SimulatedPort): void {
    this.#peer = peer
    peer.#peer = this
  }

  /** When the next thing can be delivered here. */
  get arrivesAt(): number {
    const first = this.#queue[0]
    if (first === undefined || this.isClosed) return Infinity
    // Without a listener, messages wait; that the other end has been closed is told all the same.
    return this.#started || first.kind === 'close' ? first.arrivesAt : Infinity
  }

  get isHolding(): boolean {
    return this.#refd && this.#started && !this.isClosed
  }

  postMessage(value: unknown, transfers: readonly unknown[] = []): void {
    const sim = this.#sim
    const entry = clone(value, transfers)
    if (!sim.effect() || this.isClosed) return
    for (const port of entry.ports) port.leave()
    const peer = this.#peer
    if (peer === undefined || peer.isClosed) return
    peer.#add(
      'error' in entry
        ? { kind: 'unreadable', error: entry.error, arrivesAt: 0 }
        : { kind: 'message', value: entry.value, ports: entry.ports, arrivesAt: 0 },
    )
  }

  on(event: EventName, listener: Listener): this {
    this.#listen(event, listener, false, false)
    return this
  }

  once(event: EventName, listener: Listener): this {
    this.#listen(event, listener, true, false)
    return this
  }

  off(event: EventName, listener: Listener): this {
    const listeners = this.#listeners[event]
    const at = listeners.findIndex((one) => one.listener === listener)
    if (at !== -1) listeners.splice(at, 1)
    if (event === 'message' && listeners.length === 0) {
      this.#started = false
      this.#refd = false
    }
    return this
  }

  removeAllListeners(event: EventName): void {
    for (const { listener } of [...this.#listeners[event]]) this.off(event, listener)
  }

  addEventListener(event: EventName, listener: Listener): void {
    this.#listen(event, listener, false, true)
  }

  removeEventListener(event: EventName, listener: Listener): void {
    this.off(event, listener)
  }

  start(): void {
    this.#started = true
  }

  ref(): void {
    this.#refd = true
  }

  unref(): void {
    this.#refd = false
  }

  close(): void {
    if (this.isClosed || !this.#sim.effect()) return
    const owner = this.#owner
    this.#shut()
    // Its own listeners are told, too, in a turn of their own.
    const own = this.#listeners.close.splice(0)
    if (own.length > 0 && owner !== undefined) {
      this.#sim.at(owner, this.#sim.now, () => {
        for (const { listener } of own) listener(undefined as never)
      })
    }
  }

  /** The thread that holds it has died. */
  lose(): void {
    this.#shut()
  }

  /** Nobody is left who could be told anything: who waits for its end lets go, of what a registry holds beyond threads, too. */
  release(): void {
    for (const { listener } of this.#listeners.close.splice(0)) listener(undefined as never)
  }

  /** What has been posted, delivered or not. Throws for what can't be read. */
  take(): { readonly message: unknown } | undefined {
    const first = this.#queue[0]
    if (first === undefined || first.kind === 'close' || this.isClosed) return undefined
    this.#queue.shift()
    if (first.kind === 'unreadable') throw first.error
    this.#arrived(first.ports)
    return { message: first.value }
  }

  /** A turn of the loop for what comes first. */
  deliver(): void {
    const first = this.#queue.shift()
    if (first === undefined) return
    currentBody.run(this.#context as NonNullable<TurnContext>, () => this.#tell(first))
  }

  #tell(entry: Entry): void {
    if (entry.kind === 'close') {
      const { close } = this.#listeners
      this.#shut()
      for (const { listener } of close.splice(0)) listener(undefined as never)
      return
    }
    if (entry.kind === 'message') this.#arrived(entry.ports)
    const name = entry.kind === 'message' ? 'message' : 'messageerror'
    const told = entry.kind === 'message' ? entry.value : entry.error
    for (const { listener, isEvent } of [...this.#listeners[name]])
      listener((isEvent ? { data: told, ports: entry.kind === 'message' ? entry.ports : [] } : told) as never)
  }

  #listen(event: EventName, listener: Listener, isOnce: boolean, isEvent: boolean): void {
    this.#listeners[event].push({ listener, isOnce, isEvent })
    if (event !== 'message') return
    this.#started = true
    this.#refd = true
  }

  #add(entry: Entry): void {
    const { now, random } = this.#sim
    const delay = random.chance(0.9) ? random.next() * 0.05 : random.next() * 3
    this.#lastArrival = Math.max(this.#lastArrival, now + delay)
    this.#queue.push({ ...entry, arrivesAt: this.#lastArrival })
  }

  #shut(): void {
    this.#sim.onTurn?.(this.#sim.current, `closes port ${this.number}`)
    this.isClosed = true
    this.#queue = []
    this.#owner?.ports.delete(this)
    // As Node does: a port that is closed holds nobody.
    this.#owner = undefined
    this.#context = undefined
    const peer = this.#peer
    this.#peer = undefined
    if (peer !== undefined && !peer.isClosed) peer.#add({ kind: 'close', arrivesAt: 0 })
  }

  /** It is on its way to another thread. */
  leave(): void {
    this.#owner?.ports.delete(this)
    this.#owner = undefined
    this.#listeners.message.length = 0
    this.#listeners.messageerror.length = 0
    this.#listeners.close.length = 0
    this.#started = false
    this.#refd = false
  }

  #arrived(arrived: readonly SimulatedPort[]): void {
    for (const port of arrived) port.receiveBy(this.#sim.current)
  }

  /** A thread has received it. */
  receiveBy(thread: SimulatedThread): void {
    this.#owner = thread
    this.#context = currentBody.getStore()
    thread.ports.add(this)
  }
}

type Clone =
  | { readonly value: unknown; readonly ports: readonly SimulatedPort[] }
  | { readonly error: unknown; readonly ports: readonly SimulatedPort[] }

/** A copy of a value, as Node makes it. Throws for what can't be posted. */
function clone(value: unknown, transfers: readonly unknown[]): Clone {
  if (transfers.length === 0) {
    copied.clear()
    const copy = copyPlain(value, MOST_NESTED)
    if (copy !== NOT_PLAIN) return { value: copy, ports: NONE }
  }
  const moved = transfers.filter((one) => one instanceof SimulatedPort)
  const others = transfers.filter((one) => !(one instanceof SimulatedPort)) as TransferListItem[]
  const posted = moved.length === 0 ? value : replace(value, (port) => ({ [PLACE]: moved.indexOf(port) }))
  cloner.port1.postMessage(posted, others)
  let received: unknown
  try {
    received = receiveMessageOnPort(cloner.port2)?.message
  } catch (error) {
    return { error, ports: moved }
  }
  return { value: moved.length === 0 ? received : restore(received, moved), ports: moved }
}

const NONE: readonly SimulatedPort[] = []
const NOT_PLAIN = Symbol('not plain')
/** Deeper than this, Node may find that it can't be read. */
const MOST_NESTED = 30
/** The objects that have been met in a value. */
const copied = new Set<object>()

/**
 * The copy of plain data, which is the same as Node's and takes a fraction of its time; `NOT_PLAIN` for anything of which that
 * isn't certain: another kind of object, one that is met twice, holes, great depth.
 */
function copyPlain(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null)
    return typeof value === 'function' || typeof value === 'symbol' ? NOT_PLAIN : value
  if (depth === 0 || copied.has(value)) return NOT_PLAIN
  copied.add(value)
  if (Array.isArray(value)) {
    const { length } = value
    if (Object.keys(value).length !== length) return NOT_PLAIN
    const copy: unknown[] = []
    for (let at = 0; at < length; at += 1) {
      const part = copyPlain(value[at], depth - 1)
      if (part === NOT_PLAIN) return NOT_PLAIN
      copy.push(part)
    }
    return copy
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) return NOT_PLAIN
  const copy: Record<string, unknown> = {}
  for (const key of Object.keys(value)) {
    const part = copyPlain((value as Record<string, unknown>)[key], depth - 1)
    if (part === NOT_PLAIN || key === '__proto__') return NOT_PLAIN
    copy[key] = part
  }
  return copy
}

function replace(value: unknown, place: (port: SimulatedPort) => object): unknown {
  if (value instanceof SimulatedPort) return place(value)
  if (Array.isArray(value)) return value.map((part) => replace(part, place))
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, replace(part, place)]))
}

function restore(value: unknown, moved: readonly SimulatedPort[]): unknown {
  if (Array.isArray(value)) return value.map((part) => restore(part, moved))
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value
  if (PLACE in value) return moved[(value as Record<string, number>)[PLACE] as number]
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, restore(part, moved)]))
}
