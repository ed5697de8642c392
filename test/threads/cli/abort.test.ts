import { connect } from 'heddle/client'
import { describe, expect, it } from 'vitest'
import { COMMANDED, createCommandLine, examplePath, parseLines } from '../../support/command-line.js'

interface Answer {
  readonly accepted: boolean
  readonly requested: number
  readonly matched: number
  readonly finished: number
}

const why = ['--reason', 'no longer needed', '--by', 'cli']

describe('the examples, run by heddle run and aborted by heddle abort', () => {
  it('01: a child is aborted; its parent says so and returns', async () => {
    await using terminal = await createCommandLine()
    // Its parent looks after that delay: on a busy machine, the command takes seconds to start.
    const args = ['main', '--delay', '6']
    const program = await terminal.foreground('first', examplePath('01-action-lifetime'), ...args)
    await program.warns('opens its file')
    const abort = await terminal.run('abort', 'first', 'a0.1', ...why)
    expect(abort).toMatchObject({ code: 0, stdout: "aborting 1 action of run 'first'\n" })
    const end = await program.ended
    expect(end).toMatchObject({
      code: 0,
      stdout: 'done; sleeper (a0.1) was aborted by cli: no longer needed\n',
    })
    expect(end.stderr).toMatch(/a0\.1 +sleeper +◌ aborting by cli: no longer needed\n/)
    expect(end.stderr).toContain('has closed its file')
  })

  it('02: one of siblings is aborted; their parent cancels the rest and returns', async () => {
    await using terminal = await createCommandLine()
    const args = ['main', '--sleepers', '3', '--seconds', '1000']
    const program = await terminal.foreground('second', examplePath('02-cancel-siblings'), ...args)
    await terminal.running('second', 5)
    expect(await terminal.run('abort', 'action', 'second', 'a0.3', ...why)).toMatchObject({ code: 0 })
    const end = await program.ended
    expect(end.code).toBe(0)
    const { caught, ended } = JSON.parse(end.stdout) as { caught: string; ended: string[] }
    expect(caught).toContain("code 'ActionAbortedError': action a0.3 of run 'second' was aborted by 'cli'")
    expect(ended[2]).toContain("aborted    by cli: 'no longer needed', cooperative")
    expect(ended[1]).toContain("aborted    by a0: 'a sibling has failed', cooperative")
  })

  it('03: several are aborted; their parent names them and returns', async () => {
    await using terminal = await createCommandLine()
    const program = await terminal.foreground('third', examplePath('03-external-abort'), '--seconds', '1000')
    await terminal.running('third', 11)
    await terminal.run('abort', 'third', 'a0.2', 'a0.5', ...why)
    const { stdout } = await terminal.run(
      'abort',
      'third',
      '--where',
      'name=sleeper*,phase=running',
      '--wait',
      '--reason',
      'the rest',
      '--by',
      'cli',
    )
    expect(stdout).toMatch(
      /aborting 8 actions of run 'third'\n8 requested, 8 acknowledged, 8 cooperative; all ended after/,
    )
    const end = await program.ended
    expect(end.code).toBe(0)
    const { slept, aborted } = JSON.parse(end.stdout) as { slept: number; aborted: string[] }
    expect(slept).toBe(0)
    expect(aborted).toHaveLength(10)
    expect(aborted[1]).toBe('sleeper 2 (a0.2) by cli: no longer needed')
    expect(aborted[2]).toBe('sleeper 3 (a0.3) by cli: the rest')
  })
})

