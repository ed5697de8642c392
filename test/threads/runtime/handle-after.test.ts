import { createRuntime, type ActionHandle } from 'heddle'
import { passesOn, passesOnToStop } from '#fixtures/left-handles.js'
import { shared, whole } from '#fixtures/stopping.js'
import { describe, expect, it } from 'vitest'
import { EventRecorder } from '../../support/event-recorder.js'
import { word } from '../../support/shared-words.js'

/** Gives what could go on by mistake its turn. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate)
}

function deferred<Value>(): { promise: Promise<Value>; resolve: (value: Value) => void } {
  let settle: ((value: Value) => void) | undefined
  const promise = new Promise<Value>((resolve) => (settle = resolve))
  return { promise, resolve: (value) => settle?.(value) }
}

describe('a handle that the app has of a child of a scope', () => {
  it('tells the end when the scope has ended: phase, waits, reports (S15)', async () => {
    await using runtime = createRuntime({ threads: 1, retain: 0 })
    let child: ActionHandle<string> | undefined
    const run = runtime.scope(async (ctx) => {
      child = ctx.spawn(shared, { ending: 'sleep', report: 'sleeps' })
      for await (const report of child.reports()) if (report === 'sleeps') break
    })
    await run
    // At once, and not when the next turn of the loop has told it.
    expect(child?.phase).toBe('aborted')
    const outcome = await child?.settled()
    expect(outcome).toMatchObject({ status: 'aborted', how: 'cooperative', reason: { source: 'root' } })
    await expect(child).rejects.toMatchObject({ code: 'ActionAbortedError', action: 'a0.1' })
    await expect(child?.remote()).rejects.toMatchObject({ code: 'ActionAbortedError', action: 'a0.1' })
    expect(child?.lastReport).toBe('sleeps')
    expect(await child?.reports().next()).toEqual({ done: true, value: undefined })
    await child?.[Symbol.asyncDispose]()
  })

  it('answers who has asked before that, but not the code of the scope (S15)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const continued: string[] = []
    const unhandled: unknown[] = []
    const note = (reason: unknown): void => void unhandled.push(reason)
    process.on('unhandledRejection', note)
    const { promise, resolve } = deferred<{ child: ActionHandle<string> }>()
    let end: (() => void) | undefined
    const run = runtime.scope(async (ctx) => {
      const child = ctx.spawn(shared, { ending: 'sleep' })
      const goOn = async (what: string, wait: PromiseLike<unknown>): Promise<void> => {
        await Promise.resolve(wait).catch(() => {})
        continued.push(what)
      }
      void goOn('then', child)
      void goOn('settled', child.settled())
      void goOn('reports', child.reports().next())
      void goOn('completed', ctx.completed([child]).next())
      void (async () => {
        await child
      })()
      resolve({ child })
      await new Promise<void>((done) => (end = done))
    })
    const { child } = await promise
    const asked = [
      child.settled(),
      child.then(String, () => 'rejected'),
      child.reports().next(),
      child.remote().catch(() => 'not served'),
    ]
    end?.()
    await run
    await expect(Promise.all(asked)).resolves.toMatchObject([
      { status: 'aborted', reason: { source: 'root' } },
      'rejected',
      { done: true },
      'not served',
    ])
    await turns()
    process.off('unhandledRejection', note)
    expect(continued).toEqual([])
    expect(unhandled).toEqual([])
  })

  it('tells the end of what an abandoned scope has left (S15)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const { promise, resolve } = deferred<{ child: ActionHandle<string> }>()
    const run = runtime.scope(async (ctx) => {
      const child = ctx.spawn(whole, { ending: 'spin', report: 'spins' })
      for await (const report of child.reports()) if (report === 'spins') break
      resolve({ child })
      await new Promise(() => {})
    })
    const { child } = await promise
    const asked = child.settled()
    run.cancel('enough', { graceMs: 1 })
    await expect(run.settled()).resolves.toMatchObject({ how: 'abandoned' })
    expect(child.phase).toBe('aborted')
    await expect(asked).resolves.toMatchObject({ how: 'forced', reason: { message: 'enough' } })
    await expect(child.settled()).resolves.toMatchObject({ how: 'forced' })
  })

  it('says in which phase it is as the records do, at every moment (S2, S15)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const recorder = new EventRecorder(runtime)
    const handles: ActionHandle<string>[] = []
    const run = runtime.scope(async (ctx) => {
      for (let index = 0; index < 3000; index += 1)
        handles.push(ctx.spawn(whole, { ending: 'sleep', ...(index === 0 && { report: 'sleeps' }) }))
      await ctx.all(handles)
    })
    await recorder.report('a0.1')
    run.cancel('enough')
    const phases = handles.map(({ phase }) => phase)
    const records = new Map(run.actions().map(({ id, phase }) => [id, phase]))
    expect(phases).toEqual(handles.map(({ id }) => records.get(id)))
    expect(new Set(phases)).toEqual(new Set(['aborting']))
    await run.settled()
    expect(new Set(handles.map(({ phase }) => phase))).toEqual(new Set(['aborted']))
  })
})

describe.each([
  { threads: 0, where: "in the app's thread" },
  { threads: 1, where: 'in a thread' },
])('a handle that a body $where has left', ({ threads }) => {
  it('answers others, while nothing of its own code goes on (S15)', async () => {
    await using runtime = createRuntime({ threads })
    expect(await runtime.run(passesOn, word())).toEqual({
      before: 'running',
      report: 'reported',
      output: 'lasted',
      status: 'succeeded',
      phase: 'succeeded',
      lastReport: 'reported',
      heard: ['said'],
      ended: true,
      again: 'lasted',
      continued: [],
    })
  })

  it('still stops its action (S12, S15)', async () => {
    await using runtime = createRuntime({ threads })
    const run = runtime.run(passesOnToStop, word())
    expect(await run).toBe('aborted')
    expect(run.actions().find(({ name }) => name === 'lasts')).toMatchObject({
      phase: 'aborted',
      reason: { source: 'cancel', message: 'disposed', by: 'a0.1' },
    })
  })
})
