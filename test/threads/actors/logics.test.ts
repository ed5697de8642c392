import { describe, expect, it } from 'vitest'
import { createRuntime } from 'heddle'
import {
  callingBack,
  holdsFunctions,
  holdsPlatform,
  observing,
  observingEvents,
  parentMachine,
  promiseForever,
  promising,
  transiting,
  working,
} from '#fixtures/actors/logics.js'
import { word } from '../../support/shared-words.js'

describe.each([
  { place: 'in a thread', threads: 1 },
  { place: "in the app's own thread", threads: 0 },
])('a body $place', ({ threads }) => {
  it('may be a promise logic: its output, its error, its emits', async () => {
    await using runtime = createRuntime({ threads })
    const run = runtime.run(promising, { n: 21 })
    const types: string[] = []
    run.on('*', ({ type }) => void types.push(type))
    expect(await run).toBe(42)
    expect(types).toEqual(['half'])
    expect(run.lastReport).toMatchObject({ status: 'done', output: 42 })
    expect(await runtime.run(promising, { n: 7, fail: true }).settled()).toMatchObject({
      status: 'failed',
      error: { code: 'RangeError', cause: { message: '7 is too much' } },
    })
  })

  it('may be a promise logic whose signal is aborted by a stop', async () => {
    await using runtime = createRuntime({ threads })
    const seen = word()
    const run = runtime.run(promiseForever, seen)
    await new Promise<void>((resolve) => run.on('up', () => resolve()))
    run.cancel()
    expect(await run.settled()).toMatchObject({ status: 'aborted', how: 'cooperative' })
    expect(seen[0]).toBe(1)
  })

  it('may be a callback logic: it gets messages, sends back, emits, and is disposed of', async () => {
    await using runtime = createRuntime({ threads })
    const disposed = word()
    const run = runtime.run(callingBack, disposed)
    const seen: unknown[] = []
    const both = new Promise<void>((resolve) => run.on('*', (event) => seen.push(event) === 2 && resolve()))
    run.send({ type: 'ask', n: 4 })
    await both
    expect(seen).toEqual([
      { type: 'answer', n: 8 },
      { type: 'emitted', n: 4 },
    ])
    expect(disposed[0]).toBe(0)
    run.cancel()
    expect(await run.settled()).toMatchObject({ status: 'aborted', how: 'cooperative' })
    expect(disposed[0]).toBe(1)
  })

  it('may be a transition logic: its context is reported', async () => {
    await using runtime = createRuntime({ threads })
    const run = runtime.run(transiting, 10)
    const third = new Promise<unknown>((resolve) => {
      run.on('*', (event) => 'total' in event && event.total === 16 && resolve(event))
    })
    for (const n of [1, 2, 3]) run.send({ type: 'add', n })
    expect(await third).toEqual({ type: 'added', total: 16 })
    run.cancel()
    await run.settled()
    expect(run.lastReport).toMatchObject({ status: 'active', context: { total: 16 } })
  })

  it('may be an observable logic: values are reported, the last one always', async () => {
    await using runtime = createRuntime({ threads })
    const run = runtime.run(observing, { to: 500, fails: false })
    const seen: unknown[] = []
    const reading = (async () => {
      for await (const { context } of run.reports()) seen.push(context)
    })()
    expect(await run).toBeUndefined()
    await reading
    expect(seen.at(-1)).toEqual({ type: 'tick', n: 500 })
    // Throttled: nobody wants five hundred reports within some milliseconds.
    expect(seen.length).toBeLessThan(500)
    expect(await runtime.run(observing, { to: 3, fails: true }).settled()).toMatchObject({
      status: 'failed',
      error: { code: 'RangeError', cause: { message: 'the stream broke' } },
    })
  })

  it('may be an event observable: its events are emitted', async () => {
    await using runtime = createRuntime({ threads })
    const run = runtime.run(observingEvents, 3)
    const seen: unknown[] = []
    run.on('*', (event) => void seen.push(event))
    await run
    expect(seen).toEqual([1, 2, 3].map((n) => ({ type: 'tick', n })))
  })

  it('may be a machine, whose own promises and timers run there', async () => {
    await using runtime = createRuntime({ threads })
    const run = runtime.run(working)
    const types: string[] = []
    run.on('*', ({ type }) => void types.push(type))
    run.send({ type: 'go' })
    expect(await run).toEqual({ steps: ['loaded', 'rested'] })
    expect(types).toEqual(['started'])
    expect(run.lastReport).toMatchObject({
      status: 'done',
      value: 'finished',
      context: { steps: ['loaded', 'rested'] },
    })
  })

  it.each(['functions', 'objects of the platform'])(
    'may be a machine with %s in its context',
    async (what) => {
      await using runtime = createRuntime({ threads })
      const run = what === 'functions' ? runtime.run(holdsFunctions) : runtime.run(holdsPlatform)
      run.send({ type: 'end' })
      await run
      expect(run.lastReport).toMatchObject({ value: 'closed', context: { n: 5 } })
    },
  )

  it('may be a machine whose children are actions, on a single thread (I10)', async () => {
    await using runtime = createRuntime({ threads })
    const cleaned = word()
    const run = runtime.run(parentMachine, cleaned)
    const types: string[] = []
    run.on('*', ({ type }) => void types.push(type))
    expect(await run).toEqual({ got: [8, 10], heard: [8, 10] })
    expect(types).toEqual(['sleeping'])
    const phases = run
      .actions()
      .map(({ name, parent, phase, reason }) => [name, parent, phase, reason?.message])
    expect(phases).toEqual([
      ['parentMachine', undefined, 'succeeded', undefined],
      ['doubles', 'a0', 'succeeded', undefined],
      ['sleeps', 'a0', 'aborted', 'the state that invoked it was left'],
      ['doubles', 'a0', 'succeeded', undefined],
    ])
    expect(cleaned[0]).toBe(1)
  })
})
