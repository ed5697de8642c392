import { linger } from '#fixtures/controlled.js'
import { request, type IncomingHttpHeaders } from 'node:http'
import { createConnection, type Socket } from 'node:net'
import { createRuntime } from 'heddle'
import { describe, expect, it } from 'vitest'
import { serve, type Served } from '../../support/control.js'

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A request as no browser and no `fetch` would send it: any header may be anything. */
function ask(
  { server }: Served,
  path: string,
  {
    method = 'GET',
    headers = {},
    body,
  }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { host: server.host, port: server.port, path, method, headers, agent: false },
      (incoming) => {
        let text = ''
        incoming.setEncoding('utf8').on('data', (part: string) => (text += part))
        incoming.on('end', () =>
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: text }),
        )
      },
    )
    outgoing.once('error', reject)
    outgoing.end(body)
  })
}

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })
const json = { 'content-type': 'application/json' }

/** A served runtime with a run that lives as long as nobody has got through. */
async function serveLive(options: Parameters<typeof serve>[0] = {}): Promise<Served> {
  const served = await serve(options)
  served.runtime.run(linger, undefined, { name: 'live' })
  return served
}

describe('the walls of the control server', () => {
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

  it('refuse a host that is not theirs (DNS rebinding)', async () => {
    await using served = await serveLive()
    const { port, token } = served.server
    const foreign = [
      'evil.example',
      `evil.example:${port}`,
      `127.0.0.1.evil.example:${port}`,
      `localhost.evil.example:${port}`,
      `evil.example@127.0.0.1:${port}`,
      '127.0.0.1',
      `127.0.0.1:${port === 1 ? 2 : 1}`,
      `192.168.0.1:${port}`,
      `[::2]:${port}`,
    ]
    for (const host of foreign) {
      for (const path of ['/api/v1/runs', '/', '/metrics']) {
        const { status } = await ask(served, path, { headers: { ...bearer(token), host } })
        expect([host, path, [400, 403].includes(status)]).toEqual([host, path, true])
      }
    }
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `LOCALHOST:${port}`, `[::1]:${port}`]) {
      expect([
        host,
        (await ask(served, '/api/v1/runs', { headers: { ...bearer(token), host } })).status,
      ]).toEqual([host, 200])
    }
  })

  it('accept the names that they are told of', async () => {
    await using served = await serveLive({ allowedHosts: ['heddle.example', 'other.example:8443'] })
    const { token, port } = served.server
    const status = async (host: string): Promise<number> =>
      (await ask(served, '/api/v1/runs', { headers: { ...bearer(token), host } })).status
    expect(await status('heddle.example')).toBe(200)
    expect(await status('heddle.example:443')).toBe(200)
    expect(await status('other.example:8443')).toBe(200)
    expect(await status('other.example')).toBe(403)
    expect(await status(`sub.heddle.example:${port}`)).toBe(403)
  })

  it("refuse what another site's page sends, whatever it brings along", async () => {
    await using served = await serveLive()
    const { token, port, url } = served.server
    const host = `127.0.0.1:${port}`
    const foreign: Record<string, string>[] = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: `http://127.0.0.1:${port === 1 ? 2 : 1}` },
      { origin: `http://localhost:${port}` },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ]
    for (const headers of foreign) {
      for (const [method, path] of [
        ['POST', '/api/v1/runs/live/abort'],
        ['POST', '/api/v1/session'],
        ['GET', '/api/v1/events'],
        ['OPTIONS', '/api/v1/runs'],
      ] as const) {
        const answer = await ask(served, path, { method, headers: { host, ...bearer(token), ...headers } })
        expect([headers, path, answer.status]).toEqual([headers, path, 403])
        expect(answer.headers).not.toHaveProperty('access-control-allow-origin')
      }
    }
    const own = await ask(served, '/api/v1/runs', { headers: { host, ...bearer(token), origin: url } })
    expect(own.status).toBe(200)
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

  it('take JSON only, and only so much of it', async () => {
    await using served = await serveLive({ limits: { bodyBytes: 1000, headerBytes: 4096 } })
    const headers = bearer(served.server.token)
    const post = (more: Record<string, string>, body: string): Promise<Answer> =>
      ask(served, '/api/v1/runs/live/abort', { method: 'POST', headers: { ...headers, ...more }, body })
    const types = ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']
    for (const type of types) expect((await post({ 'content-type': type }, '{}')).status).toBe(415)
    for (const body of ['{', '{"reason":}', 'undefined']) expect((await post(json, body)).status).toBe(400)
    const large = JSON.stringify({ reason: 'x'.repeat(2000) })
    expect((await post(json, large)).status).toBe(413)
    const chunked = await post({ ...json, 'transfer-encoding': 'chunked' }, large)
    expect(chunked.status).toBe(413)
    const small = await post({ ...json, 'transfer-encoding': 'chunked' }, '{"dryRun":true}')
    expect(small.status).toBe(200)
    expect(
      (await ask(served, '/api/v1/runs', { headers: { ...headers, 'x-much': 'x'.repeat(5000) } })).status,
    ).toBe(431)
    const polluting = await post(
      json,
      '{"__proto__":{"force":true},"constructor":{"prototype":{"dryRun":true}}}',
    )
    expect(polluting.status).toBe(400)
    expect(({} as { force?: boolean }).force).toBeUndefined()
    expect(served.runtime.get('live')?.phase).not.toBe('aborting')
  })

  it('hold no more connections than they are told to', async () => {
    await using served = await serve({ limits: { connections: 3 } })
    const { host, port } = served.server
    const open = async (): Promise<Socket> => {
      const socket = createConnection({ host, port })
      await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
      return socket
    }
    const held: Socket[] = []
    // `serve` itself may still hold one for its next request.
    for (let count = 0; count < 3; count += 1) held.push(await open())
    const dropped = await open()
    await new Promise((resolve) => dropped.once('close', resolve).resume())
    for (const socket of held) socket.destroy()
  })

  it('serve no file but their own', async () => {
    await using served = await serve()
    const paths = [
      '/package.json',
      '/../package.json',
      '/..%2fpackage.json',
      '/%2e%2e/%2e%2e/package.json',
      '/assets/..%2f..%2f..%2fpackage.json',
      '//etc/passwd',
      '/assets/%00',
      '/runs/%',
      '/index.html%00.js',
      String.raw`/..\..\package.json`,
    ]
    for (const path of paths) {
      const { status, body } = await ask(served, path)
      expect(body).not.toContain('"piscina"')
      expect(body).not.toContain('root:')
      expect([path, status === 200 ? body.includes('<html') : [400, 404].includes(status)]).toEqual([
        path,
        true,
      ])
    }
    const page = await ask(served, '/runs/any/where')
    expect(page.status).toBe(200)
    const policy = page.headers['content-security-policy'] ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toContain('unsafe')
    expect(page.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'x-frame-options': 'DENY',
    })
  })

  it('stand against requests that are no HTTP', async () => {
    await using served = await serve()
    const { host, port } = served.server
    for (const text of [
      'GET / HTTP/1.1\r\n\r\n',
      'nonsense\r\n\r\n',
      '\0'.repeat(100),
      `GET /api/v1/runs HTTP/1.1\r\nHost: a\r\nHost: 127.0.0.1:${port}\r\n\r\n`,
      `POST /api/v1/session HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
    ]) {
      const socket = createConnection({ host, port })
      let answer = ''
      socket.setEncoding('utf8').on('data', (part: string) => (answer += part))
      socket.end(text)
      await new Promise((resolve) => socket.once('close', resolve).once('error', resolve))
      expect(answer.slice(0, 12)).toMatch(/^(HTTP\/1\.1 4\d\d)?$/)
    }
    expect((await served.client.runs()).items).toEqual([])
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

  it.each<[string, object]>([
    ['host', { host: '' }],
    ['port', { port: 70_000 }],
    ['token', { token: '' }],
    ['token', { token: 'with space' }],
    ['readToken', { readToken: 'ünïcode' }],
    ["'token' and 'readToken' are the same", { token: 'same', readToken: 'same' }],
    ['allowedHosts', { allowedHosts: 'localhost' }],
    ['keepAlive', { keepAlive: 'yes' }],
    ['folder', { folder: '' }],
    ['limits.streams', { limits: { streams: 0 } }],
    ['limits.bodyBytes', { limits: { bodyBytes: Infinity } }],
  ])('are not built with a wrong %s', async (part, options) => {
    await using runtime = createRuntime({ threads: 1 })
    await expect(runtime.serve({ discoverable: false, ...options })).rejects.toThrow(part)
    // The next try may be right.
    await using server = await runtime.serve({ discoverable: false })
    expect(server.port).toBeGreaterThan(0)
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
