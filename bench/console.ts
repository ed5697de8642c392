// How long does it take from an event to a pixel of the console while ten thousand of them come every second, and do a
// hundred thousand actions scroll smoothly? Measured in the page, in a real browser, from the moment that the body says
// something to the frame in which it stands on the screen; beside it a page that only counts the same stream.

import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { chromium, type Page } from 'playwright-core'
import { createRuntime } from 'heddle'
import { write } from './measure.js'
import { noOp } from './no-op.js'

const WANTED_EVENTS_PER_SECOND = 10_000
/** An action tells that it is queued, runs and has ended. */
const EVENTS_PER_ACTION = 3
const BATCH_EVERY_MS = 10
const BEACON_EVERY_MS = 40
const CHROMIUM = process.env['HEDDLE_CHROMIUM'] ?? '/usr/bin/chromium'

/** What one part has measured, in milliseconds. */
interface Spread {
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly most: number
  readonly samples: number
}

/** Runs both parts. Leaves them out where there is no Chromium. */
export async function consolePage(seconds: number, actions: number): Promise<unknown> {
  write('\nconsole: how long from an event to a pixel, and how smoothly does it scroll?')
  if (!existsSync(CHROMIUM)) {
    write(`  left out: there is no Chromium at ${CHROMIUM}; HEDDLE_CHROMIUM says where else`)
    return undefined
  }
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  })
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
    const latency = await eventToPixel(page, seconds)
    write(
      `  event to pixel at ${latency.eventsPerSecond} events/s: p50 ${ms(latency.console.p50)}, p95 ${ms(latency.console.p95)}, p99 ${ms(latency.console.p99)}, most ${ms(latency.console.most)} (${latency.console.samples} samples)`,
    )
    write(
      `  frames meanwhile: p50 ${ms(latency.frames.p50)}, p95 ${ms(latency.frames.p95)}, most ${ms(latency.frames.most)}`,
    )
    write(`  the same stream, only counted: p50 ${ms(latency.floor.p50)}, p95 ${ms(latency.floor.p95)}`)
    const scroll = await scrolling(page, actions)
    write(`  ${actions} actions: shown after ${ms(scroll.shownAfterMs)}`)
    write(
      `  frames while scrolling: p50 ${ms(scroll.frames.p50)}, p95 ${ms(scroll.frames.p95)}, most ${ms(scroll.frames.most)}`,
    )
    return { latency, scroll }
  } finally {
    await browser.close()
  }
}

async function eventToPixel(
  page: Page,
  seconds: number,
): Promise<{ eventsPerSecond: number; console: Spread; frames: Spread; floor: Spread }> {
  const runtime = createRuntime({ threads: 2, retain: { runs: 1, actions: 20_000 } })
  const server = await runtime.serve({ discoverable: false })
  const stop = new AbortController()
  let spawned = 0
  const run = runtime.scope(
    async (ctx) => {
      const each = Math.round((WANTED_EVENTS_PER_SECOND / EVENTS_PER_ACTION / 1000) * BATCH_EVERY_MS)
      const beacon = setInterval(() => ctx.report({ told: `at ${now()}` }), BEACON_EVERY_MS)
      let dueAt = now()
      while (!stop.signal.aborted) {
        for (let index = 0; index < each; index += 1) void ctx.spawn(noOp).settled()
        spawned += each
        // What a busy machine has missed isn't made up for: a burst would measure itself.
        dueAt = Math.max(dueAt + BATCH_EVERY_MS, now() - BATCH_EVERY_MS)
        await sleep(Math.max(0, dueAt - now()))
      }
      clearInterval(beacon)
    },
    { name: 'load' },
  )
  try {
    const measure = async (
      script: () => void,
    ): Promise<{ told: Spread; frames: Spread; eventsPerSecond: number }> => {
      await page.evaluate(script)
      // The first second is the page's own beginning.
      await sleep(1000)
      await page.evaluate(() => {
        const { samples, frames } = globalThis as unknown as Measured
        samples.length = 0
        frames.length = 0
      })
      const [from, at] = [spawned, now()]
      await sleep(seconds * 1000)
      const eventsPerSecond = Math.round((((spawned - from) * EVENTS_PER_ACTION) / (now() - at)) * 1000)
      const { samples, frames } = await page.evaluate(() => {
        const measured = globalThis as unknown as Measured
        return { samples: [...measured.samples], frames: [...measured.frames] }
      })
      return { told: spread(samples), frames: spread(frames), eventsPerSecond }
    }
    await page.goto(`${server.url}/runs/load#token=${server.token}`)
    await page.locator('.row-remark').first().waitFor()
    const console = await measure(watchPixels)
    // The floor: the same page, left for an empty one of the same origin that reads the stream and counts.
    await page.goto(`${server.url}/nothing`)
    const floor = await measure(countStream)
    return {
      eventsPerSecond: console.eventsPerSecond,
      console: console.told,
      frames: console.frames,
      floor: floor.told,
    }
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
    const told = /at ([\d.]+)/.exec(text)?.[1]
    if (told === undefined || told === last) return
    last = told
    // After the frame that shows it.
    requestAnimationFrame(() =>
      setTimeout(() => measured.samples.push(performance.timeOrigin + performance.now() - Number(told))),
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
      for (const [, told] of decoder.decode(value, { stream: true }).matchAll(/"told":"at ([\d.]+)"/g)) {
        measured.samples.push(performance.timeOrigin + performance.now() - Number(told))
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

async function scrolling(page: Page, actions: number): Promise<{ shownAfterMs: number; frames: Spread }> {
  const runtime = createRuntime({ threads: 2, retain: 2 * actions })
  const server = await runtime.serve({ discoverable: false })
  try {
    await runtime.scope(
      (ctx) => ctx.map(noOp, Array.from({ length: actions }), { concurrency: 5000 }).then(() => undefined),
      { name: 'many' },
    )
    const openedAt = now()
    await page.goto(`${server.url}/runs/many#token=${server.token}`)
    await page.locator(`[role=treegrid][aria-rowcount="${actions + 2}"]`).waitFor({ timeout: 60_000 })
    const shownAfterMs = now() - openedAt
    await page.evaluate(watchPixels)
    const box = (await page.locator('.grid').boundingBox())!
    await page.mouse.move(box.x + 200, box.y + 300)
    for (let index = 0; index < 120; index += 1) await page.mouse.wheel(0, 400 + index * 20)
    const frames = await page.evaluate(() => [...(globalThis as unknown as Measured).frames])
    return { shownAfterMs, frames: spread(frames) }
  } finally {
    await runtime.close()
  }
}

function now(): number {
  return performance.timeOrigin + performance.now()
}

function ms(value: number): string {
  return `${value.toFixed(value < 10 ? 1 : 0)} ms`
}

function spread(values: readonly number[]): Spread {
  const sorted = [...values].toSorted((left, right) => left - right)
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
  return {
    p50: at(0.5),
    p95: at(0.95),
    p99: at(0.99),
    most: sorted.at(-1) ?? Number.NaN,
    samples: sorted.length,
  }
}
