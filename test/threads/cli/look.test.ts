import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createRuntime } from 'heddle'
import { describe, expect, it } from 'vitest'
import { COMMANDED, createCommandLine, parseLines } from '../../support/command-line.js'

describe('heddle ps and heddle get', () => {
  it('show processes, runs and actions', async () => {
    await using terminal = await createCommandLine()
    const program = await terminal.foreground('nightly', COMMANDED, 'family', '--children', '12')
    await terminal.running('nightly', 13)
    const pid = String(program.child.pid)

    const processes = await terminal.run('ps')
    expect(processes.stdout.split('\n')[0]).toMatch(
      /^ *PID {2}PROCESS +UP {2}RUN +PHASE +LIVE {2}ENDED {2}URL$/,
    )
    expect(processes.stdout).toMatch(new RegExp(`${pid} +heddle run .*nightly +▸ running +13 +0 +http://`))

    const runs = await terminal.run('get', 'runs')
    expect(runs.stdout).toMatch(new RegExp(`nightly +family +▸ running .* 13 +0 +${pid}`))

    const actions = await terminal.run('get', 'action', 'nightly', '--limit', '5')
    const ids = actions.stdout.split('\n').map((line) => line.split(/ +/)[0])
    expect(ids).toEqual(['ID', 'a0', 'a0.1', 'a0.2', 'a0.3', 'a0.4', ''])
    expect(actions.stdout).toMatch(/a0\.1 +child 1 +▸ running .* step 1 · loss 0\.5/)
    expect(actions.stderr).toBe('the first 5: --limit shows more\n')

    const queued = await terminal.run('get', 'action', 'nightly', '--phase', 'queued')
    expect(queued).toMatchObject({ code: 0, stdout: '', stderr: 'No actions.\n' })

    const run = await terminal.run('get', 'run', 'nightly')
    expect(run.stdout).toMatch(/^nightly {2}▸ running\n/)
    expect(run.stdout).toMatch(/actions +13 actions {2}▸ 13 running/)

    const action = await terminal.run('get', 'action', 'nightly', 'a0.3')
    expect(action.stdout).toMatch(/^a0\.3 {2}child 3 {2}▸ running\n/)
    expect(action.stdout).toMatch(/under +a0 family\n/)
    expect(action.stdout).toMatch(/logs .*info {2}lingers\n/)
  })

  it('give NDJSON, without the secret', async () => {
    await using terminal = await createCommandLine()
    await terminal.foreground('nightly', COMMANDED, 'linger')
    await terminal.running('nightly', 1)
    const [process] = await terminal.json<{ runs: object[] }>('ps')
    expect(process).toMatchObject({ runs: [{ run: 'nightly', phase: 'running' }] })
    expect(process).not.toHaveProperty('token')
    expect(await terminal.json('get', 'action', 'nightly')).toMatchObject([{ id: 'a0', name: 'linger' }])
  })

  it('refuse a phase that is none', async () => {
    await using terminal = await createCommandLine()
    const { code, stderr } = await terminal.run('get', 'run', '--phase', 'sleeping')
    expect(code).toBe(2)
    expect(stderr).toMatch(/--phase is 'sleeping', but must be one or more of queued, running/)
  })
})

describe('heddle watch', () => {
  it('tells what happens until the run has ended, and how it has', async () => {
    await using terminal = await createCommandLine()
    const program = await terminal.foreground('nightly', COMMANDED, 'family')
    await terminal.running('nightly', 4)
    // Without a name: the only one that lives.
    const watching = terminal.start('watch', '--verbose', '--exit-status')
    await watching.says('watching nightly  4 actions')
    const again = terminal.start('watch', 'nightly', '--json')
    await again.says('"type":"live"')
    await terminal.run('abort', 'nightly', 'a0.1')
    await watching.says('a0.1')
    await terminal.run('abort', 'nightly')
    await program.ended
    const end = await watching.ended
    expect(end).toMatchObject({ code: 130, stderr: '' })
    expect(end.stdout).toMatch(/a0\.1 +child 1 +(?:◌ aborting by (?:.+ \(cli\)|cli):|■ aborted, cooperative)/)
    expect(end.stdout).toMatch(
      /■ aborted {2}nightly .* 4 actions {2}■ 4 aborted, cooperative\n {2}by (?:.+ \(cli\)|cli): aborted from outside\n$/,
    )
    const events = parseLines<{ type: string }>((await again.ended).stdout)
    expect(events[0]?.type).toBe('snapshot')
    expect(events.at(-1)).toMatchObject({ type: 'phase', id: 'a0', phase: 'aborted' })
  })

  it('says when the process is killed under it', async () => {
    await using terminal = await createCommandLine()
    const program = await terminal.foreground('nightly', COMMANDED, 'linger')
    const watching = terminal.start('watch', 'nightly')
    await watching.says('watching nightly')
    program.child.kill('SIGKILL')
    const end = await watching.ended
    expect(end.code).toBe(1)
    expect(end.stderr).toMatch(/process of run 'nightly' has ended/)
  })
})

