import { describe, expect, it } from 'vitest'
import { createRuntime, isHeddleError, type Services } from 'heddle'
import {
  callsServices,
  callsWrongly,
  Db,
  exitsInService,
  hangsInService,
  keepsHook,
  manyCallbacks,
} from '#fixtures/actors/calls.js'
import { reports } from '../../support/events.js'

type Kept = (text: string) => Promise<string>

function servicesWith(kept: Kept[] = []): { services: Services; db: Db } {
  const db = new Db()
  const hooks = { keep: (callback: unknown) => void kept.push(callback as Kept) }
  // What the tests of types declare isn't there.
  return { db, services: { db, hooks } as unknown as Services }
}

/** Ports of this process that are open. */
function openPorts(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'MessagePort').length
}

describe.each([
  { place: 'in a thread', threads: 1 },
  { place: "in the app's own thread", threads: 0 },
])("the app's services, called $place", ({ threads }) => {
  it('answer calls, give properties, call back, take what is moved', async () => {
    const { services, db } = servicesWith()
    await using runtime = createRuntime({ threads, services })
    expect(await runtime.run(callsServices)).toEqual({
      count: 1,
      rows: ['one', 'two'],
      name: 'rows',
      nested: [30, 30],
      moved: 6,
      movedLeft: 0,
      many: 500,
      fromFunction: 42,
    })
    // Calls arrive in their order.
    expect(db.all().slice(2)).toEqual(Array.from({ length: 500 }, (_, n) => String(n)))
  })

  it('give their errors whole, and say what is wrong with a call (I12)', async () => {
    const { services, db } = servicesWith()
    await db.insert('row')
    await using runtime = createRuntime({ threads, services })
    expect(await runtime.run(callsWrongly)).toEqual({
      failure: { isRangeError: true, message: 'no such row', code: 'E_ROW', row: [1], cause: 'disk' },
      callbackError: { kind: 'TypeError', message: 'in the callback' },
      missing: expect.objectContaining({
        code: 'ActionInputError',
        message: "there is no service 'cache': createRuntime({ services }) was given 'db', 'hooks'",
      }),
      noMethod: expect.objectContaining({ kind: 'TypeError' }),
      uncloneableArgument: expect.objectContaining({
        code: 'NotCloneableError',
        message: expect.stringContaining('services.db.insert'),
      }),
      uncloneableResult: expect.objectContaining({ code: 'NotCloneableError' }),
      constructors: ['constructor', 'constructor', '__proto__', '__defineGetter__'].map((name) =>
        expect.objectContaining({
          kind: 'TypeError',
          message: expect.stringContaining(`'${name}' of an object`),
        }),
      ),
      set: expect.objectContaining({ kind: 'TypeError', message: expect.stringContaining("can't be set") }),
    })
  })

  it('leave a call that is pending at the abort, and refuse further ones outside of a shield (S12)', async () => {
    const { services } = servicesWith()
    await using runtime = createRuntime({ threads, services })
    const run = runtime.run(hangsInService)
    await reports(run, 'ready')
    run.cancel('enough')
    expect(await run.settled()).toMatchObject({ status: 'aborted', how: 'cooperative' })
    expect(run.lastReport).toEqual({ isReason: true, refused: true, shielded: 0 })
  })

  it('may keep a callback as long as its action lives, and are told when it has ended', async () => {
    const kept: Kept[] = []
    const { services } = servicesWith(kept)
    await using runtime = createRuntime({ threads, services })
    const run = runtime.run(keepsHook)
    await reports(run, 'ready')
    expect(await kept[0]?.('loud')).toBe('LOUD')
    run.cancel()
    await run.settled()
    // Nobody has to await it: a rejection that is not looked at raises nothing.
    void kept[0]?.('unheard')
    const error = await kept[0]?.('late').catch((thrown: unknown) => thrown)
    expect(isHeddleError(error, 'RunEndedError')).toBe(true)
  })

  it('leave no port behind, however many callbacks there were (I9)', async () => {
    const { services, db } = servicesWith()
    await db.insert('row')
    await using runtime = createRuntime({ threads, services })
    const before = openPorts()
    expect(await runtime.run(manyCallbacks, 300)).toBe(300)
    await runtime.close()
    await expect.poll(openPorts).toBeLessThanOrEqual(before)
  })
})

describe("the app's services", () => {
  it('are rid of a call whose thread has died, and of its callbacks', async () => {
    const kept: Kept[] = []
    const { services, db } = servicesWith(kept)
    await using runtime = createRuntime({ threads: 1, services })
    const before = openPorts()
    expect(await runtime.run(exitsInService).settled()).toMatchObject({
      status: 'failed',
      error: { name: 'ThreadLostError' },
    })
    expect(db.all()).toEqual(['before the end'])
    const error = await kept[0]?.('late').catch((thrown: unknown) => thrown)
    expect(isHeddleError(error, 'RunEndedError')).toBe(true)
    await runtime.close()
    await expect.poll(openPorts).toBeLessThanOrEqual(before)
  })

  it('must be an object', () => {
    expect(() => createRuntime({ services: 5 as never })).toThrow(/'services' is 5, but must be an object/)
  })
})
