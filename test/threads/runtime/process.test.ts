import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { runProgram, startFile, startProgram } from '../../support/program.js'

const root = new URL('../../../', import.meta.url)
const [major, minor] = process.versions.node.split('.').map(Number) as [number, number]
const loadsTypeScript = major > 22 || (major === 22 && minor >= 18)

interface Seen {
  readonly events: readonly (readonly [string, number])[]
  readonly globals: readonly string[]
}

describe('the process of an app', () => {
  it.each([[[]], [['signals']]])(
    'exits by itself without close() when its work is done, with %o (I13)',
    async (args) => {
      expect(await runProgram('never-closed', { args })).toEqual({
        code: 0,
        signal: null,
        stdout: '3 [ 7 ]\n',
        stderr: '',
      })
    },
  )

  it('sees no signal handler, no global, no output and no unhandled rejection (I13)', async () => {
    const file = fileURLToPath(new URL('build/test/fixtures/programs/good-guest.js', root))
    const child = fork(file, { silent: true, execArgv: [], env: { PATH: process.env['PATH'] } })
    let written = ''
    child.stdout?.on('data', (text: Buffer) => (written += text.toString()))
    child.stderr?.on('data', (text: Buffer) => (written += text.toString()))
    let seen: { before: Seen; during: Seen; after: Seen } | undefined
    child.once('message', (message) => (seen = message as typeof seen))
    const code = await new Promise((resolve) => child.once('close', resolve))
    expect(written).toBe('')
    expect(code).toBe(0)
    const { before, during, after } = seen ?? {}
    expect(during?.globals).toEqual(before?.globals)
    expect(after?.globals).toEqual(before?.globals)
    const signals = during?.events.filter(([name]) => name.startsWith('SIG'))
    expect(signals).toEqual([])
    expect(during?.events).toEqual(before?.events)
    expect(after?.events).toEqual(before?.events)
  })

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('with processSignals, ends after an abort on %s, with exit code %i', async (signal, code) => {
    const program = startProgram('interrupted')
    await program.says('ready')
    program.child.kill(signal)
    const end = await program.ended
    expect(end).toMatchObject({ code, signal: null, stderr: '' })
    expect(end.stdout).toContain('aborted shutdown clean')
  })

  it('with processSignals, is ended by the first signal while nothing runs', async () => {
    const program = startProgram('interrupted', { args: ['idle'] })
    await program.says('aborted')
    program.child.kill('SIGINT')
    expect(await program.ended).toMatchObject({ code: 130, stderr: '' })
  })

  it('with processSignals, forces on the second signal, whatever the grace', async () => {
    const program = startProgram('interrupted', { args: ['stubborn'] })
    await program.says('ready')
    program.child.kill('SIGINT')
    await program.says('interrupted')
    program.child.kill('SIGINT')
    const end = await program.ended
    expect(end).toMatchObject({ code: 130, signal: null, stderr: '' })
    expect(end.stdout).toContain('aborted shutdown up')
  })

  it('fails with an error that names the guard where createRuntime() lacks it, and never hangs', async () => {
    const { code, stdout, stderr } = await runProgram('unguarded')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/createRuntime\(\) was called in a thread.*if \(!isActionThread\)/)
  })

  it('keeps its heap flat over many settled actions of which nothing is retained (I9)', async () => {
    const end = await runProgram('flat-heap', { args: ['10000'], execArgv: ['--expose-gc'] })
    expect(end).toMatchObject({ code: 0, stderr: '' })
    const { used, settled } = JSON.parse(end.stdout) as { used: number[]; settled: number }
    expect(settled).toBe(4 * (10_000 + 1 + 1000))
    // The first round loads and compiles; what comes after it must not grow with the number of actions.
    expect((used[3] as number) / (used[1] as number)).toBeLessThan(1.1)
  }, 60_000)
})

describe('a TypeScript app', () => {
  const source = fileURLToPath(new URL('test/fixtures/programs/in-typescript.ts', root))
  const loader = new URL('build/test/fixtures/programs/register-tsx.js', root).href

  it.each([['tsx'], [loader]])('works with --import %s', async (specifier) => {
    const end = await startFile(source, { execArgv: ['--import', specifier] }).ended
    expect(end).toEqual({ code: 0, signal: null, stdout: 'TYPED TWICE\n', stderr: '' })
  })

  it('is told what to do where its threads can not load it', async () => {
    const end = await startFile(source, { execArgv: ['--import', loader], args: ['plain'] }).ended
    expect(end).toMatchObject({ code: 0, stderr: '' })
    if (loadsTypeScript) {
      expect(end.stdout).toBe('TYPED TWICE\n')
      return
    }
    expect(end.stdout).toMatch(/^ActionNotFoundError action 'shout' can't be loaded: .*in-typescript\.ts/)
    expect(end.stdout).toMatch(/Compile it to JavaScript.*--import tsx/)
  })
})
