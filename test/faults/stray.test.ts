// What a body starts and lets go, and what its code throws where nobody catches it: it is that body's alone (S15).

import { createRuntime, type Runtime, type Services } from 'heddle'
import {
  lettingGo,
  letGo,
  neighbour,
  PLACES,
  pollingTimer,
  throwing,
  throwingLater,
  throwingListener,
  WAITS,
} from '#fixtures/strays.js'
import { describe, expect, it } from 'vitest'

const services = { stray: { never: () => new Promise<void>(() => {}) } } as unknown as Services

function create(threads: number = 1): Runtime {
  return createRuntime({ threads, services, graceMs: 20_000 })
}

/** Runs something beside a neighbour on the shared thread, which must not notice. */
async function besideNeighbour(runtime: Runtime, beside: () => Promise<void>): Promise<void> {
  const witness = runtime.run(neighbour)
  await witness.reports().next()
  await beside()
  witness.send({ type: 'end' })
  await expect(witness).resolves.toBe('lives')
  expect(witness.actions()[0]).toMatchObject({ attempt: 1 })
}

describe('a wait that was let go', () => {
  it.each(WAITS)(
    'is ended by an abort without a trace, while its body goes on: %s (S12, S15)',
    async (wait) => {
      await using runtime = create()
      await besideNeighbour(runtime, async () => {
        const run = runtime.run(lettingGo, [wait])
        await run.reports().next()
        run.cancel('enough')
        const outcome = await run.settled()
        expect(outcome).toMatchObject({ status: 'aborted', how: 'cooperative' })
        expect(outcome.status === 'aborted' && outcome.error.cause).toBeUndefined()
      })
    },
  )

  it.each(['scope', 'threads: 0'])(
    "is no unhandled rejection in the app's own thread: %s (I13)",
    async (where) => {
      await using runtime = create(where === 'scope' ? 1 : 0)
      // A promise of the body's own is the app's there.
      const waits = WAITS.filter((wait) => wait !== 'derived')
      const run =
        where === 'scope' ? runtime.scope((ctx) => letGo(waits, ctx as never)) : runtime.run(lettingGo, waits)
      await run.reports().next()
      run.cancel('enough')
      await expect(run.settled()).resolves.toMatchObject({ status: 'aborted', how: 'cooperative' })
    },
  )
})

describe('what nobody catches', () => {
  it.each(PLACES)(
    'fails the action whose code threw it, and its neighbours live: %s (S15)',
    async (place) => {
      await using runtime = create()
      await besideNeighbour(runtime, async () => {
        const run = runtime.run(throwing, { place })
        await expect(run.settled()).resolves.toMatchObject({
          status: 'failed',
          error: { code: 'RangeError', cause: { message: `stray ${place}` } },
        })
      })
    },
  )

  it.each(PLACES)('is the cause where the action was being aborted: %s (S4)', async (place) => {
    await using runtime = create()
    await besideNeighbour(runtime, async () => {
      const run = runtime.run(throwing, { place, onAbort: true })
      await run.reports().next()
      run.cancel('enough')
      await expect(run.settled()).resolves.toMatchObject({
        status: 'aborted',
        how: 'cooperative',
        error: { cause: { code: 'RangeError', cause: { message: `stray ${place}` } } },
      })
    })
  })

  it('is told of an abort listener, too (S4, S15)', async () => {
    await using runtime = create()
    await besideNeighbour(runtime, async () => {
      const run = runtime.run(throwingListener)
      await run.reports().next()
      run.cancel('enough')
      await expect(run.settled()).resolves.toMatchObject({
        status: 'aborted',
        how: 'cooperative',
        error: { cause: { cause: { message: 'stray listener' } } },
      })
    })
  })

  it("is ignored where it is the action's own abort (S15)", async () => {
    await using runtime = create()
    await besideNeighbour(runtime, async () => {
      const run = runtime.run(pollingTimer)
      await run.reports().next()
      run.cancel('enough')
      const outcome = await run.settled()
      expect(outcome).toMatchObject({ status: 'aborted', how: 'cooperative' })
      expect(outcome.status === 'aborted' && outcome.error.cause).toBeUndefined()
    })
  })

  it('harms nobody where its body has long ended (S15)', async () => {
    await using runtime = create()
    await besideNeighbour(runtime, async () => {
      await expect(runtime.run(throwingLater)).resolves.toBe('a0')
      // In the thread, its timer comes first.
      await runtime.run(pollingTimer, undefined, { timeout: 50 }).settled()
    })
  })
})
