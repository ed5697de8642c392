import { describe, expect, it } from 'vitest'
import { createRuntime } from 'heddle'
import { answer, fail, leaveDetached, lingerLightly, spawnAndLinger } from '#fixtures/surface.js'
import { reports } from '../../support/events.js'

describe('retain (S24)', () => {
  it('keeps that many finished runs, and forgets the oldest first', async () => {
    await using runtime = createRuntime({ threads: 1, retain: { runs: 2 } })
    for (const name of ['one', 'two', 'three', 'four']) await runtime.run(answer, 1, { name })
    expect(runtime.runs().map(({ run }) => run)).toEqual(['three', 'four'])
    expect(runtime.get('one')).toBeUndefined()
    expect(() => runtime.abort('one')).toThrow(expect.objectContaining({ code: 'ActionNotFoundError' }))
  })

  it('keeps live runs, however many there are', async () => {
    await using runtime = createRuntime({ threads: 1, retain: 0 })
    const live = [runtime.run(lingerLightly), runtime.run(lingerLightly)]
    await Promise.all(live.map((run) => reports(run, 'up')))
    await runtime.run(answer, 1)
    expect(runtime.runs()).toEqual(live)
  })

  it('drops the oldest settled records inside a live run, and counts them by outcome', async () => {
    await using runtime = createRuntime({ threads: 1, retain: { actions: 3 } })
    const run = runtime.run(spawnAndLinger, 10)
    await reports(run, 'spawned')
    expect(run.actions().map(({ id }) => id)).toEqual(['a0', 'a0.8', 'a0.9', 'a0.10'])
    expect(run.dropped).toEqual({ succeeded: 7, failed: 0, aborted: 0, timedOut: 0 })
    run.cancel()
    await run.settled()
    expect(run.actions().map(({ id, phase }) => [id, phase])).toEqual([
      ['a0', 'aborted'],
      ['a0.8', 'succeeded'],
      ['a0.9', 'succeeded'],
      ['a0.10', 'succeeded'],
    ])
  })

  it('means both numbers by one', async () => {
    await using runtime = createRuntime({ threads: 1, retain: 1 })
    await runtime.scope((ctx) => ctx.map(answer, [1, 2, 3]), { name: 'first' })
    const second = runtime.scope((ctx) => ctx.map(answer, [1, 2, 3]), { name: 'second' })
    await second
    expect(runtime.runs()).toEqual([second])
    expect(second.actions().map(({ id }) => id)).toEqual(['a0', 'a0.3'])
    expect(second.dropped).toMatchObject({ succeeded: 2 })
  })

  it('bounds the actions of all runs together', async () => {
    await using runtime = createRuntime({ threads: 1, retain: { actions: 4 } })
    const first = runtime.scope((ctx) => ctx.map(answer, [1, 2, 3]))
    await first
    const second = runtime.scope((ctx) => ctx.map(answer, [1, 2, 3]))
    await second
    expect(first.actions().map(({ id }) => id)).toEqual(['a0', 'a0.3'])
    expect(first.dropped.succeeded).toBe(2)
    expect(second.actions()).toHaveLength(4)
  })

  it('takes an id at or below the last index of its parent as finished, and one above it as unknown', async () => {
    await using runtime = createRuntime({ threads: 1, retain: 0 })
    const run = runtime.run(spawnAndLinger, 10, { name: 'live' })
    await reports(run, 'spawned')
    expect(run.actions().map(({ id }) => id)).toEqual(['a0'])
    for (const id of ['a0.1', 'a0.10', 'a0.3.1']) {
      expect(runtime.abort('live', id)).toMatchObject({ accepted: false })
    }
    for (const id of ['a0.11', 'a0.11.1']) {
      expect(() => runtime.abort('live', id)).toThrow(
        expect.objectContaining({ code: 'ActionNotFoundError' }),
      )
    }
    expect(run.phase).toBe('running')
  })

  it('never drops the record of a live action, nor of one with a live descendant', async () => {
    await using runtime = createRuntime({ threads: 1, retain: 0 })
    const run = runtime.scope(
      async (ctx) => {
        await ctx.spawn(leaveDetached)
        await ctx.map(answer, [1, 2, 3])
        const records = runtime.get('detaching')?.actions() ?? []
        return records.map(({ id, parent }) => [id, parent])
      },
      { name: 'detaching' },
    )
    // The spawner has ended and is gone; the detached child's parent is the root (S18).
    expect(await run).toEqual([
      ['a0', undefined],
      ['a0.1.1', 'a0'],
    ])
  })

  it('keeps no outputs in records', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = runtime.scope((ctx) => ctx.spawn(answer, 'the output'))
    expect(await run).toBe('the output')
    expect(JSON.stringify(run.actions())).not.toContain('the output')
    for (const record of run.actions()) expect(record).not.toHaveProperty('output')
    const snapshot = (await runtime.events().next()).value
    expect(JSON.stringify(snapshot)).not.toContain('the output')
  })

  it('counts what was dropped by each outcome', async () => {
    await using runtime = createRuntime({ threads: 1, retain: 0 })
    const run = runtime.scope(async (ctx) => {
      const children = [
        ctx.spawn(answer, 1),
        ctx.spawn(fail, { message: 'dropped' }),
        ctx.spawn(answer, 1, { signal: AbortSignal.abort() }),
        ctx.spawn(lingerLightly, undefined, { timeout: 1 }),
      ]
      await Promise.all(children.map((child) => child.settled()))
    })
    await run
    expect(run.dropped).toEqual({ succeeded: 1, failed: 1, aborted: 1, timedOut: 1 })
  })

  it('frees a name with the run that had it', async () => {
    await using runtime = createRuntime({ threads: 1, retain: 0 })
    for (let round = 0; round < 3; round += 1) await runtime.run(answer, 1, { name: 'again' })
    expect(runtime.runs()).toEqual([])
    expect(runtime.stats().totals.succeeded).toBe(3)
  })
})
