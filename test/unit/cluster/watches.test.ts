// What silence, and a link that is full, come to for the lanes between two machines, by a clock that the test moves.

import { describe, expect, it } from 'vitest'
import { HostWatch, OwnerWatch, type WatchedLink } from '../../../src/cluster/lanes/watches.js'
import { ManualClock } from '../../support/manual-clock.js'

/** A link with a lease of 1000 ms. */
class TestLink implements WatchedLink {
  leaseMs = 1000
  heardAt: number | undefined
  answeredAt: number | undefined
  isFull = false
}

/** The runtime's end of a lane, and what it is told. */
function ownersEnd(told: string[], name = '') {
  return {
    pause: (isPaused: boolean) => void told.push(`${name}${isPaused ? 'paused' : 'goes on'}`),
    lost: (how: string, silentMs: number | undefined) => void told.push(`${name}${how} ${silentMs}`),
  }
}

/** The other end. */
function hostsEnd(told: string[], name = '') {
  return {
    pause: (isPaused: boolean) => void told.push(`${name}${isPaused ? 'paused' : 'goes on'}`),
    abortAll: (how: string, message: string) => void told.push(`${name}aborted ${how}: ${message}`),
    kill: (how: string) => void told.push(`${name}killed ${how}`),
  }
}

describe('a runtime that watches a machine', () => {
  function watch(): { clock: ManualClock; link: TestLink; watched: HostWatch; told: string[] } {
    const [clock, link, told] = [new ManualClock(), new TestLink(), [] as string[]]
    const watched = new HostWatch(clock, link, () => told.push('gone'))
    watched.add(ownersEnd(told))
    return { clock, link, watched, told }
  }

  it('offers it nothing new after a quarter of the lease, and takes it for lost after all of it (D26)', () => {
    const { clock, told } = watch()
    clock.advance(249)
    expect(told).toEqual([])
    clock.advance(1)
    expect(told).toEqual(['paused'])
    clock.advance(749)
    expect(told).toEqual(['paused'])
    clock.advance(1)
    expect(told).toEqual(['paused', 'host-lost 1000', 'gone'])
    clock.advance(5000)
    expect(told).toHaveLength(3)
    expect(clock.pending).toBe(0)
  })

  it('goes on when it is heard in time, and is not told late what it has been told of (D26)', () => {
    const { clock, link, watched, told } = watch()
    clock.advance(900)
    link.heardAt = clock.now()
    watched.heard()
    expect(told).toEqual(['paused', 'goes on'])
    clock.advance(1000)
    expect(told.at(-1)).toBe('gone')
    link.heardAt = clock.now()
    watched.heard()
    expect(told.at(-1)).toBe('gone')
  })

  it('offers nothing new while the link is full, also where a lane is opened meanwhile (D24)', () => {
    const { clock, link, watched, told } = watch()
    link.isFull = true
    watched.lookAtRoom()
    watched.lookAtRoom()
    const late = ownersEnd(told, 'late ')
    watched.add(late)
    expect(told).toEqual(['paused', 'late paused'])
    // Silent, too: room alone isn't enough.
    clock.advance(300)
    link.isFull = false
    watched.lookAtRoom()
    expect(told).toEqual(['paused', 'late paused'])
    link.heardAt = clock.now()
    watched.delete(late)
    watched.heard()
    expect(told).toEqual(['paused', 'late paused', 'goes on'])
    watched.end()
    expect(clock.pending).toBe(0)
  })
})

describe('a machine that watches a runtime', () => {
  function watch(): { clock: ManualClock; link: TestLink; watched: OwnerWatch; told: string[] } {
    const [clock, link, told] = [new ManualClock(), new TestLink(), [] as string[]]
    const watched = new OwnerWatch(clock, link, () => told.push('gone'))
    watched.add(hostsEnd(told))
    return { clock, link, watched, told }
  }

  it('aborts its bodies after half of the lease, and kills their threads in time to be dead after three quarters (D26, D27)', () => {
    const { clock, told } = watch()
    clock.advance(499)
    expect(told).toEqual([])
    clock.advance(1)
    expect(told).toEqual(['aborted host-lost: its owner has not been heard for 500 ms'])
    clock.advance(199)
    expect(told).toHaveLength(1)
    clock.advance(1)
    expect(told.slice(1)).toEqual(['killed host-lost', 'gone'])
    expect(clock.pending).toBe(0)
  })

  it('aborts what comes while that is silent, and what comes after it was heard again when it is silent once more (D26)', () => {
    const { clock, link, watched, told } = watch()
    clock.advance(600)
    watched.add(hostsEnd(told, 'late '))
    link.answeredAt = clock.now()
    watched.heard()
    watched.add(hostsEnd(told, 'new '))
    const first = [
      'aborted host-lost: its owner has not been heard for 500 ms',
      'late aborted host-lost: its owner has not been heard for 500 ms',
    ]
    expect(told).toEqual(first)
    clock.advance(500)
    expect(told).toContain('new aborted host-lost: its owner has not been heard for 500 ms')
    clock.advance(200)
    expect(told.slice(-4)).toEqual([
      'killed host-lost',
      'late killed host-lost',
      'new killed host-lost',
      'gone',
    ])
  })

  it('has both stages behind it when it wakes from a long freeze, in order (D26)', () => {
    const { clock, link, watched, told } = watch()
    clock.freeze(2000)
    link.answeredAt = 1
    watched.heard()
    expect(told).toEqual([
      'aborted host-lost: its owner has not been heard for 2000 ms',
      'killed host-lost',
      'gone',
    ])
  })

  it('pauses the output of its bodies while the link is full (D24)', () => {
    const { link, watched, told } = watch()
    link.isFull = true
    watched.lookAtRoom()
    link.isFull = false
    watched.lookAtRoom()
    expect(told).toEqual(['paused', 'goes on'])
    watched.end()
  })
})
