// Links over a network that loses, repeats, reorders and delays, between processes whose clocks are wrong and that freeze: each
// message comes once and in order, memory is bounded, and a host has always stopped before its owner takes it for lost.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Seal } from '../../src/cluster/link/frame.js'
import { hostLease, ownerLease } from '../../src/cluster/link/lease.js'
import type { Link } from '../../src/cluster/link/link.js'
import { Random } from '../soak/random.js'
import { Instance, messageOf } from './linked.js'
import { Network, type Weather } from './network.js'

const A = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'
const B = 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb'
const SEAL = new Seal(['a secret of sixteen bytes or more'])
const CALM: Weather = { lossChance: 0, repeatChance: 0, leastMs: 1, mostMs: 1 }
const KiB = 1024
const MiB = 1024 * KiB

type Options = Partial<ConstructorParameters<typeof Instance>[2]>

function pair(
  weather: Weather,
  { seed = 1, a = {}, b = {} }: { seed?: number; a?: Options; b?: Options } = {},
): { network: Network; a: Instance; b: Instance } {
  const network = new Network(new Random(seed), weather)
  return {
    network,
    a: new Instance(network, A, { seal: SEAL, ...a }),
    b: new Instance(network, B, { seal: SEAL, ...b }),
  }
}

const texts = (count: number, from = 0): string[] => Array.from({ length: count }, (_, n) => String(from + n))

