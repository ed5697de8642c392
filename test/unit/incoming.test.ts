import { once } from 'node:events'
import { MessageChannel } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { Counter, createLaneCounters } from '../../src/protocol/claims.js'
import { CountedPort } from '../../src/protocol/counted-port.js'
import type { ToRuntime } from '../../src/protocol/messages.js'
import { flattenToRuntime } from '../../src/protocol/wire.js'
import { Incoming } from '../../src/threads/incoming.js'

/** A lane's way in, with what it has handled, at the end of a port. */
function open(onHandle?: (incoming: Incoming, count: number) => void) {
  const { port1, port2 } = new MessageChannel()
  const handled: number[] = []
  let turns = 0
  const all = { count: Infinity, resolve: () => {} }
  const counters = createLaneCounters()
  const host = new CountedPort(port2, counters, 'host')
  const incoming: Incoming = new Incoming(
    port1,
    new CountedPort(port1, counters, 'runtime'),
    counters,
    (message) => {
      handled.push((message as ToRuntime & { type: 'pong' }).sequence)
      onHandle?.(incoming, handled.length)
      if (handled.length === all.count) all.resolve()
    },
    () => (turns += 1),
  )
  return {
    incoming,
    handled,
    turns: () => turns,
    handledArrays: () => Atomics.load(counters, Counter.handled),
    post(from: number, to: number) {
      const messages = Array.from({ length: to - from }, (_, at): ToRuntime => {
        return { type: 'pong', sequence: from + at, written: true }
      })
      host.post(flattenToRuntime(messages), [])
    },
    handledAll: (count: number) =>
      new Promise<void>((resolve) => {
        all.count = count
        all.resolve = resolve
      }),
    async [Symbol.asyncDispose]() {
      const closed = once(port2, 'close')
      port1.close()
      await closed
    },
  }
}

function compute(ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until);
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, at) => at)
}

describe('incoming', () => {
  it('handles a long array in turns, in order, also with what comes meanwhile', async () => {
    await using line = open(() => compute(0.05))
    const all = line.handledAll(1000)
    line.post(0, 900)
    line.post(900, 950)
    setImmediate(() => line.post(950, 1000))
    await all
    expect(line.handled).toEqual(upTo(1000))
    // 50 ms of work, in turns of 4.
    expect(line.turns()).toBeGreaterThan(2)
  })

  it('lets the loop turn between arrays that have arrived together', async () => {
    let loopTurns = 0
    const atTurn: number[] = []
    await using line = open(() => {
      compute(0.2)
      atTurn.push(loopTurns)
    })
    const all = line.handledAll(400)
    for (let from = 0; from < 400; from += 40) line.post(from, from + 40)
    let on = true
    const turn = (): void => {
      loopTurns += 1
      if (on) setImmediate(turn)
    }
    setImmediate(turn)
    await all
    on = false
    expect(line.handled).toEqual(upTo(400))
    // 80 ms of work, of which no turn takes more than 4 and the 32 messages between two looks at the clock.
    const most = Math.max(...atTurn.map((at) => atTurn.filter((other) => other === at).length))
    expect(most).toBeLessThan(160)
    expect(line.handledArrays()).toBe(10)
  })

  it('goes on after a handler that threw while the port was not listened to', async () => {
    const uncaught: unknown[] = []
    const listeners = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    process.on('uncaughtException', (error) => void uncaught.push(error))
    try {
      await using line = open((_, count) => {
        compute(0.2)
        if (count === 150) throw new Error('of a handler')
      })
      const all = line.handledAll(310)
      line.post(0, 300)
      line.post(300, 310)
      await all
      expect(line.handled).toEqual(upTo(310))
      expect(uncaught).toHaveLength(1)
    } finally {
      process.removeAllListeners('uncaughtException')
      for (const listener of listeners) process.on('uncaughtException', listener)
    }
  })

  it('says whether it has read all that had arrived', async () => {
    await using line = open(() => compute(0.2))
    expect(line.incoming.readOn()).toBe(true)
    line.post(0, 200)
    line.post(200, 210)
    expect(line.incoming.readOn()).toBe(false)
    const all = line.handledAll(210)
    await all
    expect(line.incoming.readOn()).toBe(true)
    expect(line.handled).toEqual(upTo(210))
    // It listens again.
    const more = line.handledAll(220)
    line.post(210, 220)
    await more
    expect(line.handled).toEqual(upTo(220))
  })

  it('handles all that has arrived when it is drained, also what it had left for later', async () => {
    await using line = open(() => compute(0.05))
    const some = line.handledAll(32)
    line.post(0, 1000)
    await some
    line.post(1000, 1010)
    line.incoming.drain()
    expect(line.handled).toEqual(upTo(1010))
  })

  it('lets nothing be handled ahead of what is being handled', async () => {
    await using line = open((incoming, count) => {
      if (count === 5) incoming.drain()
    })
    const all = line.handledAll(20)
    line.post(0, 10)
    line.post(10, 20)
    await all
    expect(line.handled).toEqual(upTo(20))
  })
})
