import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import { COMMANDED, createCommandLine, parseLines } from '../../support/command-line.js'
import { hasTerminals, startFile } from '../../support/program.js'
import { createProject } from '../../support/project.js'

interface Line {
  readonly type: string
  readonly [key: string]: unknown
}

describe('heddle run', () => {
  it('writes the result to standard output, and everything else to standard error', async () => {
    await using terminal = await createCommandLine()
    const { code, stdout, stderr } = await terminal.run('run', COMMANDED, 'greet', '--name', 'Ada', '--loud')
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'HELLO ADA\n' })
    expect(stderr).toMatch(/^run greet-\w+ {2}http:\/\/127\.0\.0\.1:\d+\/runs\/greet-/)
    expect(stderr).toContain('printed by the action')
    expect(stderr).toMatch(/✔ succeeded .* 1 action/)
  })

  it('gives what JSON holds as JSON, from flags, files and defaults', async () => {
    await using terminal = await createCommandLine()
    const file = join(terminal.folder, 'input.json')
    await writeFile(file, '{"a":1,"deep":{"b":2}}')
    const { code, stdout } = await terminal.run(
      'run',
      COMMANDED,
      'echo',
      '--input',
      `@${file}`,
      '--deep.c',
      '3',
      '-q',
    )
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toEqual({ a: 1, deep: { b: 2, c: 3 } })
  })

  it('takes a flag that it has itself behind a double dash', async () => {
    await using terminal = await createCommandLine()
    const { stdout } = await terminal.run(
      'run',
      COMMANDED,
      'greet',
      '--threads',
      '1',
      '--',
      '--name',
      'Bo',
      '--threads',
      '5',
    )
    expect(stdout).toBe('hello Bo of 5 threads\n')
  })

  it('gives its actions the resources that it is told of', async () => {
    await using terminal = await createCommandLine()
    const module = fileURLToPath(new URL('resources.js', pathToFileURL(COMMANDED)))
    const held = await terminal.run('run', module, 'holdsAgain', '--resources', 'gpu=2,licence=1')
    expect(held).toMatchObject({ code: 0 })
    expect(JSON.parse(held.stdout)).toEqual({ gpu: [0] })
    const wrong = await terminal.run('run', module, 'holdsAgain', '--resources', 'gpu')
    expect(wrong).toMatchObject({ code: 2, stdout: '' })
    expect(wrong.stderr).toContain('a name and a whole number, as in gpu=2')
  })

  it.each([
    {
      why: 'a body throws',
      args: ['fail'],
      code: 1,
      says: /✘ failed[^]*ValueError\]?: -1 is no value[^]*the cause of it/,
    },
    { why: 'a thread is lost', args: ['crash'], code: 1, says: /lost its thread.*code 7/ },
    { why: 'it takes too long', args: ['outlast'], code: 124, says: /◷ timed out/ },
    { why: 'the run takes too long', args: ['linger', '--timeout', '100ms'], code: 124, says: /◷ timed out/ },
    {
      why: 'a flag is unknown',
      args: ['greet', '--nam', 'Ada'],
      code: 2,
      says: /no --nam\. Did you mean --name\?/,
    },
    {
      why: 'a flag is no number',
      args: ['greet', '--name', 'Ada', '--times', 'many'],
      code: 2,
      says: /--times is 'many', but must be a whole number from 1 to 3/,
    },
    {
      why: 'the schema refuses it',
      args: ['greet', '--name', 'A'],
      code: 2,
      says: /input isn't what the action takes\n {2}--name: /,
    },
    {
      why: 'the action is unknown',
      args: ['gret'],
      code: 2,
      says: /no action 'gret'\. Did you mean 'greet'\?/,
    },
    {
      why: 'it is not clear which action',
      args: [],
      code: 2,
      says: /several actions: say which of 'churn', 'crash', 'echo'/,
    },
    {
      why: 'an option is wrong',
      args: ['echo', '--threads', '0'],
      code: 2,
      says: /must be a whole number, 1 or more/,
    },
  ])('exits with $code where $why', async ({ args, code, says }) => {
    await using terminal = await createCommandLine()
    const end = await terminal.run('run', COMMANDED, ...args)
    expect(end.stderr).toMatch(says)
    expect(end).toMatchObject({ code, stdout: '' })
  })

  it('says which module may have been meant', async () => {
    await using terminal = await createCommandLine()
    const { code, stderr } = await terminal.run('run', COMMANDED.replace('.js', '.mjs'))
    expect(code).toBe(2)
    expect(stderr).toMatch(/there is no module .*Did you mean '.*commanded\.js'\?/)
  })

  it('lists the actions of a module with the flags of their inputs', async () => {
    await using terminal = await createCommandLine()
    const { code, stdout } = await terminal.run('run', COMMANDED, 'greet', '--help')
    expect(code).toBe(0)
    expect(stdout).toMatch(/--name <text> +who is greeted; a text; required/)
    expect(stdout).toMatch(/--times <number> +a whole number from 1 to 3; default 1/)
    expect(stdout).toMatch(/--tone <text> +one of kind, curt/)
    expect(stdout).toMatch(/--threads <number> .*give it behind --/)
  })

  it('tells events and the outcome as NDJSON', async () => {
    await using terminal = await createCommandLine()
    const { code, stdout } = await terminal.run('run', COMMANDED, 'fail', '--json')
    const lines = parseLines<Line>(stdout)
    expect(code).toBe(1)
    expect(lines[0]).toMatchObject({ type: 'run', url: expect.stringContaining('http://127.0.0.1:') })
    expect(lines.slice(1, -1).map(({ type, phase }) => [type, phase])).toEqual([
      ['phase', 'queued'],
      ['phase', 'running'],
      ['phase', 'failed'],
    ])
    expect(lines.at(-1)).toMatchObject({
      type: 'outcome',
      status: 'failed',
      error: { code: 'ValueError', cause: { name: 'ValueError', cause: { message: 'the cause of it' } } },
    })
  })

  it('runs on when nobody reads what it writes any more', async () => {
    await using terminal = await createCommandLine()
    const program = await terminal.foreground('unread', COMMANDED, 'family', '--json')
    await terminal.running('unread', 4)
    program.child.stdout.destroy()
    for (const id of ['a0.1', 'a0.2', 'a0.3']) await terminal.run('abort', 'unread', id)
    expect(await program.ended).toMatchObject({ code: 0, signal: null, stderr: '' })
  })

  it('leaves nothing to find when it has ended, and opens nothing with --no-serve', async () => {
    await using terminal = await createCommandLine()
    await terminal.run('run', COMMANDED, 'echo')
    expect(await terminal.files()).toEqual([])
    const program = await terminal.foreground('hidden', COMMANDED, 'linger', '--no-serve')
    expect(await terminal.processes()).toEqual([])
    program.child.kill('SIGTERM')
    expect(await program.ended).toMatchObject({ code: 143 })
  })
})

