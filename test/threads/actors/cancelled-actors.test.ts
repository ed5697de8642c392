import { createRuntime, type Run } from 'heddle'
import { whole } from '#fixtures/stopping.js'
import { describe, expect, it } from 'vitest'
import { actorAt, actorOf, eventually, family, isUp } from '../../support/actors.js'
import { collectEvents, reports } from '../../support/events.js'

describe('stop', () => {
  it.each(['queued', 'running'])(
    'of a %s root cancels the run; XState completes its actor at once (X3)',
    async (phase) => {
      await using runtime = createRuntime({ threads: 1 })
      const run = phase === 'queued' ? (runtime.run(whole, { ending: 'return' }) as Run) : family(runtime)
      if (phase === 'running') await reports(run, 'up')
      expect(run.phase).toBe(phase)
      const actor = actorOf(run)
      const told: string[] = []
      actor.subscribe({ next: (one) => told.push(one.phase), complete: () => told.push('complete') })
      actor.stop()
      const { children, ...shown } = { ...actor.getSnapshot(), children: undefined }
      expect(children).toBeUndefined()
      expect(shown).toMatchObject({
        status: 'stopped',
        phase: 'aborting',
        reason: { source: 'cancel', message: 'its actor was stopped', origin: 'a0' },
      })
      expect(told).toEqual(['complete'])
      await expect(run.settled()).resolves.toMatchObject({
        status: 'aborted',
        how: phase === 'queued' ? 'never-started' : 'cooperative',
      })
      expect(run.actor).toBe(actor)
      expect(actor.getSnapshot()).toMatchObject({ status: 'stopped', phase: 'aborting' })
    },
  )

  it('leaves the life to go on: its children are shown to their ends (X3)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = family(runtime)
    await reports(run, 'up')
    const child = await actorAt(run, 'a0.2.1')
    await isUp(run)
    actorOf(run).stop()
    expect(child.getSnapshot().status).toBe('active')
    expect(child.getSnapshot()).toMatchObject({ phase: 'aborting', reason: { origin: 'a0' } })
    await run.settled()
    expect(child.getSnapshot()).toMatchObject({ status: 'stopped', phase: 'aborted' })
  })

  it('from within a subscriber acts at once (X1, X3)', async () => {
    await using runtime = createRuntime({ threads: 0 })
    const run = runtime.scope((ctx) => ctx.sleep(1e9)) as unknown as Run
    const actor = actorOf(run)
    const phases: string[] = []
    actor.subscribe(({ phase }) => {
      if (phase !== 'running') return
      actor.stop()
      phases.push(run.phase)
    })
    await expect(run.settled()).resolves.toMatchObject({ status: 'aborted', escalations: [] })
    expect(phases).toEqual(['aborting'])
  })
})

describe('heddle.cancel and xstate.stop', () => {
  it('cancel a child with what is under it, and nothing else (X4)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = family(runtime)
    await reports(run, 'up')
    await isUp(run)
    const child = await actorAt(run, 'a0.2')
    child.send({ type: 'heddle.cancel', reason: 'this one', graceMs: 5000 })
    expect(child.getSnapshot()).toMatchObject({
      status: 'active',
      phase: 'aborting',
      reason: { source: 'cancel', message: 'this one', origin: 'a0.2' },
    })
    await eventually(() => child.getSnapshot().status).toBe('stopped')
    const phases = new Map(run.actions().map(({ id, phase, reason }) => [id, [phase, reason?.message]]))
    expect(phases.get('a0.2.1')).toEqual(['aborted', 'this one'])
    expect(phases.get('a0.1')).toEqual(['running', undefined])
    const other = await actorAt(run, 'a0.1')
    other.send({ type: 'xstate.stop' })
    expect(other.getSnapshot()).toMatchObject({ status: 'stopped', phase: 'aborting' })
    await eventually(() => run.actions().find(({ id }) => id === 'a0.1')).toMatchObject({
      phase: 'aborted',
      reason: { message: 'its actor was stopped' },
    })
    expect(run.phase).toBe('running')
    run.cancel()
    await run.settled()
  })

  it('cancel with force (X4)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = runtime.run(whole, { ending: 'ignore', report: 'up' }) as Run
    await reports(run, 'up')
    actorOf(run).send({ type: 'heddle.cancel', force: true })
    await expect(run.settled()).resolves.toMatchObject({ status: 'aborted', how: 'forced' })
  })

  it('change nothing where an option is wrong, which a log entry says (X4)', async () => {
    await using runtime = createRuntime({ threads: 0 })
    const { seen } = collectEvents(runtime)
    const run = runtime.scope((ctx) => ctx.sleep(1e9)) as unknown as Run
    await isUp(run, 1)
    actorOf(run).send({ type: 'heddle.cancel', graceMs: 'soon' })
    expect(run.phase).toBe('running')
    await eventually(() => seen).toContainEqual(expect.objectContaining({ type: 'log', level: 'warn' }))
    run.cancel()
    await run.settled()
  })
})
