import { describe, expect, it } from 'vitest'
import { GivenClaims } from '../../../src/cluster/lanes/given-claims.js'
import { ReportedClaims } from '../../../src/cluster/lanes/reported-claims.js'
import { Claims, ClaimState, slotOf } from '../../../src/protocol/claims.js'

const { offered, running, parked, loading, taken } = ClaimState

describe('claims that are told', () => {
  /** One that is on its way. */
  function sent(claims: ReportedClaims): number {
    const ticket = claims.offer()
    claims.sent(ticket, 1)
    return ticket
  }

  it('are taken back while they have not left, and then only where they were given back (D13, D16)', () => {
    const claims = new ReportedClaims()
    const unsent = claims.offer()
    expect([claims.isUnsent(unsent), claims.askBack(unsent)]).toEqual([true, false])
    expect(claims.exchange(unsent, offered, taken)).toBe(true)
    const ticket = sent(claims)
    expect(claims.isUnsent(ticket)).toBe(false)
    expect(claims.exchange(ticket, offered, taken)).toBe(false)
    claims.giveBack(ticket)
    expect(claims.exchange(ticket, offered, taken)).toBe(true)
    const next = sent(claims)
    claims.tell(next, loading)
    expect(claims.exchange(next, loading, taken)).toBe(false)
    claims.giveBack(next)
    expect(claims.exchange(next, loading, taken)).toBe(true)
  })

  it('are given back, all that were not told to have begun, when nothing begins there any more', () => {
    const claims = new ReportedClaims()
    const [waits, runs, loads] = [sent(claims), sent(claims), sent(claims)]
    claims.tell(runs, running)
    claims.tell(loads, loading)
    claims.giveBackAll()
    const takenBack = [waits, runs, loads].map((ticket) => claims.exchange(ticket, offered, taken))
    expect(takenBack).toEqual([true, false, false])
    expect(claims.exchange(loads, loading, taken)).toBe(false)
  })

  it('say what was last told, and of what was given up nothing more', () => {
    const claims = new ReportedClaims()
    const ticket = sent(claims)
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
    const claims = new ReportedClaims()
    const ticket = sent(claims)
    expect([claims.askBack(ticket), claims.askBack(ticket)]).toEqual([true, false])
    claims.giveBack(ticket)
    claims.release(ticket)
    expect(claims.read(ticket)).toBeUndefined()
    const next = sent(claims)
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
    const tickets = new ReportedClaims()
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
