import { linger } from '#fixtures/controlled.js'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRuntime } from 'heddle'
import { describe, expect, it } from 'vitest'
import { runProgram } from '../../support/program.js'
import { serve } from '../../support/control.js'

describe('a served runtime', () => {
  it('has an address while it is served, and so have its runs', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const early = runtime.run(linger, undefined, { name: 'a run/1' })
    expect(early.url).toBeUndefined()
    const server = await runtime.serve({ discoverable: false })
    expect(early.url).toBe(`${server.url}/runs/a%20run%2F1`)
    expect(server.link('a run/1')).toBe(`${early.url}#token=${server.token}`)
    await expect(runtime.serve()).rejects.toThrow(`served already, at ${server.url}`)
    await server.close()
    expect(early.url).toBeUndefined()
    const next = await runtime.serve({ discoverable: false })
    expect(next.instance).not.toBe(server.instance)
    expect(early.url).toContain(next.url)
    await runtime.close()
    await expect(runtime.serve()).rejects.toMatchObject({ code: 'RuntimeClosedError' })
  })

  it('knows what was there before it was served', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = runtime.run(linger, { before: true }, { name: 'early' })
    for await (const report of run.reports()) if (report === 'up') break
    await using served = await serve({}, { threads: 1 })
    expect((await served.client.runs()).items).toEqual([])
    await using server = await runtime.serve({ discoverable: false })
    const answer = await fetch(`${server.url}/api/v1/runs/early`, {
      headers: { authorization: `Bearer ${server.token}` },
    })
    expect(await answer.json()).toMatchObject({ phase: 'running', total: 1, counts: { running: 1 } })
  })

  it('ends its server with itself, also one that is just starting', async () => {
    const runtime = createRuntime({ threads: 1 })
    const starting = runtime.serve({ discoverable: false })
    await runtime.close()
    const { url } = await starting
    await expect(fetch(url)).rejects.toThrow('fetch failed')
  })

  it('lets its process exit by itself, with streams open and without close (I13)', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'heddle-exit-'))
    try {
      const end = await runProgram('served', { args: [folder, 'exit'] })
      expect(end).toMatchObject({ code: 0, signal: null, stderr: '' })
      expect(end.stdout).toContain('done')
      expect(await readdir(folder)).toEqual([])
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })

  it('loads the code of the server only when it is served', async () => {
    const { stdout, stderr } = await runProgram('loaded-modules', {
      // Node 26 deprecates asynchronous hooks, and Node 20 has no others.
      execArgv: ['--disable-warning=DEP0205'],
    })
    expect(stderr).toBe('')
    const { before, after } = JSON.parse(stdout) as { before: string[]; after: string[] }
    const ofServer = /\/(hono|@hono|prom-client|eventsource-parser)\/|\/dist\/src\/control\//
    expect(before.filter((url) => ofServer.test(url))).toEqual([])
    expect(after.some((url) => url.includes('/hono/'))).toBe(true)
    expect(after.some((url) => url.includes('/prom-client/'))).toBe(true)
  })
})
