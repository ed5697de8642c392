import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { link, readFile, readdir, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createRuntime } from 'heddle'
import {
  asha,
  median,
  random,
  sweep,
  SweepStorageError,
  target,
  timeLimit,
  tpe,
  uniform,
  type Study,
  type SweepResult,
  type Trial,
} from 'heddle/sweep'
import { describe, expect, it } from 'vitest'
import { endless, learn, learnInTurns, learnSlowly, type Place } from '#fixtures/sweep/trials.js'
import { sweepThenHang } from '#fixtures/sweep/inside.js'
import { startProgram } from '../../support/program.js'
import { createTemporaryFolder } from '../../support/temporary-folder.js'

const common = {
  space: { x: uniform(0, 1), y: uniform(0, 1) },
  metric: 'score',
  direction: 'maximize',
} as const

interface Line {
  readonly type: string
  readonly trial?: number
  readonly attempt?: number
  readonly state?: string
}

async function linesOf(path: string): Promise<Line[]> {
  const text = await readFile(path, 'utf8')
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line)
}

/** What a continued study must have kept: all but the actions, which were another run's. */
function kept(trials: readonly Trial<Place>[]): unknown[] {
  return trials.map(({ action: _action, ...trial }) => trial)
}

/** Waits until a study has so many trials that have ended. */
async function ended(study: Study<Place>, count: number): Promise<void> {
  for await (const { counts } of study.reports()) if (counts.completed + counts.pruned >= count) return
}

