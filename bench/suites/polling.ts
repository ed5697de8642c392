// What does it cost a loop to ask whether it is aborted? `signal.aborted` of an action, beside that of a plain
// `AbortController`, one atomic read, and a call that does nothing. Each in a thread, ten million times.

import { createRuntime } from 'heddle'
import { polls } from '../actions.js'
import { rowsOf, type Kind } from '../measure.js'
import { unlessQuick } from '../quick.js'
import { atMost, rowOf, type Suite } from '../suite.js'

const TIMES = 10_000_000

const candidates = [
  ['a call that does nothing', 'floor', 'empty'],
  ['an atomic read', 'peer', 'atomic'],
  ['aborted of a plain AbortSignal', 'peer', 'native'],
  ['aborted of ctx.signal', 'heddle', 'heddle'],
] as const satisfies readonly (readonly [string, Kind, string])[]

export const polling: Suite = {
  name: 'polling',
  question: 'What does it cost a loop to ask whether it is aborted?',
  async run() {
    const runtime = createRuntime({ threads: 1, retain: 0 })
    const rounds: Awaited<
      ReturnType<typeof runtime.run<number, Record<'heddle' | 'native' | 'atomic' | 'empty', number>, {}>>
    >[] = []
    try {
      for (let round = 0; round <= unlessQuick(9); round += 1) {
        const figures = await runtime.run(polls, TIMES)
        if (round > 0) rounds.push(figures)
      }
    } finally {
      await runtime.close()
    }
    const group = {
      title: 'one poll',
      unit: 'ns',
      rows: rowsOf(
        candidates.map(([name, kind, key]) => ({
          name,
          kind,
          rounds: rounds.map((figures) => [figures[key]]),
        })),
      ),
    }
    return {
      groups: [group],
      goals: [atMost('one poll', rowOf(group, 'aborted of ctx.signal').p50, 25, 'ns')],
    }
  },
}