describe('heddle logs', () => {
  it('shows entries, and follows them until the run has ended', async () => {
    await using terminal = await createCommandLine()
    const program = await terminal.foreground('stuck', COMMANDED, 'stubborn')
    await program.warns('is stubborn')
    const now = await terminal.run('logs', 'stuck', 'a0')
    expect(now.stdout).toMatch(/^ +\d+\.\d\d s {2}a0 +stubborn +info {2}is stubborn\n$/)
    const following = terminal.start('logs', 'stuck', '-f', '--json')
    await following.says('is stubborn')
    await terminal.run('abort', 'stuck')
    await following.says('hears it, and stays')
    await terminal.run('abort', 'stuck', '--force')
    const { code, stdout } = await following.ended
    expect(code).toBe(0)
    expect(parseLines(stdout)).toMatchObject([
      { id: 'a0', name: 'stubborn', level: 'info', message: 'is stubborn' },
      { id: 'a0', name: 'stubborn', level: 'info', message: 'hears it, and stays' },
    ])
  })

  it('of an action that is not there are an error', async () => {
    await using terminal = await createCommandLine()
    await terminal.foreground('nightly', COMMANDED, 'linger')
    await terminal.running('nightly', 1)
    const { code, stderr } = await terminal.run('logs', 'nightly', 'a0.7')
    expect(code).toBe(1)
    expect(stderr).toMatch(/has no action 'a0\.7'/)
  })
})

describe('what is looked for in vain', () => {
  it('is followed by what may have been meant', async () => {
    await using terminal = await createCommandLine()
    await terminal.foreground('nightly', COMMANDED, 'family', '--children', '2')
    await terminal.running('nightly', 3)
    const aborted = await terminal.run('abort', 'nightly', '--where', 'name=child l')
    expect(aborted).toMatchObject({ code: 0, stderr: 'Did you mean name=child 1?\n' })
    const far = await terminal.run('abort', 'nightly', '--where', 'name=xyz*')
    expect(far.stderr).toMatch(/Its actions are named 'family', 'child 1', 'child 2'|'child 1'.*'family'/)
    expect((await terminal.run('get', 'action', 'nightly', '--name', 'famly')).stderr).toContain(
      'name=family?',
    )
    const silent = await terminal.run('logs', 'nightly', 'a0')
    expect(silent).toMatchObject({
      code: 0,
      stdout: '',
      stderr: expect.stringContaining('only what is told to ctx.log is recorded'),
    })
  })
})

describe('a stack', () => {
  it('begins where the body threw', async () => {
    await using terminal = await createCommandLine()
    const { stderr } = await terminal.run('run', COMMANDED, 'fail', '--no-serve')
    expect(stderr.split('\n').find((line) => /^\s+at /.test(line))).toContain('commanded.js')
    await using runtime = createRuntime({ threads: 1 })
    const { fail } = await import('#fixtures/commanded.js')
    const error = await runtime.run(fail).catch((thrown: unknown) => thrown)
    expect((error as Error).stack).toMatch(/^ActionFailedError: .*\n +at .*commanded\.js/)
  })
})

