import { describe, expect, it } from 'vitest'
import { createRuntime, type Runtime } from 'heddle'
import { createTurnstile, open } from '#fixtures/gates.js'
import {
  exitsOnImport,
  hangsOnImport,
  holds,
  notThere,
  throwsOnImport,
  waitsLightly,
  whichThread,
} from '#fixtures/readying.js'
import { computeForEver } from '#fixtures/surface.js'
import { reports } from '../../support/events.js'
import { runProgram } from '../../support/program.js'

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5))

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn()
}

const lanesOf = (runtime: Runtime): string[] =>
  runtime
    .stats()
    .lanes.map(({ role, state }) => `${role} ${state}`)
    .toSorted()

describe('runtime.warm', () => {
  it('starts all threads, the shared one too, which then wait for what comes', async () => {
    await using runtime = createRuntime({ threads: 2 })
    await runtime.warm([whichThread, waitsLightly])
    expect(runtime.stats().threads).toBe(3)
    expect(lanesOf(runtime)).toEqual(['cpu open', 'cpu open', 'shared open'])
    const threads = runtime.stats().lanes.map(({ thread }) => thread)
    expect(threads).toContain(await runtime.run(whichThread))
    await Promise.all([runtime.warm(), runtime.warm([])])
    expect(runtime.stats().threads).toBe(3)
  })

  it.each([
    ['that throws', throwsOnImport, { code: 'RangeError' }],
    ['that ends its thread', exitsOnImport, { code: 'ThreadLostError', loss: 'failed-to-start' }],
  ])('rejects with the error of a module %s; the runtime works on', async (_what, definition, error) => {
    await using runtime = createRuntime({ threads: 1 })
    await expect(runtime.warm([whichThread, definition])).rejects.toMatchObject(error)
    await runtime.warm([whichThread])
    expect(typeof (await runtime.run(whichThread))).toBe('number')
  })

  it('rejects where no thread can be started', async () => {
    await using runtime = createRuntime({ threads: 1, execArgv: ['--import=./not-there.mjs'] })
    await expect(runtime.warm()).rejects.toMatchObject({ code: 'ThreadLostError', loss: 'failed-to-start' })
  })

  it.each([[[5]], [whichThread], ['x']])('refuses %o', async (definitions) => {
    await using runtime = createRuntime({ threads: 1 })
    await expect(runtime.warm(definitions as never)).rejects.toThrow(/runtime\.warm was given.*action\(\)/)
  })

  it('rejects after close(), and is ended by it, also while a module never loads', async () => {
    const runtime = createRuntime({ threads: 1 })
    const warm = runtime.warm([hangsOnImport]).catch((error: Error) => error.name)
    await until(() => lanesOf(runtime).join() === 'cpu open,shared open')
    await runtime.close()
    expect(await warm).toBe('RuntimeClosedError')
    await expect(runtime.warm()).rejects.toMatchObject({ code: 'RuntimeClosedError' })
  })

  it('is done on the replacement of a thread that is killed meanwhile', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = runtime.run(computeForEver, undefined, { graceMs: 0 })
    await reports(run, 'up')
    // Its thread is busy, and loads nothing until it is replaced.
    const warm = runtime.warm([whichThread])
    await until(() => lanesOf(runtime).includes('shared open'))
    run.cancel()
    await warm
    expect(await run.settled()).toMatchObject({ how: 'forced' })
    expect(lanesOf(runtime)).toEqual(['cpu open', 'shared open'])
  })

  it('loads modules in the own thread where there is no other', async () => {
    await using runtime = createRuntime({ threads: 0 })
    await runtime.warm([whichThread])
    expect(await runtime.run(whichThread)).toBe(0)
    await expect(runtime.warm([notThere])).rejects.toMatchObject({ code: 'ActionNotFoundError' })
  })
})

describe('minThreads and idleTimeoutMs', () => {
  it('start so many with the first action, keep them, and end those above', async () => {
    await using runtime = createRuntime({ threads: 3, minThreads: 2, idleTimeoutMs: 20 })
    expect(runtime.stats().threads).toBe(0)
    await runtime.run(whichThread)
    await until(() => runtime.stats().threads === 2)
    const turnstile = createTurnstile()
    const runs = [1, 2, 3].map(() => runtime.run(holds, turnstile))
    // Three lanes; one thread more, where that which is kept was still starting.
    await until(() => runtime.stats().lanes.length === 3 && runtime.stats().threads >= 3)
    open(turnstile)
    await Promise.all(runs)
    await until(() => runtime.stats().threads === 2)
    // However long nothing comes.
    for (let times = 0; times < 20; times += 1) {
      await turn()
      expect(runtime.stats().threads).toBe(2)
    }
  })

  it('end every thread without work, the spare one too, and capacity comes back with it (I11)', async () => {
    await using runtime = createRuntime({ threads: 2, idleTimeoutMs: 20 })
    const killed = runtime.run(computeForEver, undefined, { graceMs: 0 })
    await reports(killed, 'up')
    killed.cancel()
    await killed.settled()
    for (let times = 0; times < 2; times += 1) {
      const turnstile = createTurnstile()
      const runs = [1, 2].map(() => runtime.run(holds, turnstile))
      open(turnstile)
      await Promise.all(runs)
      await runtime.run(waitsLightly, undefined, { timeout: 1 }).settled()
      await until(() => runtime.stats().threads === 0)
      expect(lanesOf(runtime)).toEqual([])
    }
  })

  it('never keep the process alive (I13)', async () => {
    expect(await runProgram('kept-warm')).toEqual({ code: 0, signal: null, stdout: '3 1\n', stderr: '' })
  })

  it.each([
    [{ threads: 2, minThreads: 4 }, /'minThreads' is 4, but there are at most 3 threads/],
    [{ threads: 0, minThreads: 1 }, /'minThreads' is 1, but there are at most 0 threads/],
    [{ minThreads: -1 }, /'minThreads' is -1/],
    [{ minThreads: 0.5 }, /'minThreads' is 0\.5/],
    [{ idleTimeoutMs: -1 }, /'idleTimeoutMs' is -1/],
    [{ idleTimeoutMs: Number.NaN }, /'idleTimeoutMs' is NaN/],
  ])('refuse %o', (options, message) => {
    expect(() => createRuntime(options)).toThrow(message)
  })
})
