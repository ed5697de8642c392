// In whose async context code is called: in that in which it was given, or in none; never in a stranger's.

import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { createRuntime, type ActionTrace, type Runtime, type Services } from 'heddle'
import { calling, entering, exposing, listening, marking, store, whose } from '#fixtures/contexts.js'
import { describe, expect, it } from 'vitest'

const services = {
  context: {
    whose,
    enter(name: string): string {
      const before = whose()
      store.enterWith(name)
      return before
    },
  },
} as unknown as Services

function create(threads: number = 1): Runtime {
  return createRuntime({ threads, services })
}

const REQUESTS = ['first', 'second', 'third']

describe.each([1, 0])('with %i threads', (threads) => {
  it("calls listeners in the context that listens, and services in the runtime's", async () => {
    await using runtime = store.run('setup', () => create(threads))
    for (const request of REQUESTS) {
      await store.run(request, async () => {
        const run = runtime.run(calling)
        const heard: string[] = []
        run.on('done', () => heard.push(whose()))
        await expect(run).resolves.toBe('setup')
        expect(heard).toEqual([request])
        expect(whose()).toBe(request)
      })
    }
  })

  it('keeps what a service has entered from the next call', async () => {
    await using runtime = create(threads)
    for (const request of REQUESTS) await expect(runtime.run(entering, request)).resolves.toBe('nobody')
  })

  it('begins each body without stores, and lets it keep its own', async () => {
    await using runtime = store.run('caller', () => create(threads))
    const runs = store.run('caller', () => REQUESTS.map((name) => runtime.run(marking, name)))
    expect(await Promise.all(runs)).toEqual(REQUESTS.map((name) => ({ before: 'nobody', after: name })))
    expect(await Promise.all(REQUESTS.map((name) => runtime.run(marking, name)))).toEqual(
      REQUESTS.map((name) => ({ before: 'nobody', after: name })),
    )
  })

  it("tells a body's listeners in its own context, whoever else lives there", async () => {
    await using runtime = create(threads)
    await Promise.all(REQUESTS.map((name) => runtime.run(marking, name)))
    const run = runtime.run(listening)
    const reports = run.reports()
    await reports.next()
    store.run('canceller', () => run.cancel('enough'))
    await expect(reports.next()).resolves.toMatchObject({
      value: { aborted: 'nobody', emitted: 'listener' },
    })
  })

  it('serves exposed methods without stores of other calls', async () => {
    await using runtime = create(threads)
    const run = runtime.run(exposing)
    const remote = await run.remote<{ enter(name: string): string }>()
    for (const request of REQUESTS) await expect(remote.enter(request)).resolves.toBe('nobody')
    run.cancel('enough')
  })

  it("traces in the caller's context, also where a stranger ends it", async () => {
    const seen: string[] = []
    const onEnd = (message: unknown): void => void seen.push(`${(message as ActionTrace).name} ${whose()}`)
    subscribe('tracing:heddle:action:asyncEnd', onEnd)
    try {
      await using runtime = create(threads)
      for (const request of REQUESTS) await store.run(request, () => runtime.run(calling))
      const last = store.run('caller', () => runtime.run(listening))
      store.run('canceller', () => last.cancel('enough'))
      await last.settled()
    } finally {
      unsubscribe('tracing:heddle:action:asyncEnd', onEnd)
    }
    expect(seen).toEqual([...REQUESTS.map((name) => `calling ${name}`), 'listening caller'])
  })

  it('shows actors and inspectors none of those who act', async () => {
    const inspected = new Set<string>()
    const observed = new Set<string>()
    {
      await using runtime = store.run('setup', () =>
        createRuntime({ threads, services, inspect: () => void inspected.add(whose()) }),
      )
      const run = store.run('caller', () => runtime.run(listening))
      run.actor?.subscribe(() => observed.add(whose()))
      await run.reports().next()
      store.run('canceller', () => run.cancel('enough'))
      await run.settled()
    }
    expect([...inspected]).toEqual(['setup'])
    expect([...observed]).toEqual(['nobody'])
  })
})

it("calls a scope's body, and its abort listeners, in the context of its caller", async () => {
  await using runtime = create()
  for (const request of REQUESTS) {
    await store.run(request, async () => {
      const seen: string[] = []
      const run = runtime.scope(async (ctx) => {
        seen.push(whose())
        ctx.signal.addEventListener('abort', () => seen.push(whose()))
        await ctx.sleep(1)
        seen.push(whose())
        run.cancel('enough')
        await ctx.sleep(1e9)
      })
      await run.settled()
      expect(seen).toEqual([request, request, request])
    })
  }
})
