import { get } from 'node:http'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { createRuntime } from 'heddle'
import { describe, expect, it } from 'vitest'
import { fail, linger } from '#fixtures/commanded.js'
import { traceActions } from '../../../examples/recipes/opentelemetry.js'
import { startFile } from '../../support/program.js'

const built = (name: string): URL => new URL(`../../../build/examples/recipes/${name}.js`, import.meta.url)

/** On a connection of its own: one that was kept may be closed by the other side just now. */
function statusOf(url: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode)
    }).once('error', reject)
  })
}

describe('the recipes', () => {
  it('answer, refuse and stop over HTTP, and close in order', async () => {
    const program = startFile(built('http-service'))
    const address = await new Promise<string>((resolve) => {
      program.child.stdout.once('data', (text: string) => resolve(text.trim()))
    })
    const answer = await fetch(`${address}/?below=100`)
    expect([answer.status, await answer.json()]).toEqual([200, { below: 100, primes: 25 }])
    // More than its threads and its queue take: the rest is refused at once, and these clients go.
    const client = new AbortController()
    const asked = Array.from({ length: 200 }, () =>
      fetch(`${address}/?below=Infinity`, { signal: client.signal }),
    )
    expect(await Promise.race(asked.map(async (one) => (await one).status))).toBe(503)
    client.abort()
    await Promise.allSettled(asked)
    // Their work has gone with them, so that there is room, until its own time is up.
    expect(await statusOf(`${address}/?below=Infinity`)).toBe(504)
    program.child.kill('SIGTERM')
    expect(await program.ended).toMatchObject({ code: 0, stderr: '' })
  }, 60_000)

  it('run from a Piscina app', async () => {
    const { code, stdout } = await startFile(built('from-piscina')).ended
    expect({ code, stdout }).toEqual({ code: 0, stdout: '1229 primes\naborted cooperative\n' })
  }, 60_000)

  it('make a span of each action, below its parent', async () => {
    const exporter = new InMemorySpanExporter()
    const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
    const end = traceActions(provider.getTracer('test'))
    try {
      await using runtime = createRuntime({ threads: 1 })
      const run = runtime.scope(async (ctx) => {
        const stopped = ctx.spawn(linger)
        await ctx.spawn(fail).settled()
        stopped.cancel()
        await stopped.settled()
      })
      await run
    } finally {
      end()
    }
    const spans = exporter.getFinishedSpans()
    const root = spans.find((span) => span.parentSpanContext === undefined)
    expect(spans).toHaveLength(3)
    expect(root?.attributes).toMatchObject({ 'heddle.action': 'a0', 'heddle.outcome': 'succeeded' })
    for (const [name, outcome, code] of [
      ['fail', 'failed', 2],
      ['linger', 'aborted', 0],
    ] as const) {
      const span = spans.find((one) => one.name === name)
      expect(span?.parentSpanContext?.spanId).toBe(root?.spanContext().spanId)
      expect(span?.attributes['heddle.outcome']).toBe(outcome)
      expect(span?.status.code).toBe(code)
    }
    await provider.shutdown()
  })
})
