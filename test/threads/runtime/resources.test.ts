import { describe, expect, it } from 'vitest'
import {
  actionRef,
  createRuntime,
  transfer,
  type ActionDefinition,
  type ActionTypes,
  type Run,
  type Runtime,
} from 'heddle'
import { createTurnstile, open, tell } from '#fixtures/gates.js'
import {
  besides,
  holdsAgain,
  holdsBlocking,
  holdsForChild,
  holdsLightly,
  holdsNone,
  holdsOn,
  holdsOne,
  holdsOther,
  holdsTwo,
} from '#fixtures/resources.js'
import { reports } from '../../support/events.js'

const NONE: Readonly<Record<string, readonly number[]>> = {}
type Held = ReturnType<typeof runHolder>

function runHolder(runtime: Runtime) {
  return runtime.run(holdsOne)
}

const GO = { type: 'go' } as const

function ref<Input, Output, Types extends ActionTypes>(
  definition: ActionDefinition<Input, Output, Types>,
): ActionDefinition<Input, Output, Types> {
  return actionRef<ActionDefinition<Input, Output, Types>>(definition.url, definition.name)
}

async function held<Output, Types extends ActionTypes>(run: Run<Output, Types>): Promise<unknown> {
  const first = run.reports()
  if (run.lastReport !== undefined) return run.lastReport
  for await (const report of first) return report
  return undefined
}

