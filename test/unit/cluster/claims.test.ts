import { describe, expect, it } from 'vitest'
import { GivenClaims } from '../../../src/cluster/lanes/given-claims.js'
import { ToldClaims } from '../../../src/cluster/lanes/told-claims.js'
import { Claims, ClaimState, slotOf } from '../../../src/protocol/claims.js'

const { offered, running, parked, loading, taken } = ClaimState

describe('claims that are told', () => {
  it('are not taken back unless they were given back', () => {
    const claims = new ToldClaims()
    const ticket = claims.offer()
    expect(claims.exchange(ticket, offered, taken)).toBe(false)
    claims.giveBack(ticket)
    expect(claims.exchange(ticket, offered, taken)).toBe(true)
    const next = claims.offer()
    claims.tell(next, loading)
    expect(claims.exchange(next, loading, taken)).toBe(false)
    claims.giveBack(next)
    expect(claims.exchange(next, loading, taken)).toBe(true)
  })

  it('say what was last told, and of what was given up nothing more', () => {
    const claims = new ToldClaims()
    const ticket = claims.offer()
    for (const state of [running, parked, running] as const) {
      claims.tell(ticket, state)
      expect(claims.read(ticket)).toBe(state)
    }
    expect(claims.exchange(ticket, parked, taken)).toBe(false)
    expect(claims.exchange(ticket, running, taken)).toBe(true)
    claims.tell(ticket, parked)
    expect(claims.read(ticket)).toBe(taken)
  })

  it('are asked back once, and forgotten when they are released', () => {
    const claims = new ToldClaims()
    const ticket = claims.offer()
    expect([claims.askBack(ticket), claims.askBack(ticket)]).toEqual([true, false])
    claims.giveBack(ticket)
    claims.release(ticket)
    expect(claims.read(ticket)).toBeUndefined()
    const next = claims.offer()
    expect(slotOf(next)).toBe(slotOf(ticket))
    expect(next).not.toBe(ticket)
    expect([claims.askBack(next), claims.exchange(next, offered, taken)]).toEqual([true, false])
    claims.giveBack(ticket)
    claims.tell(ticket, running)
    expect(claims.read(next)).toBe(offered)
    expect(claims.exchange(next, offered, taken)).toBe(false)
  })
})

describe('claim words for tickets of another machine', () => {
  it('follow those, also where they are far apart, and agree with a host', () => {
    const host = new Claims()
    const words = new GivenClaims((chunk) => host.addChunk(chunk))
    const tickets = new ToldClaims()
    const all = Array.from({ length: 3000 }, () => tickets.offer())
    for (const ticket of [all[2999], all[5], all[1024]] as number[]) {
      words.give(ticket)
      expect(words.offer()).toBe(ticket)
      expect(host.read(ticket)).toBe(offered)
      expect(host.exchange(ticket, offered, running)).toBe(true)
      expect(words.exchange(ticket, offered, taken)).toBe(false)
      expect(words.read(ticket)).toBe(running)
    }
  })
})
