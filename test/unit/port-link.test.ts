import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { afterEach, describe, expect, it } from 'vitest'
import type { LinkedHost } from '../../actors/inside/host-link.js'
import { linkByPort } from '../../actors/inside/port-link.js'
import type { FromRuntime } from '../../actors/inside/take-unreadable.js'
import { Counter, createLaneCounters } from '../../src/protocol/claims.js'
import { CountedPort } from '../../src/protocol/counted-port.js'
import { encodeReason } from '../../src/protocol/errors/encode-error.js'
import type { ToHost } from '../../src/protocol/messages.js'
import { flattenToHost } from '../../src/protocol/wire.js'

const ports: MessagePort[] = []
afterEach(() => {
  for (const port of ports.splice(0)) port.close()
})

/** A linked host that writes down what it is told, and the other end of its port. */
function linked() {
  const { port1, port2 } = new MessageChannel()
  ports.push(port1, port2)
  const counters = createLaneCounters()
  const said: string[] = []
  const nameOf = (message: FromRuntime): string =>
    message.type === 'abort' ? `abort ${message.tickets.join(' ')}` : message.type
  const host: Partial<LinkedHost> = {
    beginTurn: () => void said.push('turn'),
    endTurn: () => void said.push('end of turn'),
    handle: (message) => void said.push(`handles ${nameOf(message)}`),
    note: (message) => void said.push(`notes ${nameOf(message)}`),
  }
  const link = linkByPort(port1, counters)(host as never)
  const runtime = new CountedPort(port2, counters, 'runtime')
  const post = (message: ToHost): void => {
    if (message.type !== 'childPhase') Atomics.add(counters, Counter.raised, 1)
    runtime.post(flattenToHost([message]), [])
  }
  return { link, post, said }
}

const reason = encodeReason({ source: 'cancel', message: 'enough', origin: 'a0', at: 0 })
const abort = (ticket: number): ToHost => ({ type: 'abort', tickets: [ticket], reason })

async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate)
}

describe('a poll in the middle of a computing body', () => {
  it('notes what has come, and leaves all of it to the loop, in order (S2, S11)', async () => {
    const { link, post, said } = linked()
    post({ type: 'ping', sequence: 1 })
    post(abort(7))
    post(abort(8))
    while (!said.includes('notes abort 8')) link.poll()
    expect(said).toEqual(['notes ping', 'notes abort 7', 'notes abort 8'])
    post(abort(9))
    await turns()
    expect(said.filter((what) => what.startsWith('handles'))).toEqual([
      'handles ping',
      'handles abort 7',
      'handles abort 8',
      'handles abort 9',
    ])
    expect(said.at(-1)).toBe('end of turn')
  })

  it('looks at the port for nothing but what has priority', async () => {
    const { link, post, said } = linked()
    post({ type: 'childPhase', ticket: 1, id: 'a0.1', phase: 'running' })
    for (let poll = 0; poll < 100; poll += 1) link.poll()
    expect(said).toEqual([])
    await turns()
    expect(said).toEqual(['turn', 'handles childPhase', 'end of turn'])
  })
})