describe('a signal to heddle run', () => {
  it.each([
    ['SIGINT', 130, 'interrupted (Ctrl-C)'],
    ['SIGTERM', 143, 'the process got SIGTERM'],
    ['SIGHUP', 129, 'the terminal has gone'],
  ] as const)('%s aborts the run and exits with %d', async (signal, code, reason) => {
    await using terminal = await createCommandLine()
    const program = await terminal.foreground('nightly', COMMANDED, 'family')
    await program.warns('lingers')
    program.child.kill(signal)
    const end = await program.ended
    expect(end).toMatchObject({ code, signal: null, stdout: '' })
    expect(end.stderr).toContain('has a grace of 5 s to clean up. Ctrl-C again to force')
    expect(end.stderr).toMatch(/■ aborted, cooperative/)
    expect(end.stderr).toMatch(/by (?:.+ \(cli\)|cli): /)
    expect(end.stderr).toContain(`: ${reason}`)
  })

  it('forces at the second Ctrl-C, however long the grace is', async () => {
    await using terminal = await createCommandLine()
    const program = await terminal.foreground('stuck', COMMANDED, 'stubborn')
    await program.warns('is stubborn')
    program.child.kill('SIGINT')
    await program.warns('hears it, and stays')
    expect(program.child.exitCode).toBeNull()
    program.child.kill('SIGINT')
    const end = await program.ended
    expect(end.code).toBe(130)
    expect(end.stderr).toContain('has a grace of 1 h 00 min')
    expect(end.stderr).toMatch(/■ aborted, forced/)
  })
})

