import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, it } from 'vitest'
import {
  Claims,
  ClaimState,
  ClaimTable,
  type ClaimChunk,
  type AttemptTicket,
} from '../../src/protocol/claims.js'

const workers: Worker[] = []

afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.terminate()))
})

/** A thread that has the chunks, waits for `go[0]`, and runs `code` with `claims`, `ClaimState`, `data` and `go`. */
async function startRacer(code: string, data: object): Promise<Worker> {
  const program = `
    const { parentPort, workerData: data } = require('node:worker_threads')
    import(data.claimsUrl).then(({ Claims, ClaimState }) => {
      const claims = new Claims()
      for (const chunk of data.chunks) claims.addChunk(chunk)
      const { go } = data
      parentPort.postMessage('ready')
      while (Atomics.load(go, 0) === 0);
      ${code}
      parentPort.postMessage('done')
    })`
  const claimsUrl = new URL('../../build/src/protocol/claims.js', import.meta.url).href
  const worker = new Worker(program, { eval: true, workerData: { claimsUrl, ...data } })
  workers.push(worker)
  await once(worker, 'message')
  return worker
}

function sharedWords(length: number): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(length * Int32Array.BYTES_PER_ELEMENT))
}

function createTable(): { table: ClaimTable; host: Claims; chunks: ClaimChunk[] } {
  const chunks: ClaimChunk[] = []
  const host = new Claims()
  const table = new ClaimTable((chunk) => {
    chunks.push(chunk)
    host.addChunk(chunk)
  })
  return { table, host, chunks }
}

describe('claims', () => {
  it('let exactly one of two threads have each action, however they race (S10)', async () => {
    const count = 20_000
    const { table, chunks } = createTable()
    const tickets = Array.from({ length: count }, () => table.offer())
    const [go, wonByHost] = [sharedWords(1), sharedWords(count)]
    const host = await startRacer(
      `for (let at = 0; at < data.tickets.length; at += 1) {
         if (claims.exchange(data.tickets[at], ClaimState.offered, ClaimState.running)) data.wonByHost[at] = 1
       }`,
      { tickets, chunks, go, wonByHost },
    )
    const done = once(host, 'message')
    const wonHere = new Set<number>()
    Atomics.store(go, 0, 1)
    // From the other end: they meet somewhere.
    for (let at = count - 1; at >= 0; at -= 1) {
      if (table.exchange(tickets[at] as AttemptTicket, ClaimState.offered, ClaimState.taken)) wonHere.add(at)
    }
    await done
    for (const [at, ticket] of tickets.entries()) {
      expect(wonHere.has(at)).toBe(wonByHost[at] === 0)
      expect(table.read(ticket)).toBe(wonHere.has(at) ? ClaimState.taken : ClaimState.running)
    }
  })

  it('never continue a parked body that was taken, however it parks and resumes meanwhile (S6 b)', async () => {
    const { table, chunks } = createTable()
    const ticket = table.offer()
    const go = sharedWords(1)
    const host = await startRacer(
      `claims.exchange(data.ticket, ClaimState.offered, ClaimState.running)
       while (
         claims.exchange(data.ticket, ClaimState.running, ClaimState.parked) &&
         claims.exchange(data.ticket, ClaimState.parked, ClaimState.running)
       );`,
      { ticket, chunks, go },
    )
    const done = once(host, 'message')
    Atomics.store(go, 0, 1)
    while (!table.exchange(ticket, ClaimState.parked, ClaimState.taken));
    await done
    expect(table.read(ticket)).toBe(ClaimState.taken)
  })

  it('keep a late writer from the next owner of its slot (S9)', () => {
    const { table, host } = createTable()
    const first = table.offer()
    table.release(first)
    const second = table.offer()
    expect(second).not.toBe(first)
    expect(host.exchange(first, ClaimState.offered, ClaimState.running)).toBe(false)
    expect(host.read(first)).toBeUndefined()
    expect(host.read(second)).toBe(ClaimState.offered)
    expect(host.exchange(second, ClaimState.offered, ClaimState.running)).toBe(true)
  })

  it('tell a host that comes late that its action was taken', () => {
    const { table, host } = createTable()
    const ticket = table.offer()
    expect(table.exchange(ticket, ClaimState.offered, ClaimState.taken)).toBe(true)
    table.release(ticket)
    expect(host.read(ticket)).toBe(ClaimState.taken)
    expect(host.exchange(ticket, ClaimState.offered, ClaimState.running)).toBe(false)
  })

  it('grow by a chunk at a time, which the host gets ahead of its first ticket', () => {
    const { table, host, chunks } = createTable()
    const tickets = Array.from({ length: 5000 }, () => {
      const ticket = table.offer()
      expect(host.read(ticket)).toBe(ClaimState.offered)
      return ticket
    })
    expect(new Set(tickets).size).toBe(5000)
    const { length } = chunks
    for (const ticket of tickets) table.release(ticket)
    for (let count = 0; count < 5000; count += 1) table.offer()
    expect(chunks).toHaveLength(length)
  })

  it('know nothing of a ticket whose chunk has not come', () => {
    const claims = new Claims()
    expect(claims.read(1)).toBeUndefined()
    expect(claims.exchange(1, ClaimState.offered, ClaimState.running)).toBe(false)
  })

  it('have room for more than a million at a time, each with a word of its own', () => {
    const table = new ClaimTable(() => {})
    const tickets = new Set<number>()
    for (let held = 0; held < 1_100_000; held += 1) tickets.add(table.offer())
    expect(tickets.size).toBe(1_100_000)
    expect([...tickets].every((ticket) => table.read(ticket) === ClaimState.offered)).toBe(true)
  })
})