describe('heddle abort', () => {
  it('shows the same reason and who in outcome, events, command line and HTTP', async () => {
    await using terminal = await createCommandLine()
    const program = await terminal.foreground('same', COMMANDED, 'family', '--json')
    await terminal.running('same', 4)
    const watching = terminal.start('watch', 'same', '--json')
    await watching.says('"type":"live"')
    await terminal.run('abort', 'same', 'a0.2', ...why.slice(0, 2), '--by', 'the night shift')
    const [found] = await terminal.processes()
    const seen = await connect(found!).action('same', 'a0.2')
    const [shown] = await terminal.json<typeof seen>('get', 'action', 'same', 'a0.2')
    const aborted = { by: 'the night shift', message: 'no longer needed', source: 'external', origin: 'a0.2' }
    expect(seen.reason).toMatchObject(aborted)
    expect(shown!.reason).toEqual(seen.reason)
    await terminal.run('abort', 'run', 'same', ...why, '--by', 'the day shift')
    const events = parseLines<{ type: string; id?: string; phase?: string; reason?: unknown }>(
      (await watching.ended).stdout,
    )
    const lines = parseLines<{ type: string; id?: string; phase?: string; reason?: unknown }>(
      (await program.ended).stdout,
    )
    for (const all of [events, lines]) {
      const end = all.find(({ id, phase }) => id === 'a0.2' && phase === 'aborted')
      expect(end?.reason).toEqual(seen.reason)
    }
    expect(lines.at(-1)).toMatchObject({
      type: 'outcome',
      status: 'aborted',
      reason: { by: 'the day shift', message: 'no longer needed', source: 'external', origin: 'a0' },
    })
    expect((await program.ended).code).toBe(130)
  })

  it('counts what a selection would stop, and stops nothing of it', async () => {
    await using terminal = await createCommandLine()
    await terminal.foreground('dry', COMMANDED, 'family')
    await terminal.running('dry', 4)
    const dry = await terminal.run('abort', 'dry', '--where', 'name=child*', '--dry-run')
    expect(dry.stdout).toBe(
      "would abort 3 actions of run 'dry': child 1 (a0.1), child 2 (a0.2), child 3 (a0.3)\n",
    )
    const whole = await terminal.json<Answer>('abort', 'dry', '--dry-run')
    const named = [{ id: 'a0', name: 'family' }, { id: 'a0.1' }, { id: 'a0.2' }, { id: 'a0.3' }]
    expect(whole).toMatchObject([{ accepted: true, requested: 4, named }])
    const none = await terminal.run('abort', 'dry', '--where', 'name=nobody', '--dry-run')
    expect(none).toMatchObject({
      code: 0,
      stdout: "nothing of run 'dry' is meant by that: nothing would change\n",
    })
    await terminal.running('dry', 4)
  })

  it('waits for what has to be forced, and says so', async () => {
    await using terminal = await createCommandLine()
    const program = await terminal.foreground('stuck', COMMANDED, 'stubborn')
    await program.warns('is stubborn')
    const { code, stdout } = await terminal.run('abort', 'stuck', '--grace', '50ms', '--wait')
    expect(code).toBe(0)
    expect(stdout).toMatch(/1 requested, 1 acknowledged, 1 forced; all ended after/)
    expect(await program.ended).toMatchObject({ code: 130 })
  })

  it('ends at once with --force', async () => {
    await using terminal = await createCommandLine()
    const program = await terminal.foreground('stuck', COMMANDED, 'stubborn')
    await program.warns('is stubborn')
    const [answer, progress] = await terminal.json<{ accepted?: boolean; progress?: { forced: number } }>(
      'abort',
      'stuck',
      '--force',
      '--wait',
    )
    expect(answer).toMatchObject({ accepted: true })
    expect(progress).toMatchObject({ type: 'abortProgress', progress: { requested: 1, forced: 1 } })
    expect(await program.ended).toMatchObject({ code: 130 })
  })

  it('leaves what has ended as it is', async () => {
    await using terminal = await createCommandLine()
    await terminal.foreground('late', COMMANDED, 'family')
    await terminal.running('late', 4)
    await terminal.run('abort', 'late', 'a0.1', '--wait', '--by', 'the first')
    const again = await terminal.run('abort', 'late', 'a0.1', '--by', 'the second', '--wait')
    expect(again).toMatchObject({ code: 0, stdout: 'it has ended already (aborted): nothing has changed\n' })
    const [action] = await terminal.json<{ reason: unknown }>('get', 'action', 'late', 'a0.1')
    expect(action!.reason).toMatchObject({ by: 'the first' })
  })

  it('names what may have been meant', async () => {
    await using terminal = await createCommandLine()
    expect((await terminal.run('abort', 'nightly')).stderr).toContain('no process of yours serves any')
    await terminal.foreground('nightly', COMMANDED, 'family')
    const run = await terminal.run('abort', 'nigthly')
    expect(run.code).toBe(1)
    expect(run.stderr).toMatch(/there is no run 'nigthly' .*Did you mean 'nightly'\?/)
    const action = await terminal.run('abort', 'nightly', 'a0.99')
    expect(action.code).toBe(1)
    expect(action.stderr).toMatch(/has no action 'a0\.99'/)
    const named = await terminal.run('abort', 'nightly', 'child')
    expect(named.stderr).toMatch(/by its name it is --where name=child/)
  })

  it.each([
    [['abort'], /missing required argument 'target'/],
    [['abort', 'x', '--grace', 'soon'], /--grace is 'soon', but must be a time/],
    [['abort', 'x', '--where', 'phase=runing'], /Did you mean 'running'\?/],
    [['abort', 'run', 'x', 'a0.1'], /'heddle abort run' takes one run/],
    [['abort', 'action', 'x'], /say which action of run 'x'/],
    [['abort', 'x', '--process', 'me'], /--process is 'me'/],
    [['abort', 'x', '--url', 'nowhere'], /--url is 'nowhere'/],
  ])('refuses %j with 2', async (args, message) => {
    await using terminal = await createCommandLine()
    const { code, stderr } = await terminal.run(...args)
    expect(stderr).toMatch(message)
    expect(code).toBe(2)
  })

  it('asks which process is meant where two have a run of that name', async () => {
    await using terminal = await createCommandLine()
    const first = await terminal.foreground('twin', COMMANDED, 'linger')
    const second = await terminal.foreground('twin', COMMANDED, 'linger')
    const { code, stderr } = await terminal.run('abort', 'twin')
    expect(code).toBe(2)
    expect(stderr).toMatch(/several processes have a live run 'twin': name one of them by --process/)
    await terminal.run('abort', 'twin', '--process', String(first.child.pid))
    expect(await first.ended).toMatchObject({ code: 130 })
    // The name is clear again.
    await terminal.run('abort', 'twin')
    expect(await second.ended).toMatchObject({ code: 130 })
  })

  it('reaches a process by its address', async () => {
    await using terminal = await createCommandLine()
    const program = await terminal.foreground('remote', COMMANDED, 'linger')
    const [found] = await terminal.processes()
    const { url, token } = found!
    const wrong = await terminal.run('abort', 'remote', '--url', url, '--token', 'wrong')
    expect(wrong.code).toBe(1)
    expect(wrong.stderr).toMatch(/token/)
    await terminal.run('abort', 'remote', '--url', url, '--token', token)
    expect(await program.ended).toMatchObject({ code: 130 })
  })
})

