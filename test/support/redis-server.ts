// A redis-server of a test file's own, on a free port. Where there is none, the tests that need one are skipped; with
// HEDDLE_REDIS_TESTS=always, as in CI, that is an error instead; with HEDDLE_REDIS_TESTS=never, they are skipped anyway.

import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createConnection, createServer, type AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** Whether there is a redis-server. */
export const hasRedis: boolean =
  process.env['HEDDLE_REDIS_TESTS'] !== 'never' && spawnSync('redis-server', ['--version']).status === 0

if (!hasRedis && process.env['HEDDLE_REDIS_TESTS'] === 'always') {
  throw new Error(
    'HEDDLE_REDIS_TESTS is "always", and there is no redis-server: install the package redis-server',
  )
}

/** What the name of a group of tests ends with, so that nobody misses them. */
export const redisNote: string = hasRedis
  ? ''
  : ' (NOT RUN: there is no redis-server on this machine, or none is wanted)'

/** Why there is no TLS; `undefined` where there is: then it is tested, too. */
export function whyNoTls(): string | undefined {
  if (!hasRedis) return redisNote
  if (spawnSync('openssl', ['version']).status !== 0) return ' (NOT RUN: there is no openssl)'
  const { stdout } = spawnSync('redis-server', [
    '--port',
    '0',
    '--tls-port',
    '1',
    '--tls-cert-file',
    '/dev/null',
  ])
  return /bad directive/i.test(stdout.toString()) ? ' (NOT RUN: this redis-server has no TLS)' : undefined
}

/** A certificate of this machine's own, by itself. */
export interface Certificate {
  readonly keyFile: string
  readonly certificateFile: string
}

/** Makes one, in a folder. */
export function makeCertificate(folder: string): Certificate {
  const made = { keyFile: join(folder, 'redis.key'), certificateFile: join(folder, 'redis.crt') }
  const { status, stderr } = spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'],
    ...['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
    ...['-keyout', made.keyFile, '-out', made.certificateFile],
  ])
  if (status !== 0) throw new Error(`openssl has made no certificate: ${stderr.toString()}`)
  return made
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  return port
}

/** One server. It keeps nothing: started again, it is empty. */
export class RedisServer {
  readonly port: number
  /** Of TLS; 0 without. */
  readonly tlsPort: number
  readonly #options: readonly string[]
  #process: ChildProcess | undefined

  private constructor(port: number, tlsPort: number, options: readonly string[]) {
    this.port = port
    this.tlsPort = tlsPort
    this.#options = options
  }

  /** Starts one; with a certificate, it speaks TLS, too, on another port. */
  static async start(certificate?: Certificate): Promise<RedisServer> {
    const port = await freePort()
    const tlsPort = certificate === undefined ? 0 : await freePort()
    const tls =
      certificate === undefined
        ? []
        : [
            ...['--tls-port', String(tlsPort), '--tls-auth-clients', 'no'],
            ...['--tls-cert-file', certificate.certificateFile, '--tls-key-file', certificate.keyFile],
            ...['--tls-ca-cert-file', certificate.certificateFile],
          ]
    const server = new RedisServer(port, tlsPort, [
      ...['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
      ...tls,
    ])
    await server.start()
    return server
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`
  }

  async start(): Promise<void> {
    this.#process = spawn('redis-server', this.#options, { stdio: 'ignore' })
    while (!(await answers(this.port))) {
      if (this.#process.exitCode !== null)
        throw new Error(`redis-server ended with ${this.#process.exitCode}`)
      await sleep(20)
    }
  }

  /** Kills it. */
  async kill(): Promise<void> {
    const running = this.#process
    this.#process = undefined
    if (running === undefined || running.exitCode !== null) return
    running.kill('SIGKILL')
    await once(running, 'exit')
  }

  /** It does nothing until it goes on. */
  pause(): void {
    this.#process?.kill('SIGSTOP')
  }

  goOn(): void {
    this.#process?.kill('SIGCONT')
  }
}

async function answers(port: number): Promise<boolean> {
  const socket = createConnection(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    socket.write('PING\r\n')
    const [answer] = (await once(socket, 'data')) as [Buffer]
    return answer.toString().startsWith('+PONG')
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