describe('named resources', () => {
  it('are waited for, held while parked, and say which ones they are', async () => {
    await using runtime = createRuntime({ threads: 2, resources: { gpu: 2 } })
    const runs = [1, 2, 3].map(() => runHolder(runtime)) as [Held, Held, Held]
    expect(await Promise.all([held(runs[0]), held(runs[1])])).toEqual([{ gpu: [0] }, { gpu: [1] }])
    // A thread is free: both holders are parked.
    expect(await runtime.run(holdsNone)).toEqual(NONE)
    expect(runs[2].phase).toBe('queued')
    runs[1].send(GO)
    expect(await held(runs[2])).toEqual({ gpu: [1] })
    for (const run of runs) run.send(GO)
    expect(await Promise.all(runs)).toEqual([{ gpu: [0] }, { gpu: [1] }, { gpu: [1] }])
  })

  it('bind actions without a cpu share, and with threads: 0, too', async () => {
    for (const threads of [0, 1]) {
      await using runtime = createRuntime({ threads, resources: { gpu: 1 } })
      const [first, second] = [runtime.run(holdsLightly), runtime.run(holdsLightly)]
      expect(await held(first)).toEqual({ gpu: [0] })
      expect(second.phase).toBe('queued')
      first.send(GO)
      expect(await held(second)).toEqual({ gpu: [0] })
      second.send(GO)
      await second
    }
  })

  it("let who waits for one hold up nobody else, and don't let it starve", async () => {
    await using runtime = createRuntime({ threads: 1, resources: { gpu: 2 } })
    const first = runtime.run(holdsOne)
    await reports(first, { gpu: [0] })
    const both = runtime.run(holdsTwo)
    const later = runtime.run(holdsOne)
    expect(await runtime.run(holdsNone)).toEqual(NONE)
    expect([both.phase, later.phase]).toEqual(['queued', 'queued'])
    first.send(GO)
    expect(await held(both)).toEqual({ gpu: [0, 1] })
    both.send(GO)
    expect(await held(later)).toEqual({ gpu: [0] })
    later.send(GO)
    await later
  })

  it('are free again after a failed attempt, a kill, an abort while waiting', async () => {
    await using runtime = createRuntime({ threads: 1, resources: { gpu: 1 } })
    expect(await runtime.run(holdsAgain)).toEqual({ gpu: [0] })
    const turnstile = createTurnstile()
    const blocking = runtime.run(holdsBlocking, turnstile)
    await reports(blocking, 'up')
    const waiting = runtime.run(holdsOne)
    const next = runtime.run(holdsAgain)
    waiting.cancel()
    expect(await waiting.settled()).toMatchObject({ status: 'aborted', how: 'never-started' })
    blocking.cancel()
    expect(await blocking.settled()).toMatchObject({ status: 'aborted', how: 'forced' })
    open(turnstile)
    expect(await next).toEqual({ gpu: [0] })
  })

  it('are held until the children have settled, which may use them (S3)', async () => {
    await using runtime = createRuntime({ threads: 1, resources: { gpu: 1 } })
    const channel = 'resources: child'
    const run = runtime.run(holdsForChild, channel)
    await reports(run, 'up')
    const next = runtime.run(holdsAgain)
    expect(await runtime.run(holdsNone)).toEqual(NONE)
    expect([run.phase, next.phase]).toEqual(['running', 'queued'])
    tell(channel)
    expect(await next).toEqual({ gpu: [0] })
    await run
  })

  it('are held by a body that was given up until its thread is gone (S6 d)', async () => {
    await using runtime = createRuntime({ threads: 1, resources: { gpu: 1 } })
    const neighbour = runtime.run(besides)
    const stubborn = runtime.run(holdsOn)
    await Promise.all([reports(neighbour, 'up'), reports(stubborn, 'up')])
    stubborn.cancel()
    expect(await stubborn.settled()).toMatchObject({ status: 'aborted', how: 'abandoned' })
    const next = runtime.run(holdsAgain)
    expect(await runtime.run(holdsNone)).toEqual(NONE)
    expect(next.phase).toBe('queued')
    neighbour.cancel()
    expect(await next).toEqual({ gpu: [0] })
  })

  it('count as waiting for maxQueued', async () => {
    await using runtime = createRuntime({ threads: 2, resources: { gpu: 1 }, maxQueued: 1 })
    const first = runtime.run(holdsLightly)
    await reports(first, { gpu: [0] })
    const second = runtime.run(holdsLightly)
    await expect(runtime.run(holdsLightly)).rejects.toMatchObject({ code: 'QueueFullError' })
    first.send(GO)
    second.send(GO)
    await Promise.all([first, second])
  })

  it('are learned with the module of an actionRef, before its body is entered', async () => {
    await using runtime = createRuntime({ threads: 2, resources: { gpu: 1 } })
    const runs = Array.from({ length: 3 }, () => runtime.run(ref(holdsAgain)))
    expect(await Promise.all(runs)).toEqual([{ gpu: [0] }, { gpu: [0] }, { gpu: [0] }])
    await expect(runtime.run(ref(holdsOther))).rejects.toMatchObject({
      code: 'ActionInputError',
      message: expect.stringContaining("no resource 'licence'"),
    })
  })

  it('of an actionRef whose input was moved away are an error that says how to load it first', async () => {
    await using runtime = createRuntime({ threads: 1, resources: { gpu: 1 } })
    const moved = ref(holdsOne) as unknown as ActionDefinition<Uint8Array, unknown>
    const bytes = new Uint8Array(8)
    await expect(runtime.run(moved, transfer(bytes, [bytes.buffer]))).rejects.toMatchObject({
      code: 'ActionInputError',
      message: expect.stringContaining('runtime.warm'),
    })
  })

  it("that don't exist, or not so many, are an error at once, also for a child", async () => {
    await using runtime = createRuntime({ threads: 1, resources: { gpu: 1 } })
    const unknown = runtime.run(holdsOther)
    await expect(unknown).rejects.toMatchObject({
      code: 'ActionInputError',
      message:
        "action a0 'holdsOther' needs resources.licence 1, but the runtime has no resource 'licence': createRuntime was given resources { gpu: 1 }",
    })
    await runtime.scope(async (ctx) => {
      await expect(ctx.spawn(holdsTwo)).rejects.toMatchObject({
        code: 'ActionInputError',
        message: expect.stringContaining('needs resources.gpu 2, but there is 1:'),
      })
      await expect(ctx.map(holdsTwo, [undefined])).rejects.toMatchObject({ code: 'ActionInputError' })
    })
  })
})
