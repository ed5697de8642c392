// What does it cost in the app? A node:http server whose handler has a millisecond of work done: requests a second and how long
// each takes, with Heddle, with pools, and inline; and the same where a tenth of the clients go away before the answer.

import { execFile, fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { LoadResult } from '../http/load.js'
import { rowsOf, type Group, type Kind, type Taken } from '../measure.js'
import { unlessQuick } from '../quick.js'
import { percentile } from '../statistics.js'
import { atLeastTimes, headlined, TUNED_PISCINA, type Suite } from '../suite.js'
import { calibrate } from '../tasks.js'

const HEDDLE = 'heddle, a scope each'
const LEAVING_PERCENT = 10
const ROUNDS = unlessQuick(3)
const [WARM_UP_MS, MEASURED_MS] = [unlessQuick(1000, 200), unlessQuick(2500, 300)]

type Ways = Readonly<Record<string, Kind>>

const staying: Ways = {
  inline: 'floor',
  [TUNED_PISCINA]: 'tuned',
  workerpool: 'peer',
  [HEDDLE]: 'heddle',
}
/** Those that kill for a client that has gone, too. */
const leaving: Ways = {
  inline: 'floor',
  [TUNED_PISCINA]: 'tuned',
  [`${TUNED_PISCINA}, with a signal`]: 'tuned',
  workerpool: 'peer',
  'workerpool, with cancel()': 'peer',
  [HEDDLE]: 'heddle',
}

const run = promisify(execFile)

export const http: Suite = {
  name: 'http',
  question: 'What does it cost in the app, a server whose handler has a millisecond of work done?',
  async run() {
    const loops = Math.round(calibrate())
    const all = [
      ...(await measureLoad('64 connections', staying, loops, 0)),
      ...(await measureLoad(`64 connections, ${LEAVING_PERCENT} % go away`, leaving, loops, LEAVING_PERCENT)),
    ]
    const [requests, , left] = [all[0], all[1], all[3]] as [Group, Group, Group]
    return {
      groups: all,
      goals: [requests, left].map((group) => atLeastTimes(group, HEDDLE, TUNED_PISCINA, 1)),
    }
  },
}

/** Requests a second, and the median and the slowest of them, in groups of their own. */
async function measureLoad(title: string, ways: Ways, loops: number, percent: number): Promise<Group[]> {
  const results = new Map<string, LoadResult[]>(Object.keys(ways).map((name) => [name, []]))
  for (let round = 0; round < ROUNDS; round += 1)
    for (const [name, taken] of results) taken.push(await load(name, loops, percent))
  const rows = (pick: (result: LoadResult) => number) =>
    rowsOf(
      [...results].map(([name, taken]): Taken => ({
        name,
        kind: ways[name] ?? 'peer',
        rounds: taken.map((result) => [pick(result)]),
      })),
    )
  return [
    headlined(
      {
        title: `a request of 1 ms, ${title}`,
        unit: 'ms each',
        rate: 'requests/s',
        rows: rows(({ seconds, latencies }) => (seconds * 1000) / latencies.length),
      },
      HEDDLE,
      ['inline'],
    ),
    {
      title: `p50 of a request, ${title}`,
      unit: 'ms',
      rows: rows(({ latencies }) => percentile(latencies, 50)),
    },
    {
      title: `p99 of a request, ${title}`,
      unit: 'ms',
      rows: rows(({ latencies }) => percentile(latencies, 99)),
    },
  ]
}

/** A server and a load, both new. */
async function load(way: string, loops: number, percent: number): Promise<LoadResult> {
  const server = fork(file('server'), [way, String(loops)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  try {
    const port = await listening(server)
    const args = [port, WARM_UP_MS, MEASURED_MS, percent].map(String)
    const { stdout } = await run(process.execPath, [file('load'), ...args], { maxBuffer: 2 ** 26 })
    const result = JSON.parse(stdout) as LoadResult
    if (result.latencies.length === 0) throw new Error(`'${way}' has answered nothing`)
    if (result.broken > 0) throw new Error(`'${way}' broke ${result.broken} connections`)
    return result
  } finally {
    const exited = once(server, 'exit')
    server.disconnect()
    await exited
  }
}

async function listening(server: ChildProcess): Promise<number> {
  const [port] = (await Promise.race([
    once(server, 'message'),
    once(server, 'exit').then(() => {
      throw new Error('the server has ended before it listened')
    }),
  ])) as [number]
  return port
}

function file(name: string): string {
  return fileURLToPath(new URL(`../http/${name}.js`, import.meta.url))
}
