import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseReport } from '../../../src/process/parse-report.js'

describe('a line as a report', () => {
  it('is any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const line = JSON.stringify(value)
        expect(parseReport(line)).toEqual({ value: JSON.parse(line) })
      }),
    )
  })

  it('may have the numbers that Python writes and JSON lacks, but not of texts', () => {
    expect(
      parseReport('{"loss": NaN, "best": -Infinity, "x": [Infinity, "NaN, \\"Infinity"], "NaN": 1}'),
    ).toEqual({
      value: { loss: Number.NaN, best: -Infinity, x: [Infinity, 'NaN, "Infinity'], NaN: 1 },
    })
    expect(parseReport('NaN')).toEqual({ value: Number.NaN })
    expect(parseReport('["\\u0000NaN", NaN]')).toEqual({ value: ['\0NaN', Number.NaN] })
  })

  it.each([
    '',
    'epoch 1',
    '12:30 started',
    '[INFO] x',
    'Infinity War',
    'None',
    "{'a': 1}",
    '{"a": 1',
    'NaNa',
    'true story',
  ])('is nothing else: %s', (line) => {
    expect(parseReport(line)).toBeUndefined()
  })
})
