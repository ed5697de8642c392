import { chain, crowd, deaf, fail, linger, odd, retried, talk } from '#fixtures/controlled.js'
import { tell } from '#fixtures/gates.js'
import { idle } from '#fixtures/sweep/trials.js'
import type { ActionItem } from 'heddle/client'
import { sweep, uniform } from 'heddle/sweep'
import { describe, expect, it } from 'vitest'
import { reported, untilEvent } from '../../support/places.js'
import { serve, untilCount } from '../../support/control.js'

describe('the control API', () => {
  it('describes the process and its counts', async () => {
    await using served = await serve()
    const { client, server, runtime } = served
    const run = runtime.run(linger, undefined)
    await reported(run, 'up')
    expect(await client.process()).toMatchObject({
      instance: server.instance,
      pid: process.pid,
      url: server.url,
      scope: 'full',
    })
    expect(await client.stats()).toMatchObject({ running: 1, queued: 0, threads: 1, streams: 0 })
    const { at, queued, loopP99Ms, rssBytes } = await client.statsHistory()
    expect(at[0]).toBeLessThanOrEqual((await client.stats()).at)
    expect([queued[0], rssBytes[0]]).toEqual([0, expect.any(Number)])
    for (const column of [queued, loopP99Ms, rssBytes]) expect(column).toHaveLength(at.length)
  })

  it('lists runs, newest first, by phase, by name and page by page', async () => {
    await using served = await serve()
    const { client, runtime } = served
    for (const name of ['one', 'two', 'three']) await runtime.run(odd, 1, { name })
    const live = runtime.run(linger, undefined, { name: 'live' })
    await reported(live, 'up')
    const names = async (query: Parameters<typeof client.runs>[0]): Promise<string[]> =>
      (await client.runs(query)).items.map(({ run }) => run)
    expect(await names({})).toEqual(['live', 'three', 'two', 'one'])
    expect(await names({ phase: 'running,aborting' })).toEqual(['live'])
    expect(await names({ search: 'T' })).toEqual(['three', 'two'])
    const first = await client.runs({ limit: 3 })
    expect(first.items).toHaveLength(3)
    const second = await client.runs({ limit: 3, cursor: first.next as string })
    expect(second.items.map(({ run }) => run)).toEqual(['one'])
    expect(second.next).toBeUndefined()
    expect(runtime.get('live')?.url).toBe((await client.run('live')).url)
  })

  it('counts all actions of a run, those whose records are gone included', async () => {
    await using served = await serve({}, { threads: 1, retain: { actions: 2 } })
    const { client, runtime } = served
    const run = runtime.run(crowd, { size: 10 }, { name: 'crowd' })
    await untilCount(runtime, 'crowd', 'running', 11)
    await client.abort('crowd', { where: { name: 'member-*' } })
    await run
    const detail = await client.run('crowd')
    expect(detail).toMatchObject({
      phase: 'succeeded',
      total: 11,
      dropped: 8,
      counts: { aborted: 10, succeeded: 1 },
    })
    expect(detail.stopped.cooperative).toBe(10)
    expect((await client.actions('crowd')).items).toHaveLength(3)
    await expect(client.action('crowd', 'a0.1')).rejects.toMatchObject({ status: 404 })
    // It has ended, as is known by its place: no error, and nothing changes (S24).
    expect(await client.abortAction('crowd', 'a0.1')).toMatchObject({ accepted: false, finished: 1 })
  })

  it('calls pruned what a sweep stops, as it says itself, and no child of other code', async () => {
    await using served = await serve()
    const { client, runtime } = served
    const other = runtime.scope(
      async (ctx) => {
        const trial = ctx.spawn(linger, undefined, { name: 'trial-1' })
        await ctx.idle(untilCount(runtime, 'other', 'running', 2))
        trial.cancel('worse than the median')
        await trial.settled()
      },
      { name: 'other' },
    )
    await other
    expect(await client.run('other')).toMatchObject({ pruned: 0, counts: { aborted: 1 } })
    const study = sweep(runtime, idle, {
      space: { x: uniform(0, 1), y: uniform(0, 1) },
      metric: 'score',
      direction: 'maximize',
      trials: 3,
      concurrency: 3,
      name: 'study',
    })
    await untilCount(runtime, 'study', 'running', 4)
    await client.abortAction('study', 'a0.2', { by: 'ann' })
    await untilCount(runtime, 'study', 'aborted', 1)
    study.stop('enough')
    await study
    expect(await client.run('study')).toMatchObject({ pruned: 2, counts: { aborted: 3 } })
    const { items } = await client.runs({ search: 'study' })
    expect(items).toMatchObject([{ run: 'study', name: 'sweep', pruned: 2 }])
    const pruned = await client.actions('study', { phase: 'pruned' })
    expect(pruned.items.map(({ id, phase, reason }) => [id, phase, reason?.cause?.code])).toEqual([
      ['a0.1', 'aborted', 'stopped'],
      ['a0.3', 'aborted', 'stopped'],
    ])
    expect((await client.actions('study', { phase: 'aborted' })).items).toHaveLength(3)
    const metrics = await client.metrics()
    expect(metrics).toContain('heddle_pruned_total 2')
    expect(metrics).toContain('heddle_actions_settled_total{outcome="aborted"} 4')
  })

  it.each(['flat', 'tree'] as const)('pages through a %s list, each action once', async (view) => {
    await using served = await serve()
    const { client, runtime } = served
    const run = runtime.scope(
      async (ctx) => {
        const handles = [ctx.spawn(crowd, { size: 7 }), ctx.spawn(chain, 5), ctx.spawn(crowd, { size: 4 })]
        await ctx.all(handles)
      },
      { name: 'bushy' },
    )
    await untilCount(runtime, 'bushy', 'running', 1 + 8 + 6 + 5)
    const items: ActionItem[] = []
    for await (const item of client.allActions('bushy', { view, limit: 3 })) items.push(item)
    expect(new Set(items.map(({ id }) => id)).size).toBe(20)
    expect(items).toHaveLength(20)
    if (view === 'tree') {
      const path: string[] = []
      for (const { id, parent, depth } of items) {
        path.length = depth as number
        expect(path.at(-1)).toBe(parent)
        path.push(id)
      }
    }
    const under = await client.actions('bushy', { view, under: 'a0.2' })
    expect(under.items.map(({ id }) => id)).toEqual([
      'a0.2',
      'a0.2.1',
      'a0.2.1.1',
      'a0.2.1.1.1',
      'a0.2.1.1.1.1',
      'a0.2.1.1.1.1.1',
    ])
    const ids = async (query: Parameters<typeof client.actions>[1]): Promise<string[]> =>
      (await client.actions('bushy', query)).items.map(({ id }) => id)
    expect(await ids({ view, parent: 'a0' })).toEqual(['a0.1', 'a0.2', 'a0.3'])
    expect(await ids({ view, name: 'member-2' })).toEqual(['a0.1.3', 'a0.1.6', 'a0.3.3'])
    expect(await ids({ view, name: '*h*n', parent: 'a0.2' })).toEqual(['a0.2.1'])
    expect(await ids({ view, phase: 'succeeded' })).toEqual([])
    expect(await ids({ view, search: 'CROWD' })).toEqual(['a0.1', 'a0.3'])
    run.cancel()
    await run.settled()
  })

  it('shows an action with its attempts, errors and causes', async () => {
    await using served = await serve()
    const { client, runtime } = served
    await runtime.run(retried, undefined, { name: 'retried' })
    expect(await client.action('retried', 'a0')).toMatchObject({
      phase: 'succeeded',
      attempt: 2,
      output: { value: 'done' },
      earlier: [{ attempt: 1, error: { code: 'RangeError' } }],
    })
    // Its time begins with its first attempt, wherever it is told.
    const shown = await client.action('retried', 'a0')
    const [first] = shown.earlier ?? []
    expect([shown.queuedAt, shown.startedAt]).toEqual([first?.queuedAt, first?.startedAt])
    expect(shown.attemptQueuedAt).toBeGreaterThanOrEqual(first!.endedAt)
    expect(shown.attemptStartedAt).toBeGreaterThanOrEqual(shown.attemptQueuedAt!)
    const { queuedAt, startedAt } = shown
    expect(await client.run('retried')).toMatchObject({ queuedAt, startedAt })
    const { traceEvents } = (await client.trace('retried')) as {
      traceEvents: { ph: string; ts: number; args: { attempt: number } }[]
    }
    const slices = traceEvents.filter(({ ph }) => ph === 'X')
    expect(slices.map(({ ts, args }) => [args.attempt, ts])).toEqual([
      [1, Math.round(shown.startedAt! * 1000)],
      [2, Math.round(shown.attemptStartedAt! * 1000)],
    ])
    await runtime.run(fail, undefined, { name: 'failed' }).settled()
    const { error } = await client.action('failed', 'a0')
    expect(error).toMatchObject({
      name: 'ActionFailedError',
      code: 'QuotaError',
      run: 'failed',
      action: 'a0',
      cause: {
        name: 'QuotaError',
        message: 'over quota',
        fields: { used: { $type: 'bigint', value: '12' } },
        cause: {
          name: 'AggregateError',
          errors: [
            { name: 'TypeError', message: 'one' },
            { name: 'NonError', message: 'two' },
          ],
        },
      },
    })
    expect(error?.cause?.stack).toContain('controlled')
    const [item] = (await client.actions('failed')).items
    expect(item?.error).not.toHaveProperty('stack')
  })

  it('shows inputs and outputs that JSON has no form for, cut to a size', async () => {
    await using served = await serve()
    const { client, runtime } = served
    await runtime.run(odd, { list: Array.from({ length: 5000 }, (_, index) => index) }, { name: 'odd' })
    const { input, output, module } = await client.action('odd', 'a0')
    expect(module).toMatch(/controlled\.js$/)
    expect(input?.cut).toBe(true)
    expect(JSON.stringify(input).length).toBeLessThan(5000)
    expect(output).toMatchObject({
      cut: true,
      value: {
        big: { $type: 'bigint', value: '1' },
        not: { $type: 'number', value: 'NaN' },
        when: { $type: 'Date', value: '1970-01-01T00:00:00.000Z' },
        map: { $type: 'Map', value: [['key', { $type: 'Set', value: [1] }]] },
        numbers: { $type: 'Float64Array', length: 1000 },
      },
    })
    const [item] = (await client.actions('odd')).items
    expect(item).not.toHaveProperty('input')
    const [full] = (await client.actions('odd', { include: 'input,output' })).items
    expect(full).toMatchObject({ input: { cut: true }, output: { cut: true } })
  })

  it('keeps reports as curves, and log entries', async () => {
    await using served = await serve()
    const { client, runtime } = served
    const channel = 'control: reports and logs'
    const run = runtime.run(talk, { reports: 1500, channel }, { name: 'talk' })
    await untilEvent(
      runtime.events(),
      'report',
      ({ value }) => (value as { state?: string }).state !== undefined,
    )
    const { reports, reportCount, series, logs } = await client.action('talk', 'a0')
    // Reports are coalesced on their way; what arrives is kept.
    expect(reports.at(-1)?.report.value).toMatchObject({ step: 1500, state: 'listening' })
    expect(reports.length).toBe(Math.min(100, reportCount))
    expect(series.map(({ field }) => field)).toEqual(['loss', 'nested.accuracy'])
    for (const { at, step, value } of series) {
      expect([at.length, step.length]).toEqual([value.length, value.length])
      expect(value.length).toBeLessThanOrEqual(512)
      expect(step.at(-1)).toBe(1500)
      expect(step).toEqual(step.toSorted((one, other) => one - other))
    }
    expect(logs).toHaveLength(200)
    expect(logs.at(-1)).toMatchObject({ level: 'error', message: 'the last entry' })
    const first = await client.logs('talk', { limit: 1000, cursor: '0' })
    expect(first.items).toHaveLength(1000)
    expect(first.items[0]).toMatchObject({ message: 'step 1', fields: { value: { step: 1 } } })
    const second = await client.logs('talk', { limit: 1000, cursor: first.next as string })
    expect(second.items).toHaveLength(501)
    expect(await client.logs('talk', { level: 'error' })).toMatchObject({
      items: [{ message: 'the last entry' }],
      matching: 1,
      kept: 1501,
      written: 1501,
    })
    // Backwards, from the newest on.
    const newest = await client.logs('talk', { limit: 1000 })
    expect(newest.items.at(-1)).toMatchObject({ message: 'the last entry' })
    expect(newest.next).toBeUndefined()
    const oldest = await client.logs('talk', { limit: 1000, before: newest.previous as string })
    expect([...oldest.items, ...newest.items].map(({ seq }) => seq)).toEqual(
      [...first.items, ...second.items].map(({ seq }) => seq),
    )
    expect(oldest.previous).toBeUndefined()
    expect(oldest.matching).toBe(1501)
    const curves = await client.series('talk', { field: 'loss', points: 10 })
    expect(curves.fields).toEqual(['loss'])
    expect(curves.items[0]?.series[0]?.step.at(-1)).toBe(1500)
    expect(curves.items[0]?.series[0]?.value).toHaveLength(10)
    tell(channel)
    await run
  })

  it('gives a run as a trace and as JSON', async () => {
    await using served = await serve()
    const { client, runtime } = served
    await runtime.run(retried, undefined, { name: 'traced' })
    const { traceEvents } = (await client.trace('traced')) as { traceEvents: { ph: string; name: string }[] }
    expect(traceEvents.filter(({ ph }) => ph === 'X').map(({ name }) => name)).toEqual(['retried', 'retried'])
    const { run, actions } = await client.export('traced')
    expect(run.run).toBe('traced')
    expect(actions).toHaveLength(1)
  })

  it('gives metrics that Prometheus reads', async () => {
    await using served = await serve()
    const { client, runtime } = served
    await runtime.run(odd, 1)
    const run = runtime.run(linger, undefined)
    await reported(run, 'up')
    await client.abort(run.run)
    await run.settled()
    const text = await client.metrics()
    expect(text).toContain('heddle_actions_settled_total{outcome="succeeded"} 1')
    expect(text).toContain('heddle_actions_settled_total{outcome="aborted"} 1')
    expect(text).toContain('heddle_aborts_total{source="external"} 1')
    expect(text).toContain('heddle_stopped_total{how="cooperative"} 1')
    expect(text).toMatch(/^heddle_abort_delivery_seconds_count 1$/m)
    for (const line of text.split('\n')) {
      expect(line).toMatch(/^(# (HELP|TYPE) .*|[a-z_]+(\{[^}]*\})? -?[\d.e+-]+|)$/i)
    }
  })

  it('answers for names of any kind', async () => {
    await using served = await serve()
    const { client, runtime } = served
    for (const name of ['a/b', '100%', '%2F', 'ü ?#&', '<script>', "it's", '🧵', 'x'.repeat(500)]) {
      await runtime.run(odd, 1, { name })
      expect((await client.run(name)).run).toBe(name)
      expect((await client.action(name, 'a0')).run).toBe(name)
      expect((await client.abort(name)).accepted).toBe(false)
    }
  })

  it('shows who stopped what, and how far that has come, force included', async () => {
    await using served = await serve({}, { threads: 1 })
    const { client, runtime } = served
    const run = runtime.run(deaf, undefined, { name: 'deaf' })
    await reported(run, 'up')
    const answer = await client.abort('deaf', { reason: 'too loud', by: 'ann', force: true })
    expect(answer).toMatchObject({ accepted: true, requested: 1, progress: { by: 'ann', force: true } })
    expect(await run.settled()).toMatchObject({
      status: 'aborted',
      how: 'forced',
      reason: { source: 'external', by: 'ann', message: 'too loud' },
    })
    const progress = await client.abortProgress(answer.progress?.abort as string)
    expect(progress).toMatchObject({ requested: 1, acknowledged: 1, settled: 1, forced: 1, cooperative: 0 })
    const detail = await client.run('deaf')
    expect(detail.reason).toMatchObject({ by: 'ann', message: 'too loud' })
    expect(detail.aborts).toMatchObject([{ id: 'a0', escalation: false, reason: { by: 'ann' } }])
  })
})
