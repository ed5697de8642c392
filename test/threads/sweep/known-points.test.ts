import { createRuntime } from 'heddle'
import { choice, grid, int, random, sweep, tpe, uniform, variants, type SweepResult } from 'heddle/sweep'
import { describe, expect, it } from 'vitest'
import { echoAny, held, idle, learnInTurns, once, scoreOf } from '#fixtures/sweep/trials.js'
import { createTemporaryFolder } from '../../support/temporary-folder.js'
import { listening, refusal } from '../../support/sweeps.js'

const space = { x: uniform(0, 1), y: uniform(0, 1) }
const common = { space, metric: 'score', direction: 'maximize', concurrency: 1 } as const

function placesOf({ trials }: SweepResult<{ readonly x: number; readonly y: number }>): unknown {
  return trials.map(({ parameters: { x, y } }) => [x, y])
}

describe('points to start with', () => {
  it('are tried first, in order, count as trials, and are told to the sampler', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const told: unknown[] = []
    const sampler = listening(
      random({ seed: 1 }),
      (number, { value }) => told.push([number, value]),
      (suggestion) => told.push(suggestion),
    )
    const { trials, counts } = await sweep(runtime, once, {
      ...common,
      sampler,
      trials: 4,
      start: [
        { x: 0.3, y: 0.7 },
        { x: 0.1, y: 0.2 },
      ],
    })
    expect(counts.completed).toBe(4)
    expect(trials[0]?.parameters).toEqual({ x: 0.3, y: 0.7 })
    expect(trials[1]?.parameters).toEqual({ x: 0.1, y: 0.2 })
    expect(told).toEqual([
      { number: 1, parameters: { x: 0.3, y: 0.7 } },
      [1, scoreOf({ x: 0.3, y: 0.7 })],
      { number: 2, parameters: { x: 0.1, y: 0.2 } },
      [2, scoreOf({ x: 0.1, y: 0.2 })],
      [3, trials[2]?.value],
      [4, trials[3]?.value],
    ])
  })

  it.each([
    ['random', () => random({ seed: 3 })],
    ['tpe', () => tpe({ seed: 3, startupTrials: 2 })],
    ['grid', () => grid({ levels: 3 })],
  ])('are completed by the sampler %s', async (_, sampler) => {
    await using runtime = createRuntime({ threads: 1 })
    const run = (): PromiseLike<SweepResult<{ readonly x: number; readonly y: number }>> =>
      sweep(runtime, once, {
        ...common,
        sampler: sampler(),
        trials: 8,
        start: [{ x: 0.25 }, { y: 0.75 }, {}],
      })
    const [first, second] = [await run(), await run()]
    expect(placesOf(second)).toEqual(placesOf(first))
    expect(first.trials[0]?.parameters.x).toBe(0.25)
    expect(first.trials[1]?.parameters.y).toBe(0.75)
    for (const { parameters } of first.trials) {
      expect(parameters.x).toBeGreaterThanOrEqual(0)
      expect(parameters.y).toBeLessThanOrEqual(1)
    }
  })

  it('take nothing from a grid, and what it has of them is not tried twice', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const { trials } = await sweep(runtime, once, {
      ...common,
      sampler: grid({ levels: 2, order: 'lexical' }),
      start: [{ x: 0.5, y: 0.5 }, { x: 1, y: 0 }, { x: 0.5 }],
    })
    const places = trials.map(({ parameters: { x, y } }) => `${x} ${y}`)
    expect(places.slice(0, 2)).toEqual(['0.5 0.5', '1 0'])
    expect(places.slice(3).toSorted()).toEqual(['0 0', '0 1', '1 1'])
  })

  it('can say which variant it is, and leave open what it has', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const { trials } = await sweep(runtime, echoAny, {
      space: {
        x: uniform(0, 1),
        deep: { kind: variants('name', { a: { m: uniform(0, 1), n: int(1, 3) }, b: {} }) },
      },
      metric: 'score',
      direction: 'maximize',
      sampler: tpe({ seed: 1, startupTrials: 1 }),
      concurrency: 1,
      trials: 6,
      start: [
        { deep: { kind: { name: 'b' } } },
        { deep: { kind: { name: 'a', n: 2 } } },
        { deep: { kind: { name: 'a', m: 0.5 } }, x: 0.125 },
      ],
    })
    const [first, second, third] = trials.map(({ parameters }) => parameters)
    expect(first).toEqual({ x: expect.any(Number), deep: { kind: { name: 'b' } } })
    expect(second?.deep.kind).toEqual({ name: 'a', m: expect.any(Number), n: 2 })
    expect(third).toEqual({ x: 0.125, deep: { kind: { name: 'a', m: 0.5, n: expect.any(Number) } } })
  })

  it.each([
    [
      { start: [{ x: 2 }] },
      /option 'start\[0\]': 'x' is 2, which isn't in the space: it must be from 0 to 1/,
    ],
    [{ start: [{}, { z: 1 }] }, /option 'start\[1\]': the space has no 'z'/],
    [{ start: [5] }, /'start\[0\]': the point is 5/],
    [{ start: { x: 1 } }, /option 'start' is .* must be an array/],
    [{ start: [{ x: 0.5 }], fixed: { x: 0.25 } }, /'x' is 0.5, but the option 'fixed' says 0.25/],
    [{ fixed: { x: -1 } }, /option 'fixed': 'x' is -1/],
    [{ fixed: { x: 0.1, y: 0.1 } }, /leaves nothing to search/],
    [{ start: [{}, {}, {}, {}] }, /4 points, but there are only 3 trials/],
  ])('are refused where they are none: %j', async (options, message) => {
    await using runtime = createRuntime({ threads: 1 })
    const wrong = options as { readonly start?: readonly { readonly x: number }[] }
    expect(await refusal(sweep(runtime, once, { ...common, trials: 3, ...wrong }))).toMatch(message)
    expect(runtime.stats().queued).toBe(0)
  })

  it('are not repeated by a study that goes on; those that it has not had yet are tried', async () => {
    await using folder = await createTemporaryFolder()
    await using runtime = createRuntime({ threads: 1 })
    const start = [{ x: 0.1, y: 0.1 }, { x: 0.2 }, { x: 0.2 }]
    const run = (trials: number, points = start): PromiseLike<SweepResult<{ x: number; y: number }>> =>
      sweep(runtime, once, {
        ...common,
        sampler: tpe({ seed: 2, startupTrials: 2 }),
        storage: folder.path('study.jsonl'),
        trials,
        start: points,
      })
    await run(3, start)
    await run(4)
    const resumed = await run(7, [...start, { x: 0.9, y: 0.9 }])
    const xs = resumed.trials.map(({ parameters }) => parameters.x)
    expect(xs.slice(0, 3)).toEqual([0.1, 0.2, 0.2])
    expect(xs.filter((x) => x === 0.2)).toHaveLength(2)
    expect(resumed.trials[4]?.parameters).toEqual({ x: 0.9, y: 0.9 })
  })

  it('give the same study, resumed or not', async () => {
    await using folder = await createTemporaryFolder()
    await using runtime = createRuntime({ threads: 1 })
    const run = (trials: number, storage?: string): PromiseLike<SweepResult<{ x: number; y: number }>> =>
      sweep(runtime, learnInTurns, {
        ...common,
        sampler: tpe({ seed: 4, startupTrials: 3 }),
        trials,
        start: [{ x: 0.25 }, { y: 0.5 }],
        warmStart: [{ parameters: { x: 0.4, y: 0.4 }, value: -1 }],
        ...(storage !== undefined && { storage }),
      })
    const whole = await run(12)
    for (const trials of [2, 5]) await run(trials, folder.path('study.jsonl'))
    expect(placesOf(await run(12, folder.path('study.jsonl')))).toEqual(placesOf(whole))
  })

  it('that waited when a session was cancelled are tried by the next one', async () => {
    await using folder = await createTemporaryFolder()
    await using runtime = createRuntime({ threads: 1 })
    const options = { ...common, storage: folder.path('study.jsonl'), trials: 3 }
    const study = sweep(runtime, idle, {
      ...options,
      start: [
        { x: 0.1, y: 0.1 },
        { x: 0.2, y: 0.2 },
      ],
    })
    study.enqueue({ x: 0.3, y: 0.3 })
    for await (const { counts } of study.reports()) if (counts.running === 1) break
    study.cancel()
    await study.settled()
    const { trials, counts } = await sweep(runtime, once, options)
    expect(counts.completed).toBe(3)
    expect(trials.map(({ parameters }) => parameters.x)).toEqual([0.1, 0.2, 0.3])
  })
})

