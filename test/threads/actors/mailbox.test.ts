import { describe, expect, it } from 'vitest'
import { createRuntime, transfer, type ActionContext } from 'heddle'
import {
  emitsOnce,
  emitsWhileComputing,
  listensBadly,
  losesThread,
  manyToOne,
  match,
  movesBuffer,
  receivesInAllWays,
  sendsWrongly,
  takesBuffer,
  waitsForMail,
} from '#fixtures/actors/correspondents.js'
import { EventRecorder } from '../../support/event-recorder.js'
import { reports } from '../../support/events.js'
import { open, word } from '../../support/shared-words.js'

describe.each([
  { place: 'in threads', threads: 2 },
  { place: "in the app's own thread", threads: 0 },
])('messages between actions $place', ({ threads }) => {
  it('reach whose address one got, in an input or a message', async () => {
    await using runtime = createRuntime({ threads })
    const [first, second] = await runtime.run(match, 40)
    expect(Math.abs(first.hits - second.hits)).toBe(1)
    expect(Math.max(first.hits, second.hits)).toBe(41)
    if (threads > 0) expect(first.thread).not.toBe(second.thread)
  })

  it('arrive in the order of each sender, none lost', async () => {
    await using runtime = createRuntime({ threads: threads === 0 ? 0 : 3 })
    const count = 3000
    const seen = await runtime.run(manyToOne, count)
    for (const sender of ['a', 'b', 'parent']) {
      const numbers = seen.filter(([from]) => from === sender).map(([, n]) => n)
      expect(numbers).toEqual(Array.from({ length: count }, (_, n) => n))
    }
  })

  it('are received one by one, by a time, or until a signal', async () => {
    await using runtime = createRuntime({ threads })
    const run = runtime.run(receivesInAllWays)
    await reports(run, 'ready')
    for (const text of ['one', 'two', 'three']) run.send({ type: 'text', text })
    const { wrong, ...seen } = await run
    expect(seen).toEqual({
      nothing: undefined,
      cancelled: 'no longer',
      already: 'before',
      wrongSignal: true,
      texts: ['one', 'two', 'three'],
    })
    expect(wrong).toMatch(/ctx\.receive in action a0 .*'timeoutMs' is NaN/)
  })

  it('are no longer waited for after an abort, but in a shield (S12, S14)', async () => {
    await using runtime = createRuntime({ threads })
    const run = runtime.run(waitsForMail)
    await reports(run, 'ready')
    run.cancel('enough')
    expect(await run.settled()).toMatchObject({ status: 'aborted', how: 'cooperative' })
    expect(run.lastReport).toEqual({ isReason: true, again: true, shielded: true })
  })

  it('are copied at once, or moved where they say so', async () => {
    await using runtime = createRuntime({ threads })
    expect(await runtime.run(movesBuffer)).toEqual({ kept: 0, got: [1, 2, 3] })
    const run = runtime.run(takesBuffer)
    const bytes = new Uint8Array([4, 5])
    run.send({ type: 'buffer', bytes })
    bytes[0] = 9
    expect(await run).toEqual([4, 5])
    const moved = runtime.run(takesBuffer)
    const given = transfer(new Uint8Array([6]))
    moved.send({ type: 'buffer', bytes: given })
    expect(given.byteLength).toBe(0)
    expect(await moved).toEqual([6])
  })

  it('are refused by name where they are none, and told of where nobody gets them', async () => {
    await using runtime = createRuntime({ threads })
    const recorder = new EventRecorder(runtime)
    const run = runtime.run(sendsWrongly)
    const result = await run
    expect(result).toMatchObject({
      text: ['ActionInputError', expect.stringContaining("'text'")],
      noType: ['ActionInputError', expect.stringContaining("'type'")],
      uncloneable: ['NotCloneableError', expect.stringContaining('action a0.1')],
      noAddress: ['ActionInputError', expect.stringContaining('handle.ref')],
      nobody: true,
      ended: false,
    })
    expect(() => runtime.run(waitsForMail).send('text' as never)).toThrow(
      /must be an object with a text 'type'/,
    )
    await runtime.close()
    await recorder.ended
    const logs = recorder.events.flatMap((event) =>
      event.type === 'log' ? [[event.level, event.message]] : [],
    )
    expect(logs).toEqual([
      ['debug', expect.stringContaining('there is no action a0.99')],
      ['warn', expect.stringContaining('what was emitted was dropped')],
      ['warn', expect.stringContaining("an event 'call' was dropped")],
    ])
  })

  it('reach the body of a scope, and its events the app', async () => {
    await using runtime = createRuntime({ threads })
    const run = runtime.scope(
      async (ctx: ActionContext<{ receives: { type: 'n'; n: number }; emits: { type: 'm'; m: number } }>) => {
        const { n } = await ctx.receive()
        ctx.emit({ type: 'm', m: n + 1 })
        return n
      },
    )
    const seen: number[] = []
    run.on('m', ({ m }) => void seen.push(m))
    expect(run.send({ type: 'n', n: 4 })).toBe(true)
    expect(await run).toBe(4)
    expect(seen).toEqual([5])
  })

  it('tell of events as they were when they were emitted', async () => {
    await using runtime = createRuntime({ threads })
    const run = runtime.run(emitsOnce)
    const seen: unknown[] = []
    run.on('once', (event) => void seen.push(event))
    run.on('*', (event) => void seen.push(event))
    const stop = run.on('once', () => void seen.push('stopped'))
    stop()
    await run
    expect(seen).toEqual([
      { type: 'once', list: [1] },
      { type: 'once', list: [1] },
    ])
    expect(() => run.on('once', () => {})()).not.toThrow()
  })

  it('fail the body whose listener throws', async () => {
    await using runtime = createRuntime({ threads })
    expect(await runtime.run(listensBadly).settled()).toMatchObject({
      status: 'failed',
      error: { code: 'RangeError', action: 'a0' },
    })
  })
})

describe('messages of a thread', () => {
  it('are heard while the body computes (S11)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const gate = word()
    const run = runtime.run(emitsWhileComputing, gate)
    const types: string[] = []
    run.on('*', ({ type }) => {
      types.push(type)
      open(gate)
    })
    await run
    expect(types).toEqual(['up', 'done'])
  })

  it('that were read are not given again when it is lost; those that were not are (S21, S25)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = runtime.run(losesThread)
    for (const text of ['first', 'second', 'last']) run.send({ type: 'text', text })
    expect(await run).toEqual(['second', 'last'])
  })
})
