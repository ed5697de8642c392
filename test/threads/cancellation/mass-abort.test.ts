import { createRuntime, type RuntimeEvent, type Run, type Runtime } from 'heddle'
import { shared, whole, type ChildPlan, type Word } from '#fixtures/stopping.js'
import { describe, expect, it } from 'vitest'
import { open, word } from '../../support/shared-words.js'

/** More than settle in the step of an abort. */
const MANY = 3000

/** A scope whose children all poll: on one thread, all but the first of them wait. */
async function startMany(runtime: Runtime, mark: Word): Promise<{ run: Run }> {
  const plan: ChildPlan = { ending: 'poll', mark }
  const run: Run = runtime.scope(async (ctx) => {
    for (let spawned = 0; spawned < MANY; spawned += 1) ctx.spawn(whole, plan)
    await ctx.sleep(1e9)
  })
  // The scope's body is a running action, too.
  for (;;) {
    const { queued, running } = runtime.stats()
    if (queued + running === MANY + 1 && Atomics.load(mark, 0) > 0) return { run }
    await new Promise(setImmediate)
  }
}

describe('an abort of very many that wait', () => {
  it('is seen of each at once, and ends each as one that never started (S2, S7, I3)', async () => {
    await using runtime = createRuntime({ threads: 1, retain: 2 * MANY })
    const mark = word()
    const { run } = await startMany(runtime, mark)
    run.cancel('enough')
    expect(runtime.stats()).toMatchObject({ queued: 0, running: 0, aborting: MANY + 1 })
    const aborting = run.actions()
    expect(aborting).toHaveLength(MANY + 1)
    const [root] = aborting
    for (const { phase, reason, abortRequestedAt } of aborting) {
      expect(phase).toBe('aborting')
      expect(reason).toEqual(root?.reason)
      expect(abortRequestedAt).toBe(root?.abortRequestedAt)
    }
    expect(root?.reason).toMatchObject({ source: 'cancel', message: 'enough', origin: 'a0' })
    await expect(run.settled()).resolves.toMatchObject({ status: 'aborted' })
    const hows = run.actions().map(({ phase, how }) => `${phase} ${how}`)
    expect(hows.filter((one) => one === 'aborted cooperative')).toHaveLength(2)
    expect(hows.filter((one) => one === 'aborted never-started')).toHaveLength(MANY - 1)
    expect(Atomics.load(mark, 0)).toBe(1)
    expect(runtime.stats()).toMatchObject({
      queued: 0,
      running: 0,
      aborting: 0,
      totals: { aborted: MANY + 1, failed: 0, succeeded: 0 },
    })
  })

  it('lets others start at once, whatever is still in the queue ahead of them', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const mark = word()
    const { run } = await startMany(runtime, mark)
    const other = runtime.run(whole, { ending: 'return' })
    run.cancel('enough')
    await expect(other).resolves.toBe('returned')
    await expect(run.settled()).resolves.toMatchObject({ status: 'aborted' })
    expect(Atomics.load(mark, 0)).toBe(1)
  })

  it('records a second one as an escalation of each (I3)', async () => {
    await using runtime = createRuntime({ threads: 1, retain: 2 * MANY })
    const { run } = await startMany(runtime, word())
    run.cancel('enough')
    runtime.abort(run.run, { reason: 'at last', by: 'somebody' })
    // The one that runs polls, and may have ended between the two.
    const aborting = run.actions().filter(({ phase }) => phase === 'aborting')
    expect(aborting.length).toBeGreaterThanOrEqual(MANY)
    for (const { reason, escalations } of aborting) {
      expect(reason).toMatchObject({ message: 'enough' })
      expect(escalations).toMatchObject([{ source: 'external', message: 'at last', by: 'somebody' }])
    }
    await run.settled()
    const ended = new Map(run.actions().map((record) => [record.id, record]))
    for (const { id } of aborting) {
      expect(ended.get(id)?.phase).toBe('aborted')
      expect(ended.get(id)?.escalations).toHaveLength(1)
    }
    expect(runtime.stats()).toMatchObject({ queued: 0, running: 0, aborting: 0 })
  })

  it('is refused for one of them that has been aborted so, and changes nothing there', async () => {
    await using runtime = createRuntime({ threads: 1, retain: 2 * MANY })
    const { run } = await startMany(runtime, word())
    run.cancel('enough')
    expect(runtime.abort(run.run, 'a0.2000', { reason: 'this one' })).toEqual({
      accepted: true,
      phase: 'aborting',
    })
    await run.settled()
    const record = run.actions().find(({ id }) => id === 'a0.2000')
    expect(record).toMatchObject({
      phase: 'aborted',
      how: 'never-started',
      reason: { message: 'enough' },
      escalations: [{ message: 'this one' }],
    })
    expect(runtime.stats()).toMatchObject({ queued: 0, running: 0, aborting: 0 })
  })

  it('follows from the end of their parent, and is told by that (I2, S16)', async () => {
    await using runtime = createRuntime({ threads: 1, retain: 2 * MANY })
    const mark = word()
    const children = Array.from({ length: MANY }, (): ChildPlan => ({ ending: 'poll', mark }))
    const run = runtime.run(shared, { ending: 'return', children })
    await expect(run).resolves.toBe('returned')
    const ended = run.actions().slice(1)
    expect(ended).toHaveLength(MANY)
    for (const { phase, reason } of ended) {
      expect(phase).toBe('aborted')
      expect(reason).toMatchObject({ source: 'root', origin: 'a0' })
    }
    expect(runtime.stats()).toMatchObject({ queued: 0, running: 0, aborting: 0 })
    expect(run.unheard).toBe(0)
  })

  it('tells a reader of events of the end of each, and of nothing before that (S2, S23)', async () => {
    const runtime = createRuntime({ threads: 1, retain: 2 * MANY })
    const events: RuntimeEvent[] = []
    const read = (async () => {
      for await (const event of runtime.events()) events.push(event)
    })()
    const { run } = await startMany(runtime, word())
    run.cancel('enough')
    await run.settled()
    await runtime.close()
    await read
    const phases = new Map<string, string[]>()
    for (const event of events) {
      if (event.type !== 'phase') continue
      const of = phases.get(event.id)
      if (of === undefined) phases.set(event.id, [event.phase])
      else of.push(event.phase)
    }
    expect(phases.size).toBe(MANY + 1)
    const waited = [...phases.values()].filter((of) => of.join(' ') === 'queued aborted')
    expect(waited).toHaveLength(MANY - 1)
  })

  it('counts right where a shield ends between two of them (S14)', async () => {
    await using runtime = createRuntime({ threads: 2 })
    const count = 20_000
    const mark = word()
    const gate = word()
    let shieldIsOver = false
    const run: Run = runtime.scope(async (ctx) => {
      const shield = ctx.shield(60_000, (shielded) =>
        shielded.spawn(whole, { ending: 'compute', gate, mark }),
      )
      for (let spawned = 0; spawned < count; spawned += 1) ctx.spawn(whole, { ending: 'poll', mark })
      await shield
      shieldIsOver = true
      await ctx.sleep(1e9)
    })
    // Two run, one of them in the shield.
    while (Atomics.load(mark, 0) < 2) await new Promise(setImmediate)
    run.cancel('enough')
    open(gate)
    while (!shieldIsOver) await new Promise(setImmediate)
    run.cancel('at last')
    await expect(run.settled()).resolves.toMatchObject({ status: 'aborted' })
    expect(runtime.stats()).toMatchObject({ queued: 0, running: 0, aborting: 0 })
  })

  it('leaves nothing behind for the next attempt of their parent (S8)', async () => {
    await using runtime = createRuntime({ threads: 1, retain: 4 * MANY })
    const mark = word()
    const children = Array.from({ length: MANY }, (): ChildPlan => ({ ending: 'return', mark }))
    // Each attempt spawns them, fails at once, and so stops those that wait.
    const run = runtime.run(shared, {
      ending: 'all',
      children: [{ on: 'retried', ending: 'throw', children }],
    })
    await expect(run).rejects.toMatchObject({ code: 'TypeError' })
    const stats = runtime.stats()
    expect(stats).toMatchObject({ queued: 0, running: 0, aborting: 0 })
    const { attempt } = run.actions().find(({ id }) => id === 'a0.1') as { attempt: number }
    expect(attempt).toBe(3)
    expect(stats.totals.aborted + stats.totals.succeeded).toBe(3 * MANY)
    expect(stats.totals.succeeded).toBe(Atomics.load(mark, 0))
  })
})
