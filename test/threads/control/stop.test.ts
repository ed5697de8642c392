import { createRuntime } from 'heddle'
import { createClient } from 'heddle/client'
import { readStudy, sweep, uniform } from 'heddle/sweep'
import { describe, expect, it } from 'vitest'
import { linger } from '#fixtures/controlled.js'
import { held } from '#fixtures/sweep/trials.js'
import { serve, untilCount } from '../../support/control.js'
import { createTemporaryFolder } from '../../support/temporary-folder.js'

const heldSweep = (gate: Int32Array) =>
  ({
    space: { x: uniform(0, 1) },
    input: ({ x }: { x: number }) => ({ x, gate }),
    metric: 'score',
    objective: 'returned',
    direction: 'maximize',
    trials: 100,
    concurrency: 3,
    name: 'study',
  }) as const

describe('a stop through the control server', () => {
  it('lets a sweep finish what runs, says who asked and why, and can stop that later', async () => {
    await using served = await serve()
    await using folder = await createTemporaryFolder()
    const { client, runtime } = served
    const storage = folder.path('study.jsonl')
    const gate = new Int32Array(new SharedArrayBuffer(4))
    const study = sweep(runtime, held, { ...heldSweep(gate), storage })
    await untilCount(runtime, 'study', 'running', 4)
    expect(await client.run('study')).toMatchObject({ stoppable: true, name: 'sweep' })
    const other = createClient({ url: served.server.url, token: served.server.token })
    const asked = { reason: 'good enough', by: 'ann (console)' }
    const stoppedBy = { rule: 'stop', ...asked, running: 'finish' }
    expect(await client.stop('study', asked)).toEqual({
      run: 'study',
      accepted: true,
      phase: 'running',
      running: 3,
      stoppedBy,
    })
    // Another client, a moment later: it is told who was first.
    expect(await other.stop('study', { by: 'bob', reason: 'me too' })).toMatchObject({
      accepted: false,
      running: 3,
      stoppedBy,
    })
    const now = await other.stop('study', { by: 'bob', reason: 'too slow', running: 'abort' })
    expect(now).toMatchObject({ accepted: true, running: 3, stoppedBy: { rule: 'stop', ...asked } })
    const result = await study
    expect(result.stoppedBy).toEqual({ rule: 'stop', ...asked })
    expect(result.counts).toMatchObject({ stopped: 3 })
    expect(result.trials[0]).toMatchObject({ reason: 'bob: too slow' })
    expect((await readStudy(storage)).stoppedBy).toEqual({ rule: 'stop', ...asked })
    expect(await client.stop('study')).toMatchObject({ accepted: false, phase: 'succeeded', running: 0 })
    expect((await client.run('study')).stoppable).toBe(false)
    expect((await client.logs('study', { level: 'info' })).items.map(({ message }) => message)).toEqual([
      "sweep 'study' started",
      'sweep ended by ann (console): good enough (running trials could finish)',
      'sweep ended by bob: too slow',
    ])
  })

  it('ends no other run, and says what does', async () => {
    await using served = await serve()
    const { client, runtime } = served
    const run = runtime.run(linger, undefined, { name: 'plain' })
    const refusal = await client.stop('plain').catch((error: unknown) => error)
    expect(refusal).toMatchObject({ status: 409, code: 'conflict' })
    expect((refusal as Error).message).toContain("run 'plain' is no sweep")
    expect((await client.run('plain')).stoppable).toBe(false)
    await expect(client.stop('plane')).rejects.toMatchObject({ status: 404, nearest: ['plain'] })
    for (const body of [{ running: 'wait' }, { reason: 7 }, { why: 'no' }]) {
      const answer = await served.fetch('/api/v1/runs/plain/stop', {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      })
      expect([answer.status, Object.keys(body)]).toEqual([
        400,
        [((await answer.json()) as Refusal).error.field],
      ])
    }
    const reader = createClient({ url: served.server.url, token: served.server.readToken })
    await expect(reader.stop('plain')).rejects.toMatchObject({ status: 403 })
    run.cancel()
    await run.settled()
    expect(await client.stop('plain')).toMatchObject({ accepted: false, phase: 'aborted' })
  })

  it('comes before anything runs, too, and to a runtime of another copy of the package', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const gate = new Int32Array(new SharedArrayBuffer(4))
    const runs: object[] = []
    const scope: typeof runtime.scope = (...args) => {
      const run = runtime.scope(...args)
      runs.push(run)
      return run
    }
    const study = sweep({ scope }, held, heldSweep(gate))
    // The key by which a runtime finds it is one that copies share.
    const [run] = runs as { readonly [key: symbol]: (request: object) => unknown }[]
    const asked = { reason: 'not today', by: 'ann', running: 'finish' }
    const stoppedBy = { rule: 'stop', ...asked }
    expect(run?.[Symbol.for('heddle.stopper')]?.(asked)).toEqual({ accepted: true, running: 0, stoppedBy })
    const result = await study
    expect(result.trials).toEqual([])
    expect(result.stoppedBy).toEqual(stoppedBy)
  })
})

interface Refusal {
  readonly error: { readonly field: string }
}
