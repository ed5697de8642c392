import { expect, it } from 'vitest'
import { failing, flaky, grove, learn, nap, stubborn, type Gate } from '#fixtures/console.js'
import {
  ConsoleBench,
  describeInBrowser,
  ignoreRejection,
  openGrove,
  rowNamed,
  type PageOptions,
  useBrowser,
} from './console-page.js'
import { violationsInAllColours } from './axe.js'

/** A run with something of each kind. */
function startAll(bench: ConsoleBench): Gate {
  const gate: Gate = new Int32Array(new SharedArrayBuffer(4))
  ignoreRejection(
    bench.runtime.scope(
      async (ctx) => {
        const aborting = ctx.spawn(stubborn, { gate })
        await ctx.spawn(failing, { message: 'no' }).settled()
        await ctx.spawn(flaky, { label: 'shard' })
        ctx.spawn(grove, { width: 2, depth: 2 })
        const settings = { rate: 0.01, width: 64, shape: 'relu' } as const
        for (let trial = 0; trial < 3; trial += 1) {
          const input = { trial, settings: { ...settings, width: 32 + trial }, steps: 3, stays: trial === 0 }
          ctx.spawn(learn, input, { name: `trial-${trial}` })
        }
        ctx.spawn(nap, undefined, { name: 'unwanted' }).cancel('not wanted')
        aborting.cancel('slow to go')
        await ctx.sleep(3_600_000)
      },
      { name: 'all' },
    ),
  )
  return gate
}