describe('aborts that race', () => {
  it('two operators at once: one reason wins, and neither gets an error', async () => {
    await using terminal = await createCommandLine()
    const program = await terminal.foreground('contested', COMMANDED, 'family', '--json')
    await terminal.running('contested', 4)
    const operators = ['one', 'two', 'three'].map((by) => terminal.run('abort', 'contested', '--by', by))
    for (const { code, stderr } of await Promise.all(operators)) {
      // Whoever comes when the process has gone is told so.
      if (code !== 0) expect(stderr).toMatch(/there is no run 'contested' \(any more\)|has the process ended/)
    }
    const outcome = parseLines<{ status?: string; reason?: { by: string } }>((await program.ended).stdout).at(
      -1,
    )
    expect(outcome).toMatchObject({ status: 'aborted' })
    expect(['one', 'two', 'three']).toContain(outcome!.reason!.by)
  })

  it('as soon as the process is found, whatever it is doing then', async () => {
    await using terminal = await createCommandLine()
    const program = terminal.start('run', COMMANDED, 'linger', '--run-name', 'early')
    for (;;) {
      const { code } = await terminal.run('abort', 'early')
      if (code === 0) break
    }
    expect(await program.ended).toMatchObject({ code: 130, stdout: '' })
  })

  it('while the actions it is aimed at end by themselves', async () => {
    await using terminal = await createCommandLine()
    const program = await terminal.foreground('churning', COMMANDED, 'churn')
    await program.warns('churns')
    for (let round = 0; round < 5; round += 1) {
      const [answer] = await terminal.json<Answer>('abort', 'churning', '--where', 'name=short', '--wait')
      expect(answer!.requested).toBeGreaterThanOrEqual(answer!.matched)
      // All its children were aborted at once: their parent fails by that, and that is what it wrote.
      if (program.child.exitCode !== null) break
      const runs = await terminal.json<{ phase: string }>('get', 'run')
      if (runs[0]?.phase !== 'running') break
    }
    await terminal.run('abort', 'churning')
    const end = await program.ended
    expect([1, 130]).toContain(end.code)
    expect(end.stderr).not.toMatch(/unhandled|internal/i)
  })
})

describe('a process that was killed', () => {
  it('leaves nothing that confuses the next one', async () => {
    await using terminal = await createCommandLine()
    const killed = await terminal.foreground('nightly', COMMANDED, 'linger')
    await killed.warns('lingers')
    killed.child.kill('SIGKILL')
    await killed.ended
    expect(await terminal.files()).not.toEqual([])
    const list = await terminal.run('ps')
    expect(list).toMatchObject({ code: 0, stdout: '' })
    expect(await terminal.files()).toEqual([])
    const next = await terminal.foreground('nightly', COMMANDED, 'linger')
    const [run] = await terminal.json<{ pid: number }>('get', 'run')
    expect(run).toMatchObject({ run: 'nightly', pid: next.child.pid })
    await terminal.run('abort', 'nightly')
    expect(await next.ended).toMatchObject({ code: 130 })
    expect(await terminal.files()).toEqual([])
  })
})
