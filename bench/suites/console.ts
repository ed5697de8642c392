// How long does it take from an event to a pixel of the console while ten thousand of them come every second, and do a
// hundred thousand actions scroll smoothly? Measured in the page, in a real browser, from the moment that the body says
// something to the frame in which it stands on the screen; beside it a page that only counts the same stream.

import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import type { CDPSession, Page } from 'playwright-core'
import { createRuntime, type ActionContext } from 'heddle'
import { noOp } from '../actions.js'
import { launchBrowser } from '../browser.js'
import { rowsOf, type Group } from '../measure.js'
import { unlessQuick } from '../quick.js'
import { percentile } from '../statistics.js'
import { atMost, rowOf, type Suite } from '../suite.js'

const WANTED_EVENTS_PER_SECOND = 10_000
/** An action is queued, runs and has ended. */
const EVENTS_PER_ACTION = 3
const BATCH_EVERY_MS = 10
const BEACON_EVERY_MS = 40

const SECONDS = unlessQuick(8)
const ACTIONS = unlessQuick(100_000, 5000)

export const consolePage: Suite = {
  name: 'console',
  question: 'How long from an event to a pixel, and how smoothly does the page scroll?',
  async run() {
    const browser = await launchBrowser()
    if (browser === undefined) return { groups: [], goals: [] }
    try {
      const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
      const latency = await eventToPixel(page, SECONDS)
      const scroll = await scrolling(page, ACTIONS)
      const pixel = group(`from an event to its pixel at ${latency.eventsPerSecond} events/s`, [
        ['the same stream, only read', 'beside', latency.floor],
        ['console', 'heddle', latency.console],
        ['frames meanwhile', 'beside', latency.frames],
      ])
      const cost = group('processor time for 10 000 events', [
        ['the page', 'heddle', [latency.pageMs]],
        ['of which its scripts', 'heddle', [latency.scriptMs]],
        ['the program with its threads and the load', 'heddle', [latency.programMs]],
        ['the same, the stream only read', 'beside', [latency.floorMs]],
      ])
      const rows = group(`${ACTIONS.toLocaleString('en')} actions`, [
        ['until they are shown', 'heddle', [scroll.shownAfterMs]],
        ['until all of them have a row', 'heddle', [scroll.openedAfterMs]],
        ['frames while scrolling', 'heddle', scroll.frames],
      ])
      return {
        groups: [pixel, cost, rows],
        goals: [
          atMost('p99 from an event to its pixel', rowOf(pixel, 'console').p99, 100, 'ms'),
          atMost(`${ACTIONS.toLocaleString('en')} actions are shown`, scroll.shownAfterMs, 1000, 'ms'),
          atMost('p95 of the frames while scrolling', percentile(scroll.frames, 95), 20, 'ms'),
          atMost('the page, gzipped', await pageKilobytes(), 130, 'KB'),
        ],
      }
    } finally {
      await browser.close()
    }
  },
}

/** All of the built page together. */
async function pageKilobytes(): Promise<number> {
  const folder = new URL('../../../dist/console/', import.meta.url)
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const sizes = entries
    .filter((entry) => entry.isFile())
    .map(async ({ parentPath, name }) => gzipSync(await readFile(`${parentPath}/${name}`)).length)
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0) / 1024
}

function group(
  title: string,
  taken: readonly (readonly [name: string, kind: 'heddle' | 'beside', samples: readonly number[]])[],
): Group {
  return {
    title,
    unit: 'ms',
    rows: rowsOf(taken.map(([name, kind, samples]) => ({ name, kind, rounds: [samples] }))),
  }
}

/** What spawns actions in a steady stream, and how many it has. */
interface Load {
  readonly signal: AbortSignal
  spawned: number
}

async function spawnSteadily(ctx: ActionContext, load: Load): Promise<void> {
  const each = Math.round((WANTED_EVENTS_PER_SECOND / EVENTS_PER_ACTION / 1000) * BATCH_EVERY_MS)
  const beacon = setInterval(() => ctx.report({ sent: `at ${now()}` }), BEACON_EVERY_MS)
  let dueAt = now()
  while (!load.signal.aborted) {
    for (let index = 0; index < each; index += 1) void ctx.spawn(noOp).settled()
    load.spawned += each
    // What a busy machine has missed isn't made up for: a burst would measure itself.
    dueAt = Math.max(dueAt + BATCH_EVERY_MS, now() - BATCH_EVERY_MS)
    await sleep(Math.max(0, dueAt - now()))
  }
  clearInterval(beacon)
}

/** What the page's process has computed so far, in milliseconds: in all, and scripts alone. */
async function computedBy(session: CDPSession): Promise<{ pageMs: number; scriptMs: number }> {
  const { metrics } = await session.send('Performance.getMetrics')
  const of = (wanted: string): number =>
    1000 * (metrics.find(({ name }) => name === wanted)?.value ?? Number.NaN)
  return { pageMs: of('ProcessTime'), scriptMs: of('ScriptDuration') }
}

interface PageMeasures {
  readonly samples: number[]
  readonly frames: number[]
  readonly eventsPerSecond: number
  /** Processor time for ten thousand events: of the page, its scripts, and this program. */
  readonly pageMs: number
  readonly scriptMs: number
  readonly programMs: number
}

