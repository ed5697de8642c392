import { createConnection, type Socket } from 'node:net'
import { createRuntime } from 'heddle'
import { describe, expect, it } from 'vitest'
import { serve } from '../../support/control.js'
import { ask, bearer, json, serveLive, type Answer } from '../../support/raw-requests.js'

describe('the walls of the control server', () => {
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
})