describe('a module of a project with its own copy of the package', () => {
  const module = `
import { action } from 'heddle'
if (process.env.NODE_ENV === 'never') throw new Error()
console.log('app code outside of actions')
export const where = action(import.meta, 'where', () => new Error().stack)
action(import.meta, 'unexported', { cpu: 0 }, () => 'found all the same')
`

  it('runs with that copy, whichever the command line is of', async () => {
    await using terminal = await createCommandLine()
    await using project = await createProject('heddle project ', { 'jobs.mjs': module })
    const { code, stdout } = await terminal.run('run', project.path('jobs.mjs'), 'where', '-q')
    expect(code).toBe(0)
    const hosts = stdout.split('\n').filter((line) => line.includes('/dist/chunks/host-'))
    expect(hosts.length).toBeGreaterThan(0)
    for (const line of hosts) expect(line).toContain(encodeURI(project.folder))
  })

  it('may keep its actions to itself', async () => {
    await using terminal = await createCommandLine()
    await using project = await createProject('heddle-project-', { 'jobs.mjs': module })
    const { code, stdout } = await terminal.run('run', project.path('jobs.mjs'), 'unexported')
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'found all the same\n' })
  })

  it('loads TypeScript, or is told what to install', async () => {
    await using project = await createProject('heddle-project-', {
      'jobs.ts': module.replace('() => new Error().stack', '(input: { n: number }): number => input.n'),
      'package.json': '{ "type": "module" }',
    })
    // The installed command line: the one of this repository would find the repository's tsx.
    const main = project.path('node_modules/heddle/dist/src/cli/main.js')
    const end = await startFile(main, { args: ['run', 'jobs.ts', 'where', '--n', '3'], cwd: project.folder })
      .ended
    if ((process.features as { typescript?: unknown }).typescript) {
      expect(end).toMatchObject({ code: 0, stdout: '3\n' })
      return
    }
    expect(end).toMatchObject({ code: 2, stdout: '' })
    expect(end.stderr).toMatch(/can't load .*jobs\.ts by itself: install tsx.*npm install --save-dev tsx/)
  })
})

describe('a TypeScript module of this repository', () => {
  it('is run as it is', async () => {
    await using terminal = await createCommandLine()
    const source = join(import.meta.dirname, '../../../examples/03-external-abort/main.ts')
    const { code, stdout } = await terminal.run('run', source, '--sleepers', '2', '--seconds', '0')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toEqual({ slept: 2, aborted: [] })
  })

  it('says what is wrong with it', async () => {
    await using terminal = await createCommandLine()
    const file = join(terminal.folder, 'broken.mjs')
    await writeFile(file, 'export const = 1\n')
    const { code, stderr } = await terminal.run('run', file)
    expect(code).toBe(2)
    expect(stderr).toMatch(/broken\.mjs' can't be loaded: .*SyntaxError/s)
  })
})

describe('what is typed behind the action', () => {
  it('makes a list of a flag that is given again, where any value will do', async () => {
    await using terminal = await createCommandLine()
    const { stdout } = await terminal.run(
      'run',
      COMMANDED,
      'echo',
      '--tag',
      'a',
      '--no-tag',
      '--tag=3',
      '--on',
      '--a.b',
      '1',
      '--a.b',
      '2',
      '--no-serve',
    )
    expect(JSON.parse(stdout)).toEqual({ tag: ['a', false, 3], on: true, a: { b: [1, 2] } })
  })

  it('is told how to be meant, where it is no flag of the input', async () => {
    await using terminal = await createCommandLine()
    const whole = await terminal.run('run', COMMANDED, 'echo', '21', '--no-serve')
    expect(whole).toMatchObject({ code: 2, stderr: expect.stringContaining('write --input 21') })
    const text = await terminal.run('run', COMMANDED, 'echo', "it's", '--no-serve')
    expect(text.stderr).toContain(`write --input '"it'\\''s"'`)
    const own = await terminal.run('run', COMMANDED, 'echo', '--verbose', '3')
    expect(own).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('put it behind --, as in -- --verbose 3'),
    })
  })

  it('is refused where command and input have the same flag, and told apart by --', async () => {
    await using terminal = await createCommandLine()
    const both = await terminal.run('run', COMMANDED, 'talkative', '--verbose', '--no-serve')
    expect(both).toMatchObject({ code: 2, stdout: '' })
    expect(both.stderr).toContain('--verbose is an option of heddle run and a flag of action')
    const own = await terminal.run('run', '--verbose', COMMANDED, 'talkative', '--no-serve')
    expect(JSON.parse(own.stdout)).toEqual({ verbose: false })
    const input = await terminal.run('run', COMMANDED, 'talkative', '--no-serve', '--', '--verbose')
    expect(JSON.parse(input.stdout)).toEqual({ verbose: true })
  })

  it('shows a wrong value as it is', async () => {
    await using terminal = await createCommandLine()
    const { stderr } = await terminal.run('run', COMMANDED, 'nap', '--foo', '--no-serve')
    expect(stderr).toContain('was given { foo: true }, but needs milliseconds')
  })
})

describe.skipIf(!hasTerminals())('heddle run on a terminal', () => {
  it('counts down to the use of force once it has been interrupted', async () => {
    await using terminal = await createCommandLine()
    const program = terminal.startOnTerminal('run', COMMANDED, 'stubborn', '--run-name', 'nightly')
    await program.says('is stubborn')
    program.child.stdin.write('\u0003')
    await program.says('aborting, force in 59 min')
    program.child.stdin.write('\u0003')
    const { code, stdout } = await program.ended
    expect(code).toBe(130)
    expect(stripVTControlCharacters(stdout)).toContain('aborted, forced')
  })
})
