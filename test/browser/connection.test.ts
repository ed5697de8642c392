import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { nap } from '#fixtures/console.js'
import {
  chip,
  ConsoleBench,
  describeInBrowser,
  ignoreRejection,
  openGrove,
  pressInRow,
  rowNamed,
  useBrowser,
} from './console-page.js'

describeInBrowser('the console and its server', () => {
  useBrowser()

  it('takes the token out of the address, and needs it only once', async () => {
    await using bench = await ConsoleBench.start()
    ignoreRejection(bench.runtime.run(nap, undefined, { name: 'nap' }))
    const page = await bench.open({ path: '/runs/nap?view=threads' })
    await chip(page, 'running', 1).waitFor()
    expect(page.url()).toBe(`${bench.server.url}/runs/nap?view=threads`)
    await page.reload()
    await chip(page, 'running', 1).waitFor()
    const second = await bench.open({ path: '/runs/nap', token: 'none' }, page)
    await chip(second, 'running', 1).waitFor()
  })

  it('asks for a token where there is none, and says when it is wrong', async () => {
    await using bench = await ConsoleBench.start()
    const page = await bench.open({ token: 'none', expects: /status of 401/ })
    await page.getByText('This page needs a token').waitFor()
    // It says how one comes by a link that opens.
    await page.getByText('npx heddle open', { exact: true }).waitFor()
    await page.getByLabel('Token').fill('guess')
    await page.getByRole('button', { name: 'Open' }).click()
    await page.getByText('That token isn’t right').waitFor()
    await page.getByLabel('Token').fill(bench.server.token)
    await page.getByRole('button', { name: 'Open' }).click()
    await page.getByText('No runs yet').waitFor()
  })

  it('shows the same in two tabs, and what one of them does in the other', async () => {
    await using bench = await ConsoleBench.start()
    const { page: first } = await openGrove(bench)
    const second = await bench.open({ path: '/runs/grove', token: 'none' }, first)
    await chip(second, 'running', 3).waitFor()
    await pressInRow(first, 'leaf-0', 'Abort leaf-0')
    await first.getByLabel('Reason').fill('from the first tab')
    await first.getByRole('button', { name: 'Abort 1 action' }).click()
    await rowNamed(second, 'leaf-0').getByText('from the first tab').waitFor()
    await chip(second, 'aborted', 1).waitFor()
  })

  it('says that the server is gone, shows since when, and goes on when it is back', async () => {
    await using bench = await ConsoleBench.start()
    const { page } = await openGrove(bench, { expects: /Failed to load resource|ERR_/ })
    const { port, token } = bench.server
    await bench.server.close()
    await page.getByText('The program has closed its server').waitFor()
    await page.locator('.link-state').getByText('Server closed').waitFor()
    // Its tab doesn't say either that anything runs.
    await expect.poll(() => page.title()).toBe('grove: server closed · Heddle')
    // What was known is still there, and time stands still.
    expect(await page.locator('.row').count()).toBe(3)
    expect(await page.getByRole('button', { name: 'Abort run' }).count()).toBe(0)
    const elapsed = await page.locator('.tile-value').first().textContent()
    bench.runtime.abort('grove', 'a0.1', { reason: 'while nobody looked' })
    bench.server = await bench.runtime.serve({ discoverable: false, port, token })
    await page.locator('.link-state').getByText('Live').waitFor()
    await expect.poll(() => page.title()).toBe('grove: running · Heddle')
    await rowNamed(page, 'leaf-0').getByText('while nobody looked').waitFor()
    expect(await page.locator('.notice').count()).toBe(0)
    await page.waitForFunction(
      (before) => document.querySelector('.tile-value')!.textContent !== before,
      elapsed,
    )
  })

  it('says that the process is gone that was killed, and greys what ran', { timeout: 60_000 }, async () => {
    await using bench = await ConsoleBench.start()
    const page = await bench.open({ expects: /Failed to load resource|ERR_/ })
    const program = `
      import { createRuntime } from 'heddle'
      const runtime = createRuntime({ threads: 1 })
      const server = await runtime.serve({ discoverable: false })
      runtime.scope((ctx) => ctx.sleep(3_600_000), { name: 'last' }).catch(() => {})
      console.log(server.link('last'))`
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    try {
      child.stdout.setEncoding('utf8')
      const [link] = (await once(child.stdout, 'data')) as [string]
      await page.goto(link.trim())
      await chip(page, 'running', 1).waitFor()
    } finally {
      child.kill('SIGKILL')
    }
    await page.getByText('Connection lost').first().waitFor()
    await page
      .getByText(`The process (pid ${child.pid}) has ended, or can’t be reached`)
      .waitFor({ timeout: 30_000 })
    const bars = page.locator('canvas.bars')
    expect(await bars.evaluate((element) => getComputedStyle(element).filter)).toBe('grayscale(1)')
  })

  it('says that the program is another one, and keeps showing what was known', async () => {
    await using bench = await ConsoleBench.start()
    const { page } = await openGrove(bench, { expects: /Failed to load resource|ERR_/ })
    const { port } = bench.server
    await bench.server.close()
    await using other = await ConsoleBench.start({}, { port, token: 'the-token-of-another-program' })
    await page.getByText('The server doesn’t know this page any more').waitFor()
    expect(await page.locator('.row').count()).toBe(3)
    await page.getByRole('button', { name: 'Enter a token' }).click()
    await page.getByLabel('Token').fill(other.server.token)
    await page.getByRole('button', { name: 'Open' }).click()
    // That one has no such run.
    await page.getByText('There is no run ‘grove’').waitFor()
  })

  it('names the nearest where a run isn’t there', async () => {
    await using bench = await ConsoleBench.start()
    ignoreRejection(bench.runtime.run(nap, undefined, { name: 'digits' }))
    const page = await bench.open({ path: '/runs/digit', expects: /status of 404/ })
    await page.getByText('There is no run ‘digit’').waitFor()
    await page.getByRole('link', { name: 'digits' }).click()
    await chip(page, 'running', 1).waitFor()
    await page.goto(`${bench.server.url}/runs/digits/nowhere`)
    await page.getByText('There is nothing at this address').waitFor()
  })

  it('saves a run as JSON and as a trace', async () => {
    await using bench = await ConsoleBench.start()
    const { page } = await openGrove(bench, { name: 'grove/1' })
    const save = async (label: string): Promise<{ name: string; content: unknown }> => {
      await page.locator('summary', { hasText: 'Export' }).click()
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: label }).click(),
      ])
      const content: unknown = JSON.parse(await readFile(await download.path(), 'utf8'))
      return { name: download.suggestedFilename(), content }
    }
    // The menu goes with a press elsewhere, and with Escape.
    const item = page.getByRole('button', { name: 'JSON' })
    await page.locator('summary', { hasText: 'Export' }).click()
    await item.waitFor()
    await page.getByRole('heading', { name: 'grove/1' }).click()
    await item.waitFor({ state: 'hidden' })
    await page.locator('summary', { hasText: 'Export' }).click()
    await page.keyboard.press('Escape')
    await item.waitFor({ state: 'hidden' })
    const json = await save('JSON')
    expect(json.name).toMatch(/^grove_1-[\d-]+\.json$/)
    expect((json.content as { actions: { name: string }[] }).actions.map(({ name }) => name)).toEqual([
      'grove',
      'leaf-0',
      'leaf-1',
    ])
    const trace = await save('Chrome trace')
    expect(trace.name).toMatch(/^grove_1-[\d-]+\.trace\.json$/)
    expect((trace.content as { traceEvents: unknown[] }).traceEvents.length).toBeGreaterThan(2)
  })
})
