// Takes the screenshots of the README: of the console, in light and dark, while it shows a real search of examples/04-digits.
// `npm run screenshots`, with a Chromium on this machine (HEDDLE_CHROMIUM says where, if it isn't in /usr/bin).
import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { createRuntime } from 'heddle'
import { chromium } from 'playwright-core'
import { loadDigits } from '../build/examples/04-digits/dataset.js'
import { trial } from '../build/examples/04-digits/trial.js'

const OUT = fileURLToPath(new URL('../docs/images/', import.meta.url))
const SIZE = { width: 1360, height: 880 }
const TRIALS = 48
const MAX_EPOCHS = 16
/** A trial whose best is below the median of the others at the same epoch is stopped, from this epoch on. */
const FIRST_JUDGED_EPOCH = 2

const runtime = createRuntime({ threads: 2 })
const browser = await chromium.launch({
  executablePath: process.env.HEDDLE_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'],
})
try {
  await mkdir(OUT, { recursive: true })
  const server = await runtime.serve({ discoverable: false })
  const digits = await loadDigits()
  const run = runtime.scope((ctx) => search(ctx, digits), { name: 'digits' })
  run.catch(() => {})
  await until(run, 14)
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
    if (theme === 'light') {
      await page.getByRole('button', { name: 'Timeline', exact: true }).click()
      await page.getByRole('button', { name: /^running \d/ }).click()
      await page.getByRole('searchbox').fill('trial')
      await page.getByRole('button', { name: 'Abort matching' }).click()
      await page.getByLabel('Reason').fill('the learning rates are all too low')
      await shoot(page, 'console-abort-light')
      await page.getByRole('button', { name: 'Keep running' }).click()
    }
    await context.close()
  }
} finally {
  await browser.close()
  await runtime.close({ graceMs: 2000 })
}

/** Trains networks with settings drawn by a generator of its own, so that the pictures are alike each time. */
async function search(ctx, digits) {
  const random = mulberry32(5)
  const best = new Map()
  const trials = Array.from({ length: TRIALS }, (_, index) => {
    const configuration = {
      hiddenUnits: 16 * (1 + Math.floor(random() * 8)),
      initialisation: random() < 0.5 ? 'he' : 'glorot',
      batchSize: [16, 32, 64, 128][Math.floor(random() * 4)],
      learningRate: 10 ** (-3 + 3 * random()),
      momentum: Number((random() * 0.95).toFixed(2)),
      l2: 10 ** (-6 + 4 * random()),
    }
    const input = { trial: index + 1, configuration, digits, seed: 5, maxEpochs: MAX_EPOCHS, target: 0.99 }
    return ctx.spawn(trial, input, { name: `trial-${index + 1}` })
  })
  const judge = async (handle) => {
    for await (const { epoch, accuracy } of handle.reports()) {
      const at = best.get(epoch) ?? []
      at.push(accuracy)
      best.set(epoch, at)
      const median = at.toSorted((left, right) => left - right)[at.length >> 1]
      if (epoch >= FIRST_JUDGED_EPOCH && at.length > 3 && accuracy < median) {
        handle.cancel(`${percent(accuracy)} in epoch ${epoch}, below the median ${percent(median)}`)
      }
    }
  }
  await Promise.all(trials.map((handle) => judge(handle)))
  for (const handle of trials) await handle.settled()
}

/** Resolves when so many trials have ended. */
async function until(run, count) {
  for await (const event of runtime.events()) {
    if (event.type === 'snapshot' || event.type === 'gap') continue
    const ended = run.actions().filter(({ settledAt }) => settledAt !== undefined).length
    if (ended >= count || run.phase !== 'running') return
  }
}

async function shoot(page, name) {
  await page.screenshot({ path: `${OUT}${name}.png` })
  console.log(`docs/images/${name}.png`)
}

function percent(share) {
  return `${(100 * share).toFixed(1)} %`
}

/** A small generator of numbers from 0 to 1, in the public domain (Tommy Ettinger). */
function mulberry32(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