describe('completion', () => {
  const values = (stdout: string): string[] => stdout.split('\n').map((line) => line.split('\t')[0]!)

  it('offers commands, options, runs and actions', async () => {
    await using terminal = await createCommandLine()
    await terminal.foreground('nightly', COMMANDED, 'family', '--children', '2')
    await terminal.running('nightly', 3)
    const complete = async (...words: string[]): Promise<string[]> =>
      values((await terminal.run('complete', '--', ...words)).stdout)
    expect(await complete('ab')).toEqual(['abort', ':4', ''])
    expect(await complete('abort', '--re')).toEqual(['--reason', ':4', ''])
    expect(await complete('abort', 'n')).toEqual(['nightly', ':4', ''])
    expect(await complete('abort', 'nightly', '')).toEqual(['a0', 'a0.1', 'a0.2', ':4', ''])
    expect(await complete('get', 'action', 'nightly', 'a0.')).toEqual(['a0.1', 'a0.2', ':4', ''])
    expect(await complete('get', 'run', '--phase', 'ru')).toEqual(['running', ':4', ''])
    // The module of a run is a file: the shell completes it.
    expect(await complete('run', '')).toEqual([':0', ''])
  })

  it('offers no name that a shell would run', async () => {
    await using terminal = await createCommandLine()
    await terminal.foreground('$(touch pwned)', COMMANDED, 'linger')
    expect((await terminal.run('complete', '--', 'abort', '')).stdout).toBe(':4\n')
  })

  it('works in bash, sourced twice and with words split at =', async () => {
    await using terminal = await createCommandLine()
    const { stdout: script } = await terminal.run('completion', 'bash')
    const main = fileURLToPath(new URL('../../../dist/src/cli/main.js', import.meta.url))
    const { stdout } = await promisify(execFile)('bash', [
      '--norc',
      '-c',
      `heddle() { '${process.execPath}' '${main}' "$@"; }
      ${script}
      ${script}
      try() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _heddle; echo "\${COMPREPLY[*]}"; }
      try heddle ab
      try heddle abort x --where phase = ru`,
    ])
    expect(stdout).toBe('abort\nrunning\n')
  })

  it.each(['bash', 'zsh', 'fish', 'powershell'])('has a script for %s', async (shell) => {
    await using terminal = await createCommandLine()
    const { code, stdout } = await terminal.run('completion', shell)
    expect(code).toBe(0)
    expect(stdout).toMatch(/heddle'? complete '?--/)
  })
})

describe('completion of a heddle that is installed in the project only', () => {
  it('works by the function that the script makes, and behind npx', async () => {
    await using terminal = await createCommandLine()
    const bin = join(terminal.folder, 'node_modules/.bin')
    await mkdir(bin, { recursive: true })
    const main = fileURLToPath(new URL('../../../dist/src/cli/main.js', import.meta.url))
    await writeFile(join(bin, 'heddle'), `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`, {
      mode: 0o755,
    })
    const { stdout: script } = await terminal.run('completion', 'bash')
    const { stdout } = await promisify(execFile)(
      'bash',
      [
        '--norc',
        '-c',
        `${script}
        heddle --version
        COMP_WORDS=(heddle do); COMP_CWORD=1; _heddle; echo "\${COMPREPLY[@]}"
        COMP_WORDS=(npx heddle comp); COMP_CWORD=2; _heddle_npx; echo "\${COMPREPLY[@]}"`,
      ],
      { cwd: terminal.folder, env: { PATH: '/usr/bin:/bin' } },
    )
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\ndoctor\ncompletion\n$/)
  })
})

describe('heddle doctor', () => {
  it('tries what Heddle needs', async () => {
    await using terminal = await createCommandLine()
    const { code, stdout, stderr } = await terminal.run('doctor')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/✔ Node +v\d+/)
    expect(stdout).toMatch(/✔ threads +\d+ cores?; .* a computing action heard its abort after/)
    expect(stdout).toMatch(/✔ TypeScript +modules load/)
    expect(stdout).toMatch(/✔ sockets +local sockets can be opened/)
    expect(stdout).toContain(terminal.folder)
  })
})

describe('help', () => {
  it('is a page for each command, with its exit codes', async () => {
    await using terminal = await createCommandLine()
    const { code, stdout } = await terminal.run('abort', '--help')
    expect(code).toBe(0)
    const sections = stdout.split('\n').filter((line) => /^[A-Z ]+$/.test(line))
    expect(sections).toEqual([
      'NAME',
      'SYNOPSIS',
      'DESCRIPTION',
      'ARGUMENTS',
      'OPTIONS',
      'EXAMPLES',
      'EXIT STATUS',
    ])
  })

  it('follows a command that is none by what may have been meant', async () => {
    await using terminal = await createCommandLine()
    const { code, stderr } = await terminal.run('abrot')
    expect(code).toBe(2)
    expect(stderr).toMatch(/unknown command 'abrot'\n\(Did you mean abort\?\)/)
  })

  it.each([['hosts'], ['worker', COMMANDED]])(
    'is refused by %s where Redis has no address',
    async (...command) => {
      await using terminal = await createCommandLine()
      const { code, stderr } = await terminal.run(...command, '--redis', 'nowhere')
      expect(stderr).toContain("the option 'redis' is no URL")
      expect(code).toBe(2)
    },
  )
})
