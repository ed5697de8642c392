import { AsyncLocalStorage } from 'node:async_hooks'
import { EventEmitter, getEventListeners, once } from 'node:events'
import { createServer, request, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { createRuntime, type Outcome, type Run } from 'heddle'
import { answer, computeForEver, lingerBelow } from '#fixtures/surface.js'
import { reports } from '../../support/events.js'

interface Served extends AsyncDisposable {
  readonly server: Server
  readonly url: string
}

async function serve(listener: RequestListener): Promise<Served> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    server,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Aborts when the client has left before it was answered. */
function signalOf(incoming: IncomingMessage): AbortSignal {
  const controller = new AbortController()
  incoming.socket.once('close', () => controller.abort(new Error('the client has left')))
  return controller.signal
}

describe('a scope in a request handler', () => {
  it('stops the work in threads when the client disconnects', async () => {
    await using runtime = createRuntime({ threads: 2, graceMs: 50 })
    const started = new EventEmitter()
    await using served = await serve((incoming) => {
      const signal = signalOf(incoming)
      const run = runtime.scope(
        async (ctx) => {
          const [tree, loop] = [ctx.spawn(lingerBelow, 2), ctx.spawn(computeForEver)]
          await Promise.all([reports(tree, 'up'), reports(loop, 'up')])
          started.emit('up', run, signal)
          await ctx.all([tree, loop])
        },
        { signal, name: 'request' },
      )
    })
    const client = request(served.url).on('error', () => {})
    client.end()
    const [run, signal] = (await once(started, 'up')) as [Run, AbortSignal]
    client.destroy()
    const outcome = await run.settled()
    expect(outcome).toMatchObject({
      status: 'aborted',
      how: 'cooperative',
      reason: { source: 'signal', message: 'the client has left', origin: 'a0' },
    })
    expect(run.actions().map(({ id, phase, how, reason }) => [id, phase, how, reason?.message])).toEqual([
      ['a0', 'aborted', 'cooperative', 'the client has left'],
      ['a0.1', 'aborted', 'cooperative', 'the client has left'],
      ['a0.2', 'aborted', 'forced', 'the client has left'],
      ['a0.1.1', 'aborted', 'cooperative', 'the client has left'],
      ['a0.1.1.1', 'aborted', 'cooperative', 'the client has left'],
    ])
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
    expect(runtime.stats()).toMatchObject({ running: 0, aborting: 0, abandoned: 0 })
  })

  it('sees the async context of its request, before and after each wait', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const requests = new AsyncLocalStorage<string>()
    await using served = await serve((incoming, response) => {
      void requests.run(incoming.url ?? '', async () => {
        const seen = await runtime.scope(async (ctx) => {
          const names = [requests.getStore()]
          await ctx.spawn(answer, 1)
          names.push(requests.getStore())
          await ctx.sleep(1)
          names.push(requests.getStore())
          await ctx.map(answer, [1, 2])
          names.push(requests.getStore())
          return names
        })
        response.end(JSON.stringify(seen))
      })
    })
    const paths = ['/one', '/two', '/three']
    const answers = await Promise.all(
      paths.map(async (path) => await (await fetch(served.url + path)).json()),
    )
    expect(answers).toEqual(paths.map((path) => [path, path, path, path]))
  })

  it('answers a client that stays, and listens to its signal no longer', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const ends: Promise<Outcome<unknown>>[] = []
    const signals: AbortSignal[] = []
    await using served = await serve((incoming, response) => {
      const signal = signalOf(incoming)
      signals.push(signal)
      const run = runtime.scope(
        async (ctx) => response.end(String(await ctx.spawn(answer, 42))) && undefined,
        { signal },
      )
      ends.push(run.settled())
    })
    expect(await (await fetch(served.url)).text()).toBe('42')
    expect(await ends[0]).toMatchObject({ status: 'succeeded' })
    expect(getEventListeners(signals[0] as AbortSignal, 'abort')).toHaveLength(0)
  })
})
