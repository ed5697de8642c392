// What silence means to each side, by a clock that the test moves.

import { describe, expect, it } from 'vitest'
import { hostLease, ownerLease, type Lease } from '../../../src/cluster/link/lease.js'
import { ManualClock } from '../../support/manual-clock.js'

/** A lease of 1000 ms, and what it has told. */
function watch<Name extends string>(
  make: (options: {
    clock: ManualClock
    leaseMs: () => number
    onStage: (stage: Name, silentMs: number) => void
  }) => Lease<Name>,
): { clock: ManualClock; lease: Lease<Name>; told: [Name, number][]; setLease: (ms: number) => void } {
  const clock = new ManualClock()
  const told: [Name, number][] = []
  let leaseMs = 1000
  const lease = make({ clock, leaseMs: () => leaseMs, onStage: (stage, ms) => told.push([stage, ms]) })
  return { clock, lease, told, setLease: (ms) => (leaseMs = ms) }
}

describe('the lease on a host', () => {
  it('says that it is silent, and then that it is gone, for good', () => {
    const { clock, lease, told } = watch(hostLease)
    clock.advance(249)
    expect(told).toEqual([])
    clock.advance(1)
    expect(told).toEqual([['silent', 250]])
    clock.advance(750)
    expect(told).toEqual([
      ['silent', 250],
      ['gone', 1000],
    ])
    lease.heard(clock.now())
    clock.advance(5000)
    expect(told).toHaveLength(2)
    expect(lease.stage).toBe('gone')
    expect(clock.pending).toBe(0)
  })

  it('goes on where it is heard in between', () => {
    const { clock, lease, told } = watch(hostLease)
    for (let round = 0; round < 50; round += 1) {
      clock.advance(200)
      lease.heard(clock.now())
    }
    expect(told).toEqual([])
    clock.advance(600)
    lease.heard(clock.now())
    clock.advance(900)
    expect(told.map(([stage]) => stage)).toEqual(['silent', 'heard', 'silent'])
    expect(clock.pending).toBe(1)
    lease.end()
    expect(clock.pending).toBe(0)
  })

  it('of a process that was frozen is over before what has come meanwhile is heard', () => {
    const { clock, lease, told } = watch(hostLease)
    clock.freeze(1000)
    lease.heard(clock.now())
    expect(told).toEqual([
      ['silent', 1000],
      ['gone', 1000],
    ])
  })

  it('is not renewed by what was heard before', () => {
    const { clock, lease } = watch(hostLease)
    clock.advance(100)
    lease.heard(50)
    lease.heard(20)
    expect(lease.silentMs).toBe(50)
  })
})

describe('the lease from an owner', () => {
  it('has its bodies aborted, then their threads killed', () => {
    const { clock, told } = watch(ownerLease)
    clock.advance(10_000)
    expect(told).toEqual([
      ['aborted', 500],
      ['killed', 700],
    ])
    expect(clock.pending).toBe(0)
  })

  it('has what comes later aborted, too, when the owner is silent once more', () => {
    const { clock, lease, told } = watch(ownerLease)
    clock.advance(510)
    lease.heard(clock.now())
    expect(lease.stage).toBe('heard')
    clock.advance(710)
    expect(told).toEqual([
      ['aborted', 500],
      ['heard', 0],
      ['aborted', 500],
      ['killed', 700],
    ])
    lease.heard(clock.now())
    expect(lease.stage).toBe('killed')
    expect(clock.pending).toBe(0)
  })

  it('kills at once where the process was frozen for longer, whatever it reads first', () => {
    const { clock, lease, told } = watch(ownerLease)
    clock.freeze(900)
    lease.heard(clock.now())
    expect(told.map(([stage]) => stage)).toEqual(['aborted', 'killed'])
  })

  it('is not renewed by a word that was long on its way', () => {
    const { clock, lease, told } = watch(ownerLease)
    for (let at = 10; at <= 510; at += 10) {
      clock.advance(10)
      // Sent right after the lease has begun.
      lease.heard(5)
    }
    expect(told).toEqual([['aborted', 500]])
  })

  it('is shorter when the owner turns out to have a shorter one', () => {
    const { clock, lease, told, setLease } = watch(ownerLease)
    clock.advance(100)
    setLease(300)
    lease.heard(clock.now())
    clock.advance(150)
    expect(told).toEqual([['aborted', 150]])
  })
})
