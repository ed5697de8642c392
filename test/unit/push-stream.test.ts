import { describe, expect, it } from 'vitest'
import { PushStream } from '../../src/collections/push-stream.js'

function createHooks(): { waits: number; began(): void; ended(): void } {
  return {
    waits: 0,
    began() {
      this.waits += 1
    },
    ended() {
      this.waits -= 1
    },
  }
}

describe('push stream', () => {
  it('gives what was pushed before and after its reader came, in order, and then the end', async () => {
    const stream = new PushStream<number>()
    stream.push(1)
    stream.push(2)
    const read: number[] = []
    const reading = (async () => {
      for await (const value of stream) read.push(value)
    })()
    stream.push(3)
    stream.end()
    stream.push(4)
    await reading
    expect(read).toEqual([1, 2, 3])
  })

  it('gives undefined as a value, too', async () => {
    const stream = new PushStream<undefined>()
    stream.push(undefined)
    expect(await stream.next()).toEqual({ done: false, value: undefined })
  })

  it('answers readers that wait at the same time in turn', async () => {
    const stream = new PushStream<string>()
    const reads = [stream.next(), stream.next(), stream.next()]
    stream.push('a')
    stream.push('b')
    stream.end()
    expect(await Promise.all(reads)).toEqual([
      { done: false, value: 'a' },
      { done: false, value: 'b' },
      { done: true, value: undefined },
    ])
  })

  it('tells of a reader only while it waits for a value that is not there (S1)', async () => {
    const hooks = createHooks()
    const stream = new PushStream<number>(hooks)
    stream.push(1)
    await stream.next()
    expect(hooks.waits).toBe(0)
    const first = stream.next()
    const second = stream.next()
    expect(hooks.waits).toBe(2)
    stream.push(2)
    expect(hooks.waits).toBe(1)
    stream.end()
    expect(hooks.waits).toBe(0)
    await Promise.all([first, second])
  })

  it('drops what comes later once its reader has left, and ends a wait', async () => {
    const hooks = createHooks()
    const left: unknown[] = []
    const stream = new PushStream<number>(hooks, (one) => left.push(one))
    const waiting = stream.next()
    await stream.return()
    expect(await waiting).toEqual({ done: true, value: undefined })
    stream.push(1)
    expect(await stream.next()).toEqual({ done: true, value: undefined })
    expect(left).toEqual([stream])
    expect(hooks.waits).toBe(0)
  })
})
