import { describe, expect, it } from 'vitest'
import type { ActionAddress, ActionTypes } from '../../src/handle.js'
import { BaseHandle } from '../../src/handles/base-handle.js'
import { RunEndedError } from '../../src/protocol/errors/errors.js'
import type { EventObject } from '../../src/protocol/event-object.js'
import type { Outcome, Phase } from '../../src/protocol/outcome.js'
import type { WaitHooks } from '../../src/collections/push-stream.js'

class TestHandle extends BaseHandle<number, ActionTypes> {
  readonly ref: ActionAddress = { run: 'run', action: 'a0.1', name: 'test' }
  readonly cancels: unknown[] = []

  constructor(hooks?: WaitHooks) {
    super('a0.1', 'test', hooks)
  }

  get wasListenedTo(): boolean {
    return this.listened
  }

  readonly warnings: string[] = []

  warn(message: string): void {
    this.warnings.push(message)
  }

  cancel(reason?: unknown): void {
    this.cancels.push(reason)
  }

  send(): boolean {
    return !this.isSettled
  }

  remote(): Promise<never> {
    return Promise.reject(error)
  }

  emit(event: EventObject): unknown[] {
    const errors: unknown[] = []
    this.takeEmit(event, (thrown) => void errors.push(thrown))
    return errors
  }

  become(phase: Phase): void {
    this.changePhase(phase)
  }

  report(value: unknown): void {
    this.takeReport(value)
  }

  end(outcome: Outcome<number>): void {
    this.settle(outcome.status, outcome)
  }
}

const times = { queuedAt: 1, settledAt: 2 }
const succeeded: Outcome<number> = { status: 'succeeded', output: 7, ...times }
const error = new RunEndedError('ended')
const failed: Outcome<number> = { status: 'failed', error, ...times }

describe('handle', () => {
  it('gives the output to whoever awaits it, before or after the end', async () => {
    const handle = new TestHandle()
    const early = handle.then((output) => output + 1)
    handle.end(succeeded)
    expect(await early).toBe(8)
    expect(await handle).toBe(7)
    expect(await handle.then(undefined, undefined)).toBe(7)
  })

  it('rejects with the error of the outcome, the same one for all', async () => {
    const handle = new TestHandle()
    const caught = handle.catch((thrown) => thrown)
    handle.end(failed)
    expect(await caught).toBe(error)
    await expect(Promise.resolve(handle)).rejects.toBe(error)
    await expect(handle.finally(() => {})).rejects.toBe(error)
    expect(await handle.settled()).toBe(failed)
  })

  it('is silent about a failure that nobody listens to', async () => {
    const unhandled: unknown[] = []
    const note = (reason: unknown): void => void unhandled.push(reason)
    process.on('unhandledRejection', note)
    const handle = new TestHandle()
    const settled = handle.settled()
    handle.end(failed)
    await settled
    await new Promise((resolve) => setImmediate(resolve))
    process.off('unhandledRejection', note)
    expect(unhandled).toEqual([])
  })

  it('runs finally for either end, and passes it on', async () => {
    const calls: string[] = []
    const handle = new TestHandle()
    handle.end(succeeded)
    expect(await handle.finally(() => calls.push('done') as never)).toBe(7)
    expect(calls).toEqual(['done'])
  })

  it('follows the phase, and never leaves a terminal one (I4)', () => {
    const handle = new TestHandle()
    expect(handle.phase).toBe('queued')
    handle.become('running')
    expect(handle.phase).toBe('running')
    handle.end(failed)
    handle.become('aborting')
    handle.end(succeeded)
    expect(handle.phase).toBe('failed')
  })

  it('keeps the last report, and gives each reader what comes from then on', async () => {
    const handle = new TestHandle()
    handle.report(1)
    expect(handle.lastReport).toBe(1)
    const [first, second] = [handle.reports(), handle.reports()]
    handle.report(2)
    await second.return?.()
    handle.report(3)
    handle.end(succeeded)
    const read: unknown[] = []
    for await (const report of first) read.push(report)
    expect(read).toEqual([2, 3])
    expect(await second.next()).toEqual({ done: true, value: undefined })
    expect(handle.lastReport).toBe(3)
    // After the end there are none to come.
    expect(await handle.reports().next()).toEqual({ done: true, value: undefined })
  })

  it('counts as listened to once it is awaited or asked how it ends, and not before (S19)', () => {
    const handle = new TestHandle()
    handle.cancel()
    void handle.reports()
    expect(handle.wasListenedTo).toBe(false)
    void handle.settled()
    expect(handle.wasListenedTo).toBe(true)
    const other = new TestHandle()
    void other.then()
    expect(other.wasListenedTo).toBe(true)
  })

  it('tells of each wait for its end, and that all are over before anybody goes on (S1)', async () => {
    let waits = 0
    const handle = new TestHandle({
      began: () => void (waits += 1),
      ended: () => void (waits -= 1),
    })
    const first = handle.settled()
    const second = handle.then(() => waits)
    expect(waits).toBe(2)
    handle.end(succeeded)
    expect(waits).toBe(0)
    expect(await second).toBe(0)
    await first
    await handle
    expect(waits).toBe(0)
  })

  it('cancels and waits when it is disposed of', async () => {
    const handle = new TestHandle()
    const disposed = handle[Symbol.asyncDispose]()
    expect(handle.cancels).toEqual(['disposed'])
    handle.end(failed)
    await disposed
  })

  it('calls those who listen to a type, and to all, until they stop, also after one that throws', () => {
    const handle = new TestHandle()
    const seen: string[] = []
    const thrown = new RangeError('in a listener')
    const listen = (event: EventObject): void => void seen.push(event.type)
    handle.on('a', () => {
      throw thrown
    })
    const stopFirst = handle.on('a', listen)
    const stopSecond = handle.on('a', listen)
    handle.on('*', () => void seen.push('any'))
    expect(handle.emit({ type: 'a' })).toEqual([thrown])
    expect(handle.emit({ type: 'b' })).toEqual([])
    expect(seen).toEqual(['a', 'a', 'any', 'any'])
    stopFirst()
    stopFirst()
    handle.emit({ type: 'a' })
    expect(seen.slice(4)).toEqual(['a', 'any'])
    stopSecond()
    handle.end(succeeded)
    handle.emit({ type: 'a' })
    handle.on('a', listen)()
    expect(seen).toHaveLength(6)
  })
})
