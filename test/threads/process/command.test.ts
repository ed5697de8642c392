import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { actionRef, createRuntime, isHeddleError, type ActionHandle, type Runtime } from 'heddle'
import type { CommandFailure } from 'heddle/process'
import {
  byEnv,
  byFlags,
  byJson,
  leavesScript,
  missing,
  notExecutable,
  nowhere,
  onGpu,
  script,
  scriptAgain,
  spawnsScript,
} from '#fixtures/commands.js'
import { isRunning } from '#fixtures/processes.js'
import { collectEvents } from '../../support/events.js'
import { allEnd } from '../../support/running.js'

/** What was logged while a script ran. */
async function logOf(runtime: Runtime, SCRIPT: string): Promise<(readonly [string, string])[]> {
  const { seen, ended } = collectEvents(runtime)
  await runtime.run(script, { SCRIPT }).settled()
  await runtime.close()
  await ended
  return seen.flatMap((event) => (event.type === 'log' ? [[event.level, event.message] as const] : []))
}

async function failureOf(handle: ActionHandle<unknown, { reports: unknown }>): Promise<{
  readonly message: string
  readonly cause: CommandFailure
}> {
  const error: unknown = await handle.then(
    () => new Error('it has succeeded'),
    (thrown: unknown) => thrown,
  )
  if (!isHeddleError(error, 'CommandFailedError')) throw error
  return { message: error.message, cause: error.cause as CommandFailure }
}

