import { whole } from '#fixtures/stopping.js'
import { describe, expect, it } from 'vitest'
import { createRuntime as createRuntimeHere } from '../../../dist/src/index.js'
import { createRuntime, threadsHere } from '../../support/elsewhere.js'
import { open, word } from '../../support/shared-words.js'

describe('an action', () => {
  it.each(['cluster', { label: 'gpu' }] as const)(
    'that is to run on %j is refused where there is no cluster',
    async (on) => {
      await using runtime = createRuntimeHere({ threads: 1 })
      const children = [{ ending: 'return' }] as const
      for (const run of [
        runtime.run(whole, { ending: 'return' }, { on }),
        runtime.scope((ctx) => ctx.spawn(whole, { ending: 'await', children }, { on })),
      ]) {
        const { error } = (await run.settled()) as { error: Error }
        expect(error.message).toContain('createRuntime({ cluster })')
        expect([error, error.cause]).toContainEqual(expect.objectContaining({ code: 'ActionInputError' }))
      }
    },
  )

  it('runs here where nothing else is there, if it may, and without threads wherever it is to', async () => {
    await using runtime = createRuntimeHere({ threads: 1 })
    await expect(runtime.run(whole, { ending: 'return' }, { on: 'anywhere' })).resolves.toBe('returned')
    await using without = createRuntimeHere({ threads: 0 })
    await expect(without.run(whole, { ending: 'return' }, { on: 'cluster' })).resolves.toBe('returned')
    await expect(
      without.run(whole, { ending: 'return' }, { on: 'there' as never }).settled(),
    ).resolves.toMatchObject({
      error: { code: 'ActionInputError' },
    })
  })

  it('runs where its call says', async () => {
    await using runtime = createRuntime({ threads: 1 })
    await runtime.run(whole, { ending: 'return' }, { on: 'here' })
    expect(threadsHere(runtime)).toBe(1)
    expect(runtime.stats().lanes).toHaveLength(1)
    await runtime.run(whole, { ending: 'return' }, { on: { label: 'gpu' } })
    expect(runtime.stats().lanes).toHaveLength(2)
  })

  it('runs elsewhere, if it may, while there is no room here', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const gate = word()
    const on = 'anywhere'
    const here = runtime.run(whole, { ending: 'compute', gate }, { on })
    await expect.poll(() => here.phase, { timeout: 30_000 }).toBe('running')
    await expect(runtime.run(whole, { ending: 'return' }, { on })).resolves.toBe('returned')
    expect(threadsHere(runtime)).toBe(1)
    open(gate)
    await expect(here).resolves.toBe('computed')
  })

  it('of another place waits until there may be a lane for it, and then gets one', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const gate = word()
    const first = runtime.run(whole, { ending: 'compute', gate }, { on: 'cluster' })
    await expect.poll(() => first.phase, { timeout: 30_000 }).toBe('running')
    // There may be one lane elsewhere, which has work: it is given back when that ends, since another place is wanted.
    const other = runtime.run(whole, { ending: 'return' }, { on: { label: 'gpu' } })
    const next = runtime.run(whole, { ending: 'return' }, { on: 'here' })
    await expect(next).resolves.toBe('returned')
    expect(other.phase).toBe('queued')
    open(gate)
    await expect(first).resolves.toBe('computed')
    await expect(other).resolves.toBe('returned')
  })
})
