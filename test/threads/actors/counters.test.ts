import { describe, expect, it } from 'vitest'
import { createRuntime, type LogEvent } from 'heddle'
import { counters, drivesCounter, type CounterMessage } from '#fixtures/actors/counters.js'
import { EventRecorder } from '../../support/event-recorder.js'

const add = (n: number): CounterMessage => ({ type: 'add', n })
const finish: CounterMessage = { type: 'finish' }

// The same sentences hold for a body that is a function and one that is a machine, in a thread and in the app's own.
describe.each([
  { place: 'in a thread', threads: 1 },
  { place: "in the app's own thread", threads: 0 },
])('an actor $place', ({ threads }) => {
  describe.each(counters)('that is $kind', ({ kind, counter, retried, small, dropping }) => {
    it('takes its messages in order, emits in order, reports, and gives its output', async () => {
      await using runtime = createRuntime({ threads })
      const recorder = new EventRecorder(runtime)
      const run = runtime.run(counter, 100)
      const sums: number[] = []
      run.on('added', ({ total }) => void sums.push(total))
      for (let n = 1; n <= 50; n += 1) expect(run.send(add(n))).toBe(true)
      expect(run.send(finish)).toBe(true)
      expect(await run).toBe(1375)
      const expected = Array.from({ length: 50 }, (_, index) => 100 + ((index + 1) * (index + 2)) / 2)
      expect(sums).toEqual(expected)
      // The last snapshot, or report, is always delivered.
      expect(run.lastReport).toMatchObject({ context: { total: 1375 } })
      await runtime.close()
      await recorder.ended
      const emits = recorder.events.flatMap((event) => (event.type === 'emit' ? [event] : []))
      expect(emits.map(({ event }) => event)).toEqual(expected.map((total) => ({ type: 'added', total })))
      expect(emits.every(({ id, run: name }) => id === 'a0' && name === run.run)).toBe(true)
    })

    it('has one stay in its mailbox that comes before it starts, and answers false once it has ended', async () => {
      await using runtime = createRuntime({ threads })
      const run = runtime.run(counter, 0)
      expect(run.phase).toBe('queued')
      run.send(add(1))
      run.send(finish)
      expect(await run).toBe(1)
      expect(run.send(add(1))).toBe(false)
    })

    it('fails with its error whole (I12)', async () => {
      await using runtime = createRuntime({ threads })
      const run = runtime.run(counter, 0)
      run.send({ type: 'fail', message: 'no more' })
      expect(await run.settled()).toMatchObject({
        status: 'failed',
        error: {
          name: 'ActionFailedError',
          code: 'ValueError',
          action: 'a0',
          cause: {
            name: 'ValueError',
            message: 'no more',
            detail: [1, 2],
            cause: new RangeError('deep down'),
          },
        },
      })
    })

    it('is stopped by an abort while it waits for messages', async () => {
      await using runtime = createRuntime({ threads })
      const run = runtime.run(counter, 0)
      const up = new Promise<void>((resolve) => run.on('added', () => resolve()))
      run.send(add(1))
      await up
      run.cancel('enough')
      expect(await run.settled()).toMatchObject({
        status: 'aborted',
        how: 'cooperative',
        reason: { source: 'cancel', message: 'enough' },
      })
      expect(run.send(add(1))).toBe(false)
    })

    it('leaves its unread messages to its next attempt (S25)', async () => {
      await using runtime = createRuntime({ threads })
      const run = runtime.run(retried, 0)
      for (const message of [add(1), { type: 'fail', message: 'once' } as const, add(2), add(3), finish])
        run.send(message)
      expect(await run).toBe(5)
      expect(run.actions()[0]?.attempt).toBe(2)
    })

    it('refuses messages beyond its limit, with a warning', async () => {
      await using runtime = createRuntime({ threads })
      const recorder = new EventRecorder(runtime)
      const run = runtime.run(small, 0)
      const accepted = [add(1), add(2), finish, add(4), add(5)].map((message) => run.send(message))
      expect(accepted).toEqual([true, true, true, false, false])
      expect(await run).toBe(3)
      await runtime.close()
      await recorder.ended
      const warnings = recorder.events.filter((event): event is LogEvent => event.type === 'log')
      expect(warnings).toHaveLength(1)
      expect(warnings[0]).toMatchObject({ level: 'warn', id: 'a0' })
      expect(warnings[0]?.message).toMatch(/mailbox of action a0 .* full, with 3 unread messages.*refused/)
    })

    it('lets its oldest messages make room where it is told to', async () => {
      await using runtime = createRuntime({ threads })
      const run = runtime.run(dropping, 0)
      const accepted = [add(1), add(2), add(3), add(4), finish].map((message) => run.send(message))
      expect(accepted).toEqual([true, true, true, true, true])
      expect(await run).toBe(7)
    })

    it('is driven by a parent in a thread', async () => {
      await using runtime = createRuntime({ threads })
      const numbers = Array.from({ length: 20 }, (_, index) => index)
      const result = await runtime.run(drivesCounter, {
        kind: kind === 'a function' ? 'function' : 'machine',
        numbers,
      })
      expect(result.output).toBe(190)
      expect(result.sums).toHaveLength(20)
      expect(result.sums.at(-1)).toBe(190)
      expect(result.all).toBe(20)
      expect(result.accepted.every(Boolean)).toBe(true)
      expect(result.afterwards).toBe(false)
    })
  })
})
