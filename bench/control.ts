// What does being served cost? The import with and without the server, a page out of 100 000 actions against all of them,
// what a reader of the events costs a flood of actions, and what a thousand streams hold.

import { execFileSync } from 'node:child_process'
import { createRuntime, type Runtime } from 'heddle'
import { createClient, type ControlClient } from 'heddle/client'
import { write } from './measure.js'
import { noOp } from './no-op.js'

interface ControlResult {
  readonly importMs: number
  readonly serveMs: number
  readonly page: Readonly<Record<string, number>>
  readonly unservedPerSecond: number
  readonly servedPerSecond: number
  readonly readPerSecond: number
  readonly streamsMb: number
}

/** Measures with that many kept actions, and that many streams. */
export async function control(actions: number, streams: number): Promise<ControlResult> {
  write('\ncontrol: what being served costs')
  const importMs = startUp("await import('heddle')")
  const serveMs = startUp(
    "const { createRuntime } = await import('heddle'); const runtime = createRuntime(); await runtime.serve({ discoverable: false }); await runtime.close()",
  )
  write(
    `  start-up above that of Node: import ${importMs.toFixed(0)} ms, import and serve ${serveMs.toFixed(0)} ms`,
  )
  const runtime = createRuntime({ threads: 2, retain: { actions } })
  try {
    await flood(runtime, 20_000)
    const unservedPerSecond = await flood(runtime, 20_000)
    const server = await runtime.serve({
      discoverable: false,
      limits: { streams: streams + 1, connections: streams + 10 },
    })
    const client = createClient(server)
    const servedPerSecond = await flood(runtime, 20_000)
    const reader = client.events()
    await reader.next()
    const reading = drain(reader)
    const readPerSecond = await flood(runtime, 20_000)
    await reader.return?.()
    await reading
    write(
      `  no-op actions: unserved ${per(unservedPerSecond)}, served ${per(servedPerSecond)}, with a reader ${per(readPerSecond)}`,
    )
    const run = runtime.scope((ctx) => ctx.map(noOp, Array.from({ length: actions })), { name: 'large' })
    await run
    const page = await pages(client)
    write(`  one request out of ${actions} actions, median: ${entries(page)}`)
    const streamsMb = await hold(client, streams)
    write(`  ${streams} streams that follow the runs hold ${streamsMb.toFixed(0)} MB (both ends)`)
    return { importMs, serveMs, page, unservedPerSecond, servedPerSecond, readPerSecond, streamsMb }
  } finally {
    await runtime.close()
  }
}

async function flood(runtime: Runtime, count: number): Promise<number> {
  const start = performance.now()
  await runtime.scope((ctx) => ctx.map(noOp, Array.from({ length: count })))
  return (count / (performance.now() - start)) * 1000
}

async function drain(events: AsyncIterable<unknown>): Promise<void> {
  for await (const event of events) if (event === undefined) break
}

async function pages(client: ControlClient): Promise<Record<string, number>> {
  const middle = (await client.actions('large', { limit: 5000 })).next ?? '0'
  const requests: Readonly<Record<string, () => Promise<unknown>>> = {
    'first page of 100': () => client.actions('large'),
    'page of 100 in the middle': () => client.actions('large', { cursor: middle }),
    'tree, 100': () => client.actions('large', { view: 'tree', cursor: `1.${middle}` }),
    'nothing matches': () => client.actions('large', { name: 'none' }),
    'run with its counts': () => client.run('large'),
    'list of runs': () => client.runs(),
  }
  const medians: Record<string, number> = {}
  for (const [name, ask] of Object.entries(requests)) {
    const times: number[] = []
    for (let round = 0; round < 15; round += 1) {
      const start = performance.now()
      await ask()
      times.push(performance.now() - start)
    }
    medians[name] = times.toSorted((one, other) => one - other)[7] as number
  }
  return medians
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

/** Milliseconds that a program takes above an empty one, the median of seven. */
function startUp(program: string): number {
  return timeOf(program) - timeOf('')
}

function timeOf(program: string): number {
  const times = Array.from({ length: 7 }, () => {
    const start = performance.now()
    execFileSync(process.execPath, ['--input-type=module', '--eval', program])
    return performance.now() - start
  })
  return times.toSorted((one, other) => one - other)[3] as number
}

function per(count: number): string {
  return `${(count / 1000).toFixed(1)} k/s`
}

function entries(numbers: Readonly<Record<string, number>>): string {
  return Object.entries(numbers)
    .map(([name, ms]) => `${name} ${ms.toFixed(1)} ms`)
    .join(', ')
}
