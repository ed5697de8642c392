import { createRuntime } from 'heddle'
import { describe, expect, it } from 'vitest'
import { serve } from '../../support/control.js'
import { ask, bearer, json, serveLive, type Answer } from '../../support/raw-requests.js'

describe('the tokens of the control server', () => {
  it('let nobody see or abort anything without the token', async () => {
    await using served = await serveLive()
    const { token, readToken } = served.server
    const wrong: Record<string, string>[] = [
      {},
      bearer(''),
      bearer('undefined'),
      bearer(token.slice(0, -1)),
      bearer(`${token}x`),
      bearer(token.toLowerCase() === token ? token.toUpperCase() : token.toLowerCase()),
      { authorization: token },
      { authorization: `Basic ${Buffer.from(`heddle:${token}`).toString('base64')}` },
      { cookie: `heddle-${served.server.instance}=${token}` },
      { cookie: `token=${token}; heddle-${served.server.instance}=__proto__` },
      { 'x-token': token },
    ]
    const paths = ['/api/v1/runs', '/api/v1/events', '/api/v1/openapi.json', '/metrics', '/api/v1/none']
    for (const headers of wrong) {
      for (const path of [...paths, `/api/v1/runs?token=${token}`]) {
        const { status, body, headers: answered } = await ask(served, path, { headers })
        expect([path, headers, status]).toEqual([path, headers, 401])
        expect(answered['www-authenticate']).toContain('Bearer')
        expect(body).not.toContain('live')
        expect(body).not.toContain(token)
      }
      const post = await ask(served, '/api/v1/runs/live/abort', { method: 'POST', headers })
      expect(post.status).toBe(401)
    }
    expect((await ask(served, '/api/v1/runs', { headers: bearer(readToken) })).status).toBe(200)
    expect(served.runtime.get('live')?.phase).not.toBe('aborting')
  })

  it('let a read token look, and change nothing', async () => {
    await using served = await serveLive()
    const headers = { ...bearer(served.server.readToken), ...json }
    for (const path of ['/api/v1/runs/live/abort', '/api/v1/runs/live/actions/a0/abort']) {
      for (const body of ['{}', '{"dryRun":true}']) {
        const { status, body: text } = await ask(served, path, { method: 'POST', headers, body })
        expect([status, JSON.parse(text)]).toMatchObject([403, { error: { code: 'forbidden' } }])
      }
    }
    expect((await ask(served, '/metrics', { headers })).status).toBe(200)
    expect(JSON.parse((await ask(served, '/api/v1/process', { headers })).body)).toMatchObject({
      scope: 'read',
    })
    expect(served.runtime.get('live')?.actions()[0]?.reason).toBeUndefined()
  })

  it('exchange a token for a cookie that scripts and other sites never get', async () => {
    await using served = await serveLive()
    const { token, readToken, url, instance } = served.server
    const opened = await ask(served, '/api/v1/session', { method: 'POST', headers: bearer(token) })
    expect(opened.status).toBe(204)
    const [setCookie = ''] = opened.headers['set-cookie'] ?? []
    expect(setCookie).toMatch(
      new RegExp(`^heddle-${instance}=[\\w-]{43}; HttpOnly; SameSite=Strict; Path=/; Max-Age=\\d+$`),
    )
    expect(setCookie).not.toContain(token)
    const cookie = setCookie.split(';')[0] as string
    const session = await ask(served, '/api/v1/session', { headers: { cookie } })
    expect(JSON.parse(session.body)).toEqual({ scope: 'full', by: 'cookie', instance })
    // A post with a cookie must say where it comes from.
    const post = (headers: Record<string, string>): Promise<Answer> =>
      ask(served, '/api/v1/runs/live/abort', {
        method: 'POST',
        headers: { cookie, ...json, ...headers },
        body: '{"dryRun":true}',
      })
    expect((await post({})).status).toBe(403)
    expect((await post({ origin: url })).status).toBe(200)
    const closed = await ask(served, '/api/v1/session', {
      method: 'DELETE',
      headers: { cookie, origin: url },
    })
    expect(closed.status).toBe(204)
    expect((await ask(served, '/api/v1/session', { headers: { cookie } })).status).toBe(401)
    // A cookie allows no more than its token.
    const reading = await ask(served, '/api/v1/session', { method: 'POST', headers: bearer(readToken) })
    const readCookie = (reading.headers['set-cookie']?.[0] ?? '').split(';')[0] as string
    const refused = await ask(served, '/api/v1/runs/live/abort', {
      method: 'POST',
      headers: { cookie: readCookie, origin: url },
    })
    expect(refused.status).toBe(403)
    expect((await ask(served, '/api/v1/session', { method: 'POST', headers: bearer('wrong') })).status).toBe(
      401,
    )
  })

  it('are not opened beyond this machine without a token of the user', async () => {
    await using runtime = createRuntime({ threads: 1 })
    for (const host of ['0.0.0.0', '::', '192.168.1.2', 'example.com', '127.0.0.1.evil.example']) {
      await expect(runtime.serve({ host, discoverable: false })).rejects.toThrow(/'token' of your own/)
    }
    await using server = await runtime.serve({
      host: '0.0.0.0',
      token: 'given-by-the-user',
      discoverable: false,
    })
    expect(server.token).toBe('given-by-the-user')
    const answer = await fetch(`http://127.0.0.1:${server.port}/api/v1/runs`, {
      headers: bearer(server.token),
    })
    expect(answer.status).toBe(200)
  })

  it('keep sessions of the one token apart from those of the other, and so many of each', async () => {
    await using served = await serve()
    const { server } = served
    const open = async (token: string): Promise<string> => {
      const { headers } = await ask(served, '/api/v1/session', { method: 'POST', headers: bearer(token) })
      return (headers['set-cookie']?.[0] ?? '').split(';')[0] as string
    }
    const scopeOf = async (cookie: string): Promise<string> => {
      const { status, body } = await ask(served, '/api/v1/session', { headers: { cookie } })
      return status === 200 ? (JSON.parse(body) as { scope: string }).scope : String(status)
    }
    const full = await open(server.token)
    const first = await open(server.readToken)
    let last = ''
    for (let count = 0; count < 999; count += 50) {
      await Promise.all(Array.from({ length: Math.min(50, 999 - count) }, () => open(server.readToken)))
    }
    last = await open(server.readToken)
    expect(await Promise.all([full, first, last].map(scopeOf))).toEqual(['full', '401', 'read'])
  })

  it('answer wrong tokens ever later, and the right one at once', async () => {
    await using served = await serve()
    const { server } = served
    const wrong = async (): Promise<number> =>
      (await ask(served, '/api/v1/process', { headers: bearer('no token of anybody') })).status
    const order: string[] = []
    for (let count = 0; count < 10; count += 1) expect(await wrong()).toBe(401)
    const tries = Array.from({ length: 20 }, () =>
      wrong().then((status) => {
        order.push('wrong')
        return status
      }),
    )
    const sent = performance.now()
    const right = ask(served, '/api/v1/process', { headers: bearer(server.token) }).then(({ status }) => {
      order.push('right')
      return status
    })
    expect(await right).toBe(200)
    expect(await Promise.all(tries)).toEqual(Array.from({ length: 20 }, () => 401))
    // One of them may be forgiven by then.
    expect(order.indexOf('right')).toBeLessThan(10)
    expect(performance.now() - sent).toBeGreaterThan(1000)
  })

  it('take no short token of the user beyond this machine', async () => {
    await using runtime = createRuntime({ threads: 0 })
    const serving = { host: '0.0.0.0', discoverable: false }
    await expect(runtime.serve({ ...serving, token: 'secret-15-chars' })).rejects.toThrow(
      /'0\.0\.0\.0'.*'token' must have at least 16 characters, but has 15/,
    )
    await expect(
      runtime.serve({ ...serving, token: 'secret-16-chars!', readToken: 'short' }),
    ).rejects.toThrow(/'readToken' must have at least 16 characters, but has 5/)
    const server = await runtime.serve({ ...serving, token: 'secret-16-chars!' })
    await server.close()
    // Nobody else gets to loopback.
    const local = await runtime.serve({ discoverable: false, token: 'short' })
    await local.close()
  })

  it('give each server tokens of its own, of 256 bits', async () => {
    await using one = await serve()
    await using other = await serve()
    const tokens = [one, other].flatMap(({ server }) => [server.token, server.readToken])
    expect(new Set(tokens).size).toBe(4)
    for (const token of tokens) expect(Buffer.from(token, 'base64url')).toHaveLength(32)
    expect((await ask(one, '/api/v1/runs', { headers: bearer(other.server.token) })).status).toBe(401)
  })
})
