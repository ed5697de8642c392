// What bodies say while too much of theirs is on its way: the last report of each, and no entries of the log in passing.

import { describe, expect, it } from 'vitest'
import { PausedOutput } from '../../../src/cluster/lanes/paused-output.js'
import type { LogLevel } from '../../../src/protocol/messages.js'
import type { FromHost } from '../../../src/threads/lane-line.js'

function output(): { output: PausedOutput; sent: FromHost[] } {
  const sent: FromHost[] = []
  return { output: new PausedOutput((message) => void sent.push(message)), sent }
}

const report = (ticket: number, value: unknown): FromHost => ({ type: 'report', ticket, value })
const log = (ticket: number, level: LogLevel): FromHost => ({
  type: 'log',
  ticket,
  level,
  message: level,
  at: 5,
})

describe('the output of bodies', () => {
  it('is sent as it comes', () => {
    const { output: out, sent } = output()
    const all = [report(1, 1), log(1, 'debug'), report(1, 2)]
    for (const message of all) out.add(message, 1)
    expect(sent).toEqual(all)
  })

  it('while it is paused, keeps the last report of each, and counts what is logged in passing (D24)', () => {
    const { output: out, sent } = output()
    out.pause(true)
    for (let value = 0; value < 1000; value += 1) {
      out.add(report(1, value), 1)
      out.add(log(1, value % 2 === 0 ? 'debug' : 'info'), 1)
    }
    out.add(report(2, 'of another'), 2)
    expect(sent).toEqual([])
    out.pause(false)
    expect(sent).toEqual([
      report(1, 999),
      {
        type: 'log',
        ticket: 1,
        level: 'warn',
        message:
          '1000 log entries of level debug and info were left out: too much was on its way from its machine',
        at: 5,
      },
      report(2, 'of another'),
    ])
    out.pause(false)
    expect(sent).toHaveLength(3)
  })

  it('while it is paused, sends what can not wait, behind what that body said before (D24)', () => {
    const { output: out, sent } = output()
    out.pause(true)
    out.add(report(1, 'last'), 1)
    out.add(report(2, 'waits'), 2)
    out.add(log(1, 'error'), 1)
    out.add({ type: 'ended', ticket: 1, startedAt: 1, endedAt: 2, ok: true }, 1)
    expect(sent.map((message) => message.type)).toEqual(['report', 'log', 'ended'])
    out.pause(false)
    expect(sent.at(-1)).toEqual(report(2, 'waits'))
  })
})