describe('links over a calm network', () => {
  it('bring messages both ways, in order, together where they are sent in one tick', () => {
    const { network, a, b } = pair(CALM)
    const link = a.open(B)
    network.run(20)
    const before = network.seen.sent
    for (const text of texts(100)) link.send(messageOf(text))
    network.run(21.5)
    expect(network.seen.sent - before).toBe(1)
    expect(b.got[0]?.texts).toEqual(texts(100))
    b.got[0]?.link.send(messageOf('back'))
    network.run(100)
    expect(a.got[0]?.texts).toEqual(['back'])
    expect([link.isSettled, link.bufferedBytes, link.resent]).toEqual([true, 0, 0])
  })

  it('send what is urgent at once, ahead of what waits for the end of the tick', () => {
    const { network, a, b } = pair(CALM)
    const link = a.open(B)
    network.run(20)
    link.send(messageOf('framed'))
    link.flush()
    link.send(messageOf('waits'))
    link.sendUrgent(messageOf('urgent'))
    link.send(messageOf('waits, too'))
    network.run(50)
    expect(b.got[0]?.texts).toEqual(['framed', 'urgent', 'waits', 'waits, too'])
  })

  it('split what is too much for a frame', () => {
    const { network, a, b } = pair(CALM)
    const link = a.open(B)
    network.run(20)
    const before = a.wire.sent
    for (const text of texts(10)) link.send(messageOf(text, 100 * KiB))
    link.send(messageOf('large', 3 * MiB))
    network.run(21.5)
    expect(a.wire.sent - before).toBe(6)
    expect(b.got[0]?.texts).toEqual([...texts(10), 'large'])
  })

  it('know the round trip, the offset of the clock, and the shorter lease', () => {
    const clock = { skewMs: 3_600_000, rate: 1 }
    const { network, a, b } = pair(
      { ...CALM, mostMs: 9 },
      { a: { clock, leaseMs: 3000 }, b: { leaseMs: 8000 } },
    )
    const link = a.open(B)
    network.run(1000)
    expect(link.roundTripMs).toBeGreaterThan(0)
    expect(link.roundTripMs).toBeLessThan(18)
    expect(Math.abs((link.clockOffsetMs as number) + 3_600_000)).toBeLessThan(9)
    const other = b.links.get(A) as Link
    expect(Math.abs((other.clockOffsetMs as number) - 3_600_000)).toBeLessThan(9)
    expect([link.leaseMs, other.leaseMs]).toEqual([3000, 3000])
  })

  it('beat ten times a lease, and say little else while there is nothing to say', () => {
    const { network, a } = pair(CALM, { a: { leaseMs: 1000 }, b: { leaseMs: 1000 } })
    a.open(B)
    network.run(1000)
    const before = network.seen.sent
    network.run(11_000)
    expect(network.seen.sent - before).toBe(200)
  })

  it('are one when both sides open one', () => {
    const { network, a, b } = pair(CALM)
    const [one, other] = [a.open(B), b.open(A)]
    one.send(messageOf('to b'))
    other.send(messageOf('to a'))
    network.run(3000)
    expect([a.got.length, b.got.length]).toEqual([1, 1])
    expect([a.got[0]?.texts, b.got[0]?.texts]).toEqual([['to a'], ['to b']])
  })

  it.for([
    ['at once', [0, 0]],
    ['on its way', [3, 0]],
    ['as the other side begins one, too', [0, 1]],
    ['twice, as the other side does', [2, 2]],
  ] as const)('settle on one where it is opened again %s', ([, [ms, byOther]], { expect }) => {
    for (const latency of [0, 1, 5]) {
      const { network, a, b } = pair({ ...CALM, leastMs: latency, mostMs: latency })
      a.open(B)
      if (byOther > 0) b.open(A)
      network.run(network.now + ms)
      a.open(B)
      if (byOther > 1) b.open(A)
      let steps = 0
      while (network.now < 2000 && network.step(2000)) steps += 1
      expect(steps).toBeLessThan(500)
      // One of them may have to be opened once more.
      const link = a.links.get(B) ?? a.open(B)
      link.send(messageOf('comes'))
      network.run(4000)
      const [, ...others] = b.got.filter(({ texts: came }) => came.length > 0)
      expect(b.got.find(({ link: one }) => one === b.links.get(A))?.texts).toEqual(['comes'])
      expect(others).toEqual([])
    }
  })

  it('end on both sides when one is closed, and begin anew', () => {
    const { network, a, b } = pair(CALM)
    for (const round of [0, 1, 2]) {
      const link = a.open(B)
      link.send(messageOf(`round ${round}`))
      network.run(network.now + 50)
      link.close()
      link.send(messageOf('nobody hears this'))
      network.run(network.now + 50)
      expect(b.got[round]).toMatchObject({ texts: [`round ${round}`], ends: ['forgotten'] })
      expect([[...a.links].length, [...b.links].length]).toEqual([0, 0])
    }
    const sent = network.seen.sent
    network.run(network.now + 60_000)
    expect(network.seen.sent).toBe(sent)
  })

  it('say nothing more once whoever has heard something has ended them', () => {
    const { network, a, b } = pair(CALM)
    const link = a.open(B)
    network.run(100)
    network.cut(A, B)
    link.send(messageOf('is lost'))
    network.run(110)
    network.heal(A, B)
    let sent = 0
    b.onHeard = (heard) => {
      heard.close()
      sent = b.wire.sent
    }
    // Behind a gap, of which the other side would be told.
    link.send(messageOf('comes'))
    network.run(115)
    expect(b.got[0]?.link.end).toBe('closed')
    network.run(1000)
    expect(b.wire.sent).toBe(sent)
  })

  it('that the other side has lost without a word end, too', () => {
    const { network, a, b } = pair(CALM)
    const link = a.open(B)
    network.run(100)
    network.cut(B, A)
    b.links.get(A)?.close()
    network.run(150)
    network.heal(B, A)
    link.send(messageOf('to nobody'))
    network.run(network.now + 3000)
    expect(a.got[0]?.ends).toEqual(['forgotten'])
    expect(b.links.refused.stale).toBeGreaterThan(0)
  })

  it('refuse what is forged, and work on', () => {
    const { network, a, b } = pair(CALM)
    const stranger = new Instance(network, 'c'.repeat(32), {
      seal: new Seal(['some other secret, long enough']),
    })
    const unsealed = new Instance(network, 'd'.repeat(32), { seal: new Seal([]) })
    const link = a.open(B)
    stranger.open(B).send(messageOf('forged'))
    unsealed.open(B).send(messageOf('unsealed'))
    a.wire.send(B, new Uint8Array(1_000_000))
    a.wire.send(B, new Uint8Array())
    link.send(messageOf('true'))
    network.run(500)
    expect(b.got.map((got) => got.texts)).toEqual([['true']])
    expect(b.links.refused).toMatchObject({ version: 1, size: 1 })
    expect(b.links.refused.seal).toBeGreaterThanOrEqual(4)
    expect(b.warnings).toHaveLength(1)
    network.run(62_000)
    expect(b.warnings).toHaveLength(2)
  })

  it('send again at once what was on its way when the connection was lost', () => {
    const { network, a, b } = pair(CALM)
    const link = a.open(B)
    network.run(100)
    network.cut(A, B)
    for (const text of texts(3)) {
      link.send(messageOf(text))
      link.flush()
    }
    a.wire.close()
    link.send(messageOf('3'))
    network.run(300)
    network.heal(A, B)
    a.wire.open()
    network.run(303)
    expect(b.got[0]?.texts).toEqual(texts(4))
    expect(link.resent).toBe(3)
  })
})

