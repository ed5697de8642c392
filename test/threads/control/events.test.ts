import { crowd, flood, linger, odd, talk } from '#fixtures/controlled.js'
import { request, type IncomingMessage } from 'node:http'
import { createClient, type StreamEvent } from 'heddle/client'
import { describe, expect, it } from 'vitest'
import { Mirror } from '../../support/mirror.js'
import { isPhase, readUntil, serve, untilCount, type Served } from '../../support/control.js'

/** Opens a stream that isn't read until somebody does. */
function openUnread(served: Served, path: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${served.server.url}/api/v1${path}`, {
      headers: { authorization: `Bearer ${served.server.token}` },
      agent: false,
    })
    outgoing.once('error', reject)
    outgoing.once('response', resolve)
    outgoing.end()
  })
}

/** All that is left in a stream. */
async function readAll(incoming: IncomingMessage): Promise<StreamEvent[]> {
  let text = ''
  try {
    for await (const chunk of incoming) text += String(chunk)
  } catch {
    // It was cut off.
  }
  return text
    .split('\n')
    .filter((line) => line.startsWith('data: ') && line.endsWith('}'))
    .map((line) => JSON.parse(line.slice(6)) as StreamEvent)
}

const numbers = (events: readonly StreamEvent[]): number[] =>
  events.flatMap((event) => ('seq' in event && 'id' in event ? [event.seq] : []))

describe('event streams', () => {
  it('begin with a snapshot, and go on without a gap or a duplicate', async () => {
    await using served = await serve()
    const { client, runtime } = served
    const run = runtime.run(crowd, { size: 5 }, { name: 'crowd' })
    await untilCount(runtime, 'crowd', 'running', 6)
    const stream = client.events({ include: 'input' })
    const before = await readUntil(stream, ({ type }) => type === 'live')
    expect(before.map(({ type }) => type)).toEqual([
      'snapshot',
      ...before.slice(2).map(() => 'actions'),
      'live',
    ])
    expect(before[0]).toMatchObject({ runs: [{ run: 'crowd', counts: { running: 6 } }] })
    // Sent in slices of time: in one part, where the machine isn't late. What has changed meanwhile is told anew.
    const told = before.flatMap((event) => (event.type === 'actions' ? event.actions : []))
    const actions = [...new Map(told.map((action) => [action.id, action])).values()]
    expect(actions.map(({ id, phase }) => [id, phase])).toEqual(
      ['a0', 'a0.1', 'a0.2', 'a0.3', 'a0.4', 'a0.5'].map((id) => [id, 'running']),
    )
    expect(actions[1]?.input).toEqual({ value: { place: 0 }, cut: false })
    const { seq } = before.at(-1) as StreamEvent & { type: 'live' }
    await client.abort('crowd', { where: { name: 'member-0' }, by: 'ann', reason: 'enough' })
    await client.abort('crowd', { where: { name: 'member-*' }, by: 'bob' })
    const after = await readUntil(stream, (event) => isPhase(event, 'a0', 'succeeded'))
    const seen = numbers(after)
    expect(seen).toEqual(Array.from({ length: seen.length }, (_, index) => seq + 1 + index))
    expect(after.find((event) => isPhase(event, 'a0.1', 'aborted'))).toMatchObject({
      how: 'cooperative',
      reason: { source: 'external', by: 'ann', message: 'enough', origin: 'a0.1' },
    })
    await stream.return?.()
    await run
  })

  it('go on after the last event that was seen', async () => {
    await using served = await serve()
    const { client, runtime } = served
    const run = runtime.run(crowd, { size: 3 }, { name: 'crowd' })
    await untilCount(runtime, 'crowd', 'running', 4)
    const first = client.events()
    const { seq } = (await readUntil(first, ({ type }) => type === 'live')).at(-1) as { seq: number }
    await first.return?.()
    await client.abort('crowd')
    await run.settled()
    const second = client.events({ lastEventId: String(seq) })
    const missed = await readUntil(second, (event) => isPhase(event, 'a0', 'aborted'))
    expect(missed[0]).toMatchObject({ type: 'live', seq })
    expect(missed.some(({ type }) => type === 'snapshot' || type === 'gap')).toBe(false)
    expect(numbers(missed)[0]).toBe(seq + 1)
    await second.return?.()
    // From the middle of them.
    const third = client.events({ lastEventId: String(seq + 2), run: 'crowd' })
    const rest = await readUntil(third, (event) => isPhase(event, 'a0', 'aborted'))
    expect(numbers(rest)).toEqual(numbers(missed).slice(2))
    await third.return?.()
  })

  it('tell of a gap, and begin anew, when what followed is not kept', async () => {
    await using served = await serve()
    const { client, runtime } = served
    await runtime.run(odd, 1, { name: 'odd' })
    const stream = client.events({ lastEventId: '900719925474099' })
    const read = await readUntil(stream, ({ type }) => type === 'live')
    expect(read.map(({ type }) => type)).toEqual(['gap', 'snapshot', 'actions', 'live'])
    await stream.return?.()
  })

  it('connect again by themselves, and miss nothing', async () => {
    await using served = await serve()
    const { server, runtime } = served
    const run = runtime.run(crowd, { size: 20 }, { name: 'crowd' })
    await untilCount(runtime, 'crowd', 'running', 21)
    const controllers: AbortController[] = []
    const states: string[] = []
    // Each connection can be broken from the outside.
    const client = createClient({
      url: server.url,
      token: server.token,
      fetch: (input, init) => {
        const broken = new AbortController()
        controllers.push(broken)
        init?.signal?.addEventListener('abort', () => broken.abort())
        return fetch(input, { ...init, signal: broken.signal })
      },
    })
    const mirror = new Mirror()
    const stream = client.events({ onConnection: (state) => states.push(state) })
    for (const event of await readUntil(stream, ({ type }) => type === 'live')) mirror.take(event)
    controllers.at(-1)?.abort(new Error('the cable was cut'))
    run.cancel('enough')
    for (const event of await readUntil(stream, (one) => isPhase(one, 'a0', 'aborted'))) mirror.take(event)
    expect(states).toEqual(['connected', 'lost', 'connected'])
    expect(mirror.problems).toEqual([])
    expect(mirror.phases('crowd')).toEqual(
      new Map(run.actions().map(({ id, phase }) => [id, phase] as const)),
    )
    await stream.return?.()
  })

  it('tell of one run only where that is asked', async () => {
    await using served = await serve()
    const { client, runtime } = served
    const one = runtime.run(linger, undefined, { name: 'one' })
    const other = runtime.run(linger, undefined, { name: 'other' })
    await untilCount(runtime, 'one', 'running', 1)
    await untilCount(runtime, 'other', 'running', 1)
    const stream = client.events({ run: 'one' })
    const snapshot = await readUntil(stream, ({ type }) => type === 'live')
    expect(snapshot[0]).toMatchObject({ runs: [{ run: 'one' }] })
    other.cancel()
    await other.settled()
    one.cancel()
    const read = await readUntil(stream, (event) => isPhase(event, 'a0', 'aborted'))
    expect(read.every((event) => !('run' in event) || event.run === 'one')).toBe(true)
    await stream.return?.()
    await expect(client.events({ run: 'none' }).next()).rejects.toMatchObject({ status: 404 })
  })

  it('give each reader what it has asked for, and nothing of what another has', async () => {
    await using served = await serve({}, { threads: 1 })
    const { client, runtime } = served
    const run = runtime.scope(
      async (ctx) => {
        await ctx.all(Array.from({ length: 300 }, (_, place) => ctx.spawn(odd, place)))
        await ctx.sleep(1e9)
      },
      { name: 'many' },
    )
    await untilCount(runtime, 'many', 'succeeded', 300)
    const asked = ['', 'input', 'output', 'input,output']
    const shownTo = async (include: string): Promise<{ inputs: boolean[]; outputs: boolean[] }> => {
      const stream = client.events({ run: 'many', ...(include !== '' && { include }) })
      const read = await readUntil(stream, ({ type }) => type === 'live')
      await stream.return?.()
      const actions = read.flatMap((event) => (event.type === 'actions' ? event.actions : []))
      const children = actions.filter(({ id }) => id !== 'a0')
      return {
        inputs: [...new Set(children.map(({ input }) => input !== undefined))],
        outputs: [...new Set(children.map(({ output }) => output !== undefined))],
      }
    }
    // All at once, in each order: their parts are put together for several of them.
    const orders = [asked, asked.toReversed(), [...asked, ...asked]]
    for (const order of orders) {
      const shown = await Promise.all(order.map(shownTo))
      expect(shown).toEqual(
        order.map((include) => ({
          inputs: [include.includes('input')],
          outputs: [include.includes('output')],
        })),
      )
    }
    run.cancel()
    await run.settled()
  })

  it('tell of the summaries of one run only where that is asked', async () => {
    await using served = await serve()
    const { client, runtime } = served
    const one = runtime.run(linger, undefined, { name: 'one' })
    await untilCount(runtime, 'one', 'running', 1)
    const stream = client.events({ run: 'one', view: 'runs' })
    await readUntil(stream, ({ type }) => type === 'live')
    await runtime.run(odd, 1, { name: 'other' })
    one.cancel()
    await one.settled()
    const read = await readUntil(stream, (event) => event.type === 'run' && event.summary.phase === 'aborted')
    expect(read.map((event) => (event.type === 'run' ? event.summary.run : event.type))).not.toContain(
      'other',
    )
    await stream.return?.()
  })

  it('tell of runs alone, as they change', async () => {
    await using served = await serve({}, { threads: 1, retain: { runs: 1 } })
    const { client, runtime } = served
    const run = runtime.run(linger, undefined, { name: 'first' })
    await untilCount(runtime, 'first', 'running', 1)
    const stream = client.events({ view: 'runs' })
    const before = await readUntil(stream, ({ type }) => type === 'live')
    expect(before.map(({ type }) => type)).toEqual(['snapshot', 'live'])
    run.cancel('enough')
    const ended = await readUntil(
      stream,
      (event) => event.type === 'run' && event.summary.phase === 'aborted',
    )
    expect(ended.every(({ type }) => type === 'run')).toBe(true)
    await runtime.run(odd, 1, { name: 'second' })
    const forgotten = await readUntil(stream, ({ type }) => type === 'forgotten')
    expect(forgotten.at(-1)).toEqual({ type: 'forgotten', run: 'first' })
    await stream.return?.()
  })

  it('tell how far an abort has come, and that it is over', async () => {
    await using served = await serve()
    const { client, runtime } = served
    runtime.run(crowd, { size: 30 }, { name: 'crowd' })
    await untilCount(runtime, 'crowd', 'running', 31)
    const stream = client.events({ run: 'crowd' })
    await readUntil(stream, ({ type }) => type === 'live')
    const { progress } = await client.abort('crowd', { by: 'ann' })
    expect(progress).toMatchObject({ requested: 31, settled: 0 })
    const read = await readUntil(
      stream,
      (event) => event.type === 'abortProgress' && event.progress.settledAt !== undefined,
    )
    expect(read.at(-1)).toMatchObject({
      progress: { abort: progress?.abort, requested: 31, acknowledged: 31, settled: 31, cooperative: 31 },
    })
    await stream.return?.()
  })

  it('say when force comes', async () => {
    await using served = await serve()
    const { client, runtime } = served
    const run = runtime.scope(
      async (ctx) => {
        ctx.spawn(crowd, { size: 1 })
        // It takes its whole grace.
        await new Promise(() => undefined)
      },
      { name: 'stuck', graceMs: 60_000 },
    )
    await untilCount(runtime, 'stuck', 'running', 3)
    const stream = client.events()
    await readUntil(stream, ({ type }) => type === 'live')
    await client.abort('stuck')
    const grace = (await readUntil(stream, (event) => event.type === 'grace' && event.id === 'a0')).at(-1)
    const item = await client.action('stuck', 'a0')
    expect(item.forceAt).toBe((grace as { forceAt: number }).forceAt)
    expect(item.graceMs).toBe(60_000)
    await stream.return?.()
    await client.abort('stuck', { force: true })
    expect(await run.settled()).toMatchObject({ how: 'abandoned' })
  })

  it('hold nothing for a reader that is slow, and tell it of the gap', async () => {
    await using served = await serve()
    const { runtime } = served
    const incoming = await openUnread(served, '/events')
    // Three times what is kept, and much more than the system holds of a connection.
    for (let round = 0; round < 36; round += 1) await runtime.run(flood, 1000, { name: 'flood' })
    const events = readAll(incoming)
    await served.client.stats()
    await runtime.close()
    const read = await events
    const at = read.findIndex(({ type }) => type === 'gap')
    const gap = read[at] as StreamEvent & { type: 'gap' }
    expect(numbers(read.slice(0, at)).at(-1)).toBe(gap.from - 1)
    expect(gap.to).toBeGreaterThan(gap.from)
    expect(read.slice(at + 1).map(({ type }) => type)).toEqual(['snapshot', 'actions', 'live', 'end'])
    expect(read.at(-2)).toMatchObject({ seq: gap.to })
  })

  it('disconnect a reader that takes nothing at all, with a marker', async () => {
    await using served = await serve({ limits: { stallMs: 50 } })
    const { client, runtime } = served
    const incoming = await openUnread(served, '/events')
    while ((await client.stats()).streams > 0) await runtime.run(flood, 500, { name: 'flood' })
    const read = await readAll(incoming)
    const last = read.at(-1)
    expect(last).toEqual({ type: 'dropped', reason: expect.any(String) as string, seq: numbers(read).at(-1) })
  })

  it('are refused beyond their limit', async () => {
    await using served = await serve({ limits: { streams: 2 } })
    const { client } = served
    const streams = [client.events(), client.events()]
    for (const stream of streams) await readUntil(stream, ({ type }) => type === 'live')
    await expect(client.events({ reconnect: false }).next()).rejects.toMatchObject({
      status: 503,
      code: 'unavailable',
    })
    for (const stream of streams) await stream.return?.()
    // There is room again.
    const third = client.events()
    await readUntil(third, ({ type }) => type === 'live')
    await third.return?.()
  })

  it('give all that has happened before the runtime is closed, and then end', async () => {
    const served = await serve()
    const { client, runtime } = served
    runtime.run(talk, { reports: 50, channel: 'never told' }, { name: 'talk' })
    await untilCount(runtime, 'talk', 'running', 1)
    const stream = client.events()
    await readUntil(stream, ({ type }) => type === 'live')
    const closed = served[Symbol.asyncDispose]()
    const read = await readUntil(stream, ({ type }) => type === 'end')
    expect(read.find((event) => isPhase(event, 'a0', 'aborted'))).toMatchObject({
      reason: { source: 'shutdown' },
    })
    expect((await stream.next()).done).toBe(true)
    await closed
  })

  it('end with the signal that they were given, and when they are no longer iterated', async () => {
    await using served = await serve()
    const { client } = served
    const controller = new AbortController()
    const stream = client.events({ signal: controller.signal })
    await readUntil(stream, ({ type }) => type === 'live')
    const waiting = stream.next()
    controller.abort(new Error('seen enough'))
    await expect(waiting).rejects.toThrow('seen enough')
    const other = client.events()
    await readUntil(other, ({ type }) => type === 'live')
    const pending = other.next()
    await other.return?.()
    expect((await pending).done).toBe(true)
    while ((await client.stats()).streams > 0) await new Promise((resolve) => setImmediate(resolve))
  })
})
