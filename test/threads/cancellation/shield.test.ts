import { createRuntime } from 'heddle'
import { holds, leavesBlock, named, pollsShield, shieldsLong, shieldsWork } from '#fixtures/clean-ups.js'
import { describe, expect, it, vi } from 'vitest'
import { EventRecorder } from '../../support/event-recorder.js'
import { open, word } from '../../support/shared-words.js'

/** Who has ended well, in order, without those that were only there to hold a thread. */
function endings(recorder: EventRecorder): string[] {
  const ended = recorder.phases().filter(({ phase }) => phase === 'succeeded')
  return ended.map(({ name }) => name).filter((name) => name !== 'holds' && name !== 'nests')
}

describe('what is spawned in a shield', () => {
  it('goes ahead of all that waits, that of other runs too, and what it spawns does so itself (S14)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const recorder = new EventRecorder(runtime)
    const work = { names: ['first', 'second'], nested: 'nested', grandchild: 'grandchild' }
    const run = runtime.run(shieldsWork, work)
    await run.reports().next()
    const gate = word()
    const holding = runtime.run(holds, gate)
    await holding.reports().next()
    const waiting = Array.from({ length: 20 }, () => runtime.run(named, undefined, { priority: 9 }))
    run.cancel('enough')
    for (const name of ['first', 'second', 'nested', 'grandchild'])
      await recorder.next((event) => event.type === 'phase' && event.name === name)
    open(gate)
    await run.settled()
    await Promise.all(waiting)
    await runtime.close()
    await recorder.ended
    const cleanUps = endings(recorder).slice(0, 4)
    expect(cleanUps.toSorted()).toEqual(['first', 'grandchild', 'nested', 'second'])
  })

  it('is never refused, nor waits for room, where the queue is full (S14)', async () => {
    await using runtime = createRuntime({ threads: 1, maxQueued: 1 })
    const recorder = new EventRecorder(runtime)
    const run = runtime.run(shieldsWork, { names: ['clean-up'] })
    await run.reports().next()
    const gate = word()
    const holding = runtime.run(holds, gate)
    await holding.reports().next()
    const waiting = runtime.run(named)
    run.cancel('enough')
    await recorder.next((event) => event.type === 'phase' && event.name === 'clean-up')
    open(gate)
    await Promise.all([run.settled(), waiting])
    await runtime.close()
    await recorder.ended
    expect(endings(recorder)).toEqual(['clean-up', 'named'])
  })

  it('is bound to the root where it is detached, which its block does not wait for (S14, S18)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = runtime.scope(async (ctx) => {
      const child = ctx.spawn(shieldsWork, { names: [], detached: 'detached' })
      for await (const report of child.reports()) if (report === 'up') break
      child.cancel('enough')
      await child.settled()
    })
    await run
    expect(run.actions().find(({ name }) => name === 'detached')).toMatchObject({ parent: 'a0' })
  })

  it('is not hit by an abort of its parent, though it is being aborted for itself (S14)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const gate = word()
    const run = runtime.run(shieldsLong, { gate, own: 'cancelled' })
    for await (const report of run.reports()) if (report === 'shielded') break
    run.cancel('the parent')
    open(gate)
    await run.settled()
    const [, child] = run.actions()
    expect(child).toMatchObject({ phase: 'aborted', how: 'cooperative', reason: { message: 'for itself' } })
    expect(child).not.toHaveProperty('escalations')
  })

  it('is aborted when the time of the block is up, from the abort on (S14)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const gate = word()
    const recorder = new EventRecorder(runtime)
    const run = runtime.run(shieldsLong, { gate, ms: 30 })
    for await (const report of run.reports()) if (report === 'shielded') break
    expect(run.actions()[1]).toMatchObject({ phase: 'running' })
    run.cancel('the parent')
    await recorder.phase('a0.1', 'aborting')
    open(gate)
    await run.settled()
    expect(run.actions()[1]).toMatchObject({ how: 'cooperative', reason: { message: 'the parent' } })
  })

  it('is cancelled by its parent where the block has ended, and nobody was aborted (S14, S16)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    expect(await runtime.run(leavesBlock)).toMatchObject({ source: 'cancel', by: 'a0', origin: 'a0.1' })
  })
})

describe('the signal of a shield', () => {
  it('fires for a loop that only looks at it, so long after the abort (S14)', async () => {
    await using runtime = createRuntime({ threads: 1, graceMs: 10_000 })
    const run = runtime.run(pollsShield, 20)
    await run.reports().next()
    run.cancel('enough')
    await expect(run.settled()).resolves.toMatchObject({ how: 'cooperative' })
    expect(run.lastReport).toEqual({ isOwn: true })
  })

  it.each([
    ['is abandoned', (): Promise<void> => new Promise(() => undefined), 'abandoned'],
    ['returns', (): Promise<void> => Promise.resolve(), 'cooperative'],
  ] as const)('leaves no timer behind when the body that has it %s (I13)', async (_, last, how) => {
    await using runtime = createRuntime({ threads: 1 })
    const shieldMs = 61_234
    const set = vi.spyOn(globalThis, 'setTimeout')
    const cleared = vi.spyOn(globalThis, 'clearTimeout')
    let begin = (): void => undefined
    const begun = new Promise<void>((resolve) => (begin = resolve))
    const run = runtime.scope(
      async (ctx) => {
        void ctx.shield(shieldMs, () => new Promise(() => undefined))
        begin()
        await ctx.sleep(1e9).catch(() => undefined)
        await last()
      },
      { graceMs: 20 },
    )
    await begun
    run.cancel('enough')
    expect(await run.settled()).toMatchObject({ status: 'aborted', how })
    const at = set.mock.calls.findIndex(([, ms]) => ms === shieldMs)
    // What is given up is told so a moment later.
    await vi.waitFor(() => expect(cleared).toHaveBeenCalledWith(set.mock.results[at]?.value))
    vi.restoreAllMocks()
  })
})
