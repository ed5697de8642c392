// A real Chromium, for what the console costs.

import { existsSync } from 'node:fs'
import { chromium, type Browser } from 'playwright-core'
import { write } from './reporting/print.js'

const CHROMIUM = process.env['HEDDLE_CHROMIUM'] ?? '/usr/bin/chromium'

/** Starts it; says so and gives nothing where there is none. */
export async function launchBrowser(): Promise<Browser | undefined> {
  if (!existsSync(CHROMIUM)) {
    write(`  left out: there is no Chromium at ${CHROMIUM}; HEDDLE_CHROMIUM says where else`)
    return undefined
  }
  return chromium.launch({
    executablePath: CHROMIUM,
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  })
}
