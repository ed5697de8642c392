// Takes the screenshots of docs/console.md: of the console, in light and dark, while it shows the sweep of examples/04-digits.
// `npm run screenshots`, with a Chromium on this machine (HEDDLE_CHROMIUM says where, if it isn't in /usr/bin).
import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { createRuntime } from 'heddle'
import { asha, sweep, tpe } from 'heddle/sweep'
import { chromium } from 'playwright-core'
import { loadDigits } from '../build/examples/04-digits/dataset.js'
import { space } from '../build/examples/04-digits/search-space.js'
import { trial } from '../build/examples/04-digits/trial.js'

const OUT = fileURLToPath(new URL('../docs/images/', import.meta.url))
const SIZE = { width: 1360, height: 880 }
const TRIALS = 48
const MAX_EPOCHS = 16
const SEED = 5

const runtime = createRuntime({ threads: 2 })
const browser = await chromium.launch({
  executablePath: process.env.HEDDLE_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'],
})
try {
  await mkdir(OUT, { recursive: true })
  const server = await runtime.serve({ discoverable: false })
  const digits = await loadDigits()
  const study = search(digits)
  study.catch(() => {})
  await until(study, 14)
  for (const theme of /** @type {const} */ (['light', 'dark'])) {
    const context = await browser.newContext({ viewport: SIZE, colorScheme: theme, deviceScaleFactor: 1.5 })
    const page = await context.newPage()
    await page.goto(server.link('digits'))
    await page.locator('.row').nth(5).waitFor()
    await shoot(page, `console-timeline-${theme}`)
    await page.getByRole('button', { name: 'Sweep', exact: true }).click()
    await page.locator('.trials tbody tr').nth(2).waitFor()
    await page.locator('.curves .u-over').hover({ position: { x: 300, y: 60 } })
    await shoot(page, `console-sweep-${theme}`)
    await context.close()
  }
} finally {
  await browser.close()
  await runtime.close({ graceMs: 2000 })
}

/** Searches as the example does, without an end before the pictures are taken. */
function search(digits) {
  return sweep(runtime, trial, {
    name: 'digits',
    space,
    input: (configuration, { number }) => ({
      configuration,
      trial: number,
      digits,
      seed: SEED,
      maxEpochs: MAX_EPOCHS,
      target: 0.99,
    }),
    metric: 'accuracy',
    direction: 'maximize',
    step: 'epoch',
    maxSteps: MAX_EPOCHS,
    sampler: tpe({ seed: SEED }),
    pruner: asha({ minSteps: 1, reduction: 3 }),
    trials: TRIALS,
    concurrency: 4,
  })
}

/** Resolves when so many trials have ended. */
async function until(study, count) {
  for await (const { counts } of study.reports()) {
    const ended = Object.values(counts).reduce((sum, each) => sum + each, 0) - counts.running
    if (ended >= count) return
  }
}

async function shoot(page, name) {
  await page.screenshot({ path: `${OUT}${name}.png` })
  console.log(`docs/images/${name}.png`)
}
