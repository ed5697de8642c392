import { describe, expect, it } from 'vitest'
import { action, createRuntime, type ActionHandle, type Runtime } from 'heddle'
import { createTurnstile, open, type Turnstile } from '#fixtures/gates.js'
import { answerLightly, holdThread, pass, passBelow, passFirst, passSlowly } from '#fixtures/surface.js'
import { reachesPhase, reports } from '../../support/events.js'

/** Holds the only thread until what is started in the meantime is queued; gives the outputs. */
async function queuedBehind(
  runtime: Runtime,
  start: (turnstile: Turnstile) => Promise<readonly PromiseLike<number>[]>,
): Promise<number[]> {
  const turnstile = createTurnstile()
  const holding = runtime.run(holdThread, turnstile, { priority: 1000 })
  await reports(holding, 'up')
  const started = await start(turnstile)
  open(turnstile)
  return await Promise.all(started)
}

describe('the order on one thread (S25)', () => {
  it('is first in, first out among equals', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const order = await runtime.scope(async (ctx) => {
      return await queuedBehind(runtime, async (turnstile) => {
        const children = Array.from({ length: 10 }, () => ctx.spawn(pass, turnstile))
        await reachesPhase(runtime, ctx.info.run, 'a0.10', 'queued')
        return children
      })
    })
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  })

  it('is by priority first: of the call, else of the definition, else of the parent', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const order = await runtime.scope(
      async (ctx) => {
        return await queuedBehind(runtime, async (turnstile) => {
          const children = [
            ctx.spawn(pass, turnstile, { priority: -1 }),
            ctx.spawn(pass, turnstile),
            ctx.spawn(passFirst, turnstile),
            ctx.spawn(passFirst, turnstile, { priority: 0 }),
            ctx.spawn(pass, turnstile, { priority: 9 }),
          ]
          await reachesPhase(runtime, ctx.info.run, 'a0.5', 'queued')
          return children
        })
      },
      { priority: 3 },
    )
    expect(order).toEqual([4, 2, 1, 3, 0])
  })

  it('is deeper before shallower at the same priority', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const order = await runtime.scope(async (ctx) => {
      return await queuedBehind(runtime, async (turnstile) => {
        const children: ActionHandle<number>[] = [ctx.spawn(pass, turnstile), ctx.spawn(pass, turnstile)]
        children.push(ctx.spawn(passBelow, turnstile))
        await reachesPhase(runtime, ctx.info.run, 'a0.3.1', 'queued')
        return children
      })
    })
    expect(order).toEqual([1, 2, 0])
  })

  it('puts priority before depth', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const order = await runtime.scope(async (ctx) => {
      return await queuedBehind(runtime, async (turnstile) => {
        const children: ActionHandle<number>[] = [
          ctx.spawn(passBelow, turnstile),
          ctx.spawn(pass, turnstile, { priority: 1 }),
        ]
        await reachesPhase(runtime, ctx.info.run, 'a0.1.1', 'queued')
        return children
      })
    })
    expect(order).toEqual([1, 0])
  })

  it('holds up nothing that needs no share', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const turnstile = createTurnstile()
    const holding = runtime.run(holdThread, turnstile)
    await reports(holding, 'up')
    const light = await runtime.scope(async (ctx) => {
      const one = ctx.spawn(answerLightly, 'before')
      ctx.spawn(pass, turnstile, { priority: 1 })
      const other = ctx.spawn(answerLightly, 'after')
      return await Promise.all([one, other])
    })
    expect(light).toEqual(['before', 'after'])
    expect(holding.phase).toBe('running')
    open(turnstile)
    await holding
  })

  it('shares fairly between runs, however much earlier one of them came and whatever its priority', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const turnstile = createTurnstile()
    const holding = runtime.run(holdThread, turnstile)
    await reports(holding, 'up')
    const count = 30
    const inputs = Array.from({ length: count }, () => turnstile)
    const early = runtime.scope((ctx) => ctx.map(passSlowly, inputs, { priority: 5 }), { name: 'early' })
    await reachesPhase(runtime, 'early', `a0.${count}`, 'queued')
    const late = runtime.scope((ctx) => ctx.map(passSlowly, inputs), { name: 'late' })
    await reachesPhase(runtime, 'late', `a0.${count}`, 'queued')
    open(turnstile)
    const [places, placesOfLate] = await Promise.all([early, late])
    const inFirstHalf = (of: readonly number[]): number => of.filter((place) => place < count).length
    expect(inFirstHalf(places) + inFirstHalf(placesOfLate)).toBe(count)
    // Shares are of measured time, which a busy machine stretches for the one or the other; the exact ones are held to without a
    // thread, by the tests of the queue. Here neither waits for the other's end.
    expect(inFirstHalf(placesOfLate)).toBeGreaterThanOrEqual(count / 10)
    expect(inFirstHalf(places)).toBeGreaterThanOrEqual(count / 10)
  })

  it.each([-0.1, 1.01, Number.NaN, Infinity, '1' as never, null as never])(
    'refuses cpu: %o at action()',
    (cpu) => {
      expect(() => action('file:///nowhere.js', `cpu ${String(cpu)}`, { cpu }, () => {})).toThrow(
        expect.objectContaining({ code: 'ActionInputError', message: expect.stringContaining("'cpu'") }),
      )
    },
  )

  it.each([0, 0.5, 1])('takes cpu: %o', (cpu) => {
    expect(() => action('file:///nowhere.js', `takes ${cpu}`, { cpu }, () => {})).not.toThrow()
  })
})
