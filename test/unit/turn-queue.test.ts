import { describe, expect, it } from 'vitest'
import { TurnQueue } from '../../src/protocol/turn-queue.js'

function open(costMs = 0) {
  const handled: string[] = []
  const queue: TurnQueue<string> = new TurnQueue<string>({
    handle(message) {
      handled.push(message)
      const until = performance.now() + costMs
      while (performance.now() < until);
    },
  })
  return { queue, handled }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

describe('a queue of turns', () => {
  it('handles what is added in a turn of the loop, once', async () => {
    const { queue, handled } = open()
    queue.add('a')
    expect(handled).toEqual([])
    await turn()
    expect(handled).toEqual(['a'])
  })

  it('handles what a turn brings that has come for something else within it, behind what waits', async () => {
    const { queue, handled } = open()
    queue.add('a')
    queue.takeTurn(() => {
      queue.add('b')
      expect(handled).toEqual([])
    }, Infinity)
    expect(handled).toEqual(['a', 'b'])
    await turn()
    expect(handled).toEqual(['a', 'b'])
    queue.add('c')
    await turn()
    expect(handled).toEqual(['a', 'b', 'c'])
  })

  it('leaves what such a turn has no time for to the next', async () => {
    const { queue, handled } = open(0.1)
    queue.takeTurn(() => {
      for (let count = 0; count < 100; count += 1) queue.add(`${count}`)
    }, performance.now() + 1)
    expect(handled.length).toBeLessThan(100)
    for (let turns = 0; turns < 20; turns += 1) await turn()
    expect(handled).toEqual(Array.from({ length: 100 }, (_, count) => `${count}`))
  })

  it('is left alone by a turn that comes while it is at work', async () => {
    const { queue, handled } = open()
    const outer: TurnQueue<string> = new TurnQueue<string>({
      handle(message) {
        handled.push(message)
        outer.takeTurn(() => outer.add('never'), Infinity)
      },
    })
    outer.add('outer')
    queue.add('a')
    await turn()
    expect(handled).toEqual(['outer', 'a'])
  })
})
