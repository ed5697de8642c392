// A console in a real browser, beside the runtime that it shows: one browser for a test file, and for each test a runtime,
// its server and as many pages as it opens. Whatever a page complains about fails the test that opened it.

import { chromium, type Browser, type BrowserContext, type Locator, type Page } from 'playwright-core'
import {
  createRuntime,
  type ControlServer,
  type Run,
  type Runtime,
  type RuntimeOptions,
  type ServeOptions,
} from 'heddle'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { grove } from '#fixtures/console.js'
import { chromiumArguments, chromiumPath } from './chromium.js'

/** `describe`, where there is a browser. */
export const describeInBrowser: typeof describe | typeof describe.skip =
  chromiumPath === undefined ? describe.skip : describe

let browser: Browser | undefined

/** Starts a browser before the tests of a file, and ends it after them. */
export function useBrowser(): void {
  beforeAll(async () => {
    if (chromiumPath === undefined) return
    browser = await chromium.launch({ executablePath: chromiumPath, args: [...chromiumArguments] })
  }, 60_000)
  afterAll(async () => {
    await browser?.close()
    browser = undefined
  })
}

/** How a page is opened. */
export interface PageOptions {
  /** What follows the server's address. Default: the list of runs. */
  readonly path?: string
  readonly width?: number
  readonly height?: number
  readonly theme?: 'light' | 'dark'
  /** The system's own colours in place of the page's. */
  readonly forced?: boolean
  /** `read`: with the token that only reads; `none`: without one. Default `full`. */
  readonly token?: 'full' | 'read' | 'none'
  /** Complaints that this test provokes. */
  readonly expects?: RegExp
}

/** A runtime that is served, and the pages that show it. */
export class ConsoleBench implements AsyncDisposable {
  readonly runtime: Runtime
  server: ControlServer
  readonly #contexts: BrowserContext[] = []
  readonly #complaints: string[] = []

  private constructor(runtime: Runtime, server: ControlServer) {
    this.runtime = runtime
    this.server = server
  }

  /** Starts both. */
  static async start(options: RuntimeOptions = {}, serving: ServeOptions = {}): Promise<ConsoleBench> {
    const runtime = createRuntime({ threads: 2, ...options })
    try {
      return new ConsoleBench(runtime, await runtime.serve({ discoverable: false, ...serving }))
    } catch (error) {
      await runtime.close()
      throw error
    }
  }

  /** Opens a page, in a browser profile of its own unless it is to share that of another page. */
  async open(options: PageOptions = {}, beside?: Page): Promise<Page> {
    const {
      path = '/',
      width = 1440,
      height = 900,
      theme = 'light',
      forced = false,
      token = 'full',
      expects,
    } = options
    if (browser === undefined) throw new Error('there is no browser: call useBrowser() in the test file')
    const context =
      beside?.context() ??
      (await browser.newContext({
        viewport: { width, height },
        colorScheme: theme,
        forcedColors: forced ? 'active' : 'none',
      }))
    if (beside === undefined) this.#contexts.push(context)
    const page = await context.newPage()
    // Less than a test's own, so that it is said what was waited for.
    page.setDefaultTimeout(10_000)
    const complain = (text: string): void => {
      if (expects?.test(text) !== true) this.#complaints.push(text)
    }
    page.on('pageerror', (error) => complain(error.stack ?? String(error)))
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complain(message.text())
    })
    const secret = { full: this.server.token, read: this.server.readToken, none: '' }[token]
    await page.goto(`${this.server.url}${path}${secret === '' ? '' : `#token=${secret}`}`)
    return page
  }

  /** Closes the server and starts another one at the same address. */
  async restart(serving: ServeOptions = {}): Promise<void> {
    const { port, token } = this.server
    await this.server.close()
    this.server = await this.runtime.serve({ discoverable: false, port, token, ...serving })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#contexts.map((context) => context.close()))
    await this.runtime.close({ graceMs: 0 })
    expect(this.#complaints, 'what the pages complained about').toEqual([])
  }
}

/** How a grove is grown, and its page opened. */
export interface GroveOptions extends PageOptions {
  /** Of the run. */
  readonly name?: string
  readonly children?: number
  readonly depth?: number
}

/** Runs a grove of naps, so many children at each level, and opens its page: once all of it runs there. */
export async function openGrove(
  bench: ConsoleBench,
  { name = 'grove', children = 2, depth = 1, ...options }: GroveOptions = {},
): Promise<{ readonly page: Page; readonly run: Run<void> }> {
  const run = bench.runtime.run(grove, { width: children, depth }, { name })
  ignoreRejection(run)
  const page = await bench.open({ path: `/runs/${encodeURIComponent(name)}`, ...options })
  const all = Array.from({ length: depth + 1 }, (_, level) => children ** level)
  await chip(
    page,
    'running',
    all.reduce((sum, count) => sum + count, 0),
  ).waitFor()
  return { page, run }
}

/** Presses a button of a row, which is shown under the pointer. */
export async function pressInRow(page: Page, row: string, button: string): Promise<void> {
  await rowNamed(page, row).locator('.row-name').hover()
  await rowNamed(page, row).getByRole('button', { name: button }).click()
}

/** Marks rows, and asks for the abort of what is marked. */
export async function abortMarked(page: Page, ...rows: readonly string[]): Promise<void> {
  for (const row of rows) {
    await rowNamed(page, row).locator('.row-name').hover()
    await rowNamed(page, row).getByRole('checkbox').check()
  }
  await page.getByRole('button', { name: `Abort ${rows.length} marked` }).click()
  await page.getByRole('button', { name: `Abort ${rows.length} actions` }).click()
}

/** The row of an action in the table, by its name. */
export function rowNamed(page: Page, name: string): Locator {
  return page.locator('.row').filter({ has: page.locator('.row-name').getByText(name, { exact: true }) })
}

/** The chip of a phase, once it says that so many are in it. */
export function chip(page: Page, phase: string, count: number): Locator {
  return page.getByRole('button', { name: `${phase} ${count.toLocaleString('en-US')}`, exact: true })
}

/** A promise that a test keeps. */
export function promised(): { readonly kept: Promise<void>; readonly keep: () => void } {
  let keep = (): void => undefined
  const kept = new Promise<void>((resolve) => {
    keep = resolve
  })
  return { kept, keep: () => keep() }
}

/** Lets nothing be reported as unhandled: the test looks elsewhere. */
export function ignoreRejection(promise: PromiseLike<unknown>): void {
  void Promise.resolve(promise).catch(() => undefined)
}
