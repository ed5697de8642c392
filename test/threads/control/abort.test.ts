import { crowd, deaf, linger } from '#fixtures/controlled.js'
import { isHeddleError } from 'heddle'
import { connect } from 'heddle/client'
import { describe, expect, it } from 'vitest'
import { EventRecorder } from '../../support/event-recorder.js'
import { serve, untilCount } from '../../support/control.js'

describe('aborts through the control server', () => {
  it('stop one action, whose parent catches the abort and goes on', async () => {
    await using served = await serve()
    const { client, runtime } = served
    const run = runtime.scope(
      async (ctx) => {
        const other = ctx.spawn(linger, undefined)
        try {
          await ctx.spawn(linger, undefined)
        } catch (error) {
          if (!isHeddleError(error, 'ActionAbortedError')) throw error
          other.cancel()
          return [error.by, error.reason.message, error.action]
        }
        return 'never'
      },
      { name: 'goes on' },
    )
    await untilCount(runtime, 'goes on', 'running', 3)
    const answer = await client.abortAction('goes on', 'a0.2', { reason: 'not needed', by: 'ann' })
    expect(answer).toMatchObject({
      run: 'goes on',
      accepted: true,
      matched: 1,
      requested: 1,
      phase: 'aborting',
    })
    expect(await run).toEqual(['ann', 'not needed', 'a0.2'])
  })

  it('are counted at once, also of what publishes only its end (S2)', async () => {
    const waiting = 5000
    await using served = await serve({}, { threads: 1, retain: 2 * waiting })
    const { client, runtime } = served
    const run = runtime.scope(
      async (ctx) => {
        for (let spawned = 0; spawned < waiting; spawned += 1) ctx.spawn(deaf)
        await ctx.sleep(1e9)
      },
      { name: 'many' },
    )
    while (runtime.stats().running < 2) await new Promise(setImmediate)
    const between: number[] = []
    run.cancel('enough')
    for (;;) {
      const { counts, total, phase } = await client.run('many')
      expect(counts.queued).toBe(0)
      expect(counts.running).toBe(0)
      expect(counts.aborting + counts.aborted).toBe(total)
      if (phase === 'aborted') break
      between.push(counts.aborting)
    }
    expect(Math.max(...between)).toBeGreaterThan(0)
  })

  it('say in a dry run what they would stop, and stop that', async () => {
    await using served = await serve()
    const { client, runtime } = served
    const run = runtime.scope(
      async (ctx) => {
        await ctx.all([ctx.spawn(crowd, { size: 6 }), ctx.spawn(crowd, { size: 3, prefix: 'other' })])
      },
      { name: 'crowds' },
    )
    await untilCount(runtime, 'crowds', 'running', 1 + 7 + 4)
    const cases = [
      [{}, 1, 12],
      [{ where: {} }, 12, 12],
      [{ where: { name: 'member-*' } }, 6, 6],
      [{ where: { name: ['member-0', 'other-0'] } }, 3, 3],
      [{ where: { under: 'a0.2' } }, 4, 4],
      [{ where: { parent: 'a0' } }, 2, 11],
      [{ where: { phase: 'queued' } }, 0, 0],
      [{ actions: ['a0.1.1', 'a0.1', 'a0.2.1', 'a0.2.1'] }, 3, 8],
      [{ actions: ['a0.1.1', 'a0.2.1'], where: { name: 'other-*' } }, 1, 1],
      [{ actions: [] }, 0, 0],
    ] as const
    for (const [request, matched, requested] of cases) {
      const answer = await client.abort('crowds', { ...request, dryRun: true })
      expect([request, answer.matched, answer.requested]).toEqual([request, matched, requested])
      expect(answer.accepted).toBe(matched > 0)
      expect(answer.dryRun).toBe(true)
      expect(answer.progress).toBeUndefined()
    }
    expect((await client.run('crowds')).counts.running).toBe(12)
    expect(await client.aborts('crowds')).toEqual([])
    const { requested } = await client.abort('crowds', { where: { parent: 'a0' } })
    expect(requested).toBe(11)
    await run.settled()
  })

  it('take a selection in one step: what is under a selected action carries its reason, and is not aborted twice', async () => {
    await using served = await serve()
    const { client, runtime } = served
    const recorder = new EventRecorder(runtime)
    const run = runtime.scope(async (ctx) => void (await ctx.spawn(crowd, { size: 50 }).settled()), {
      name: 'one',
    })
    await untilCount(runtime, 'one', 'running', 52)
    await client.abort('one', { where: { under: 'a0.1' }, reason: 'all of it', by: 'ann' })
    expect((await run.settled()).status).toBe('succeeded')
    expect(recorder.events.filter(({ type }) => type === 'abort')).toHaveLength(1)
    for (const { id, reason, escalations } of run.actions()) {
      if (id !== 'a0')
        expect([id, reason?.origin, reason?.by, escalations]).toEqual([id, 'a0.1', 'ann', undefined])
    }
  })

  it('keep the first reason when two operators abort the same (I3)', async () => {
    await using served = await serve()
    const { client, server, runtime } = served
    let open = (): void => undefined
    const gate = new Promise<void>((resolve) => (open = resolve))
    // It stays until everyone has had a say.
    const run = runtime.scope(
      async (ctx) => {
        ctx.spawn(crowd, { size: 20 })
        await gate
      },
      { name: 'contested' },
    )
    await untilCount(runtime, 'contested', 'running', 22)
    const socket = server.socket as string
    const overSocket = connect({
      ...server,
      pid: 1,
      title: '',
      main: '',
      cwd: '',
      startedAt: 0,
      responsive: true,
      socket,
    })
    const answers = await Promise.all([
      client.abort('contested', { by: 'ann', reason: 'first or second' }),
      overSocket.abort('contested', { by: 'bob', reason: 'second or first' }),
      client.abortAction('contested', 'a0.1', { by: 'cy' }),
    ])
    open()
    const outcome = await run.settled()
    if (outcome.status !== 'aborted') throw new Error(outcome.status)
    expect(answers[0].accepted && answers[1].accepted).toBe(true)
    const { by } = outcome.reason
    expect(['ann', 'bob']).toContain(by)
    // Outcome, records and API say the same.
    const shown = await client.run('contested')
    expect(shown.reason).toMatchObject({ by, message: outcome.reason.message })
    expect(await client.action('contested', 'a0')).toMatchObject({ reason: { by }, escalations: [{}] })
    for (const item of (await client.actions('contested')).items) {
      if (!item.id.startsWith('a0.1')) expect(item.reason?.by).toBe(by)
    }
    for (const { progress } of answers.slice(0, 2)) {
      expect(await client.abortProgress(progress?.abort as string)).toMatchObject({
        settledAt: expect.any(Number) as number,
      })
    }
  })

  it('count what ends by them, for whatever reason that was being stopped before', async () => {
    await using served = await serve()
    const { client, runtime } = served
    let spare = (): void => undefined
    let open = (): void => undefined
    const gate = new Promise<void>((resolve) => (open = resolve))
    const run = runtime.scope(
      async (ctx) => {
        const stubborn = ctx.spawn(deaf)
        ctx.spawn(crowd, { size: 3 })
        spare = () => stubborn.cancel('not this one', { graceMs: 60_000 })
        // It stays until both have had a say.
        await gate
      },
      { name: 'partly' },
    )
    await untilCount(runtime, 'partly', 'running', 6)
    spare()
    await untilCount(runtime, 'partly', 'aborting', 1)
    const first = await client.abort('partly', { by: 'ann' })
    const second = await client.abort('partly', { by: 'bob' })
    open()
    await client.abortAction('partly', 'a0.1', { force: true })
    expect([first.requested, first.progress?.settled]).toEqual([6, 0])
    expect((await run.settled()).status).toBe('aborted')
    const all = await client.abortProgress(first.progress?.abort as string)
    expect(all).toMatchObject({
      requested: 6,
      acknowledged: 6,
      settled: 6,
      cooperative: 5,
      forced: 1,
      abandoned: 0,
      neverStarted: 0,
      settledAt: expect.any(Number) as number,
    })
    // Of those that were left when it came.
    const rest = await client.abortProgress(second.progress?.abort as string)
    expect(rest).toMatchObject({ acknowledged: rest.requested, settled: rest.requested, forced: 1 })
    expect(rest.settledAt).toBe(all.settledAt)
  })

  it('count those that are stopped together, and leave out what is behind a shield (S2, S14)', async () => {
    const waiting = 2000
    await using served = await serve({}, { threads: 1, retain: 2 * waiting })
    const { client, runtime } = served
    const run = runtime.scope(
      async (ctx) => {
        for (let spawned = 0; spawned < waiting; spawned += 1) ctx.spawn(deaf)
        await ctx.shield(1e9, async (shielded) => void (await shielded.spawn(linger, undefined).settled()))
      },
      { name: 'many' },
    )
    while (runtime.stats().running < 3) await new Promise(setImmediate)
    const planned = await client.abort('many', { dryRun: true })
    const { requested, progress } = await client.abort('many', { graceMs: 500 })
    expect([planned.requested, requested]).toEqual([waiting + 1, waiting + 1])
    await run.settled()
    const { settled, acknowledged, neverStarted, settledAt } = await client.abortProgress(
      progress?.abort as string,
    )
    expect([settled, acknowledged]).toEqual([requested, requested])
    // A thread has few of them.
    expect(neverStarted).toBeGreaterThan(waiting - 20)
    expect(settledAt).toBeGreaterThan(0)
  })

  it('do not count what a shield protects, though they hit it in the end (S14)', async () => {
    await using served = await serve()
    const { client, runtime } = served
    const run = runtime.scope(
      async (ctx) => {
        ctx.spawn(linger, undefined)
        await ctx.shield(1e9, async (shielded) => void (await shielded.spawn(linger, undefined).settled()))
      },
      { name: 'shielded', graceMs: 30 },
    )
    await untilCount(runtime, 'shielded', 'running', 3)
    const { progress } = await client.abort('shielded', { by: 'ann' })
    expect(progress?.requested).toBe(2)
    await run.settled()
    expect((await client.action('shielded', 'a0.2')).reason).toMatchObject({ origin: 'a0', by: 'ann' })
    const { requested, settled, acknowledged, settledAt } = await client.abortProgress(
      progress?.abort as string,
    )
    expect([requested, settled, acknowledged]).toEqual([2, 2, 2])
    expect(settledAt).toBeGreaterThan(0)
  })

  it('change nothing of what has ended', async () => {
    await using served = await serve()
    const { client, runtime } = served
    const run = runtime.run(crowd, { size: 2 }, { name: 'ended' })
    await untilCount(runtime, 'ended', 'running', 3)
    await client.abort('ended', { where: { name: 'member-*' }, by: 'ann' })
    await run
    const nothing = { accepted: false, matched: 0, requested: 0 }
    expect(await client.abort('ended')).toMatchObject({ ...nothing, finished: 1, phase: 'succeeded' })
    expect(await client.abortAction('ended', 'a0.1', { by: 'bob' })).toMatchObject({
      ...nothing,
      phase: 'aborted',
    })
    expect(await client.abort('ended', { where: { name: 'member-*' } })).toMatchObject({
      ...nothing,
      finished: 2,
    })
    expect(await client.action('ended', 'a0.1')).toMatchObject({ reason: { by: 'ann' } })
    expect(await client.aborts('ended')).toHaveLength(1)
  })

  it('are benign at whatever moment they come', async () => {
    await using served = await serve({}, { threads: 2 })
    const { client, runtime } = served
    for (let round = 0; round < 40; round += 1) {
      const name = `race-${round}`
      const run = runtime.scope(
        async (ctx) => {
          const handles = Array.from({ length: 5 }, () => ctx.spawn(linger, undefined))
          for (const handle of handles.slice(0, 3)) handle.cancel('not this one')
          await Promise.all(handles.slice(0, 3).map((handle) => handle.settled()))
          return 'returned'
        },
        { name },
      )
      const answers = await Promise.all([
        client.abort(name, { by: 'ann' }),
        client.abort(name, { where: { name: 'linger' }, by: 'bob' }),
        client.abortAction(name, 'a0.1', { by: 'cy' }).catch(() => undefined),
      ])
      const outcome = await run.settled()
      expect(['succeeded', 'aborted']).toContain(outcome.status)
      // What was accepted for the root is how it has ended.
      if (answers[0].accepted && outcome.status === 'aborted') expect(outcome.reason.by).toBe('ann')
      if (outcome.status === 'succeeded') expect(answers[0].accepted).toBe(false)
    }
    expect(await client.stats()).toMatchObject({ queued: 0, running: 0, aborting: 0, abandoned: 0 })
  })
})