describe('storage of a sweep', () => {
  it('keeps all that is known: a second look runs nothing again', async () => {
    await using folder = await createTemporaryFolder()
    await using runtime = createRuntime({ threads: 2 })
    const storage = folder.path('sweep.jsonl')
    const options = { ...common, pruner: median(), trials: 30, concurrency: 4, storage }
    const first = await sweep(runtime, learn, { ...options, sampler: tpe({ seed: 1 }) })
    const spawned = runtime.stats().totals.succeeded
    const second = await sweep(runtime, learn, { ...options, sampler: tpe({ seed: 1 }) })
    expect(runtime.stats().totals.succeeded).toBe(spawned + 1)
    expect(kept(second.trials)).toEqual(kept(first.trials))
    expect(second.counts).toEqual(first.counts)
    expect(second.cost).toEqual(first.cost)
    expect(existsSync(`${storage}.lock`)).toBe(false)
  })

  it('goes on as the sweep would have, one trial at a time', async () => {
    await using folder = await createTemporaryFolder()
    await using runtime = createRuntime({ threads: 1 })
    const run = (trials: number, storage?: string): Study<Place> =>
      sweep(runtime, learn, {
        ...common,
        sampler: tpe({ seed: 4 }),
        pruner: asha({ minSteps: 3 }),
        trials,
        concurrency: 1,
        ...(storage !== undefined && { storage }),
      })
    const storage = folder.path('sweep.jsonl')
    await run(15, storage)
    const continued = await run(40, storage)
    const whole = await run(40)
    const parameters = (trials: readonly Trial<Place>[]): Place[] => trials.map((trial) => trial.parameters)
    expect(parameters(continued.trials)).toEqual(parameters(whole.trials))
  })

  it.each(['rerun', 'drop'] as const)('deals with interrupted trials: %s', async (interrupted) => {
    await using folder = await createTemporaryFolder()
    await using runtime = createRuntime({ threads: 2 })
    const storage = folder.path('sweep.jsonl')
    const options = { ...common, sampler: random({ seed: 1 }), trials: 8, storage }
    const study = sweep(runtime, endless, { ...options, concurrency: 2 })
    for await (const { best } of study.reports()) if (best !== undefined) study.cancel('tomorrow')
    expect((await study.settled()).status).toBe('aborted')
    const first = study.trials()
    const { trials, counts } = await sweep(runtime, learn, { ...options, interrupted })
    expect(trials).toHaveLength(8)
    if (interrupted === 'rerun') expect(counts.completed).toBe(8)
    else expect(counts).toMatchObject({ completed: 6, interrupted: 2 })
    for (const { number, parameters } of first) {
      const again = trials.find((trial) => trial.number === number)
      expect(again?.parameters).toEqual(parameters)
      expect(again?.attempt).toBe(interrupted === 'rerun' ? 2 : 1)
    }
  })

  it('counts what earlier sessions have reached, and how long they took', async () => {
    await using folder = await createTemporaryFolder()
    await using runtime = createRuntime({ threads: 1 })
    const storage = folder.path('sweep.jsonl')
    await sweep(runtime, learn, { ...common, sampler: random({ seed: 1 }), trials: 10, storage })
    const options = { ...common, sampler: random({ seed: 1 }), storage }
    const reached = await sweep(runtime, learn, { ...options, stop: target(-1) })
    expect(reached.stoppedBy?.rule).toBe('target(-1)')
    expect(reached.trials).toHaveLength(10)
    const late = await sweep(runtime, learn, { ...options, stop: timeLimit(1) })
    expect(late.stoppedBy?.rule).toBe('timeLimit(1 ms)')
    expect(late.trials).toHaveLength(10)
  })

  it('refuses a file of another study, of another process, and one that it cannot use', async () => {
    await using folder = await createTemporaryFolder()
    await using runtime = createRuntime({ threads: 1 })
    const storage = folder.path('sweep.jsonl')
    await sweep(runtime, learn, { ...common, trials: 2, storage })
    await expect(
      sweep(runtime, learn, {
        ...common,
        space: { x: uniform(0, 0.5), y: uniform(0, 1) },
        trials: 2,
        storage,
      }),
    ).rejects.toThrow(/another one: of its parameter 'x' the high is 1, this sweep's is 0.5/)
    await expect(
      sweep(runtime, learn, { ...common, direction: 'minimize', trials: 2, storage }),
    ).rejects.toThrow(/its direction is/)
    const holder = sweep(runtime, endless, { ...common, trials: 9, storage: folder.path('held.jsonl') })
    for await (const { best } of holder.reports()) if (best !== undefined) break
    await expect(
      sweep(runtime, learn, { ...common, trials: 2, storage: folder.path('held.jsonl') }),
    ).rejects.toMatchObject({
      code: 'SweepStorageError',
      message: expect.stringMatching(/in use by this process/),
    })
    holder.cancel()
    await holder.settled()
    await expect(
      sweep(runtime, learn, { ...common, trials: 2, storage: folder.path('no/file') }),
    ).rejects.toThrow(/folder does not exist/)
  })

  it.skipIf(!existsSync('/dev/full'))('starts no trial where nothing can be written', async () => {
    await using folder = await createTemporaryFolder()
    await using runtime = createRuntime({ threads: 1 })
    await symlink('/dev/full', folder.path('sweep.jsonl'))
    const study = sweep(runtime, learn, { ...common, trials: 5, storage: folder.path('sweep.jsonl') })
    await expect(study).rejects.toThrow(/no space left/)
    expect(study.trials()).toEqual([])
  })

  it.skipIf(process.platform === 'win32')('stops when the disk is full; what was told is safe', async () => {
    await using folder = await createTemporaryFolder()
    const storage = folder.path('sweep.jsonl')
    const program = fileURLToPath(
      new URL('../../../build/test/fixtures/programs/sweep-without-space.js', import.meta.url),
    )
    // 16 blocks of 1024 bytes in bash.
    const child = spawn('bash', ['-c', 'ulimit -f 16 && exec "$0" "$@"', process.execPath, program, storage])
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
    await once(child, 'close')
    const found = JSON.parse(output) as { message: string; running: number; queued: number }
    expect(found).toMatchObject({ status: 'failed', running: 0, queued: 0 })
    expect(found.message).toMatch(/can't be written/)
    const lines = await linesOf(storage)
    const whole = lines.filter(({ type, state }) => type === 'end' && state === 'completed').length
    expect(whole).toBeGreaterThan(0)
    await using runtime = createRuntime({ threads: 1 })
    const { counts } = await sweep(runtime, learnSlowly, {
      ...common,
      sampler: random({ seed: 1 }),
      trials: whole,
      storage,
    })
    expect(counts.completed).toBeGreaterThanOrEqual(whole)
  })

  it('goes on in another session when the run was aborted', async () => {
    await using folder = await createTemporaryFolder()
    await using runtime = createRuntime({ threads: 2 })
    const options = { ...common, sampler: tpe({ seed: 1 }), trials: 20, storage: folder.path('sweep.jsonl') }
    const study = sweep(runtime, learnSlowly, options)
    await ended(study, 5)
    runtime.abort(study.run, { reason: 'deploying', by: 'operator' })
    expect(await study.settled()).toMatchObject({ status: 'aborted', reason: { by: 'operator' } })
    const { counts } = await sweep(runtime, learnSlowly, options)
    expect(counts).toMatchObject({ completed: 20, running: 0, interrupted: 0 })
  })
})

describe('a sweep that is killed', () => {
  it(
    'at any moment goes on from its file, and runs nothing twice that had ended',
    { timeout: 90_000 },
    async () => {
      await using folder = await createTemporaryFolder()
      const storage = folder.path('sweep.jsonl')
      const trials = 24
      /** Kills when the file has so many more bytes than at the start: a moment of the sweep's own, not of the clock's. */
      const growths = [1, 300, 1111, 2500, 47, 5001]
      for (const growth of growths) {
        const before = existsSync(storage) ? (await readFile(storage)).length : 0
        const program = startProgram('sweep-in-pieces', { args: [storage, String(trials)] })
        await program.says('begun')
        let isOver = false
        void program.ended.then(() => (isOver = true))
        // Polls without a pause of its own: each read is a turn of the loop.
        while (!isOver && (!existsSync(storage) || (await readFile(storage)).length < before + growth));
        program.child.kill('SIGKILL')
        await program.ended
      }
      const { code, stdout, stderr } = await startProgram('sweep-in-pieces', {
        args: [storage, String(trials)],
      }).ended
      expect(stderr).toBe('')
      expect(code).toBe(0)
      const { counts } = JSON.parse(/found (.*)/.exec(stdout)?.[1] ?? '') as {
        counts: Record<string, number>
      }
      expect((counts['completed'] ?? 0) + (counts['pruned'] ?? 0)).toBe(trials)
      const lines = await linesOf(storage)
      const endedTrials = lines.flatMap(({ type, trial }) => (type === 'end' ? [trial] : []))
      expect(endedTrials.toSorted((a, b) => Number(a) - Number(b))).toEqual(
        Array.from({ length: trials }, (_, index) => index + 1),
      )
      // An ended trial isn't begun again, and an attempt has one end at most.
      const seen = new Set<number | undefined>()
      for (const { type, trial } of lines) {
        if (type === 'start') expect(seen.has(trial)).toBe(false)
        if (type === 'end') seen.add(trial)
      }
      expect(lines.filter(({ type }) => type === 'session').length).toBeGreaterThan(1)
      expect(existsSync(`${storage}.lock`)).toBe(false)
    },
  )
})

describe('the file of a sweep', () => {
  it('is refused to a sweep of another process, by a hard link too', async () => {
    await using folder = await createTemporaryFolder()
    await using runtime = createRuntime({ threads: 1 })
    const storage = folder.path('sweep.jsonl')
    const program = startProgram('sweep-in-pieces', { args: [storage, '100000'] })
    await program.says('begun')
    while (!existsSync(storage) || (await readFile(storage)).length === 0);
    await link(storage, folder.path('link.jsonl'))
    await symlink(storage, folder.path('symbolic.jsonl'))
    for (const name of ['sweep.jsonl', 'link.jsonl', 'symbolic.jsonl']) {
      const study = sweep(runtime, learn, { ...common, trials: 2, storage: folder.path(name) })
      await expect(study).rejects.toBeInstanceOf(SweepStorageError)
      await expect(study).rejects.toThrow(`in use by process ${program.child.pid} (sweep 'learnSlowly-sweep-`)
      expect(study.trials()).toEqual([])
    }
    program.child.kill('SIGKILL')
    await program.ended
    const { counts } = await sweep(runtime, learn, {
      ...common,
      trials: 5,
      storage: folder.path('link.jsonl'),
    })
    expect(counts.running).toBe(0)
  })

  it('is free again at once when the thread whose sweep held it is gone', async () => {
    await using folder = await createTemporaryFolder()
    await using runtime = createRuntime({ threads: 2 })
    const storage = folder.path('sweep.jsonl')
    const run = runtime.run(sweepThenHang, { storage })
    for await (const report of run.reports()) if (report === 'hangs') break
    await expect(sweep(runtime, learn, { ...common, trials: 2, storage })).rejects.toThrow(
      /in use by this process/,
    )
    run.cancel('enough', { graceMs: 0 })
    expect(await run.settled()).toMatchObject({ status: 'aborted', how: 'forced' })
    expect(existsSync(`${storage}.lock`)).toBe(true)
    const { counts } = await sweep(runtime, learn, { ...common, trials: 2, storage })
    expect(counts).toMatchObject({ running: 0, failed: 0 })
    expect(existsSync(`${storage}.lock`)).toBe(false)
  })

  it('is written anew when it is removed, and the sweep goes on', async () => {
    await using folder = await createTemporaryFolder()
    await using runtime = createRuntime({ threads: 2 })
    const options = {
      ...common,
      sampler: random({ seed: 1 }),
      trials: 100,
      storage: folder.path('sweep.jsonl'),
    }
    const study = sweep(runtime, learnSlowly, options)
    await ended(study, 3)
    await rm(options.storage)
    const first = await study
    expect(kept((await sweep(runtime, learnSlowly, options)).trials)).toEqual(kept(first.trials))
  })

  it('that is cut ends the sweep, and what it had is kept beside', async () => {
    await using folder = await createTemporaryFolder()
    await using runtime = createRuntime({ threads: 2 })
    const storage = folder.path('sweep.jsonl')
    const options = { ...common, sampler: random({ seed: 1 }), trials: 1000, storage }
    const study = sweep(runtime, learnSlowly, options)
    await ended(study, 3)
    await truncate(storage, 400)
    const before = await readFile(storage)
    // A line that was on its way may come after what is left.
    const error = await study.then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    if (!(error instanceof SweepStorageError)) throw new Error('it was accepted')
    expect(error).toMatchObject({ code: 'SweepStorageError', path: storage })
    expect(error.message).toMatch(/was cut to \d+ bytes, in line \d+/)
    expect(error.message).toContain(`'${storage}.kept'`)
    expect((await readFile(storage)).subarray(0, 400)).toEqual(before.subarray(0, 400))
    expect(runtime.stats()).toMatchObject({ running: 0, queued: 0 })
    const trials = study.trials().length
    const { counts } = await sweep(runtime, learnSlowly, { ...options, trials, storage: `${storage}.kept` })
    expect(counts.completed).toBe(trials)
  })

  it('that was appended to itself is told by its line, and left as it is', async () => {
    await using folder = await createTemporaryFolder()
    await using runtime = createRuntime({ threads: 1 })
    const storage = folder.path('sweep.jsonl')
    const options = { ...common, sampler: random({ seed: 1 }), trials: 3, storage }
    await sweep(runtime, learn, options)
    const text = await readFile(storage, 'utf8')
    await writeFile(storage, text + text)
    const line = text.split('\n').length
    await expect(sweep(runtime, learn, options)).rejects.toThrow(
      `line ${line} of '${storage}' begins a study once more`,
    )
    expect(await readFile(storage, 'utf8')).toBe(text + text)
    // A value that isn't in the space: the lines follow each other, but one doesn't fit.
    const wrong = text.replace(/"parameters":\{"x":[^,]*,/, '"parameters":{"x":7,')
    await writeFile(storage, wrong)
    await expect(sweep(runtime, learn, options)).rejects.toThrow(
      /line \d+ of .*sweep\.jsonl' can't be taken in/,
    )
    await expect(sweep(runtime, learn, options)).rejects.toBeInstanceOf(SweepStorageError)
  })

  it(
    'leads to the same study from whichever byte its last session had come to',
    { timeout: 120_000 },
    async () => {
      await using folder = await createTemporaryFolder()
      await using runtime = createRuntime({ threads: 1 })
      const storage = folder.path('sweep.jsonl')
      const run = (): PromiseLike<SweepResult> =>
        sweep(runtime, learnInTurns, {
          ...common,
          ...{ sampler: tpe({ seed: 4 }), pruner: asha(), trials: 14, concurrency: 1, storage },
        })
      const whole = await run()
      const bytes = await readFile(storage)
      const told = ({ trials }: SweepResult): unknown =>
        trials.map(({ state, parameters, value, step, curve }) => ({ state, parameters, value, step, curve }))
      // Each byte of two lines, and then some all over the file.
      const near = bytes.indexOf('\n', bytes.length / 2)
      const cuts = [
        ...Array.from({ length: 24 }, (_, index) => near - 120 + 10 * index),
        ...Array.from({ length: 30 }, (_, index) => Math.floor((index * bytes.length) / 29)),
      ]
      for (const cut of cuts) {
        await writeFile(storage, bytes.subarray(0, cut))
        expect(told(await run())).toEqual(told(whole))
      }
      expect(await readdir(dirname(storage))).toEqual(['sweep.jsonl'])
    },
  )
})
