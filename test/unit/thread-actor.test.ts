import { describe, expect, it } from 'vitest'
import { createThreadActor, type ThreadState } from '../../actors/thread.js'

type EventName = 'up' | 'close' | 'kill' | 'gone'

function after(...names: EventName[]): { state: ThreadState; thread: number | undefined } {
  const actor = createThreadActor()
  for (const name of names) actor.send(name === 'up' ? { type: 'up', thread: 3 } : { type: name })
  const { value, context } = actor.getSnapshot()
  return { state: value, thread: context.thread }
}

describe('statechart of a thread', () => {
  it('goes from starting over open and closing to gone, and knows its thread', () => {
    expect(after()).toEqual({ state: 'starting', thread: undefined })
    expect(after('up')).toEqual({ state: 'open', thread: 3 })
    expect(after('up', 'close')).toEqual({ state: 'closing', thread: 3 })
    expect(after('up', 'close', 'gone')).toEqual({ state: 'gone', thread: 3 })
  })

  it.each<[EventName[], ThreadState]>([
    [['close'], 'closing'],
    [['close', 'up'], 'closing'],
    [['kill'], 'terminating'],
    [['up', 'kill'], 'terminating'],
    [['up', 'close', 'kill'], 'terminating'],
    [['kill', 'up'], 'terminating'],
    [['up', 'kill', 'close'], 'terminating'],
    [['up', 'kill', 'gone'], 'gone'],
    [['gone'], 'gone'],
    [['up', 'gone'], 'gone'],
    [['gone', 'up'], 'gone'],
    [['gone', 'kill'], 'gone'],
  ])('is after %j in the state %s', (names, state) => {
    expect(after(...names).state).toBe(state)
  })
})