describe.skipIf(process.platform === 'win32')('a command', () => {
  it('is given its input as flags, as variables, or as a document', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const cwd = process.cwd()
    const input = {
      lr: 0.1,
      net: { depth: 3, name: 'a b' },
      list: [1, 'x'],
      flag: true,
      none: null,
      no: undefined,
    }
    expect(await runtime.run(byFlags, input)).toEqual({
      args: [
        'first',
        '--lr=0.1',
        '--net.depth=3',
        '--net.name=a b',
        '--list=[1,"x"]',
        '--flag=true',
        '--none=null',
      ],
      stdin: '',
      A: 'a',
      cwd,
    })
    expect(await runtime.run(byEnv, { A: { x: 1 }, C: 'c', B: undefined })).toEqual({
      args: [],
      stdin: '',
      A: '{"x":1}',
      B: 'b',
      cwd,
    })
    expect(await runtime.run(byJson, [1, 'ä'])).toMatchObject({
      stdin: '[1,"ä"]\n',
      cwd: fileURLToPath(new URL('../../../build/test/fixtures', import.meta.url)),
    })
    await expect(runtime.run(byFlags, 5 as never)).rejects.toMatchObject({ code: 'ActionInputError' })
  })

  it('reports its lines of JSON, gives the last one, and logs the others', async () => {
    const runtime = createRuntime({ threads: 1 })
    const { seen, ended } = collectEvents(runtime)
    const SCRIPT = `echo begin; echo '{"step":1}'; echo '[2' ; echo '{"loss":NaN}'; echo careful >&2; printf '"end"'`
    expect(await runtime.run(script, { SCRIPT })).toBe('end')
    expect(await runtime.run(script, { SCRIPT: 'echo nothing' })).toBeUndefined()
    await runtime.close()
    await ended
    const said = seen.flatMap((event) =>
      event.type === 'log' ? [[event.level, event.message]] : event.type === 'report' ? [event.value] : [],
    )
    expect(said.filter((one) => Array.isArray(one) && one[0] === 'warn')).toEqual([['warn', 'careful']])
    expect(said.filter((one) => !Array.isArray(one) || one[0] !== 'warn')).toEqual([
      ['info', 'begin'],
      { step: 1 },
      ['info', '[2'],
      { loss: Number.NaN },
      'end',
      ['info', 'nothing'],
    ])
  })

  it('may write what is no text, lines without end, and more than anybody reads', async () => {
    const log = await logOf(
      createRuntime({ threads: 1 }),
      String.raw`printf 'a\xff\xfeb\n'; head -c 3000000 /dev/zero | tr '\0' x; echo; printf '10%%\r20%%\r\n'; echo last`,
    )
    expect(log.map(([level]) => level)).toEqual(['info', 'warn', 'info', 'info'])
    expect(log[0]?.[1]).toBe('a\uFFFD\uFFFDb')
    expect(log[1]?.[1]).toMatch(/^a line of more than 1048576 bytes is cut, and no report: xxx/)
    expect(log.slice(2).map(([, message]) => message)).toEqual(['20%', 'last'])
  })

  it('may write a hundred thousand lines in a breath: the last one comes', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = runtime.run(script, { SCRIPT: 'seq 0 99999' })
    let count = 0
    const reports = (async () => {
      for await (const _ of run.reports()) count += 1
    })()
    expect(await run).toBe(99_999)
    expect(run.lastReport).toBe(99_999)
    await reports
    expect(count).toBeGreaterThan(0)
  })

  it('that closes its output, or whose output somebody else holds open, ends with its exit', async () => {
    await using runtime = createRuntime({ threads: 1 })
    expect(await runtime.run(script, { SCRIPT: 'echo 1; exec >&- 2>&-; sleep 0.1; exit 0' })).toBe(1)
    // It tells by a pipe when it has left the group.
    const leave =
      'pipe=$(mktemp -u); mkfifo "$pipe"; setsid sh -c "echo >$pipe; exec sleep 300" & read <"$pipe"; rm "$pipe"; echo "[$!]"'
    const [pid] = (await runtime.run(script, { SCRIPT: leave })) as [number]
    // It is nobody's any more.
    expect(isRunning(pid)).toBe(true)
    process.kill(pid)
  })

  it('fails with what it exited with, or what ended it, and the end of its standard error', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const exited = await failureOf(
      runtime.run(script, { SCRIPT: 'seq 100000 >&2; echo "ValueError: no" >&2; exit 3' }),
    )
    expect(exited.message).toContain(`'bash -c eval "$SCRIPT"' exited with code 3: ValueError: no`)
    expect(exited.cause).toMatchObject({ exitCode: 3, signal: undefined })
    expect(exited.cause.stderr).toMatch(/^\d+\n[^]*\n100000\nValueError: no\n$/)
    expect(exited.cause.stderr.length).toBeLessThanOrEqual(4096)
    const ended = await failureOf(runtime.run(script, { SCRIPT: 'kill -SEGV $$' }))
    expect(ended.message).toContain('was ended by SIGSEGV')
    expect(ended.cause).toMatchObject({ exitCode: undefined, signal: 'SIGSEGV', stderr: '' })
  })

  it('that cannot be started fails at once, naming program and folder, and is not tried again', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = runtime.run(missing)
    const { message, cause } = await failureOf(run)
    expect(message).toContain(
      `the program 'heddle-has-no-such-program' wasn't found in PATH (ENOENT; the folder is '${process.cwd()}')`,
    )
    expect(cause).toMatchObject({ exitCode: undefined, signal: undefined, stderr: '' })
    expect(run.actions()[0]?.attempt).toBe(1)
    expect((await failureOf(runtime.run(nowhere))).message).toContain(
      "the folder '/heddle/has/no/such/folder' doesn't exist (option cwd)",
    )
    expect((await failureOf(runtime.run(notExecutable))).message).toContain('EACCES')
  })

  it('is tried again, and timed from its start (S8)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = runtime.run(scriptAgain, { SCRIPT: 'exit 1' })
    await failureOf(run)
    expect(run.actions()[0]?.attempt).toBe(2)
    const late = runtime.run(script, { SCRIPT: 'echo "[$$]"; sleep 300' }, { timeout: 300 })
    expect(await late.settled()).toMatchObject({
      status: 'timedOut',
      how: 'cooperative',
      error: { bound: 'runMs' },
    })
    await allEnd(late.lastReport as number[])
  })

  it('waits for resources, holds them, and is told which', async () => {
    process.env['REMOVED'] = 'there'
    await using runtime = createRuntime({ threads: 0, resources: { gpu: 2 } })
    const SCRIPT = 'echo "[\\"$CUDA_VISIBLE_DEVICES\\", \\"$REMOVED\\"]"; sleep 0.2'
    const runs = [1, 2, 3].map(() => runtime.run(onGpu, { SCRIPT }))
    const said = (await Promise.all(runs)) as [string, string][]
    expect(new Set(said.map(([gpu]) => gpu))).toEqual(new Set(['0', '1']))
    expect(await runs[0]).toEqual(['0', ''])
    delete process.env['REMOVED']
  })

  it.each([0, 1])('is a child like any other, with threads: %i', async (threads) => {
    await using runtime = createRuntime({ threads })
    const own = process.pid
    expect(await runtime.run(spawnsScript, { SCRIPT: 'echo 5' })).toBe(5)
    expect(
      await runtime.scope((ctx) => ctx.map(script, [{ SCRIPT: 'echo 1' }, { SCRIPT: 'echo 2' }])),
    ).toEqual([1, 2])
    // Its parent ends first.
    const pids = (await runtime.run(leavesScript, {
      SCRIPT: 'trap "" TERM; sleep 300 & echo "[$$,$!]"; while :; do wait; done',
    })) as number[]
    expect(pids).toHaveLength(2)
    expect(pids.filter(isRunning)).toEqual([])
    expect(pids).not.toContain(own)
  })

  it('is found by an actionRef, whose module a thread loads', async () => {
    for (const threads of [0, 1]) {
      await using runtime = createRuntime({ threads, resources: { gpu: 1 } })
      const byName = actionRef<typeof script>(script.url, 'script')
      expect(await Promise.all([1, 2].map(() => runtime.run(byName, { SCRIPT: 'echo 7' })))).toEqual([7, 7])
      const holding = actionRef<typeof onGpu>(onGpu.url, 'onGpu')
      expect(await runtime.run(holding, { SCRIPT: 'echo "[\\"$CUDA_VISIBLE_DEVICES\\"]"' })).toEqual(['0'])
    }
  })
})
