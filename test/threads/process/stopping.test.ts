import { describe, expect, it, onTestFinished } from 'vitest'
import { createRuntime, type Run } from 'heddle'
import { asha, int, sweep } from 'heddle/sweep'
import { blocksBesideScript, script, trains } from '#fixtures/commands.js'
import { childrenOf, isRunning, parentOf } from '#fixtures/processes.js'
import { startProgram } from '../../support/program.js'
import { allEnd } from '../../support/running.js'

/** Says its number and that of a child in its group, and waits for that. */
const WAITS = 'sleep 300 & echo "[$$,$!]"; wait'
/** The same, and neither ends when it is asked to. */
const STUBBORN = `trap "" TERM; sleep 300 & echo "[$$,$!]"; while :; do wait; sleep 0.01; done`

async function pidsOf(run: Run<unknown, { reports: unknown }>): Promise<number[]> {
  const reports = run.reports()
  if (run.lastReport !== undefined) return run.lastReport as number[]
  for await (const report of reports) return report as number[]
  throw new Error('it has ended without a word')
}

describe.skipIf(process.platform !== 'linux')('a command that is stopped', () => {
  it('is asked, and all of its group is gone when it settles (S7)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = runtime.run(script, { SCRIPT: WAITS })
    const pids = await pidsOf(run)
    expect(pids.filter(isRunning)).toEqual(pids)
    run.cancel('enough')
    expect(await run.settled()).toMatchObject({
      status: 'aborted',
      how: 'cooperative',
      reason: { message: 'enough' },
    })
    expect(pids.filter(isRunning)).toEqual([])
  })

  it('is killed at the end of its grace, with all of its group (S7)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = runtime.run(script, { SCRIPT: STUBBORN }, { graceMs: 200 })
    const pids = await pidsOf(run)
    run.cancel()
    const outcome = await run.settled()
    expect(outcome).toMatchObject({ status: 'aborted', how: 'forced' })
    expect(pids.filter(isRunning)).toEqual([])
    const { abortRequestedAt = 0, settledAt } = outcome as { abortRequestedAt?: number; settledAt: number }
    expect(settledAt - abortRequestedAt).toBeGreaterThanOrEqual(199)
  })

  it('is killed at once by force, and by a shorter grace that comes later (S5)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const [run, other] = [1, 2].map(() =>
      runtime.run(script, { SCRIPT: STUBBORN }, { graceMs: 3_600_000 }),
    ) as [Run<unknown, { reports: unknown }>, Run<unknown, { reports: unknown }>]
    const pids = [...(await pidsOf(run)), ...(await pidsOf(other))]
    run.cancel('now', { force: true })
    other.cancel()
    expect(await run.settled()).toMatchObject({ how: 'forced' })
    other.cancel('soon', { graceMs: 50 })
    expect(await other.settled()).toMatchObject({ how: 'forced' })
    expect(pids.filter(isRunning)).toEqual([])
  })

  it('says what it failed with while it cleaned up, and nothing of the signal it was sent (S4)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const failing = runtime.run(script, { SCRIPT: 'trap "exit 9" TERM; echo "[$$]"; sleep 300 & wait' })
    await pidsOf(failing)
    failing.cancel()
    expect(await failing.settled()).toMatchObject({
      how: 'cooperative',
      error: { cause: { code: 'CommandFailedError', cause: { exitCode: 9 } } },
    })
    const plain = runtime.run(script, { SCRIPT: WAITS })
    await pidsOf(plain)
    plain.cancel()
    expect(((await plain.settled()) as { error: Error }).error.cause).toBeUndefined()
  })

  it('that was never started has no process (I4)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = runtime.run(script, { SCRIPT: WAITS })
    run.cancel()
    expect(await run.settled()).toMatchObject({ status: 'aborted', how: 'never-started' })
    expect(run.lastReport).toBeUndefined()
  })

  it('leaves nothing behind when it ends by itself: what is left is asked, then killed', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const asked = (await runtime.run(script, { SCRIPT: 'sleep 300 & echo "[$!]"' })) as number[]
    expect(asked.filter(isRunning)).toEqual([])
    // It tells by a pipe when it heeds no signal.
    const SCRIPT =
      'pipe=$(mktemp -u); mkfifo "$pipe"; (trap "" TERM; echo >"$pipe"; exec sleep 300) & read <"$pipe"; rm "$pipe"; echo "[$$,$!]"'
    const run = runtime.run(script, { SCRIPT }, { graceMs: 1000 })
    const pids = await pidsOf(run)
    await allEnd(pids.slice(0, 1))
    // Its leader has exited, and it hasn't ended.
    expect([run.phase, isRunning(pids[1] as number)]).toEqual(['running', true])
    expect(await run).toEqual(pids)
    expect(pids.filter(isRunning)).toEqual([])
  })

  it('is stopped when the runtime closes, and the supervisor with it (I9)', async () => {
    const runtime = createRuntime({ threads: 1 })
    const run = runtime.run(script, { SCRIPT: STUBBORN }, { graceMs: 100 })
    const pids = await pidsOf(run)
    const supervisor = parentOf(pids[0] as number)
    expect(childrenOf(process.pid)).toContain(supervisor)
    await runtime.close()
    expect(await run.settled()).toMatchObject({ how: 'forced', reason: { source: 'shutdown' } })
    expect([...pids, supervisor].filter(isRunning)).toEqual([])
  })

  it('is stopped with a parent whose thread has to be killed (I1, I7)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = runtime.run(blocksBesideScript, { SCRIPT: STUBBORN })
    const pids = await pidsOf(run)
    run.cancel()
    expect(await run.settled()).toMatchObject({ how: 'forced' })
    expect(pids.filter(isRunning)).toEqual([])
  })

  it('fails if its supervisor is killed, is killed itself, and the next one has another', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = runtime.run(script, { SCRIPT: STUBBORN })
    const pids = await pidsOf(run)
    process.kill(parentOf(pids[0] as number), 'SIGKILL')
    await expect(run).rejects.toMatchObject({
      code: 'CommandFailedError',
      message: expect.stringContaining('SIGKILL'),
    })
    expect(pids.filter(isRunning)).toEqual([])
    expect(await runtime.run(script, { SCRIPT: 'echo 1' })).toBe(1)
  })

  it.each([
    ['SIGKILL', WAITS],
    ['SIGKILL', STUBBORN],
    ['SIGTERM', STUBBORN],
  ] as const)('ends with its app when that is ended by %s: %s', async (signal, text) => {
    const program = startProgram('commanding', { args: ['wait', text] })
    onTestFinished(() => void program.child.kill('SIGKILL'))
    await program.says(']\n')
    program.child.kill(signal)
    const { stdout, stderr } = await program.ended
    expect(stderr).toBe('')
    const pids = JSON.parse(stdout) as number[]
    expect(pids).toHaveLength(5)
    await allEnd(pids)
  })

  it.each([
    ['exit', STUBBORN],
    ['leave', 'sleep 300 & echo "[$$,$!]"'],
  ])('ends with its app when that ends by itself: %s', async (what, text) => {
    const program = startProgram('commanding', { args: [what, text] })
    onTestFinished(() => void program.child.kill('SIGKILL'))
    const { code, stdout, stderr } = await program.ended
    expect([code, stderr]).toEqual([0, ''])
    await allEnd(JSON.parse(stdout) as number[])
  })

  it('leaves nothing, however many are started, stopped, killed and end at a time', async () => {
    await using runtime = createRuntime({ threads: 2 })
    const kinds = [
      'sleep 300 & echo "[$$,$!]"; sleep 0.0$N; exit 0',
      'sleep 300 & echo "[$$,$!]"; sleep 0.0$N; exit 2',
      WAITS,
      STUBBORN,
      '(sleep 300 & echo "[$$,$!]"); kill -KILL $$',
    ]
    const pids: number[] = []
    const runs = Array.from({ length: 60 }, (_, index) => {
      const run = runtime.run(
        script,
        { SCRIPT: kinds[index % kinds.length] as string, N: String(index % 9) },
        { graceMs: index % 3 === 0 ? 0 : 100 },
      )
      setTimeout(() => run.cancel(), (index * 37) % 400)
      return run
    })
    const outcomes = await Promise.all(
      runs.map(async (run) => {
        const outcome = await run.settled()
        if (Array.isArray(run.lastReport)) pids.push(...(run.lastReport as number[]))
        return outcome.status
      }),
    )
    expect(new Set(outcomes)).toEqual(new Set(['aborted', ...outcomes]))
    expect(pids.length).toBeGreaterThan(0)
    expect(pids.filter(isRunning)).toEqual([])
    expect(runtime.stats()).toMatchObject({ running: 0, aborting: 0, queued: 0, abandoned: 0 })
  })

  it('is stopped early by a sweep, whose pruner its reports reach', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const result = await sweep(runtime, trains, {
      space: { level: int(1, 9) },
      input: ({ level }) => ({ level, steps: 12 }),
      metric: 'loss',
      direction: 'minimize',
      step: 'step',
      trials: 12,
      concurrency: 4,
      maxSteps: 12,
      pruner: asha({ minSteps: 1, reduction: 3 }),
    })
    expect(result.best?.value).toBeLessThan(5)
    expect(result.trials.filter(({ state }) => state === 'pruned').length).toBeGreaterThan(2)
  })
})
