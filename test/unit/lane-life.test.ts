import { describe, expect, it } from 'vitest'
import { LaneLife, type LaneEffect } from '../../src/threads/lane-life.js'

/** Timers that fire when they are told to. */
class Timers {
  now = 0
  readonly #timers = new Map<object, { readonly at: number; readonly fire: () => void }>()

  readonly clock = {
    setTimeout: (fire: (...args: unknown[]) => void, ms: number): unknown => {
      const timer = {}
      this.#timers.set(timer, { at: this.now + ms, fire: () => fire() })
      return timer
    },
    clearTimeout: (timer: unknown): void => void this.#timers.delete(timer as object),
  }

  pass(ms: number): void {
    this.now += ms
    for (const [timer, { at, fire }] of this.#timers) {
      if (at > this.now || !this.#timers.delete(timer)) continue
      fire()
    }
  }
}

const REST_MS = 1000

/** The life of a lane that rests, what it has said since, and whether its thread holds the process. */
async function resting() {
  const timers = new Timers()
  const said: LaneEffect['type'][] = []
  const state = { hasWork: false, isHeld: true }
  const life = new LaneLife(
    {
      restMs: REST_MS,
      mayEnd: () => true,
      hasWork: () => state.hasWork,
      hasHandles: () => false,
      ask: () => Promise.resolve({ written: true }),
      drain: () => {},
      perform: ({ type }) => said.push(type),
    },
    {
      ended: new Promise(() => {}),
      kill: () => undefined,
      hold: (_thread, holdsProcess) => {
        state.isHeld = holdsProcess
        return true
      },
    },
    { now: () => timers.now, clock: timers.clock },
  )
  const rest = async (): Promise<void> => {
    timers.pass(20)
    await turn()
    said.length = 0
  }
  life.up(1)
  life.restWhenIdle()
  await rest()
  expect(state.isHeld).toBe(false)
  return { life, timers, said, state, rest }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

describe('a lane that rests', () => {
  it('is awake within the call that brings work, and rests again after it', async () => {
    const { life, said, state, rest } = await resting()
    state.hasWork = true
    life.work()
    expect(said).toContain('wake')
    expect(state.isHeld).toBe(true)
    await turn()
    state.hasWork = false
    life.restWhenIdle()
    await rest()
    expect(state.isHeld).toBe(false)
  })

  it('rests again, too, where the work is done before its statechart has been told of it', async () => {
    const { life, state, rest } = await resting()
    state.hasWork = true
    life.work()
    state.hasWork = false
    life.restWhenIdle()
    await turn()
    await rest()
    expect(state.isHeld).toBe(false)
  })

  it('is neither closed nor let go where its time is up just when work has come', async () => {
    const { life, timers, said, state } = await resting()
    state.hasWork = true
    life.work()
    timers.pass(REST_MS)
    expect(said).not.toContain('askToClose')
    expect(said).not.toContain('rest')
    expect(life.isOpen).toBe(true)
    await turn()
    timers.pass(REST_MS)
    expect(life.isOpen).toBe(true)
    expect(state.isHeld).toBe(true)
  })

  it('is closed within the call that says so, right after work has come', async () => {
    const { life, said } = await resting()
    life.work()
    life.close()
    expect(life.state).toBe('closing')
    expect(said).toContain('askToClose')
    await turn()
    expect(life.state).toBe('closing')
  })
})
