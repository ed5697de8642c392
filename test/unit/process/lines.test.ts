import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Lines, LONGEST_LINE } from '../../../src/process/lines.js'

function linesOf(chunks: readonly (string | Buffer)[], until = Infinity): (readonly [string, boolean])[] {
  const seen: (readonly [string, boolean])[] = []
  const lines = new Lines((line, isCut) => seen.push([line, isCut]))
  for (const chunk of chunks) while (!lines.read(Buffer.from(chunk), until));
  lines.finish()
  return seen
}

describe('lines', () => {
  it('are whole, wherever the pieces were cut, and whoever is interrupted', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom('a', 'ä', '€', '😀', '\r') }), { maxLength: 200 }),
        fc.array(fc.nat(30)),
        fc.constantFrom(Infinity, 0),
        (texts, cuts, until) => {
          const bytes = Buffer.from(texts.map((text) => `${text}\n`).join(''))
          const chunks: Buffer[] = []
          let at = 0
          for (const size of cuts) {
            chunks.push(bytes.subarray(at, at + size))
            at += size
          }
          chunks.push(bytes.subarray(at))
          expect(linesOf(chunks, until).map(([line]) => line)).toEqual(texts)
        },
      ),
    )
  })

  it('may lack an end at the end', () => {
    expect(linesOf(['a\nb'])).toEqual([
      ['a', false],
      ['b', false],
    ])
    expect(linesOf([''])).toEqual([])
  })

  it('are cut where they are too long, and the next one is whole', () => {
    const half = 'x'.repeat(LONGEST_LINE / 2)
    expect(linesOf([`${half}${half}\n`, 'next\n'])).toEqual([
      [half + half, false],
      ['next', false],
    ])
    expect(linesOf([half, half, 'y', half, 'z\nnext\n'])).toEqual([
      [half + half, true],
      ['next', false],
    ])
    expect(linesOf([`${half}${half}y`])).toEqual([[half + half, true]])
  })
})
