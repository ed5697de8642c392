import { actionRef } from 'heddle'
import { createClient } from 'heddle/client'
import { describe, expect, it } from 'vitest'
import { echo, fail, greet, linger } from '#fixtures/commanded.js'
import { linger as otherLinger } from '#fixtures/controlled.js'
import { serve, untilCount } from '../../support/control.js'

const greetRef = actionRef<typeof greet>(echo.url, 'greet')

describe('a start through the control server', () => {
  it('runs what the process offers, and says where', async () => {
    await using served = await serve({ definitions: [greet, echo] })
    const { client, runtime } = served
    const definitions = await client.definitions()
    expect(definitions).toMatchObject([
      { definition: 'echo', name: 'echo', module: echo.url, isChecked: false },
      { definition: 'greet', isChecked: true, input: { type: 'object', required: ['name'] } },
    ])
    expect(definitions[0]).not.toHaveProperty('input')
    const answer = await client.start({ definition: 'greet', input: { name: 'Ann' }, name: 'from outside' })
    expect(answer).toMatchObject({
      run: 'from outside',
      url: `${served.server.url}/runs/from%20outside`,
      repeated: false,
    })
    expect(await runtime.get('from outside')?.settled()).toMatchObject({
      status: 'succeeded',
      output: 'hello Ann',
    })
    expect(await client.run('from outside')).toMatchObject({ definition: 'greet' })
    const { run } = await client.start({ definition: 'echo' })
    expect(run).toMatch(/^echo-/)
    const posted = await served.fetch('/api/v1/runs', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ definition: 'echo', input: Array.from({ length: 500 }, () => []) }),
    })
    expect([posted.status, posted.headers.get('location')]).toEqual([
      201,
      expect.stringMatching(/^\/api\/v1\/runs\/echo-/),
    ])
  })

  it('checks the input first, and says where it is wrong', async () => {
    await using served = await serve({ definitions: [greet] })
    const { client } = served
    const wrong = await client
      .start({ definition: 'greet', input: { name: 'A', times: 9 } }, { idempotencyKey: 'one' })
      .catch((error: unknown) => error)
    expect(wrong).toMatchObject({ status: 400, code: 'invalid', field: 'input' })
    expect((wrong as { issues: { path: string[] }[] }).issues.map(({ path }) => path)).toEqual([
      ['name'],
      ['times'],
    ])
    expect((await client.runs()).items).toEqual([])
    // Nothing was started: what was put right comes with the same key.
    const right = { definition: 'greet', input: { name: 'Ann' } }
    expect(await client.start(right, { idempotencyKey: 'one' })).toMatchObject({ repeated: false })
  })

  it('makes one run of a request that comes again, at once or later', async () => {
    await using served = await serve({ definitions: [linger] })
    const { client } = served
    const request = { definition: 'linger', input: { a: 1 } }
    const both = await Promise.all(
      [1, 2].map(() => client.start(request, { idempotencyKey: 'pressed twice' })),
    )
    expect(both.filter(({ repeated }) => repeated)).toHaveLength(1)
    expect(new Set(both.map(({ run }) => run)).size).toBe(1)
    expect((await client.runs()).items).toHaveLength(1)
    await expect(
      client.start({ definition: 'linger', input: { a: 2 } }, { idempotencyKey: 'pressed twice' }),
    ).rejects.toMatchObject({ status: 422, code: 'keyReused' })
    await expect(client.start(request, { idempotencyKey: 'x'.repeat(256) })).rejects.toMatchObject({
      status: 400,
      field: 'Idempotency-Key',
    })
    expect(await client.start(request)).toMatchObject({ repeated: false })
    expect((await client.runs()).items).toHaveLength(2)
  })

  it('refuses what isn’t offered, a name that is live, a token that only reads, and what is no request', async () => {
    await using served = await serve({ definitions: [linger] })
    const { client, runtime, server } = served
    await expect(client.start({ definition: 'greet' })).rejects.toMatchObject({
      status: 404,
      nearest: ['linger'],
    })
    await client.start({ definition: 'linger', name: 'mine' })
    await untilCount(runtime, 'mine', 'running', 1)
    await expect(client.start({ definition: 'linger', name: 'mine' })).rejects.toMatchObject({
      status: 409,
      field: 'name',
    })
    const reader = createClient({ url: server.url, token: server.readToken })
    await expect(reader.start({ definition: 'linger' })).rejects.toMatchObject({ status: 403 })
    expect(await reader.definitions()).toHaveLength(1)
    for (const [body, field] of [
      [{}, 'definition'],
      [{ definition: 'linger', name: '' }, 'name'],
      [{ definition: 'linger', inputs: 1 }, 'inputs'],
      [[], ''],
    ] as const) {
      const answer = await served.fetch('/api/v1/runs', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      const { error } = (await answer.json()) as { error: { field?: string } }
      expect([answer.status, error.field]).toEqual([400, field])
    }
    await using silent = await serve()
    await expect(silent.client.start({ definition: 'linger' })).rejects.toThrow(
      'this process offers none: serve({ definitions: [main] }) does',
    )
  })

  it('tells two of a name apart, and takes what options alone say as no schema', async () => {
    await using served = await serve({ definitions: [linger, otherLinger, linger, greetRef] })
    const { client } = served
    const names = (await client.definitions()).map(({ definition }) => definition)
    expect(names).toEqual([`${otherLinger.url}#linger`, `${linger.url}#linger`, 'greet'].toSorted())
    const { run } = await client.start({ definition: `${linger.url}#linger` })
    expect(await client.run(run)).toMatchObject({ definition: `${linger.url}#linger` })
    await expect(serve({ definitions: [{} as typeof linger] })).rejects.toThrow('definitions[0]')
  })

  it('lets nobody’s failure end the process (S19)', async () => {
    await using served = await serve({ definitions: [fail] })
    const unhandled: unknown[] = []
    const onUnhandled = (error: unknown): void => void unhandled.push(error)
    process.on('unhandledRejection', onUnhandled)
    try {
      const { run } = await served.client.start({ definition: 'fail' })
      await untilCount(served.runtime, run, 'failed', 1)
      for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate)
      expect(unhandled).toEqual([])
    } finally {
      process.off('unhandledRejection', onUnhandled)
    }
  })

  it('shows the command that starts a run again, where it is known whole', async () => {
    await using served = await serve()
    const { client, runtime } = served
    const commandOf = async (run: string): Promise<string | undefined> => (await client.run(run)).command
    const path = new URL(echo.url).pathname
    await runtime.run(echo, { text: "it's $HOME", list: [1, null] }, { name: 'one' })
    expect(await commandOf('one')).toBe(
      String.raw`heddle run ${path} echo --input '{"text":"it'\''s $HOME","list":[1,null]}'`,
    )
    await runtime.run(echo, undefined, { name: 'two' })
    expect(await commandOf('two')).toBe(`heddle run ${path} echo`)
    await runtime.run(echo, new Date(0), { name: 'three' })
    await runtime.run(echo, 'x'.repeat(100_000), { name: 'four' })
    await runtime.scope(() => 1, { name: 'five' })
    for (const run of ['three', 'four', 'five']) expect(await commandOf(run)).toBeUndefined()
    expect(JSON.stringify(await client.run('one'))).not.toContain(served.server.token)
  })
})
