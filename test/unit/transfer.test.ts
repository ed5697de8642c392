import { MessageChannel } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { transfer } from '../../src/transfer.js'
import { transfersOf } from '../../src/protocol/transfers.js'

describe('transfer', () => {
  it('marks a buffer, a port, or the buffer of a view, and returns the same value', () => {
    const buffer = new ArrayBuffer(8)
    const view = new Float64Array(4)
    const { port1, port2 } = new MessageChannel()
    expect(transfer(buffer)).toBe(buffer)
    expect(transfersOf(buffer)).toEqual([buffer])
    expect(transfersOf(transfer(view))).toEqual([view.buffer])
    expect(transfersOf(transfer(port1))).toEqual([port1])
    port1.close()
    port2.close()
  })

  it('is seen in the direct properties of what is sent, each once', () => {
    const rows = transfer(new Float32Array(2))
    const labels = transfer(new Uint8Array(2))
    expect(transfersOf({ rows, labels, again: rows, size: 2 })).toEqual([rows.buffer, labels.buffer])
    expect(transfersOf([rows, labels])).toEqual([rows.buffer, labels.buffer])
    expect(transfersOf({ nested: { rows } })).toEqual([])
  })

  it('moves what its list names', () => {
    const inner = new ArrayBuffer(4)
    expect(transfersOf(transfer({ deep: { inner } }, [inner]))).toEqual([inner])
    expect(transfersOf(transfer({ inner }, []))).toEqual([])
  })

  it('leaves everything else to be copied, and shared memory to be shared', () => {
    expect(transfersOf(new ArrayBuffer(8))).toEqual([])
    expect(transfersOf(new Float64Array(2))).toEqual([])
    for (const value of [undefined, null, 1, 'text', () => 1]) expect(transfersOf(value)).toEqual([])
    expect(transfersOf(transfer(new Int32Array(new SharedArrayBuffer(8))))).toEqual([])
  })

  it('refuses an object that cannot be moved as a whole, and says what to do', () => {
    expect(() => transfer({ rows: [1] })).toThrow(/\[object Object\].*give the list of what should be moved/)
  })
})
