// What does it cost a flood of actions that the runtime is served, an event stream is read, and the console is open? The four
// in turn; readers are in a thread, the console in a real Chromium. And whether what is held then grows.

import { createRuntime, type Runtime } from 'heddle'
import type { Browser } from 'playwright-core'
import { noOp } from '../actions.js'
import { launchBrowser } from '../browser.js'
import { collect, measure, rowsOf, type Candidate, type Group } from '../measure.js'
import { openStream } from '../open-stream.js'
import { THREADS } from '../peers/peer.js'
import { unlessQuick } from '../quick.js'
import { atLeastTimes, atMost, type Goal } from '../suite.js'

const FLOOD = 20_000
const RETAIN = { runs: 5, actions: FLOOD }
const UNSERVED = 'unserved'
const WATCHED = 'served, one event stream'
const WITH_CONSOLE = 'served, one event stream and the console'
/** Floods after which what is held can have reached its bounds, and floods that must not add to it. */
const [FILLING, FLAT] = [4, unlessQuick(12, 4)]

/** Measures floods, served and not, and the heap under them. */
export async function measureServed(): Promise<{ groups: Group[]; goals: Goal[] }> {
  const browser = await launchBrowser()
  const runtimes: Runtime[] = []
  const closes: (() => unknown)[] = []
  const open = (): Runtime => {
    const runtime = createRuntime({ threads: THREADS, retain: RETAIN })
    runtimes.push(runtime)
    return runtime
  }
  const watched = async (): Promise<{ runtime: Runtime; page: string }> => {
    const runtime = open()
    const { url, token, close } = await openStream(runtime)
    closes.push(close)
    return { runtime, page: `${url}/#token=${token}` }
  }
  try {
    const served = open()
    await served.serve({ discoverable: false })
    const candidates: Candidate[] = [
      floods(UNSERVED, 'floor', open()),
      floods('served', 'heddle', served),
      floods(WATCHED, 'heddle', (await watched()).runtime),
    ]
    let last = (await watched()).runtime
    if (browser !== undefined) {
      const { runtime, page } = await watched()
      await show(browser, page)
      candidates.push(floods(WITH_CONSOLE, 'heddle', runtime))
      last = runtime
    }
    const costs = await measure(
      {
        title: `${FLOOD.toLocaleString('en')} no-ops at once, served and not`,
        unit: 'µs each',
        rate: 'k/s',
        rounds: 7,
        warmUps: 1,
        scale: 1000 / FLOOD,
      },
      candidates,
    )
    const heap = await heapUnder(last)
    const growthKB = ((heap.at(-1) ?? Number.NaN) - (heap[0] ?? Number.NaN)) * 1024
    return {
      groups: [
        costs,
        {
          title: `heap while served and read, after each flood of ${FLOOD.toLocaleString('en')}`,
          unit: 'MB',
          rows: rowsOf([{ name: 'heddle', kind: 'heddle', rounds: heap.map((mb) => [mb]) }]),
        },
      ],
      goals: [
        ...candidates.slice(2).map(({ name }) => atLeastTimes(costs, name, UNSERVED, 0.7)),
        atMost('heap while served and read: from first to last flood', growthKB, 300, 'KB more'),
      ],
    }
  } finally {
    for (const close of closes) close()
    await browser?.close()
    for (const runtime of runtimes) await runtime.close()
  }
}

async function show(browser: Browser, url: string): Promise<void> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
  await page.goto(url)
}

function floods(name: string, kind: 'floor' | 'heddle', runtime: Runtime): Candidate {
  return { name, kind, run: () => flood(runtime) }
}

async function flood(runtime: Runtime): Promise<void> {
  await runtime.scope((ctx) => ctx.all(Array.from({ length: FLOOD }, () => ctx.spawn(noOp))))
}

/** Megabytes of the heap after each flood, once the bounds of what is retained are reached. */
async function heapUnder(runtime: Runtime): Promise<number[]> {
  const taken: number[] = []
  for (let turn = 0; turn < FILLING + FLAT; turn += 1) {
    await flood(runtime)
    // The readers are behind: what they haven't read is held for them.
    await new Promise((resolve) => setTimeout(resolve, 500))
    collect()
    if (turn >= FILLING) taken.push(process.memoryUsage().heapUsed / 2 ** 20)
  }
  return taken
}
