import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AlarmClock } from '../../src/runtime/tree/alarm-clock.js'
import { Timers, type Timer } from '../../src/scheduling/timers.js'

function nothing(): void {}

describe('timers', () => {
  it('call what is due in order of time, and among equals in the order of adding', () => {
    const timers = new Timers()
    const called: string[] = []
    for (const [name, at] of [
      ['late', 30],
      ['first', 10],
      ['second', 10],
      ['later', 31],
    ] as const)
      timers.add(at, () => called.push(name))
    timers.fireDue(9)
    expect(called).toEqual([])
    timers.fireDue(30)
    expect(called).toEqual(['first', 'second', 'late'])
    expect([timers.size, timers.nextAt]).toEqual([1, 31])
  })

  it("don't call what an earlier one of the same time has taken out, and leave what it adds for the next time", () => {
    const timers = new Timers()
    const called: string[] = []
    timers.add(1, () => {
      timers.remove(victim)
      timers.add(1, () => called.push('added'))
    })
    const victim = timers.add(1, () => called.push('victim'))
    timers.add(1, () => called.push('last'))
    timers.fireDue(5)
    expect(called).toEqual(['last'])
    timers.fireDue(5)
    expect(called).toEqual(['last', 'added'])
  })

  it('keep what was behind a callback that throws', () => {
    const timers = new Timers()
    const called: string[] = []
    timers.add(1, () => {
      throw new Error('of the app')
    })
    timers.add(1, () => called.push('next'))
    expect(() => timers.fireDue(1)).toThrow('of the app')
    timers.fireDue(1)
    expect(called).toEqual(['next'])
  })

  it('agree with a list that is looked through, whatever is added, taken out and let pass', () => {
    const command = fc.oneof(
      { weight: 3, arbitrary: fc.record({ do: fc.constant('add' as const), inMs: fc.nat(50) }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), which: fc.nat(100) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.nat(40) }) },
    )
    fc.assert(
      fc.property(fc.array(command, { maxLength: 300 }), (commands) => {
        const timers = new Timers()
        let model: { timer: Timer; name: number }[] = []
        const fired: number[] = []
        const expected: number[] = []
        let now = 0
        let names = 0
        for (const step of commands) {
          if (step.do === 'add') {
            names += 1
            const name = names
            model.push({ timer: timers.add(now + step.inMs, () => fired.push(name)), name })
          } else if (step.do === 'remove') {
            const at = model.length === 0 ? -1 : step.which % model.length
            for (const { timer } of model.splice(at, at === -1 ? 0 : 1)) timers.remove(timer)
          } else {
            now += step.ms
            timers.fireDue(now)
            const due = model.filter(({ timer }) => timer.at <= now)
            expected.push(
              ...due.toSorted((a, b) => a.timer.at - b.timer.at || a.name - b.name).map(({ name }) => name),
            )
            model = model.filter(({ timer }) => timer.at > now)
          }
          expect(fired).toEqual(expected)
          expect(timers.size).toBe(model.length)
          expect(timers.nextAt).toBe(
            model.length === 0 ? undefined : Math.min(...model.map(({ timer }) => timer.at)),
          )
        }
      }),
    )
  })
})

describe('alarm clock', () => {
  it('arms one timer of Node for all, and none once they are taken out (I9)', () => {
    const countTimeouts = (): number =>
      process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
    const before = countTimeouts()
    const clock = new AlarmClock(() => performance.now())
    const timers = Array.from({ length: 100_000 }, (_, index) => clock.set(60_000 + index, nothing))
    expect(countTimeouts()).toBe(before + 1)
    for (const timer of timers) clock.clear(timer)
    expect(countTimeouts()).toBe(before)
  })

  it('calls back in order, the next one set from within, and one that becomes the next', async () => {
    const clock = new AlarmClock(() => performance.now())
    const called: string[] = []
    const far = clock.set(2 ** 40, () => called.push('far'))
    await new Promise<void>((resolve) => {
      clock.set(20, () => {
        called.push('second')
        clock.set(0, () => {
          called.push('third')
          resolve()
        })
      })
      clock.set(5, () => called.push('first'))
    })
    clock.clear(far)
    expect(called).toEqual(['first', 'second', 'third'])
  })

  it('never calls back early', async () => {
    const clock = new AlarmClock(() => performance.now())
    const waits = await Promise.all(
      [0, 1.5, 3.01, 7.99, 12.3].map(
        (ms) =>
          new Promise<number>((resolve) => {
            const start = performance.now()
            clock.set(ms, () => resolve(performance.now() - start - ms))
          }),
      ),
    )
    for (const late of waits) expect(late).toBeGreaterThanOrEqual(0)
  })
})
