import { writeFile } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { connect, ControlError, listProcesses } from 'heddle/client'
import { describe, expect, it } from 'vitest'
import { COMMANDED, createCommandLine, type CommandLine } from '../../support/command-line.js'

/** A process that can be found and takes connections; what it does with them is up to the test. */
async function impostor(
  folder: string,
  pid: number,
  onRequest: (socket: Socket) => void,
): Promise<AsyncDisposable & { readonly pid: number }> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.once('data', () => onRequest(socket))
  })
  const socket = join(folder, `${pid}-0badc0de.sock`)
  await new Promise<void>((resolve) => server.listen(socket, resolve))
  const entry = {
    version: 1,
    instance: '0badc0de',
    pid,
    title: 'an impostor',
    cwd: folder,
    startedAt: 1,
    servedAt: 1,
    url: 'http://127.0.0.1:9',
    socket,
    token: 'secret-of-the-impostor',
  }
  await writeFile(join(folder, `${pid}-0badc0de.json`), JSON.stringify(entry), { mode: 0o600 })
  return {
    pid,
    async [Symbol.asyncDispose]() {
      for (const one of sockets) one.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n'
const FAULTS: readonly (readonly [string, (socket: Socket) => void])[] = [
  ['accepts and never answers', () => {}],
  ['stops in the middle of its headers', (socket) => void socket.write('HTTP/1.1 200 OK\r\ncontent-')],
  [
    'stops in the middle of its answer',
    (socket) => void socket.write(`${HEAD}content-length: 999\r\n\r\n{"it`),
  ],
  [
    'sends a byte now and then',
    (socket) => {
      socket.write(`${HEAD}content-length: 99999\r\n\r\n`)
      const timer = setInterval(() => socket.write(' '), 50)
      socket.once('close', () => clearInterval(timer))
    },
  ],
  ['breaks off', (socket) => void socket.end(`${HEAD}content-length: 999\r\n\r\n{"it`)],
  ['answers something else', (socket) => void socket.end(`${HEAD}content-length: 5\r\n\r\nhello`)],
  [
    'answers without an end',
    (socket) => {
      const chunk = Buffer.alloc(1024 * 1024, ' ')
      const more = (): void => {
        while (!socket.destroyed && socket.write(`${chunk.length.toString(16)}\r\n${chunk.toString()}\r\n`));
        if (!socket.destroyed) socket.once('drain', more)
      }
      socket.write(`${HEAD}transfer-encoding: chunked\r\n\r\n`)
      more()
    },
  ],
]

/** One run that answers, in a terminal of its own. */
async function withRun(terminal: CommandLine): Promise<void> {
  await terminal.foreground('nightly', COMMANDED, 'family', '--children', '2')
  await terminal.running('nightly', 3)
}

describe('a process that does not answer as it should', () => {
  it.each(FAULTS)('is named, and keeps nobody from the others: one that %s', async (_, fault) => {
    await using terminal = await createCommandLine()
    await withRun(terminal)
    await using liar = await impostor(terminal.folder, 99_999, fault)
    expect(liar.pid).toBe(99_999)

    const aborted = await terminal.run('abort', 'nightly', 'a0.1', '--reason', 'not needed')
    expect(aborted).toMatchObject({ code: 0, stdout: expect.stringContaining('aborting 1 action of run') })
    const shown = await terminal.run('get', 'action', 'nightly', 'a0.2')
    expect(shown.stdout).toMatch(/^a0\.2 {2}child 2/)
    const completed = await terminal.run('complete', '--', 'abort', '')
    expect(completed.stdout).toBe('nightly\trunning\n:4\n')
    const listed = await terminal.run('ps')
    expect(listed.code).toBe(0)
    expect(listed.stdout).toMatch(/nightly +▸ running/)
    expect(listed.stderr).toMatch(/process 99999 \(an impostor\)/)
  })
})

describe('a process that is stopped', () => {
  it('is said to be silent, by each command that asks for it, and by its exit code', async () => {
    await using terminal = await createCommandLine()
    await withRun(terminal)
    const stopped = await terminal.foreground('asleep', COMMANDED, 'linger')
    await terminal.running('asleep', 1)
    stopped.child.kill('SIGSTOP')
    const { pid } = stopped.child
    const name = new RegExp(`process ${pid} \\(heddle run .* linger\\)`)

    expect(await listProcesses({ folder: terminal.folder })).toMatchObject([
      { responsive: true },
      { pid, responsive: false },
    ])
    const processes = await terminal.json('ps')
    expect(processes).toMatchObject([
      { responsive: true, runs: [{ run: 'nightly' }] },
      { pid, responsive: false, runs: [] },
    ])
    expect((await terminal.run('ps')).stdout).toMatch(new RegExp(`${pid} +heddle run .* doesn’t answer`))
    const runs = await terminal.run('get', 'run')
    expect(runs).toMatchObject({ code: 0, stderr: expect.stringMatching(name) })
    const [answer] = await terminal.json('abort', 'nightly', 'a0.1')
    expect(answer).toMatchObject({ accepted: true, silent: [{ pid }] })

    stopped.child.kill('SIGCONT')
    expect((await terminal.run('abort', 'asleep', '--wait')).stdout).toContain('all ended')
    expect((await stopped.ended).code).toBe(130)
  }, 60_000)

  it('may have the run that is sought: each command says so, by a code of its own', async () => {
    await using terminal = await createCommandLine()
    const stopped = await terminal.foreground('asleep', COMMANDED, 'linger')
    await terminal.running('asleep', 1)
    stopped.child.kill('SIGSTOP')
    const { pid } = stopped.child
    const name = new RegExp(`process ${pid} \\(heddle run .* linger\\)`)
    // Whether it has that run can't be told: that isn't the same as that it hasn't.
    for (const command of [
      ['get', 'run', 'asleep'],
      ['get', 'action', 'asleep'],
      ['abort', 'asleep'],
      ['watch', 'asleep'],
      ['logs', 'asleep', '-f'],
      ['get', 'run', '--process', String(pid)],
    ]) {
      const { code, stdout, stderr } = await terminal.run(...command)
      expect({ command, code, stdout }).toEqual({ command, code: 3, stdout: '' })
      expect(stderr).toMatch(name)
      expect(stderr).toContain(`kill -CONT ${pid}`)
    }
    const doctor = await terminal.run('doctor')
    expect(doctor.stdout).toMatch(new RegExp(`! processes +process ${pid} .*doesn’t answer`))
    stopped.child.kill('SIGCONT')
  }, 60_000)
})

describe('a client', () => {
  it.each(FAULTS.slice(1).filter(([, fault]) => fault !== FAULTS[1]![1]))(
    'gets a ControlError from one that %s',
    async (_, fault) => {
      await using terminal = await createCommandLine()
      await using liar = await impostor(terminal.folder, 99_999, fault)
      expect(liar.pid).toBe(99_999)
      const [found] = await listProcesses({ folder: terminal.folder, timeoutMs: 200 })
      expect(found).toMatchObject({ pid: 99_999, responsive: false })
      const client = connect(found!, { timeoutMs: 200, mostBytes: 8 * 1024 * 1024 })
      const error = await client.runs().catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(ControlError)
      expect((error as ControlError).code).toMatch(/^(silent|unreadable)$/)
    },
  )
})
