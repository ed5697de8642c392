// Calls between machines, by a real Redis (D9): of the app's services by bodies elsewhere, and of what these expose.

import { callsModel, callsServices, Db, hangsInService, modelServer } from '#fixtures/actors/calls.js'
import { isHeddleError, type Services } from 'heddle'
import { describe, expect, it } from 'vitest'
import { ClusterFixture, firstReport } from '../support/cluster.js'
import { hasRedis, redisNote } from '../support/redis-server.js'

const CALLS = new URL('../../build/test/fixtures/actors/calls.js', import.meta.url).href

function servicesOf(db: Db): Services {
  return { db, hooks: { keep: () => {} } } as unknown as Services
}

describe.skipIf(!hasRedis)(`calls between machines${redisNote}`, () => {
  it('of services are answered by the app, call back, and are given copies of what is marked to be moved', async () => {
    await using fixture = await ClusterFixture.start()
    await fixture.worker({ actions: [CALLS] })
    const db = new Db()
    const { runtime } = fixture.connect({}, { services: servicesOf(db) })
    expect(await runtime.run(callsServices)).toEqual({
      count: 1,
      rows: ['one', 'two'],
      name: 'rows',
      nested: [30, 30],
      moved: 6,
      // What leaves the machine is copied (D7).
      movedLeft: 3,
      many: 500,
      fromFunction: 42,
    })
    expect(runtime.stats().threads).toBe(0)
  })

  it('of services end with the attempt that waits for them', async () => {
    await using fixture = await ClusterFixture.start()
    await fixture.worker({ actions: [CALLS] })
    const { runtime } = fixture.connect({}, { services: servicesOf(new Db()) })
    const run = runtime.run(hangsInService)
    await firstReport(run)
    run.cancel('enough')
    await expect(run.settled()).resolves.toMatchObject({ status: 'aborted', how: 'cooperative' })
    expect(run.lastReport).toEqual({ isReason: true, refused: true, shielded: 0 })
  })

  it('of what an action exposes are answered there, for the app and for its parent on another thread', async () => {
    await using fixture = await ClusterFixture.start()
    await fixture.worker({ actions: [CALLS], threads: 2 })
    const { runtime } = fixture.connect()
    const run = runtime.run(modelServer, 4)
    const model = await run.remote()
    expect(await model.predict(5)).toBe(20)
    const losses: number[] = []
    expect(await model.watch((loss) => void losses.push(loss))).toBe('watched')
    expect(losses).toEqual([3, 2, 1])
    await expect(model.fails()).rejects.toMatchObject({ name: 'RangeError', cause: { message: 'overflow' } })
    run.send({ type: 'stop' })
    expect(await run).toBe('stopped by message')
    const late: unknown = await model.predict(1).catch((error: unknown) => error)
    expect(isHeddleError(late, 'RunEndedError')).toBe(true)
    expect(await runtime.run(callsModel, 100)).toMatchObject({ right: true, count: 100, status: 'aborted' })
  })
})
