import { describe, expect, it } from 'vitest'
import { createRuntime } from 'heddle'
import { whichThread } from '#fixtures/readying.js'
import { linger } from '#fixtures/surface.js'
import { reports } from '../../support/events.js'

/** What depends on the moment. */
const PASSING = /^(?:process_|nodejs_|heddle_event_loop|heddle_lanes|heddle_threads)/

const lasting = (text: string): string[] => text.split('\n').filter((line) => !PASSING.test(line))

describe('runtime.metrics()', () => {
  it('gives counts without a server, refused ones apart from failed ones (S27)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    expect(await runtime.metrics()).toContain('heddle_actions_settled_total{outcome="succeeded"} 0\n')
    await runtime.run(whichThread)
    await runtime.run(whichThread, undefined, { nmae: 'x' } as never).settled()
    const lingering = runtime.run(linger)
    await reports(lingering, 'up')
    lingering.cancel()
    await lingering.settled()
    const text = await runtime.metrics()
    for (const line of [
      '# TYPE heddle_refused_total counter',
      'heddle_refused_total 1',
      'heddle_actions_settled_total{outcome="succeeded"} 1',
      'heddle_actions_settled_total{outcome="failed"} 0',
      'heddle_actions_settled_total{outcome="aborted"} 1',
      'heddle_aborts_total{source="cancel"} 1',
      'heddle_stopped_total{how="cooperative"} 1',
      'heddle_action_run_seconds_count{outcome="succeeded"} 1',
      'heddle_abort_delivery_seconds_count 1',
      'heddle_event_streams 0',
    ]) {
      expect(text.split('\n')).toContain(line)
    }
  })

  it('says the same as the control server, before, while and after it is there', async () => {
    await using runtime = createRuntime({ threads: 1 })
    await runtime.metrics()
    await runtime.run(whichThread)
    const server = await runtime.serve({ discoverable: false })
    const headers = { authorization: `Bearer ${server.readToken}` }
    const answer = await fetch(`${server.url}/metrics`, { headers })
    expect(lasting(await runtime.metrics())).toEqual(lasting(await answer.text()))
    await server.close()
    await runtime.run(whichThread)
    expect(await runtime.metrics()).toContain('heddle_action_run_seconds_count{outcome="succeeded"} 2\n')
    await runtime.close()
    expect(await runtime.metrics()).toContain('heddle_actions_settled_total{outcome="succeeded"} 2\n')
  })
})