describe('points that are enqueued', () => {
  it('are tried next, from the moment that sweep has returned', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const study = sweep(runtime, once, {
      ...common,
      sampler: random({ seed: 1 }),
      trials: 5,
      start: [{ x: 0, y: 0 }],
      onTrial: ({ number }) => {
        if (number === 4) study.enqueue({ x: 1, y: 1 })
      },
    })
    study.enqueue({ x: 0.5, y: 0.5 })
    study.enqueue({ x: 0.5 })
    const { trials } = await study
    expect(trials).toHaveLength(5)
    expect(trials[0]?.parameters).toEqual({ x: 0, y: 0 })
    expect(trials[1]?.parameters).toEqual({ x: 0.5, y: 0.5 })
    expect(trials[2]?.parameters.x).toBe(0.5)
    expect(trials[4]?.parameters).toEqual({ x: 1, y: 1 })
  })

  it('are tried, too, when the sampler has no more', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const gate = new Int32Array(new SharedArrayBuffer(4))
    const study = sweep(runtime, held, {
      space: { x: choice([1, 2]) },
      input: ({ x }) => ({ x, gate }),
      metric: 'score',
      direction: 'maximize',
      sampler: grid(),
      concurrency: 8,
    })
    // Both are under way once the first progress shows them.
    for await (const { counts } of study.reports()) if (counts.running === 2) break
    study.enqueue({ x: 1 })
    Atomics.store(gate, 0, 1)
    const { trials } = await study
    expect(trials.map(({ parameters }) => parameters.x)).toEqual([1, 2, 1])
  })

  it('are refused outside the space, where no trial is left, and after the end', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const study = sweep(runtime, once, { ...common, trials: 3, onTrial: () => {} })
    expect(await refusal(() => study.enqueue({ x: 1.5 }))).toMatch(/enqueue of sweep .*'x' is 1.5/)
    expect(await refusal(() => study.enqueue({ z: 1 } as never))).toMatch(/no 'z'/)
    expect(await refusal(() => study.enqueue(undefined as never))).toMatch(/the point is undefined/)
    await study
    expect(await refusal(() => study.enqueue({ x: 0.5 }))).toMatch(/it has ended/)

    const full: string[] = []
    await sweep(runtime, once, {
      ...common,
      trials: 2,
      onTrial: async (_, started) => full.push(await refusal(() => started.enqueue({ x: 0.5 }))),
      start: [{}, {}],
    })
    expect(full[0]).toMatch(/all of its 2 trials are begun, or wait/)

    const stopped = sweep(runtime, idle, { ...common, trials: 2 })
    for await (const { counts } of stopped.reports()) if (counts.running === 1) break
    stopped.stop()
    expect(await refusal(() => stopped.enqueue({ x: 0.5 }))).toMatch(/it has ended/)
    await stopped
    const wrong = sweep(runtime, once, { ...common, trials: 0 })
    expect(await refusal(() => wrong.enqueue({ x: 0.5 }))).toMatch(/options are wrong/)
    await expect(wrong).rejects.toThrow(/trials/)
  })
})

