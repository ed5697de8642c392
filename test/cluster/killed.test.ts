// kill -9 of a host, an owner, and Redis, at each point of an action's life: what comes of it, told once, and nothing of it goes on.

import { whereabouts } from '#fixtures/cluster/actions.js'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { ClusterFixture, ends, firstReport, SHORT } from '../support/cluster.js'
import { ONE, OwnerElsewhere, OwnerHere, Scene, STAGES, type Stage } from '../support/cluster-stages.js'
import { EventRecorder } from '../support/event-recorder.js'
import { hasRedis, redisNote, RedisServer } from '../support/redis-server.js'

const SUCCEEDED = { status: 'succeeded', output: ONE }
const LOST = { status: 'failed', error: { code: 'ThreadLostError', loss: 'host-lost', host: 'one' } }
const FORCED = { status: 'aborted', how: 'forced' }
const COOPERATIVE = { status: 'aborted', how: 'cooperative' }

/** By stage, with how often its body begins. */
type Table = Readonly<Record<Stage, readonly [outcome: object, begins: number]>>

/** What hadn't begun is served by another host; of what had, nobody knows what it has come to (D11, D12). */
const HOST_IS_GONE: Table = {
  wanted: [SUCCEEDED, 1],
  starting: [SUCCEEDED, 1],
  // Its word alone would say that it hadn't (D13).
  sent: [LOST, 0],
  started: [LOST, 1],
  parked: [LOST, 1],
  aborting: [FORCED, 1],
  'in grace': [FORCED, 1],
  'ended, not told': [LOST, 1],
}

/** Redis holds nothing that can't be lost (D28). */
const REDIS_IS_BACK: Table = {
  wanted: [SUCCEEDED, 1],
  starting: [SUCCEEDED, 1],
  sent: [SUCCEEDED, 1],
  started: [SUCCEEDED, 1],
  parked: [SUCCEEDED, 1],
  aborting: [COOPERATIVE, 1],
  'in grace': [COOPERATIVE, 1],
  'ended, not told': [SUCCEEDED, 1],
}

/** No body goes on for longer after the last word of its owner: so much of the lease (D12, D27). */
const LIVES_ON = 0.75

let shared: RedisServer

beforeAll(async () => {
  if (hasRedis) shared = await RedisServer.start()
})
afterAll(() => shared?.kill())

describe.skipIf(!hasRedis)(
  `a host is killed while an action there is${redisNote}`,
  { concurrent: true },
  () => {
    it.for(STAGES)('%s', async (stage, { expect }) => {
      await using scene = await Scene.set(stage, { ...SHORT, redis: shared })
      const { fixture } = scene
      const owner = fixture.connect({ maxLanes: 2 })
      const recorder = new EventRecorder(owner.runtime)
      const here = new OwnerHere(fixture, owner)
      await scene.reach(here, expect)
      await scene.killHost()
      await scene.letGo()
      const other = await fixture.worker({ name: 'two' })
      const [outcome, begins] = HOST_IS_GONE[stage]
      await expect(here.action.settled()).resolves.toMatchObject(outcome)
      await expect(owner.runtime.run(whereabouts)).resolves.toBe(other.pid)
      await expect.poll(() => ends(recorder, here.action)).toHaveLength(scene.actions)
      expect(await fixture.pids(ONE)).toHaveLength(begins)
      expect(here.action.actions()[0]?.attempt ?? 0).toBeLessThanOrEqual(1)
    })

    it('started, and may run twice: another host does it again, and it counts (D12)', async ({ expect }) => {
      await using fixture = await ClusterFixture.start({ ...SHORT, redis: shared })
      const worker = await fixture.worker({ name: 'one' })
      const { runtime } = fixture.connect()
      const run = fixture.run(runtime, 'again', 'gate', 'retried')
      await firstReport(run)
      await worker.kill()
      const other = await fixture.worker({ name: 'two' })
      await expect.poll(async () => (await fixture.pids('again')).at(-1)).toBe(other.pid)
      fixture.open('again')
      await expect(run.settled()).resolves.toMatchObject({ status: 'succeeded' })
      expect(run.actions()[0]).toMatchObject({ attempt: 2 })
    })
  },
)

