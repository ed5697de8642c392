// Bodies in the app's own thread: what they spawn and are told comes by calls, and is as if it came from elsewhere.

import { createRuntime, isHeddleError, transfer, type Runtime } from 'heddle'
import { answering, cancelling, changing, echo, spawning, type Mark } from '#fixtures/own-thread.js'
import { describe, expect, it } from 'vitest'

/** How often the loop of this thread comes round within some milliseconds. */
async function turns(ms: number): Promise<number> {
  const until = performance.now() + ms
  let count = 0
  while (performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 1))
    count += 1
  }
  return count
}

describe.each([1, 0])('what a scope gives to its children, with %i threads', (threads) => {
  const give = {
    run: (runtime: Runtime, input: Mark) => runtime.run(echo, input),
    spawn: (runtime: Runtime, input: Mark) => runtime.scope(async (ctx) => ctx.spawn(echo, input)),
  }

  it.each(['run', 'spawn'] as const)('is copied when it is sent: %s', async (how) => {
    await using runtime = createRuntime({ threads })
    const input = { mark: 'given' }
    const output = give[how](runtime, input)
    await Promise.resolve()
    expect(await output).toEqual({ mark: 'given' })
    expect(await output).not.toBe(input)
  })

  it('changes with what is done to it until then, as the input of a run does', async () => {
    await using runtime = createRuntime({ threads })
    const ofRun = { mark: 'given' }
    const run = runtime.run(echo, ofRun)
    ofRun.mark = 'changed'
    const ofChild = { mark: 'given' }
    const scope = runtime.scope((ctx) => {
      const child = ctx.spawn(echo, ofChild)
      ofChild.mark = 'changed'
      return child
    })
    expect([(await run).mark, (await scope).mark]).toEqual(['changed', 'changed'])
  })

  it.each(['run', 'spawn'] as const)('is moved where it is marked: %s', async (how) => {
    await using runtime = createRuntime({ threads })
    const bytes = new Uint8Array([1, 2, 3])
    const output = await give[how](runtime, { mark: 'moved', bytes: transfer(bytes) })
    expect([...(output.bytes as Uint8Array)]).toEqual([1, 2, 3])
    expect(bytes.length).toBe(0)
  })

  it.each(['run', 'spawn'] as const)('is refused where it can not be copied: %s', async (how) => {
    await using runtime = createRuntime({ threads })
    const input = { mark: 'wrong', method: () => {} }
    const error: unknown = await give[how](runtime, input).catch((reason: unknown) => reason)
    expect(isHeddleError(error, 'NotCloneableError')).toBe(true)
    expect((error as Error).message).toContain("'echo' can't be sent to another thread")
  })
})

describe('bodies that all run in the own thread of the app', () => {
  it('share neither inputs nor outputs', async () => {
    await using runtime = createRuntime({ threads: 0 })
    expect(await runtime.run(changing)).toEqual(['given', 'kept'])
  })

  it.each([
    ['spawn and await', spawning],
    ['spawn, cancel and await', cancelling],
  ])('let the loop go on, however much they %s', async (_what, definition) => {
    await using runtime = createRuntime({ threads: 0 })
    const run = runtime.run(definition)
    expect(await turns(200)).toBeGreaterThan(10)
    run.cancel('enough')
    expect((await run.settled()).status).toBe('aborted')
  })

  it('answer events by spawns without end, and without a call within a call', async () => {
    await using runtime = createRuntime({ threads: 0 })
    expect(await runtime.run(answering, 3000)).toBe(3000)
  })
})

describe('a scope', () => {
  it('may emit in answer to its own events, without a call within a call', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = runtime.scope<Promise<number>, { emits: { type: 'count'; count: number } }>((ctx) => {
      const counted = new Promise<number>((resolve) => {
        run.on('count', ({ count }) => {
          if (count === 20_000) resolve(count)
          else ctx.emit({ type: 'count', count: count + 1 })
        })
      })
      ctx.emit({ type: 'count', count: 0 })
      return counted
    })
    expect(await run).toBe(20_000)
  })

  it('sees an abort that it has asked for itself by the next poll', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const seen: boolean[] = []
    const run = runtime.scope(async (ctx) => {
      await ctx.sleep(1)
      run.cancel('enough')
      seen.push(ctx.signal.aborted)
      ctx.signal.addEventListener('abort', () => seen.push(true))
      await ctx.sleep(1e9)
    })
    expect((await run.settled()).status).toBe('aborted')
    expect(seen).toEqual([true, true])
  })

  it('knows where its children stand at every moment', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const phases = await runtime.scope(async (ctx) => {
      const child = ctx.spawn(echo, { mark: 'seen' })
      const before = child.phase
      await child
      return [before, child.phase]
    })
    expect(phases).toEqual(['queued', 'succeeded'])
  })
})