describeInBrowser('the console for everybody', () => {
  useBrowser()

  it.each([1000, 1440])(
    'has nothing for axe to find at %d px, in light, dark and forced colours',
    { timeout: 120_000 },
    async (width) => {
      await using bench = await ConsoleBench.start()
      const gate = startAll(bench)
      const page = await bench.open({ width, height: 800 })
      await page.getByRole('link', { name: 'all' }).waitFor()
      const found: string[] = []
      const look = async (what: string): Promise<void> => {
        found.push(...(await violationsInAllColours(page)).map((violation) => `${what}: ${violation}`))
      }
      await page.getByRole('region', { name: 'The process' }).waitFor()
      await look('runs')
      await page.getByRole('link', { name: 'all' }).click()
      await rowNamed(page, 'trial-2').getByText('epoch 3').waitFor()
      await look('timeline')
      await rowNamed(page, 'failing').locator('.row-name').click()
      await page.locator('.panel').getByText('Definition').waitFor()
      await look('panel of a failed one')
      await page.keyboard.press('?')
      await page.getByRole('dialog', { name: 'Keys' }).waitFor()
      await look('keys')
      await page.keyboard.press('Escape')
      await rowNamed(page, 'trial-1').locator('.row-name').click()
      await page.locator('.panel .u-over').first().waitFor()
      await look('panel with curves')
      await rowNamed(page, 'stubborn').locator('.row-name').click()
      await page.locator('.panel-grace').waitFor()
      await look('panel of an aborting one')
      await page.locator('.panel').press('Escape')
      await page.getByRole('button', { name: 'Threads', exact: true }).click()
      await page.locator('.threads-labels li').first().waitFor()
      await look('threads')
      await page.getByRole('button', { name: 'Sweep', exact: true }).click()
      await page.locator('.trials tbody tr').first().waitFor()
      await page.locator('.axis-sliders summary').click()
      await look('sweep')
      await page.getByRole('button', { name: 'Logs', exact: true }).click()
      await page.getByRole('button', { name: 'All of it: no room' }).click()
      await page.locator('.log-whole').waitFor()
      await look('logs')
      await page.getByRole('button', { name: 'Aborts', exact: true }).click()
      await page.getByRole('button', { name: /^By code, too/ }).click()
      await page.getByText('not wanted').first().waitFor()
      await look('aborts')
      await page.getByRole('button', { name: 'Abort run' }).click()
      await page.getByText(/^Stops/).waitFor()
      await look('dialog')
      Atomics.store(gate, 0, 1)
      await page.getByRole('button', { name: /^Abort \d+ actions/ }).click()
      await page.locator('.abort-strip').getByText('have ended').waitFor()
      await page.getByText('How, who and why').click()
      await look('strip of an abort')
      expect(found).toEqual([])
    },
  )

  it('takes six keys from the start of the page to an action that is aborted', async () => {
    await using bench = await ConsoleBench.start()
    const { page } = await openGrove(bench, { name: 'keys' })
    await rowNamed(page, 'leaf-1').waitFor()
    for (const key of ['Tab', 'Enter', 'ArrowDown', 'ArrowDown', 'Delete']) await page.keyboard.press(key)
    await page.getByRole('dialog', { name: 'Abort leaf-0 (a0.1)' }).waitFor()
    await page.keyboard.press('Enter')
    await rowNamed(page, 'leaf-0').getByText('aborted from outside · by console').waitFor()
    // It goes on in the table, and in the tab it is seen that the run does.
    expect(await page.evaluate(() => document.activeElement?.className)).toBe('grid')
    expect(await page.title()).toBe('keys: running · Heddle')
    expect(await page.locator('link[rel=icon]').getAttribute('href')).toMatch(/icon-live/)
  })

  it('has the keyboard in the field for the reason from the moment on in which the dialog is there', async () => {
    await using bench = await ConsoleBench.start()
    const { page } = await openGrove(bench, { name: 'moment' })
    await rowNamed(page, 'leaf-1').waitFor()
    // Told in the step in which it opens, and not after the next frame, when a key could have come.
    await page.evaluate(() => {
      new MutationObserver((_, observer) => {
        if (document.querySelector('dialog[open]') === null) return
        observer.disconnect()
        document.title = `with ${(document.activeElement as HTMLInputElement).name}`
      }).observe(document, { subtree: true, childList: true, attributes: true })
    })
    for (const key of ['Tab', 'Enter', 'ArrowDown', 'ArrowDown', 'Delete']) await page.keyboard.press(key)
    await page.getByRole('dialog', { name: 'Abort leaf-0 (a0.1)' }).waitFor()
    expect(await page.title()).toBe('with reason')
  })

  it('moves nothing where that is asked for', async () => {
    await using bench = await ConsoleBench.start()
    const { page } = await openGrove(bench, { name: 'still' })
    await rowNamed(page, 'leaf-1').waitFor()
    const moving = (): Promise<string[]> =>
      page.evaluate(() => {
        const durations = (value: string): boolean =>
          value.split(', ').some((one) => Number.parseFloat(one) > 0)
        return [...document.querySelectorAll('*')].flatMap((element) => {
          const { transitionDuration, animationDuration, animationName } = getComputedStyle(element)
          const isMoved =
            durations(transitionDuration) || (animationName !== 'none' && durations(animationDuration))
          return isMoved ? [element.getAttribute('class') ?? ''] : []
        })
      })
    for (const key of ['Tab', 'Enter', 'ArrowDown', 'Space']) await page.keyboard.press(key)
    await page.getByText('1 marked', { exact: true }).waitFor()
    expect(await moving()).toEqual(['selection-bar shown'])
    await page.emulateMedia({ reducedMotion: 'reduce' })
    expect(await moving()).toEqual([])
  })

  it(
    'has nothing for axe to find where there is nothing to show, in light, dark and forced colours',
    { timeout: 120_000 },
    async () => {
      await using bench = await ConsoleBench.start()
      await bench.runtime.scope(() => 1, { name: 'brief' })
      const found: string[] = []
      const look = async (path: string, words: string, more: PageOptions = {}): Promise<void> => {
        const page = await bench.open({ path, ...more })
        await page.getByText(words).first().waitFor()
        found.push(...(await violationsInAllColours(page)).map((violation) => `${words}: ${violation}`))
        await page.close()
      }
      await look('/runs/brief', 'This page needs a token', { token: 'none', expects: /401/ })
      await look('/runs/other', 'There is no run', { expects: /404/ })
      await look('/runs/brief?q=nothing', 'No action matches')
      await look('/runs/brief?view=sweep', 'No numbers were reported')
      await look('/runs/brief?view=aborts', 'Nothing was aborted')
      await look('/runs/brief?view=logs', 'Nothing was logged')
      await look('/?q=nothing', 'No run matches')
      const page = await bench.open({ path: '/runs/brief', expects: /Failed to load|ERR_/ })
      await rowNamed(page, 'brief').waitFor()
      await bench.server.close()
      await page.getByText('The program has closed its server').waitFor()
      found.push(...(await violationsInAllColours(page)).map((violation) => `without a server: ${violation}`))
      expect(found).toEqual([])
    },
  )

  it('draws what the colours of a chart mean in these colours, also where others are forced', async () => {
    await using bench = await ConsoleBench.start()
    startAll(bench)
    const page = await bench.open({ path: '/runs/all?view=sweep', forced: true })
    await page.locator('.trials tbody tr').first().waitFor()
    const swatches = await page.locator('.history .legend i').all()
    const drawn: string[] = []
    for (const swatch of swatches) drawn.push((await swatch.screenshot()).toString('base64'))
    expect(new Set(drawn).size).toBe(4)
  })

  it('tells the view that is chosen by its line, also where colours are forced', async () => {
    await using bench = await ConsoleBench.start()
    startAll(bench)
    // Neither the pointer nor the keyboard has been there.
    const page = await bench.open({ path: '/runs/all?view=threads', forced: true })
    await page.locator('.threads-labels li').first().waitFor()
    // What is drawn, since the colours that are forced stand in no style.
    const line = async (name: string): Promise<string> => {
      const tab = (await page.getByRole('button', { name, exact: true }).boundingBox())!
      const clip = { x: tab.x + 8, y: tab.y + tab.height - 2, width: 8, height: 2 }
      return (await page.screenshot({ clip })).toString('base64')
    }
    const others = await Promise.all(['Timeline', 'Logs', 'Aborts'].map(line))
    expect(new Set(others).size).toBe(1)
    expect(others).not.toContain(await line('Threads'))
  })

  it('shows all views beside the search, and all of an abort, where there is little room', async () => {
    await using bench = await ConsoleBench.start()
    startAll(bench)
    const page = await bench.open({ path: '/runs/all', width: 640, height: 400 })
    await page.locator('.row').nth(1).waitFor()
    const hidden = (selector: string): Promise<number> =>
      page.locator(selector).evaluate((element) => element.scrollWidth - element.clientWidth)
    expect(await hidden('.tabs'), 'tabs').toBe(0)
    await page.setViewportSize({ width: 390, height: 800 })
    await page.getByRole('button', { name: 'Aborts', exact: true }).click()
    await page.getByRole('button', { name: /^By code/ }).click()
    await page.locator('.records tbody tr').first().waitFor()
    expect(await hidden('.abort-list'), 'aborts').toBe(0)
    await page.getByRole('link', { name: 'Runs' }).click()
    await page.locator('.run-line').first().waitFor()
    expect(await hidden('.runs-table-frame'), 'runs').toBe(0)
  })

  it('is read on a phone: nothing is wider than it', async () => {
    await using bench = await ConsoleBench.start()
    startAll(bench)
    const page = await bench.open({ path: '/runs/all', width: 390, height: 800 })
    await rowNamed(page, 'trial-2').waitFor()
    const overflow = (): Promise<number> =>
      page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    for (const view of ['Timeline', 'Threads', 'Sweep', 'Logs', 'Aborts']) {
      await page.getByRole('button', { name: view, exact: true }).click()
      await page.locator('.run-view > *').first().waitFor()
      expect(await overflow(), view).toBe(0)
    }
    await page.getByRole('button', { name: 'Timeline', exact: true }).click()
    await rowNamed(page, 'failing').locator('.row-name').click()
    await page.locator('.panel').getByText('Definition').waitFor()
    expect(await overflow(), 'panel').toBe(0)
    const panel = (await page.locator('.panel').boundingBox())!
    expect(panel.width).toBe(390)
  })

  it('has colours for outcomes that keep apart for those who don’t tell red from green', async () => {
    await using bench = await ConsoleBench.start()
    for (const theme of ['light', 'dark'] as const) {
      const page = await bench.open({ theme })
      await page.getByText('No runs yet').waitFor()
      const colours = await page.evaluate(() =>
        ['running', 'succeeded', 'failed', 'aborted', 'timedOut'].map((phase) => {
          const probe = document.createElement('span')
          probe.className = `tint-${phase}`
          document.body.append(probe)
          const [red, green, blue] = getComputedStyle(probe)
            .color.match(/[\d.]+/g)!
            .map(Number)
          return { phase, rgb: [red!, green!, blue!] as const }
        }),
      )
      for (const [index, left] of colours.entries()) {
        for (const right of colours.slice(index + 1)) {
          for (const [kind, matrix] of Object.entries(DEFICIENCIES)) {
            const distance = distanceSeen(left.rgb, right.rgb, matrix)
            expect(distance, `${left.phase} and ${right.phase}, ${kind}, ${theme}`).toBeGreaterThan(10)
          }
        }
      }
    }
  })
})