describe.skipIf(!hasRedis)(
  `an owner is killed while an action of its is (D27)${redisNote}`,
  { concurrent: true },
  () => {
    it.for(STAGES)('%s', async (stage, { expect }) => {
      await using scene = await Scene.set(stage, { ...SHORT, redis: shared })
      const { fixture } = scene
      const { leaseMs } = fixture
      const owner = new OwnerElsewhere(fixture, await fixture.owner())
      await scene.reach(owner, expect)
      const killedAt = Date.now()
      await owner.process.kill()
      if (stage === 'wanted') scene.host.goOn()
      scene.wire.set('pass')
      const { cluster, runtime } = fixture.connect()
      await expect.poll(async () => (await cluster.hosts()).map(({ busy }) => busy)).toEqual([0])
      await scene.letGo()
      // The thread that it had serves others.
      await expect(runtime.run(whereabouts)).resolves.toBe(scene.host.pid)
      const isBegun = !['wanted', 'starting', 'sent'].includes(stage)
      expect(await fixture.pids(ONE)).toHaveLength(isBegun ? 1 : 0)
      for (const name of [ONE, `${ONE}-child`]) {
        // Long before an owner that had only been cut off would try again elsewhere (D26).
        expect(await fixture.lastTrace(name)).toBeLessThan(killedAt + LIVES_ON * leaseMs)
      }
      expect(owner.process.told).not.toContainEqual(expect.objectContaining({ ended: ONE }))
    })
  },
)

describe.skipIf(!hasRedis)(
  `Redis is killed, and soon back, while an action is (D28)${redisNote}`,
  { concurrent: true },
  () => {
    it.for(STAGES)('%s', async (stage, { expect }) => {
      await using scene = await Scene.set(stage, {})
      const { fixture } = scene
      const owner = fixture.connect()
      const recorder = new EventRecorder(owner.runtime)
      const here = new OwnerHere(fixture, owner)
      await scene.reach(here, expect)
      await fixture.redis.kill()
      await scene.letGo()
      await fixture.redis.start()
      const [outcome, begins] = REDIS_IS_BACK[stage]
      await expect(here.action.settled()).resolves.toMatchObject(outcome)
      await expect(owner.runtime.run(whereabouts)).resolves.toBe(scene.host.pid)
      await expect.poll(() => ends(recorder, here.action)).toHaveLength(scene.actions)
      expect(await fixture.pids(ONE)).toHaveLength(begins)
    })
  },
)

describe.skipIf(!hasRedis)(
  `Redis is killed, and away for longer than the lease, while an action is${redisNote}`,
  { concurrent: true },
  () => {
    it.for(STAGES)('%s', async (stage, { expect }) => {
      await using scene = await Scene.set(stage, SHORT)
      const { fixture } = scene
      const { leaseMs } = fixture
      const owner = fixture.connect()
      const recorder = new EventRecorder(owner.runtime)
      const here = new OwnerHere(fixture, owner)
      await scene.reach(here, expect)
      const killedAt = Date.now()
      await fixture.redis.kill()
      const [outcome, begins] = HOST_IS_GONE[stage]
      if (outcome === SUCCEEDED) {
        // Nothing is lost that would tell: its lane is asked for again.
        await expect.poll(() => Date.now(), { interval: 100 }).toBeGreaterThan(killedAt + leaseMs)
        await expect.poll(async () => (await here.lanes()).starting).toBe(0)
        await scene.letGo()
        await fixture.redis.start()
      }
      await expect(here.action.settled()).resolves.toMatchObject(outcome)
      const lostAt = Date.now()
      if (outcome !== SUCCEEDED) {
        for (const name of [ONE, `${ONE}-child`]) {
          expect(await fixture.lastTrace(name)).toBeLessThan(Math.min(lostAt, killedAt + LIVES_ON * leaseMs))
        }
        await scene.letGo()
        await fixture.redis.start()
      }
      await expect(owner.runtime.run(whereabouts)).resolves.toBe(scene.host.pid)
      await expect.poll(() => ends(recorder, here.action)).toHaveLength(scene.actions)
      expect(await fixture.pids(ONE)).toHaveLength(begins)
    })
  },
)
