import { createRuntime } from 'heddle'
import { describe, expect, it } from 'vitest'
import { word } from '../../support/shared-words.js'
import {
  answers,
  leavesLoop,
  leavesToldLoop,
  parent,
  returnsTrap,
  sleeps,
  stubbornOnce,
} from '#fixtures/leftover.js'

describe('a runtime', () => {
  it('gets a thread back that left-behind code blocks (I11)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    expect(await runtime.run(leavesLoop)).toBe('ended')
    expect(await runtime.run(answers)).toBe('answered')
  })

  it('closes though left-behind code blocks a thread (S22)', async () => {
    const runtime = createRuntime({ threads: 1 })
    expect(await runtime.run(leavesLoop)).toBe('ended')
    await runtime.close()
  })

  it('closes so although another thread comes up meanwhile (S22)', async () => {
    const runtime = createRuntime({ threads: 1 })
    const begun = word()
    await runtime.run(leavesToldLoop, begun)
    while (Atomics.load(begun, 0) === 0) await new Promise((resolve) => setImmediate(resolve))
    const neverStarts = runtime.run(sleeps, 1000)
    neverStarts.cancel()
    expect(await neverStarts.settled()).toMatchObject({ how: 'never-started' })
    await runtime.close()
  })

  it.each([1, 0])(
    'fails the action whose result can not be looked at, and goes on: %i threads',
    async (threads) => {
      await using runtime = createRuntime({ threads })
      const outcome = await runtime.run(returnsTrap).settled()
      expect(outcome).toMatchObject({ status: 'failed', error: { code: 'RangeError' } })
      expect(await runtime.run(answers)).toBe('answered')
    },
  )

  it('takes no late answer to a ping for that of another attempt (S9)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const neighbour = runtime.run(sleeps, 1000)
    for await (const event of runtime.events()) {
      if (event.type === 'snapshot' && event.runs.some(({ phase }) => phase === 'running')) break
      if (event.type === 'phase' && event.phase === 'running') break
    }
    // Its first attempt may be stopped in any of the ways of S6; what follows is a second one, or an end.
    const outcome = await runtime.run(stubbornOnce).settled()
    expect(['succeeded', 'timedOut']).toContain(outcome.status)
    await neighbour.settled()
  })

  it('stops a chain of 500 that await each other without nesting their errors (S13)', async () => {
    await using runtime = createRuntime({ threads: 1, retain: { actions: 1000 } })
    const run = runtime.run(parent, 500)
    for await (const event of runtime.events()) {
      const started = event.type === 'phase' && event.phase === 'running' ? event.id : undefined
      if (started?.split('.').length === 501) break
    }
    run.cancel('enough')
    const outcome = await run.settled()
    expect(outcome).toMatchObject({ status: 'aborted', how: 'cooperative' })
    expect(outcome.status === 'aborted' && outcome.error.cause).toBe(undefined)
  })

  it.each([Symbol('why'), Object.create(null), 7])('takes a reason of any kind: %s', async (reason) => {
    await using runtime = createRuntime({ threads: 1 })
    const run = runtime.run(sleeps, 3_600_000, { name: 'named' })
    expect(runtime.abort('named', { reason: reason as never, by: reason as never }).accepted).toBe(true)
    expect((await run.settled()).status).toBe('aborted')
  })
})