type Triple = readonly [number, number, number]
type Matrix = readonly [Triple, Triple, Triple]

/** Machado, Oliveira and Fernandes 2009, severity 1.0, on linear RGB. */
const DEFICIENCIES: Readonly<Record<string, Matrix>> = {
  'full sight': [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
}

/** The distance of two colours in OKLab, times 100, as one sees them who sees by that matrix. */
function distanceSeen(left: Triple, right: Triple, matrix: Matrix): number {
  const [one, other] = [oklab(seen(left, matrix)), oklab(seen(right, matrix))]
  return 100 * Math.hypot(...one.map((value, index) => value - other[index]!))
}

function seen(rgb: Triple, matrix: Matrix): Triple {
  const linear = rgb.map((value) => {
    const share = value / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return matrix.map((row) =>
    Math.max(
      0,
      row.reduce((sum, factor, index) => sum + factor * linear[index]!, 0),
    ),
  ) as never
}

/** Ottosson 2020, of linear RGB. */
function oklab([red, green, blue]: Triple): number[] {
  const long = Math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
  const middle = Math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
  const short = Math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
  return [
    0.2104542553 * long + 0.793617785 * middle - 0.0040720468 * short,
    1.9779984951 * long - 2.428592205 * middle + 0.4505937099 * short,
    0.0259040371 * long + 0.7827717662 * middle - 0.808675766 * short,
  ]
}
