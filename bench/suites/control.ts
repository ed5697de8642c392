// What does being served cost? The import with and without the server, a page out of 100 000 actions against all of them,
// what readers of the events and an open console cost a flood of actions, and what a thousand streams hold.

import { execFileSync } from 'node:child_process'
import { createRuntime } from 'heddle'
import { createClient, type ControlClient } from 'heddle/client'
import { noOp } from '../actions.js'
import { rowsOf, type Group, type Kind } from '../measure.js'
import { unlessQuick } from '../quick.js'
import type { Suite } from '../suite.js'
import { measureServed } from './served.js'

const ACTIONS = unlessQuick(100_000, 2000)
const STREAMS = unlessQuick(1000, 20)
const START_UPS = unlessQuick(7)

export const control: Suite = {
  name: 'control',
  question: 'What does being served cost?',
  async run() {
    const groups: Group[] = [
      group('start-up of a process', 'ms', [
        ['node alone', 'floor', startUp('')],
        ["import('heddle')", 'heddle', startUp("await import('heddle')")],
        [
          'import and serve',
          'heddle',
          startUp(
            "const { createRuntime } = await import('heddle'); const runtime = createRuntime(); await runtime.serve({ discoverable: false }); await runtime.close()",
          ),
        ],
      ]),
    ]
    const runtime = createRuntime({ threads: 2, retain: { actions: ACTIONS } })
    try {
      const server = await runtime.serve({
        discoverable: false,
        limits: { streams: STREAMS + 1, connections: STREAMS + 10 },
      })
      const client = createClient(server)
      await runtime.scope((ctx) => ctx.map(noOp, Array.from({ length: ACTIONS })), { name: 'large' })
      groups.push(
        group(
          `a request out of ${ACTIONS.toLocaleString('en')} actions`,
          'ms',
          Object.entries(await pages(client)).map(([name, taken]) => [name, 'heddle', taken]),
        ),
        group(`${STREAMS} streams that follow the runs, both ends`, 'MB', [
          ['heddle', 'heddle', [await hold(client, STREAMS)]],
        ]),
      )
    } finally {
      await runtime.close()
    }
    const served = await measureServed()
    return { groups: [...groups, ...served.groups], goals: served.goals }
  },
}

/** Rows of samples that are each a round of their own. */
function group(
  title: string,
  unit: string,
  taken: readonly (readonly [name: string, kind: Kind, samples: readonly number[]])[],
): Group {
  return {
    title,
    unit,
    rows: rowsOf(
      taken.map(([name, kind, samples]) => ({ name, kind, rounds: samples.map((sample) => [sample]) })),
    ),
  }
}

async function pages(client: ControlClient): Promise<Record<string, number[]>> {
  const middle = (await client.actions('large', { limit: ACTIONS / 20 })).next ?? '0'
  const requests: Readonly<Record<string, () => Promise<unknown>>> = {
    'first page of 100': () => client.actions('large'),
    'page of 100 in the middle': () => client.actions('large', { cursor: middle }),
    'tree, 100': () => client.actions('large', { view: 'tree', cursor: `1.${middle}` }),
    'nothing matches': () => client.actions('large', { name: 'none' }),
    'run with its counts': () => client.run('large'),
    'list of runs': () => client.runs(),
  }
  const all: Record<string, number[]> = {}
  for (const [name, ask] of Object.entries(requests)) {
    const times: number[] = []
    for (let round = 0; round < unlessQuick(15, 2); round += 1) {
      const start = performance.now()
      await ask()
      times.push(performance.now() - start)
    }
    all[name] = times
  }
  return all
}

/** Megabytes that so many streams hold, at both ends, after each has read the list of runs. */
async function hold(client: ControlClient, count: number): Promise<number> {
  const before = process.memoryUsage().rss
  const open = Array.from({ length: count }, () => client.events({ view: 'runs' }))
  await Promise.all(open.map((events) => events.next()))
  const after = process.memoryUsage().rss
  for (const events of open) await events.return?.()
  return (after - before) / 2 ** 20
}

/** Milliseconds that a program takes, time after time. */
function startUp(program: string): number[] {
  return Array.from({ length: START_UPS }, () => {
    const start = performance.now()
    execFileSync(process.execPath, ['--input-type=module', '--eval', program])
    return performance.now() - start
  })
}
