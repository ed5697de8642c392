// What the runtime, its lanes and its hosts take from the outside: time, turns of the loop, chance, ports, words of shared
// memory, modules. In production that is Node itself, and nothing in between. A simulation puts its own world in place.

import { readFileSync } from 'node:fs'
import { cpus, type CpuInfo } from 'node:os'
import { MessageChannel, receiveMessageOnPort, type MessagePort } from 'node:worker_threads'

/** A word array that threads share. */
type Words = Int32Array<SharedArrayBuffer>

/** The outside. */
export interface World {
  /** Milliseconds since some moment, fractional, monotonic. */
  now(this: void): number
  /** The same, by a clock that all threads of the process share. */
  sharedNow(this: void): number
  /** Epoch milliseconds, fractional. */
  epochNow(this: void): number
  setTimeout(this: void, fire: () => void, ms: number): NodeJS.Timeout
  clearTimeout(this: void, timer: NodeJS.Timeout | undefined): void
  setInterval(this: void, fire: () => void, ms: number): NodeJS.Timeout
  clearInterval(this: void, timer: NodeJS.Timeout | undefined): void
  setImmediate(this: void, fire: () => void): NodeJS.Immediate
  clearImmediate(this: void, immediate: NodeJS.Immediate | undefined): void
  nextTick(this: void, fire: () => void): void
  /** From 0 to below 1. */
  random(this: void): number
  /** At most 6 random bytes as hexadecimal digits: to tell names apart, not to keep a secret. */
  randomHex(this: void, bytes: number): string
  createChannel(this: void): { readonly port1: MessagePort; readonly port2: MessagePort }
  receiveMessageOnPort(this: void, port: MessagePort): { readonly message: unknown } | undefined
  load(this: void, words: Words, at: number): number
  store(this: void, words: Words, at: number, value: number): number
  add(this: void, words: Words, at: number, value: number): number
  compareExchange(this: void, words: Words, at: number, expected: number, value: number): number
  importModule(this: void, url: string): Promise<Record<string, unknown>>
  /** What the system tells of its threads and processors, as a text. */
  readSystemFile(this: void, path: string): string
  processors(this: void): readonly CpuInfo[]
  /** Whether all that was written to the console has been taken over. */
  isConsoleWritten(this: void): boolean
}

/** The world that everything here lives in. Timers and ticks are looked up with each call: an app's own tests may fake them. */
export const world: World = {
  now: () => performance.now(),
  sharedNow() {
    const [seconds, nanoseconds] = process.hrtime()
    return seconds * 1000 + nanoseconds / 1e6
  },
  epochNow: () => performance.timeOrigin + performance.now(),
  setTimeout: (fire, ms) => setTimeout(fire, ms),
  clearTimeout: (timer) => clearTimeout(timer),
  setInterval: (fire, ms) => setInterval(fire, ms),
  clearInterval: (timer) => clearInterval(timer),
  setImmediate: (fire) => setImmediate(fire),
  clearImmediate: (immediate) => clearImmediate(immediate),
  nextTick: (fire) => process.nextTick(fire),
  random: () => Math.random(),
  randomHex: (bytes) =>
    Math.trunc(Math.random() * 256 ** bytes)
      .toString(16)
      .padStart(2 * bytes, '0'),
  createChannel: () => new MessageChannel(),
  receiveMessageOnPort,
  load: Atomics.load,
  store: Atomics.store,
  add: Atomics.add,
  compareExchange: Atomics.compareExchange,
  importModule: (url) => import(url) as Promise<Record<string, unknown>>,
  readSystemFile: (path) => readFileSync(path, 'latin1'),
  processors: cpus,
  isConsoleWritten: () => process.stdout.writableLength === 0 && process.stderr.writableLength === 0,
}

const NODE: World = { ...world }

/** Puts another world in place; gives what puts Node back. */
export function useWorld(other: Partial<World>): () => void {
  Object.assign(world, other)
  return () => void Object.assign(world, NODE)
}
