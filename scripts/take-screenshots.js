// Takes the pictures of README and docs/console.md: of the console, in light and dark, while it shows the sweep of
// examples/04-digits, in the typeface that most of its readers' systems come close to. `npm run screenshots`, or with a folder
// behind `--`: there, in place of docs/images. It needs a Chromium (HEDDLE_CHROMIUM says where, if it isn't in /usr/bin).
import { readFile, mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createRuntime } from 'heddle'
import { asha, sweep, tpe } from 'heddle/sweep'
import { chromium } from 'playwright-core'
import { loadDigits } from '../build/examples/04-digits/dataset.js'
import { space } from '../build/examples/04-digits/search-space.js'
import { trial } from '../build/examples/04-digits/trial.js'

const OUT = process.argv[2] ?? fileURLToPath(new URL('../docs/images/', import.meta.url))
const SIZE = { width: 1280, height: 720 }
const TRIALS = 200
const MAX_EPOCHS = 16
const SEED = 5
/** The trials before this one have ended when the pictures are taken; so few that it is soon, and the table doesn’t fold them. */
const FIRST_LASTING = 17
/**
 * What the trials from then on train, whatever the search has chosen for them: wide enough for seconds an epoch, and nothing that
 * diverges. They end by an abort only, so that nothing on the page goes away under the pointer, however slow the machine is.
 */
const LASTING = {
  hiddenUnits: 1024,
  initialisation: 'he',
  batchSize: 64,
  learningRate: 0.02,
  momentum: 0.5,
  l2: 1e-6,
}
const FONT = createRequire(import.meta.url).resolve(
  '@fontsource-variable/inter/files/inter-latin-wght-normal.woff2',
)

const runtime = createRuntime({ threads: 2 })
const browser = await chromium.launch({
  executablePath: process.env.HEDDLE_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'],
})
try {
  await mkdir(OUT, { recursive: true })
  const server = await runtime.serve({ discoverable: false })
  const typeface = await typefaceStyle()
  const study = search(await loadDigits())
  study.catch(() => {})
  await until(study, FIRST_LASTING - 1)
  for (const theme of /** @type {const} */ (['light', 'dark'])) {
    // What is put in for the typeface is none of the page's own, and its policy would refuse it.
    const context = await browser.newContext({
      viewport: SIZE,
      colorScheme: theme,
      deviceScaleFactor: 2,
      bypassCSP: true,
    })
    await context.addInitScript((style) => {
      // The first time, when the document has been read: ahead of the page's own script.
      document.addEventListener('readystatechange', () => {
        if (document.getElementById('typeface') !== null) return
        const element = document.createElement('style')
        element.id = 'typeface'
        element.textContent = style
        document.head.append(element)
      })
    }, typeface)
    const page = await context.newPage()
    await page.goto(server.link('digits'))
    await page.evaluate(() => document.fonts.load('13px Inter'))
    await shootTimeline(page, theme)
    await shootSweep(page, theme)
    await context.close()
  }
} finally {
  await browser.close()
  await runtime.close({ graceMs: 2000 })
}

/** The tree, opened, with an abort of a trial that somebody asked for, and what has become of it. */
async function shootTimeline(page, theme) {
  await page.locator('.row').nth(1).waitFor()
  await page.getByRole('treegrid').focus()
  await page.keyboard.press('End')
  const trial = page.locator('.row[aria-level="2"]:has(.tint-running)').first()
  await trial.locator('.row-name').hover()
  await trial.getByRole('button', { name: /^Abort/ }).click()
  await page.getByLabel('Reason').fill('learns too slowly')
  await page.getByLabel('Who', { exact: true }).fill('Ada')
  await page.keyboard.press('Enter')
  await page.locator('.abort-strip').getByText('It has ended').waitFor()
  await page.keyboard.press('End')
  await page.mouse.move(640, 20)
  await shoot(page, `console-timeline-${theme}`)
  await page.getByRole('button', { name: 'Done' }).click()
}

async function shootSweep(page, theme) {
  await page.getByRole('button', { name: 'Sweep', exact: true }).click()
  await page.locator('.trials tbody tr').nth(2).waitFor()
  await page.locator('.history .dot.best').waitFor()
  await page.mouse.move(640, 20)
  await shoot(page, `console-sweep-${theme}`)
}

/** Searches as the example does, without an end before the pictures are taken. */
function search(digits) {
  return sweep(runtime, trial, {
    name: 'digits',
    space,
    input: (configuration, { number }) => {
      const lasts = number >= FIRST_LASTING
      return {
        configuration: lasts ? LASTING : configuration,
        trial: number,
        digits,
        seed: SEED,
        maxEpochs: lasts ? Infinity : MAX_EPOCHS,
        target: lasts ? Infinity : 0.99,
      }
    },
    metric: 'accuracy',
    direction: 'maximize',
    step: 'epoch',
    maxSteps: MAX_EPOCHS,
    sampler: tpe({ seed: SEED }),
    pruner: sparing(asha({ minSteps: 1, reduction: 3 })),
    trials: TRIALS,
    concurrency: 4,
  })
}

/** Stops as the pruner does, but no trial that is to last. */
function sparing(pruner) {
  return {
    ...pruner,
    start(options) {
      const search = pruner.start(options)
      return {
        ...search,
        decide: (report) => (report.trial >= FIRST_LASTING ? undefined : search.decide(report)),
      }
    },
  }
}

/** Resolves when so many trials have ended. */
async function until(study, count) {
  for await (const { counts } of study.reports()) {
    const ended = Object.values(counts).reduce((sum, each) => sum + each, 0) - counts.running
    if (ended >= count) return
  }
}

/** The style that has the page use the typeface, which it holds. */
async function typefaceStyle() {
  const font = (await readFile(FONT)).toString('base64')
  return `@font-face { font-family: Inter; font-weight: 100 900; src: url(data:font/woff2;base64,${font}) }
:root { --font: Inter, sans-serif !important }`
}

async function shoot(page, name) {
  const path = join(OUT, `${name}.png`)
  await page.screenshot({ path })
  console.log(path)
}
