import { describe, expect, it } from 'vitest'
import { createRuntime, type Run } from 'heddle'
import { createTurnstile, open } from '#fixtures/gates.js'
import { forgetsHolders, holds, spawnsHolders, spawnsWrongly, whichThread } from '#fixtures/readying.js'
import { collectEvents } from '../../support/events.js'

const codeOf = async (run: Run): Promise<string | undefined> => {
  const outcome = await run.settled()
  return 'error' in outcome ? outcome.error.code : undefined
}

describe('what is refused at the door (S27)', () => {
  it('is counted as refused and not as failed, has no record and pushes out none', async () => {
    await using runtime = createRuntime({ threads: 1, maxQueued: 0, retain: 2 })
    const kept = await runtime.run(whichThread, undefined, { name: 'kept' }).settled()
    expect(kept.status).toBe('succeeded')
    const turnstile = createTurnstile()
    const held = runtime.run(holds, turnstile, { name: 'held' })
    const { seen, ended } = collectEvents(runtime)
    for (let times = 0; times < 3; times += 1) {
      const run = runtime.run(whichThread, undefined, { name: 'full' })
      expect([await codeOf(run), run.actions()]).toEqual(['QueueFullError', []])
    }
    expect(await codeOf(runtime.run(whichThread, undefined, { name: 'held' }))).toBe('ActionInputError')
    expect(await codeOf(runtime.run(whichThread, undefined, { nmae: 'x' } as never))).toBe('ActionInputError')
    expect(await codeOf(runtime.scope(5 as never))).toBe('ActionInputError')
    expect(runtime.runs().map(({ run }) => run)).toEqual(['kept', 'held'])
    expect(runtime.get('full')).toBeUndefined()
    open(turnstile)
    await held
    const { refused, totals, queued } = runtime.stats()
    expect({ refused, totals, queued }).toEqual({
      refused: 6,
      totals: { succeeded: 2, failed: 0, aborted: 0, timedOut: 0 },
      queued: 0,
    })
    await runtime.close()
    expect(await codeOf(runtime.run(whichThread))).toBe('RuntimeClosedError')
    expect(runtime.stats().refused).toBe(7)
    await ended
    expect(seen.filter((event) => 'run' in event && event.run !== 'held')).toEqual([])
  })

  it('is so for children, too: their handles say it, and nothing else is left of them', async () => {
    await using runtime = createRuntime({ threads: 1, maxQueued: 1 })
    const turnstile = createTurnstile()
    const run = runtime.run(spawnsHolders, { count: 5, turnstile })
    // The last ones are refused at once; the first ones only end when they may.
    while (runtime.stats().refused < 3) await new Promise((resolve) => setImmediate(resolve))
    open(turnstile)
    expect(await run).toEqual([
      'succeeded',
      'succeeded',
      'QueueFullError',
      'QueueFullError',
      'QueueFullError',
    ])
    expect(run.actions().map(({ id }) => id)).toEqual(['a0', 'a0.1', 'a0.2'])
    expect(run.dropped).toEqual({ succeeded: 0, failed: 0, aborted: 0, timedOut: 0 })
    expect(runtime.stats()).toMatchObject({ refused: 3, totals: { succeeded: 3, failed: 0 } })
    expect(run.unheard).toBe(0)
    // Its index was given, so that it is known to be over (S24).
    expect(runtime.abort(run.run, 'a0.4').accepted).toBe(false)
  })

  it('is heard of, also where a child was refused that nobody asked about (S19)', async () => {
    await using runtime = createRuntime({ threads: 1, maxQueued: 0 })
    const { seen, ended } = collectEvents(runtime)
    const turnstile = createTurnstile()
    const run = runtime.run(forgetsHolders, { count: 3, turnstile })
    while (runtime.stats().refused < 2) await new Promise((resolve) => setImmediate(resolve))
    run.send({ type: 'go' } as never)
    open(turnstile)
    await run
    expect(run.unheard).toBe(2)
    const wrongly = runtime.run(spawnsWrongly)
    await wrongly
    expect([wrongly.unheard, runtime.stats().refused]).toEqual([2, 5])
    await runtime.close()
    await ended
    const unheard = seen.flatMap((event) => (event.type === 'unheard' ? [[event.id, event.error.code]] : []))
    expect(unheard).toEqual([
      ['a0.2', 'QueueFullError'],
      ['a0.3', 'QueueFullError'],
      ['a0.1', 'ActionInputError'],
      ['a0.2', 'ActionInputError'],
    ])
  })
})