describe('fixed values', () => {
  it('are had by all trials, and the sampler searches the others', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const { trials, description } = await sweep(runtime, echoAny, {
      space: {
        x: uniform(0, 1),
        layers: choice([[8], [8, 8]]),
        opt: variants('kind', { a: { m: uniform(0, 1), n: uniform(0, 1) }, b: {} }),
      },
      metric: 'score',
      direction: 'maximize',
      sampler: grid({ levels: 2 }),
      concurrency: 1,
      fixed: { layers: [8, 8], opt: { kind: 'a', m: 0.5 } },
    })
    // Of the grid, x and n are left.
    expect(trials).toHaveLength(4)
    for (const { parameters } of trials) {
      expect(parameters).toMatchObject({ layers: [8, 8], opt: { kind: 'a', m: 0.5 } })
    }
    expect(description.parameters.map(({ name }) => name)).toContain('layers')
  })

  it('can change when a study goes on; trials with other ones are not told', async () => {
    await using folder = await createTemporaryFolder()
    await using runtime = createRuntime({ threads: 1 })
    const options = { ...common, storage: folder.path('study.jsonl') }
    await sweep(runtime, once, { ...options, sampler: random({ seed: 1 }), trials: 3 })
    const run = (trials: number): PromiseLike<SweepResult<{ x: number; y: number }>> =>
      sweep(runtime, once, { ...options, sampler: random({ seed: 1 }), trials, fixed: { x: 0.5 } })
    await run(5)
    const { trials } = await run(7)
    expect(trials.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7])
    expect(trials.slice(3).map(({ parameters }) => parameters.x)).toEqual([0.5, 0.5, 0.5, 0.5])
    expect(new Set(trials.slice(3).map(({ parameters }) => parameters.y)).size).toBe(4)
  })
})
