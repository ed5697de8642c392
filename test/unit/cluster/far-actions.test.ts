// Actions on a machine that is lost, or that goes, before it has said whether they have begun: by a wire that the test holds.

import { whole } from '#fixtures/stopping.js'
import { action, createRuntime, type RuntimeOptions } from 'heddle'
import { describe, expect, it } from 'vitest'
import { lineByWire } from '../../../src/cluster/lanes/far-line.js'
import { LANE_SOURCE, type LaneSource } from '../../../src/runtime/dispatch/lane-source.js'
import { FarEnd } from '../../support/far-end.js'

/** It never runs: all that comes of it is what the far end says. */
const there = action(import.meta, 'there', { on: 'cluster', retries: 1 }, () => {
  throw new Error('nobody is to run it')
})

/** The same, with something that only other machines have. */
const onlyThere = action(import.meta, 'onlyThere', { on: 'cluster', resources: { gpu: 1 } }, () => {
  throw new Error('nobody is to run it')
})

/** A runtime with one lane, which is elsewhere; it has come up, and an action was sent there. */
async function sentElsewhere() {
  const ends: FarEnd[] = []
  const open = (): ReturnType<LaneSource['open']> => {
    const end = new FarEnd(true)
    ends.push(end)
    return lineByWire(end, () => 0)
  }
  const source = {
    most: 1,
    isClosed: false as boolean,
    onClose: () => () => {},
    defaultOn: 'cluster',
    destinationOf: () => ({ destination: 'there' }),
    open,
  } satisfies LaneSource
  const cluster = { [LANE_SOURCE]: source }
  const runtime = createRuntime({ cluster: cluster as unknown as NonNullable<RuntimeOptions['cluster']> })
  const run = runtime.run(there)
  // It may fail before anybody waits for it.
  void run.settled()
  await expect.poll(() => ends.length).toBe(1)
  const end = ends[0] as FarEnd
  const heard = async (type: string): Promise<void> => expect.poll(() => end.heard).toContain(type)
  end.come({ type: 'hello', thread: 1 })
  await heard('start')
  return { runtime, run, ends, end, heard, source }
}

describe('an action that was sent to another machine and not told to have begun', () => {
  it('was aborted ahead of the end of its lane: it never begins, also on another one (I4)', async () => {
    const { runtime, run, end, heard, ends } = await sentElsewhere()
    run.cancel('enough')
    await heard('abort')
    expect(run.phase).toBe('aborting')
    end.come({ type: 'gone' })
    await expect.poll(() => run.phase, { timeout: 5000 }).toBe('aborted')
    await expect(run.settled()).resolves.toMatchObject({ how: 'never-started' })
    expect(ends).toHaveLength(1)
    await runtime.close()
  })

  it('was not, and has not begun: it is not lost, and waits for another lane', async () => {
    const { runtime, run, end, ends } = await sentElsewhere()
    end.come({ type: 'gone' })
    await expect.poll(() => ends).toHaveLength(2)
    expect(run.actions()[0]).toMatchObject({ phase: 'queued', attempt: 0 })
    run.cancel('enough')
    await expect(run.settled()).resolves.toMatchObject({ status: 'aborted', how: 'never-started' })
    await runtime.close()
  })

  it('may have run where the machine is lost: that attempt counts as begun for good (S7, D12)', async () => {
    const { runtime, run, end, ends } = await sentElsewhere()
    end.lose()
    await expect.poll(() => ends).toHaveLength(2)
    expect(run.actions()[0]).toMatchObject({ phase: 'queued', attempt: 2 })
    run.cancel('enough')
    await expect(run.settled()).resolves.toMatchObject({ status: 'aborted', how: 'cooperative' })
    await runtime.close()
  })

  it('may have run where the machine is lost behind its abort, which has ended it by force (S7, D12)', async () => {
    const { runtime, run, end, heard } = await sentElsewhere()
    run.cancel('enough')
    await heard('abort')
    end.lose()
    await expect(run.settled()).resolves.toMatchObject({ status: 'aborted', how: 'forced' })
    await runtime.close()
  })
})

describe('a cluster that is closed ahead of its runtime', () => {
  it('fails what waits for it and may go nowhere else, and refuses what comes; the rest runs here', async () => {
    const { runtime, run, end, ends, source } = await sentElsewhere()
    const waiting = runtime.run(there)
    const either = runtime.run(whole, { ending: 'return' }, { on: 'anywhere' })
    source.isClosed = true
    end.lose()
    for (const lost of [run, waiting])
      await expect(lost.settled()).resolves.toMatchObject({
        status: 'failed',
        error: {
          code: 'ThreadLostError',
          loss: 'failed-to-start',
          message: expect.stringContaining(
            'its cluster is closed: close it after the runtimes that use it',
          ) as string,
        },
      })
    await expect(either).resolves.toBe('returned')
    await expect(runtime.run(there)).rejects.toThrow(
      "is to run on 'cluster', but its cluster is closed: close it after the runtimes that use it",
    )
    await expect(runtime.run(onlyThere)).rejects.toThrow('its cluster is closed')
    await expect(runtime.run(whole, { ending: 'return' }, { on: 'anywhere' })).resolves.toBe('returned')
    expect(ends).toHaveLength(1)
    await runtime.close()
  })
})