describe('links to who doesn’t answer', () => {
  it('are full at 4 MiB or 4096 frames, and tell when there is room again', () => {
    for (const [count, bytes] of [
      [4, MiB],
      [4097, 0],
    ] as const) {
      const { network, a } = pair(CALM)
      let drained = 0
      const link = a.links.open(B, () => ({ onMessage() {}, onDrain: () => (drained += 1) }))
      network.run(100)
      network.cut(A, B)
      for (let sent = 0; sent < count; sent += 1) {
        expect(link.isFull).toBe(false)
        link.send(messageOf('x', bytes))
        link.flush()
      }
      expect([link.isFull, drained]).toEqual([true, 0])
      network.heal(A, B)
      network.run(10_000)
      expect([link.isFull, link.isSettled, drained]).toEqual([false, true, 1])
    }
  })

  it('end when too much waits, and keep nothing of it', () => {
    const { network, a } = pair(CALM, { a: { maxBufferedBytes: 8 * MiB } })
    const link = a.open(B)
    network.run(100)
    network.cut(A, B)
    for (let sent = 0; sent < 20; sent += 1) link.send(messageOf('x', MiB))
    expect(a.got[0]?.ends).toEqual(['overflow'])
    expect([link.bufferedBytes, a.links.bufferedBytes, a.links.get(B)]).toEqual([0, 0, undefined])
  })

  it('don’t send all of it again each second', () => {
    const { network, a, b } = pair(CALM)
    const link = a.open(B)
    network.run(100)
    network.freeze(B, 20_000)
    for (const text of texts(40)) {
      link.send(messageOf(text, 200 * KiB))
      link.flush()
    }
    network.run(20_000)
    expect(link.resent).toBeLessThanOrEqual(20)
    network.run(22_000)
    expect(b.got[0]?.texts).toEqual(texts(40))
  })
})

describe('links over a bad network', () => {
  const weathers = fc.record({
    lossChance: fc.double({ min: 0, max: 0.4, noNaN: true }),
    repeatChance: fc.double({ min: 0, max: 0.4, noNaN: true }),
    leastMs: fc.constantFrom(0, 1, 20),
    mostMs: fc.constantFrom(0, 2, 50, 400),
  })
  const clocks = fc.record({
    skewMs: fc.constantFrom(0, 3_600_000, -3_600_000, 12.5),
    rate: fc.constantFrom(1, 1.01, 0.99),
  })
  const steps = fc.array(
    fc.record({
      do: fc.constantFrom('send', 'send', 'send', 'urgent', 'cut', 'heal', 'freeze', 'reopen', 'reconnect'),
      by: fc.constantFrom('a', 'b'),
      ms: fc.nat(700),
      count: fc.integer({ min: 1, max: 20 }),
    }),
    { minLength: 5, maxLength: 60 },
  )

  it('bring each message once and in order, whatever happens', () => {
    const property = fc.property(
      fc.nat(1e6),
      weathers,
      clocks,
      clocks,
      steps,
      (seed, weather, clockA, clockB, story) => {
        const { network, a, b } = pair(weather, { seed, a: { clock: clockA }, b: { clock: clockB } })
        a.open(B)
        /** What each link was given, in order. */
        const given = new Map<Link, string[]>()
        let number = 0
        let opened = 1
        for (const step of story) {
          const [self, peer] = step.by === 'a' ? [a, b] : [b, a]
          const link = self.links.get(peer.name)
          switch (step.do) {
            case 'send':
            case 'urgent':
              for (let left = step.count; left > 0 && link !== undefined; left -= 1) {
                number += 1
                const message = messageOf(String(number), step.ms * 10)
                if (step.do === 'urgent') {
                  // So that the order is that of the calls.
                  link.flush()
                  link.sendUrgent(message)
                } else link.send(message)
                given.set(link, [...(given.get(link) ?? []), String(number)])
              }
              break
            case 'cut':
              network.cut(self.name, peer.name)
              break
            case 'heal':
              network.heal(self.name, peer.name)
              break
            case 'freeze':
              network.freeze(self.name, step.ms * 3)
              break
            case 'reconnect':
              self.wire.close()
              network.run(network.now + step.ms)
              self.wire.open()
              break
            default:
              if (step.count < 5) {
                self.open(peer.name)
                opened += 1
              }
          }
          network.run(network.now + step.ms)
          for (const instance of [a, b]) {
            const kept = [...given.values()].flat().length * 7200
            if (instance.links.bufferedBytes > kept) throw new Error('more is kept than was sent')
          }
        }
        network.heal(A, B)
        network.heal(B, A)
        network.weather = {
          ...weather,
          lossChance: Math.min(0.1, weather.lossChance),
          mostMs: weather.leastMs + 1,
        }
        for (let second = 0; second < 240; second += 1) {
          network.run(network.now + 1000)
          if ([...a.links, ...b.links].every((link) => link.isSettled) && second > 20) break
        }
        // Each that was opened is answered once at most.
        expect(a.got.length + b.got.length).toBeLessThanOrEqual(2 * opened)
        // Those that are open at the end have brought all; those before, a beginning, without a gap. None has brought what another was given.
        for (const [self, peer] of [
          [a, b],
          [b, a],
        ] as const) {
          const current = self.links.get(peer.name)
          const all = [...given].filter(([link]) => link.peer === peer.name)
          for (const { texts: came } of peer.got) {
            const from = all.find(([, sent]) => came.length > 0 && sent[0] === came[0])
            if (came.length > 0) expect(from?.[1].slice(0, came.length)).toEqual(came)
          }
          const firsts = peer.got.map(({ texts: [first] }) => first).filter((first) => first !== undefined)
          expect(new Set(firsts).size).toBe(firsts.length)
          // Both may have ended: what came before then is a beginning, as above.
          const other = peer.links.get(self.name)
          if (current !== undefined && other !== undefined) {
            const came = peer.got.find(({ link }) => link === other)?.texts
            expect(came).toEqual(given.get(current) ?? [])
          }
          if (current !== undefined) expect([current.isSettled, current.bufferedBytes]).toEqual([true, 0])
        }
      },
    )
    fc.assert(property, { numRuns: 40 })
  })
})

