import { describe, expect, it } from 'vitest'
import type { AbortRecord } from '../../src/control/api.js'
import { KeptAborts } from '../../src/control/server/mirror/kept-aborts.js'

function record(seq: number, source: 'external' | 'cancel'): AbortRecord {
  const reason = { source, message: 'enough', origin: 'a0', at: seq } as AbortRecord['reason']
  return { seq, at: seq, id: `a0.${seq}`, reason, escalation: false }
}

describe('the aborts of a run', () => {
  it('that people have asked for stay on record, however many the app stops by itself', () => {
    const aborts = new KeptAborts()
    aborts.add(record(1, 'external'))
    for (let seq = 2; seq <= 1000; seq += 1) aborts.add(record(seq, 'cancel'))
    aborts.add(record(1001, 'external'))
    const kept = aborts.list().map(({ seq }) => seq)
    expect(kept).toEqual([1, ...Array.from({ length: 200 }, (_, at) => 801 + at), 1001])
    expect(aborts.total).toBe(1001)
  })

  it('are bounded, whoever asks', () => {
    const aborts = new KeptAborts()
    for (let seq = 1; seq <= 500; seq += 1) aborts.add(record(seq, 'external'))
    expect(aborts.list().map(({ seq }) => seq)).toEqual(Array.from({ length: 200 }, (_, at) => 301 + at))
    expect(aborts.total).toBe(500)
  })
})
