// Actions on a machine that is lost, or that goes, before it has said whether they have begun: by a wire that the test holds.

import { action, createRuntime, type RuntimeOptions } from 'heddle'
import { describe, expect, it } from 'vitest'
import { lineByWire } from '../../../src/cluster/lanes/far-line.js'
import type { Wire, WireListener } from '../../../src/cluster/lanes/wire.js'
import type { FromFarHost, ToFarHost } from '../../../src/protocol/far-messages.js'
import { LANE_SOURCE, type LaneSource } from '../../../src/runtime/dispatch/lane-source.js'

/** It never runs: all that comes of it is what the far end says. */
const there = action(import.meta, 'there', { on: 'cluster' }, () => {
  throw new Error('nobody is to run it')
})

/** The far end of one lane. */
interface FarEnd {
  readonly heard: ToFarHost[]
  come(...messages: readonly FromFarHost[]): void
  lose(): void
}

/** A runtime with one lane, which is elsewhere; it has come up, and an action was sent there. */
async function sentElsewhere() {
  const ends: FarEnd[] = []
  const open = (): ReturnType<LaneSource['open']> => {
    let listener: WireListener<FromFarHost> | undefined
    const heard: ToFarHost[] = []
    const wire: Wire<ToFarHost, FromFarHost> = {
      peer: { name: 'far', instance: 'f'.repeat(32) },
      roundTripMs: undefined,
      maxValueBytes: Infinity,
      listen: (given) => void (listener = given),
      send: (message) => void heard.push(message),
      sendUrgent: (message) => void heard.push(message),
      drain: () => {},
      readOn: () => true,
      hold: () => {},
      close: () => {},
    }
    ends.push({
      heard,
      come(...messages) {
        for (const message of messages) listener?.handle(message)
        listener?.endTurn()
      },
      lose: () => listener?.lost('host-lost', 1000),
    })
    return lineByWire(wire, () => 0)
  }
  const source: LaneSource = {
    most: 1,
    defaultOn: 'cluster',
    destinationOf: () => ({ destination: 'there' }),
    open,
  }
  const cluster = { [LANE_SOURCE]: source }
  const runtime = createRuntime({ cluster: cluster as unknown as NonNullable<RuntimeOptions['cluster']> })
  const run = runtime.run(there)
  // It may fail before anybody waits for it.
  void run.settled()
  await expect.poll(() => ends.length).toBe(1)
  const end = ends[0] as FarEnd
  const heard = async (type: ToFarHost['type']): Promise<void> =>
    expect.poll(() => end.heard.map((message) => message.type)).toContain(type)
  end.come({ type: 'hello', thread: 1 })
  await heard('start')
  return { runtime, run, ends, end, heard }
}

describe('an action that was sent to another machine and not told to have begun', () => {
  it('was aborted ahead of the end of its lane: it never begins, also on another one (I4)', async () => {
    const { runtime, run, end, heard, ends } = await sentElsewhere()
    run.cancel('enough')
    await heard('abort')
    expect(run.phase).toBe('aborting')
    end.come({ type: 'gone' })
    await expect(run.settled()).resolves.toMatchObject({ status: 'aborted', how: 'never-started' })
    expect(ends.slice(1).flatMap((other) => other.heard.filter(({ type }) => type === 'start'))).toEqual([])
    await runtime.close()
  })

  it('may have run where the machine is lost: its abort was carried out by force (S7, D12)', async () => {
    const { runtime, run, end, heard } = await sentElsewhere()
    run.cancel('enough')
    await heard('abort')
    end.lose()
    await expect(run.settled()).resolves.toMatchObject({ status: 'aborted', how: 'forced' })
    await runtime.close()
  })

  it('fails where the machine is lost and it was not aborted (D12)', async () => {
    const { runtime, run, end } = await sentElsewhere()
    end.lose()
    await expect(run.settled()).resolves.toMatchObject({
      status: 'failed',
      error: { code: 'ThreadLostError', loss: 'host-lost', host: 'far' },
    })
    await runtime.close()
  })
})