describe('leases over a bad network', () => {
  it('have a host stop before its owner takes it for lost, whatever is cut, late, or frozen for less', () => {
    const cases = fc.record({
      seed: fc.nat(1e6),
      cuts: fc.array(
        fc.record({
          at: fc.nat(20_000),
          ms: fc.nat(12_000),
          way: fc.constantFrom('there', 'back', 'both'),
        }),
        { minLength: 1, maxLength: 4 },
      ),
      lateMs: fc.constantFrom(1, 50, 1500, 6000),
      ownersRate: fc.constantFrom(1, 1.01, 0.99),
    })
    let lost = 0
    const property = fc.property(cases, ({ seed, cuts, lateMs, ownersRate }) => {
      const {
        network,
        a: owner,
        b: host,
      } = pair(
        { lossChance: 0.05, repeatChance: 0.1, leastMs: 1, mostMs: lateMs },
        {
          seed,
          a: { clock: { skewMs: 5e6, rate: ownersRate }, leaseMs: 4000 },
          b: { clock: { skewMs: -5e6, rate: 1 }, leaseMs: 6000 },
        },
      )
      const ends: { goneAt?: number; stoppedAt?: number } = {}
      owner.open(B)
      let onHost: ReturnType<typeof hostLease> | undefined
      owner.onHeard = (heard) => {
        onHost ??= hostLease({
          clock: owner.clock,
          leaseMs: () => heard.leaseMs,
          onStage: (stage) => {
            if (stage === 'gone') ends.goneAt = network.now
          },
        })
        onHost.heard(heard.heardAt as number)
      }
      let fromOwner: ReturnType<typeof ownerLease> | undefined
      host.onHeard = (heard) => {
        fromOwner ??= ownerLease({
          clock: host.clock,
          leaseMs: () => heard.leaseMs,
          onStage: (stage) => {
            if (stage === 'killed') ends.stoppedAt ??= network.now
          },
        })
        if (heard.answeredAt !== undefined) fromOwner.heard(heard.answeredAt)
      }
      for (const { at, ms, way } of cuts) {
        const timer = network.join(`timer ${at} ${ms} ${way}`)
        const ways = [...(way === 'back' ? [] : [[A, B]]), ...(way === 'there' ? [] : [[B, A]])] as [
          string,
          string,
        ][]
        timer.setTimer(at, () => ways.forEach((one) => network.cut(...one)))
        timer.setTimer(at + ms, () => ways.forEach((one) => network.heal(...one)))
      }
      network.run(40_000)
      if (ends.goneAt === undefined || fromOwner === undefined) return
      lost += 1
      expect(ends.stoppedAt).toBeLessThan(ends.goneAt)
    })
    fc.assert(property, { numRuns: 100 })
    expect(lost).toBeGreaterThan(10)
  })
})
