import { describe, expect, it } from 'vitest'
import { createRuntime } from 'heddle'
import { tell } from '#fixtures/gates.js'
import { answer, keepHalf, keepShare, parkThenKeepShare } from '#fixtures/surface.js'
import { napUntilDone, nest, waitBy } from '#fixtures/parking.js'
import { collectEvents, placeOfPhase, reachesPhase, reports } from '../../support/events.js'

describe('parking on one thread (S1, I10)', () => {
  it.each([
    'handle',
    'settled',
    'all',
    'first',
    'map',
    'completed',
    'reports',
    'idle',
    'shield',
    'dispose',
  ] as const)('frees the share of a parent that waits for its child by %s', async (way) => {
    await using runtime = createRuntime({ threads: 1 })
    expect(await runtime.run(waitBy, way)).toBe(42)
  })

  it('frees the share of one that sleeps', async () => {
    await using runtime = createRuntime({ threads: 1 })
    expect(await runtime.run(napUntilDone)).toBe('succeeded')
  })

  it('nests deeper than there are threads', async () => {
    await using runtime = createRuntime({ threads: 1 })
    expect(await runtime.run(nest, 20)).toBe(20)
  })

  it('keeps the share of one that awaits something else', async () => {
    const runtime = createRuntime({ threads: 1 })
    const { seen, ended } = collectEvents(runtime)
    const keeping = runtime.run(keepShare, 'keep', { name: 'keeping' })
    await reports(keeping, 'up')
    const waiting = runtime.run(answer, 1, { name: 'waiting' })
    await new Promise((resolve) => setImmediate(resolve))
    expect(waiting.phase).toBe('queued')
    tell('keep')
    await Promise.all([keeping, waiting])
    await runtime.close()
    await ended
    expect(placeOfPhase(seen, 'keeping', 'a0', 'succeeded')).toBeLessThan(
      placeOfPhase(seen, 'waiting', 'a0', 'running'),
    )
  })

  it('has fractions of a share live together up to a whole one', async () => {
    const runtime = createRuntime({ threads: 1 })
    const { seen, ended } = collectEvents(runtime)
    const [one, other] = [
      runtime.run(keepHalf, 'one half', { name: 'one' }),
      runtime.run(keepHalf, 'other half', { name: 'other' }),
    ]
    await Promise.all([reports(one, 'up'), reports(other, 'up')])
    const third = runtime.run(keepHalf, 'third half', { name: 'third' })
    await new Promise((resolve) => setImmediate(resolve))
    expect(runtime.stats().lanes).toMatchObject([{ held: 1, inFlight: 2 }])
    expect(third.phase).toBe('queued')
    tell('one half')
    await reports(third, 'up')
    expect(other.phase).toBe('running')
    tell('other half')
    tell('third half')
    await Promise.all([one, other, third])
    await runtime.close()
    await ended
    expect(placeOfPhase(seen, 'one', 'a0', 'succeeded')).toBeLessThan(
      placeOfPhase(seen, 'third', 'a0', 'running'),
    )
  })

  it('lets a resumed body go on at once, and starts nothing new until its thread is back at 1', async () => {
    const runtime = createRuntime({ threads: 1 })
    const { seen, ended } = collectEvents(runtime)
    const parked = runtime.run(parkThenKeepShare, ['wake', 'end of parked'], { name: 'parked' })
    await reports(parked, 'parked')
    const keeping = runtime.run(keepShare, 'end of keeping', { name: 'keeping' })
    await reports(keeping, 'up')
    const waiting = runtime.run(answer, 1, { name: 'waiting' })
    tell('wake')
    // Although the other one holds the whole thread.
    await reports(parked, 'resumed')
    expect(runtime.stats().lanes).toMatchObject([{ held: 2, inFlight: 2 }])
    tell('end of keeping')
    await keeping
    await new Promise((resolve) => setImmediate(resolve))
    expect(waiting.phase).toBe('queued')
    expect(runtime.stats().lanes).toMatchObject([{ held: 1 }])
    tell('end of parked')
    expect(await waiting).toBe(1)
    await runtime.close()
    await ended
    expect(placeOfPhase(seen, 'parked', 'a0', 'succeeded')).toBeLessThan(
      placeOfPhase(seen, 'waiting', 'a0', 'running'),
    )
  })

  it('prefers a thread without parked bodies', async () => {
    await using runtime = createRuntime({ threads: 2 })
    const parked = runtime.run(parkThenKeepShare, ['wake parked', 'end parked'], { name: 'parked' })
    await reports(parked, 'parked')
    const beside = runtime.run(keepShare, 'end beside', { name: 'beside' })
    await reachesPhase(runtime, 'beside', 'a0', 'running')
    await reports(beside, 'up')
    expect(beside.actions()[0]?.thread).not.toBe(parked.actions()[0]?.thread)
    for (const channel of ['wake parked', 'end parked', 'end beside']) tell(channel)
    await Promise.all([parked, beside])
  })
})
