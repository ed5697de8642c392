// A redis-server of a test file's own, on a free port. Where there is none, the tests that need one are skipped; with
// HEDDLE_REDIS_TESTS=always, as in CI, that is an error instead; with HEDDLE_REDIS_TESTS=never, they are skipped anyway.

import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
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

/** One server. It keeps nothing: started again, it is empty. */
export class RedisServer {
  readonly port: number
  #process: ChildProcess | undefined

  private constructor(port: number) {
    this.port = port
  }

  /** Starts one. */
  static async start(): Promise<RedisServer> {
    const probe = createServer().listen(0, '127.0.0.1')
    await once(probe, 'listening')
    const { port } = probe.address() as AddressInfo
    probe.close()
    const server = new RedisServer(port)
    await server.start()
    return server
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`
  }

  async start(): Promise<void> {
    const options = ['--port', String(this.port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
    this.#process = spawn('redis-server', options, { stdio: 'ignore' })
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
