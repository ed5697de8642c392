// Bodies that wait for children, in more places than there are threads: a parked one is in nobody's way (S1, D10).

import { nested, nestedGpu, nestedGpus, whereaboutsLater } from '#fixtures/cluster/actions.js'
import type { ActionPlace } from 'heddle'
import { describe, it } from 'vitest'
import { ClusterFixture } from '../support/cluster.js'
import { hasRedis, redisNote } from '../support/redis-server.js'

const LABELS = { labels: ['gpu', 'big'] }
const GPU: ActionPlace = { label: 'gpu' }
const BIG: ActionPlace = { label: 'big' }

describe.skipIf(!hasRedis)(`children of bodies on the only thread${redisNote}`, { concurrent: true }, () => {
  it('get it, also where they are to run by another label (S1, D10)', async ({ expect }) => {
    await using fixture = await ClusterFixture.start()
    await fixture.worker(LABELS)
    const { runtime } = fixture.connect()
    await expect(runtime.run(nested, [GPU])).resolves.toBe(2)
  })

  it.for([64, 1])(
    'get it at any depth, also where their app may hold %i (D10)',
    async (maxLanes, { expect }) => {
      await using fixture = await ClusterFixture.start()
      await fixture.worker(LABELS)
      const { runtime } = fixture.connect({ maxLanes })
      const places: readonly ActionPlace[] = [GPU, BIG, 'cluster', GPU, 'cluster']
      await expect(runtime.run(nested, places)).resolves.toBe(6)
      await expect(
        runtime.run(
          nested,
          places.map(() => 'cluster' as const),
        ),
      ).resolves.toBe(6)
    },
  )

  it('get it from all who wait for their children at a time', async ({ expect }) => {
    await using fixture = await ClusterFixture.start()
    await fixture.worker(LABELS)
    const { runtime } = fixture.connect()
    const runs = Array.from({ length: 12 }, () => runtime.run(nested, [GPU, BIG]))
    await expect(Promise.all(runs)).resolves.toEqual(runs.map(() => 3))
  })

  it('get it from one that holds a resource, where their app may hold one', async ({ expect }) => {
    await using fixture = await ClusterFixture.start()
    await fixture.worker({ ...LABELS, resources: { gpu: 1 } })
    const { runtime } = fixture.connect({ maxLanes: 1 })
    await expect(runtime.run(nestedGpu, [BIG, 'cluster'])).resolves.toBe(3)
  })

  it('get it also where they need what that holds, too, and their app may hold one', async ({ expect }) => {
    await using fixture = await ClusterFixture.start()
    await fixture.worker({ resources: { gpu: 2 } })
    const { runtime } = fixture.connect({ maxLanes: 1 })
    await expect(runtime.run(nestedGpu, ['cluster'])).resolves.toBe(2)
    await expect(runtime.run(nestedGpus, 2)).resolves.toBe(2)
  })

  it('get it from other work of their own app that never ends (D18)', async ({ expect }) => {
    await using fixture = await ClusterFixture.start()
    await fixture.worker(LABELS)
    const { runtime } = fixture.connect()
    let isOver = false
    const others = Array.from({ length: 5 }, async () => {
      while (!isOver) await runtime.run(whereaboutsLater, 20)
    })
    await runtime.run(whereaboutsLater, 20)
    await expect(runtime.run(nested, [GPU])).resolves.toBe(2)
    isOver = true
    await Promise.all(others)
  })
})
