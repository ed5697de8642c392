// Frames: what is written is read again, and what isn't whole, sealed and meant is refused ahead of all else.

import { describe, expect, it } from 'vitest'
import {
  newInstance,
  readFrame,
  Seal,
  writeFrame,
  type Frame,
  type FrameRefusal,
} from '../../../src/cluster/link/frame.js'
import { ActionInputError } from '../../../src/protocol/errors/errors.js'
import { Random } from '../../soak/random.js'

const A = '00112233445566778899aabbccddeeff'
const B = 'ffeeddccbbaa99887766554433221100'
const OPEN = new Seal([])
const SECRET = 'a secret of sixteen bytes or more'
const SEALED = new Seal([SECRET])

const text = (of: string): Uint8Array => new TextEncoder().encode(of)

function frameOf(parts: Partial<Frame> = {}): Frame {
  return {
    from: A,
    fromLink: 1,
    to: B,
    toLink: 2 ** 32 - 1,
    seq: 2 ** 48 - 1,
    ack: 7,
    isBeat: false,
    isOver: false,
    sentAt: 12.5,
    heardSentAt: Number.NaN,
    heardMs: 0.25,
    epochOffset: 1.7e12,
    leaseMs: 10_000,
    messages: [[text('one'), text('')], [], [text('two')]],
    ...parts,
  }
}

const read = (bytes: Uint8Array, seal = SEALED, self = B): Frame | FrameRefusal =>
  readFrame(bytes, { self, seal })

describe('a frame', () => {
  it.each([
    ['sealed', SEALED],
    ['unsealed', OPEN],
  ])('is read as it was written: %s', (_name, seal) => {
    const frame = frameOf()
    const bytes = writeFrame(frame, seal)
    const again = read(bytes, seal) as Frame
    const plain = again.messages.map((message) => message.map((block) => new Uint8Array(block)))
    expect({ ...again, messages: plain }).toEqual(frame)
    for (const flags of [{ isBeat: true }, { isOver: true }, { messages: [] }]) {
      expect(read(writeFrame(frameOf(flags), seal), seal)).toMatchObject(flags)
    }
  })

  it('is read from the middle of a larger buffer', () => {
    const bytes = writeFrame(frameOf(), SEALED)
    const around = new Uint8Array(bytes.length + 20).fill(255)
    around.set(bytes, 7)
    expect(read(around.subarray(7, 7 + bytes.length))).toMatchObject({ from: A, seq: 2 ** 48 - 1 })
  })

  it.each<[FrameRefusal, Uint8Array, Seal?]>([
    ['size', new Uint8Array()],
    ['size', writeFrame(frameOf({ messages: [] }), SEALED).subarray(0, 100)],
    ['version', new Uint8Array(1_000_000)],
    ['to', writeFrame(frameOf({ to: A }), SEALED)],
    ['seal', writeFrame(frameOf(), OPEN)],
    ['seal', writeFrame(frameOf(), new Seal(['another secret of enough bytes']))],
    ['seal', writeFrame(frameOf(), SEALED), OPEN],
    ['malformed', writeFrame(frameOf({ leaseMs: 0 }), SEALED)],
    ['malformed', writeFrame(frameOf({ sentAt: Number.NaN }), SEALED)],
    ['malformed', writeFrame(frameOf({ heardMs: -1 }), SEALED)],
  ])('is refused: %s', (why, bytes, seal) => {
    expect(read(bytes, seal)).toBe(why)
  })

  it('is accepted by each of several secrets, and sealed by the first', () => {
    const [older, newer] = ['the older secret, 16 bytes', 'the newer secret, 16 bytes']
    const both = new Seal([newer, older])
    expect(read(writeFrame(frameOf(), new Seal([older])), both)).toMatchObject({ from: A })
    expect(read(writeFrame(frameOf(), both), new Seal([newer]))).toMatchObject({ from: A })
    expect(read(writeFrame(frameOf(), both), new Seal([older]))).toBe('seal')
    expect(() => new Seal([SECRET, 'short'])).toThrow(ActionInputError)
  })

  it('that is unsealed and makes no sense is refused', () => {
    const bytes = Buffer.from(writeFrame(frameOf({ messages: [[text('block')]] }), OPEN))
    const countAt = bytes.length - 'block'.length - 8
    for (const [at, number] of [
      [countAt, 2],
      [countAt, 2 ** 32 - 1],
      [countAt + 4, 6],
      [countAt + 4, 4],
      [countAt + 4, 2 ** 32 - 1],
    ] as const) {
      const bad = Buffer.from(bytes)
      bad.writeUInt32LE(number, at)
      expect(read(bad, OPEN)).toBe('malformed')
    }
  })

  it('is refused after any change, and never throws (D23)', () => {
    const random = new Random(7)
    const bytes = writeFrame(frameOf(), SEALED)
    const reasons = new Set<unknown>()
    for (let round = 0; round < 100_000; round += 1) {
      const bad = mutated(bytes, random)
      if (Buffer.compare(bytes, bad) === 0) continue
      const result = read(bad)
      if (typeof result !== 'string') throw new Error(`accepted: ${Buffer.from(bad).toString('hex')}`)
      reasons.add(result)
    }
    expect(reasons).toEqual(new Set(['size', 'version', 'to', 'seal']))
  })

  it('never throws where there is no seal, and gives blocks within the frame only', () => {
    const random = new Random(8)
    const bytes = writeFrame(frameOf(), OPEN)
    let accepted = 0
    for (let round = 0; round < 100_000; round += 1) {
      const bad = mutated(bytes, random)
      const result = read(bad, OPEN)
      if (typeof result === 'string') continue
      accepted += 1
      const size = result.messages.flat().reduce((sum, block) => sum + block.byteLength, 0)
      if (size > bad.byteLength) throw new Error('a block that is in no frame')
    }
    expect(accepted).toBeGreaterThan(1000)
  })

  it('is for an instance with a name of its own', () => {
    const names = new Set(Array.from({ length: 100 }, newInstance))
    expect(names.size).toBe(100)
    for (const name of names) expect(name).toMatch(/^[\da-f]{32}$/)
  })
})

/** With bits changed, bytes cut off or added, parts swapped. */
function mutated(bytes: Uint8Array, random: Random): Uint8Array {
  let bad = Buffer.from(bytes)
  for (let left = 1 + random.below(3); left > 0; left -= 1) {
    const at = random.below(bad.length)
    switch (random.below(5)) {
      case 0:
        bad[at] = (bad[at] ?? 0) ^ (1 << random.below(8))
        break
      case 1:
        bad[at] = random.below(256)
        break
      case 2:
        bad = Buffer.from(bad.subarray(0, Math.max(1, at)))
        break
      case 3:
        bad = Buffer.concat([bad.subarray(0, at), Buffer.from([random.below(256)]), bad.subarray(at)])
        break
      default:
        bad.copyWithin(at, random.below(bad.length))
    }
  }
  return bad
}
