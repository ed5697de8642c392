// The simulated network does what it says, and the same each time.

import { describe, expect, it } from 'vitest'
import { Random } from '../soak/random.js'
import { Network, type Endpoint, type Weather } from './network.js'

const CALM: Weather = { lossChance: 0, repeatChance: 0, leastMs: 1, mostMs: 1 }

/** Two processes; what comes to the second. */
function pair(weather: Weather, seed = 1): { network: Network; a: Endpoint; b: Endpoint; got: unknown[] } {
  const network = new Network(new Random(seed), weather)
  const [a, b] = [network.join('a'), network.join('b')]
  const got: unknown[] = []
  b.onMessage = (_from, message) => void got.push(message)
  return { network, a, b, got }
}

describe('a simulated network', () => {
  it('brings messages in order after their delay, where nothing is wrong', () => {
    const { network, a, got } = pair(CALM)
    for (let n = 0; n < 5; n += 1) a.send('b', n)
    network.run(0.5)
    expect(got).toEqual([])
    network.run(1)
    expect(got).toEqual([0, 1, 2, 3, 4])
  })

  it('copies a message as it is sent', () => {
    const { network, a, got } = pair(CALM)
    const message = { n: 1 }
    a.send('b', message)
    message.n = 2
    network.run(10)
    expect(got).toEqual([{ n: 1 }])
    expect(() => a.send('b', () => {})).toThrow(/could not be cloned/)
  })

  it('loses and repeats as often as it is told to', () => {
    const { network, a, got } = pair({ ...CALM, lossChance: 0.5, repeatChance: 0.5 })
    for (let n = 0; n < 1000; n += 1) a.send('b', n)
    network.run(10)
    const { lost, repeated } = network.seen
    expect(lost).toBeGreaterThan(400)
    expect(lost).toBeLessThan(600)
    expect(repeated).toBeGreaterThan(150)
    expect(got).toHaveLength(1000 - lost + repeated)
  })

  it('changes the order where delays differ', () => {
    const { network, a, got } = pair({ ...CALM, mostMs: 100 })
    const sent = Array.from({ length: 50 }, (_, n) => n)
    for (const n of sent) a.send('b', n)
    network.run(200)
    expect(got).not.toEqual(sent)
    expect((got as number[]).toSorted((one, other) => one - other)).toEqual(sent)
  })

  it('is cut one way only, until it heals', () => {
    const { network, a, b, got } = pair(CALM)
    const back: unknown[] = []
    a.onMessage = (_from, message) => void back.push(message)
    network.cut('a', 'b')
    a.send('b', 'lost')
    b.send('a', 'heard')
    network.run(10)
    expect({ got, back }).toEqual({ got: [], back: ['heard'] })
    network.heal('a', 'b')
    a.send('b', 'heard, too')
    network.run(20)
    expect(got).toEqual(['heard, too'])
  })

  it('has clocks that are wrong and go wrong, and timers that go by them', () => {
    const network = new Network(new Random(1), CALM)
    const fast = network.join('fast', { skewMs: 5000, rate: 2 })
    let fired = 0
    fast.setTimer(100, () => (fired = network.now))
    const stop = fast.setTimer(60, () => (fired = -1))
    stop()
    network.run(1000)
    expect(fired).toBe(50)
    expect(fast.now()).toBe(7000)
  })

  it('freezes a process, to which all comes when it wakes', () => {
    const { network, a, b, got } = pair(CALM)
    let firedAt = 0
    b.setTimer(5, () => (firedAt = network.now))
    network.freeze('b', 100)
    a.send('b', 'while it is frozen')
    network.run(99)
    expect({ got, firedAt }).toEqual({ got: [], firedAt: 0 })
    network.run(100)
    expect({ got, firedAt }).toEqual({ got: ['while it is frozen'], firedAt: 100 })
  })

  it('brings nothing to a process that is gone, nor from it', () => {
    const { network, a, b, got } = pair(CALM)
    a.send('b', 'on its way')
    network.leave('b')
    b.send('a', 'from nowhere')
    b.setTimer(1, () => got.push('a timer'))
    network.run(100)
    expect(got).toEqual([])
  })

  it('does the same for the same seed, and something else for another', () => {
    const play = (seed: number): unknown[] => {
      const { network, a, got } = pair({ lossChance: 0.2, repeatChance: 0.2, leastMs: 1, mostMs: 50 }, seed)
      for (let n = 0; n < 100; n += 1) a.send('b', n)
      network.run(100)
      return got
    }
    expect(play(7)).toEqual(play(7))
    expect(play(7)).not.toEqual(play(8))
  })
})
