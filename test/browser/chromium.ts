// Finds a Chromium on this machine. Nothing is downloaded: where there is none, the tests that need one are left out, and
// `npm test` says so; with HEDDLE_BROWSER_TESTS=always, as in CI, that is an error instead, and with `never` none is used.

import { existsSync } from 'node:fs'

const PLACES: readonly string[] = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/snap/bin/chromium',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/** Where Chromium is, or `undefined`. `HEDDLE_CHROMIUM` says where else to look. */
export const chromiumPath: string | undefined =
  process.env['HEDDLE_BROWSER_TESTS'] === 'never'
    ? undefined
    : [process.env['HEDDLE_CHROMIUM'] ?? '', ...PLACES].find((path) => path !== '' && existsSync(path))

/** Without background requests, which a machine without a network would refuse by the dozen. */
export const chromiumArguments: readonly string[] = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Vitest calls it once, before all tests. */
export default function announce(): void {
  if (chromiumPath !== undefined) return
  if (process.env['HEDDLE_BROWSER_TESTS'] === 'never') {
    console.warn('\n  NOT RUN: the tests of the console (test/browser): HEDDLE_BROWSER_TESTS is "never".\n')
    return
  }
  const message =
    'no Chromium was found, so the tests of the console (test/browser) are left out. ' +
    'Install one (Debian: apt-get install chromium), or set HEDDLE_CHROMIUM to its path'
  if (process.env['HEDDLE_BROWSER_TESTS'] === 'always') throw new Error(message)
  console.warn(`\n  NOT RUN: ${message}.\n`)
}