/** What a page measures by a script, under a load. */
async function measurePage(
  page: Page,
  script: () => void,
  seconds: number,
  load: Load,
): Promise<PageMeasures> {
  await page.evaluate(script)
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable')
  // The first second is the page's own beginning.
  await sleep(1000)
  await page.evaluate(() => {
    const { samples, frames } = globalThis as unknown as Measured
    samples.length = 0
    frames.length = 0
  })
  const [from, at, cpu, before] = [load.spawned, now(), process.cpuUsage(), await computedBy(session)]
  await sleep(seconds * 1000)
  const after = await computedBy(session)
  const { user, system } = process.cpuUsage(cpu)
  const events = (load.spawned - from) * EVENTS_PER_ACTION
  const eventsPerSecond = Math.round((events / (now() - at)) * 1000)
  await session.detach()
  const per = (ms: number): number => (ms / events) * 10_000
  const measured = await page.evaluate(() => {
    const { samples, frames } = globalThis as unknown as Measured
    return { samples: [...samples], frames: [...frames] }
  })
  return {
    ...measured,
    eventsPerSecond,
    pageMs: per(after.pageMs - before.pageMs),
    scriptMs: per(after.scriptMs - before.scriptMs),
    programMs: per((user + system) / 1000),
  }
}

async function eventToPixel(
  page: Page,
  seconds: number,
): Promise<Omit<PageMeasures, 'samples'> & { readonly console: number[]; floor: number[]; floorMs: number }> {
  const runtime = createRuntime({ threads: 2, retain: { runs: 1, actions: 20_000 } })
  const server = await runtime.serve({ discoverable: false })
  const stop = new AbortController()
  const load: Load = { signal: stop.signal, spawned: 0 }
  const run = runtime.scope((ctx) => spawnSteadily(ctx, load), { name: 'load' })
  try {
    await page.goto(`${server.url}/runs/load#token=${server.token}`)
    await page.locator('.row-remark').first().waitFor()
    const console = await measurePage(page, watchPixels, seconds, load)
    // The floor: the same page, left for an empty one of the same origin that reads the stream and counts.
    await page.goto(`${server.url}/nothing`)
    const floor = await measurePage(page, countStream, seconds, load)
    const { samples, ...costs } = console
    return { ...costs, console: samples, floor: floor.samples, floorMs: floor.programMs }
  } finally {
    stop.abort()
    await run.settled()
    await runtime.close()
  }
}

interface Measured {
  samples: number[]
  frames: number[]
}

/** In the page: when what the root said last stands on the screen. */
function watchPixels(): void {
  const measured: Measured = { samples: [], frames: [] }
  Object.assign(globalThis, measured)
  const { document, requestAnimationFrame, MutationObserver } = globalThis as unknown as PageGlobals
  let last = ''
  const look = (): void => {
    const text = document.querySelector('.row-remark')?.textContent ?? ''
    const sent = /at ([\d.]+)/.exec(text)?.[1]
    if (sent === undefined || sent === last) return
    last = sent
    // After the frame that shows it.
    requestAnimationFrame(() =>
      setTimeout(() => measured.samples.push(performance.timeOrigin + performance.now() - Number(sent))),
    )
  }
  new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true })
  let before = performance.now()
  const frame = (): void => {
    const at = performance.now()
    measured.frames.push(at - before)
    before = at
    requestAnimationFrame(frame)
  }
  requestAnimationFrame(frame)
}

/** In an empty page: when what the root said last has been read. */
function countStream(): void {
  const measured: Measured = { samples: [], frames: [] }
  Object.assign(globalThis, measured)
  void (async () => {
    const answer = await fetch('/api/v1/runs/load/events')
    const reader = answer.body!.getReader()
    const decoder = new TextDecoder()
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      for (const [, sent] of decoder.decode(value, { stream: true }).matchAll(/"sent":"at ([\d.]+)"/g)) {
        measured.samples.push(performance.timeOrigin + performance.now() - Number(sent))
      }
    }
  })()
}

/** What a page has, and Node hasn't. */
interface PageGlobals {
  readonly document: {
    readonly body: unknown
    querySelector(selector: string): { readonly textContent: string } | null
  }
  readonly requestAnimationFrame: (callback: () => void) => void
  readonly MutationObserver: new (callback: () => void) => { observe(target: unknown, options: object): void }
}

async function scrolling(
  page: Page,
  actions: number,
): Promise<{ shownAfterMs: number; openedAfterMs: number; frames: number[] }> {
  const runtime = createRuntime({ threads: 2, retain: 2 * actions })
  const server = await runtime.serve({ discoverable: false })
  try {
    await runtime.scope(
      (ctx) => ctx.map(noOp, Array.from({ length: actions }), { concurrency: 5000 }).then(() => undefined),
      { name: 'many' },
    )
    const openedAt = now()
    await page.goto(`${server.url}/runs/many#token=${server.token}`)
    // So many alike are one row, which says how many they are, until it is opened.
    const alike = page.locator('.row.group')
    await alike.getByText(`× ${actions.toLocaleString('en-US')}`).waitFor({ timeout: 60_000 })
    const shownAfterMs = now() - openedAt
    const pressedAt = now()
    await alike.locator('.row-name').click()
    await page.locator(`[role=treegrid][aria-rowcount="${actions + 3}"]`).waitFor({ timeout: 60_000 })
    const openedAfterMs = now() - pressedAt
    await page.evaluate(watchPixels)
    const box = (await page.locator('.grid').boundingBox())!
    await page.mouse.move(box.x + 200, box.y + 300)
    for (let index = 0; index < 120; index += 1) await page.mouse.wheel(0, 400 + index * 20)
    const frames = await page.evaluate(() => [...(globalThis as unknown as Measured).frames])
    return { shownAfterMs, openedAfterMs, frames }
  } finally {
    await runtime.close()
  }
}

function now(): number {
  return performance.timeOrigin + performance.now()
}
