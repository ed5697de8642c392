import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import type { ActionItem } from '../../src/control/api.js'
import { showDuration } from '../../src/console/model/words/show-duration.js'
import {
  blink,
  failing,
  flaky,
  grove,
  nap,
  patient,
  retried,
  spin,
  stubborn,
  type Gate,
} from '#fixtures/console.js'
import {
  chip,
  ConsoleBench,
  describeInBrowser,
  ignoreRejection,
  openGrove,
  promised,
  rowNamed,
  useBrowser,
} from './console-page.js'

/** A canvas is painted with the frame after. */
const POLLING = { timeout: 10_000 }

/** Names of the rows in sight. */
function names(page: Page): Promise<string[]> {
  return page.locator('.row .row-name').allTextContents()
}

/** How many frames in the colour of failures there are along the middle of a canvas's first bar. */
function framesIn(page: Page, canvas: string): Promise<number> {
  return page.evaluate((selector) => {
    const element = document.querySelector<HTMLCanvasElement>(selector)!
    const probe = document.createElement('span')
    probe.className = 'tint-failed'
    document.body.append(probe)
    const [red, green, blue] = getComputedStyle(probe)
      .color.match(/[\d.]+/g)!
      .map(Number)
    probe.remove()
    const ratio = element.height / element.clientHeight
    const { data } = element.getContext('2d')!.getImageData(0, Math.round(16 * ratio), element.width, 1)
    let edges = 0
    let wasEdge = false
    for (let at = 0; at < data.length; at += 4) {
      const isEdge =
        data[at + 3]! > 150 &&
        Math.abs(data[at]! - red!) + Math.abs(data[at + 1]! - green!) + Math.abs(data[at + 2]! - blue!) < 30
      if (isEdge && !wasEdge) edges += 1
      wasEdge = isEdge
    }
    return edges / 2
  }, canvas)
}

describeInBrowser('the page of a run', () => {
  useBrowser()

  it('shows the tree live, and each outcome', async () => {
    await using bench = await ConsoleBench.start()
    const end = promised()
    const run = bench.runtime.scope(
      async (ctx) => {
        ctx.spawn(nap, undefined, { name: 'sleeper' })
        await ctx.spawn(blink, 1)
        await ctx.spawn(failing, { message: 'disk full' }).settled()
        await ctx.spawn(nap, undefined, { name: 'late', timeout: 10 }).settled()
        ctx.spawn(nap, undefined, { name: 'unwanted' }).cancel('changed my mind')
        await end.kept
      },
      { name: 'outcomes' },
    )
    const page = await bench.open({ path: '/runs/outcomes' })
    await rowNamed(page, 'unwanted').getByText('changed my mind').waitFor()
    for (const [phase, count] of [
      ['running', 2],
      ['succeeded', 1],
      ['failed', 1],
      ['aborted', 1],
      ['timed out', 1],
    ] as const) {
      await chip(page, phase, count).waitFor()
    }
    await rowNamed(page, 'failing').getByText('QuotaError: disk full').waitFor()
    await page.locator('.tile', { hasText: 'Freed by aborts' }).getByText('2 stopped').waitFor()
    end.keep()
    await run
    // The sleeper was still there when the root ended: it went with it.
    await chip(page, 'aborted', 2).waitFor()
    await page.locator('.run-title').getByText('succeeded').waitFor()
  })

  it('shows a run anew that takes the name of one that has ended', async () => {
    await using bench = await ConsoleBench.start()
    const { page, run: first } = await openGrove(bench, { name: 'twin', children: 5 })
    first.cancel('to make room')
    await chip(page, 'aborted', 6).waitFor()
    await first.settled()
    ignoreRejection(bench.runtime.run(grove, { width: 2, depth: 1 }, { name: 'twin' }))
    await chip(page, 'running', 3).waitFor()
    await chip(page, 'aborted', 0).waitFor()
    expect(await names(page)).toEqual(['grove', 'leaf-0', 'leaf-1'])
  })

  it('shows every attempt of what is tried again, on the timeline and by thread, and its time from the first', async () => {
    await using bench = await ConsoleBench.start()
    await bench.runtime.run(retried, undefined, { name: 'retried' })
    ignoreRejection(bench.runtime.run(patient, undefined, { name: 'patient' }))
    const page = await bench.open({ path: '/runs/retried?action=a0' })
    await page.locator('.panel').getByText('Attempts (3)').waitFor()
    await page.locator('.panel').getByText('attempt 3 started').waitFor()
    // Along the middle of the row: a wait in dots, and between them two frames in the colour of failures.
    await expect.poll(() => framesIn(page, 'canvas.bars'), POLLING).toBe(2)
    await page.getByRole('button', { name: 'Close the panel' }).click()
    await page.getByRole('button', { name: 'Threads', exact: true }).click()
    await page.locator('.threads-labels li').getByText('1 action').waitFor()
    await expect.poll(() => framesIn(page, '.threads-lanes canvas'), POLLING).toBe(2)
    // From the first start to the end, as the server has both.
    const { items } = (await (
      await fetch(`${bench.server.url}/api/v1/runs/retried/actions`, {
        headers: { authorization: `Bearer ${bench.server.token}` },
      })
    ).json()) as { items: ActionItem[] }
    const [root] = items
    expect(root!.startedAt).toBeLessThan(root!.earlier![0]!.endedAt)
    const elapsed = await page.locator('.tile', { hasText: 'Elapsed' }).locator('.tile-value').textContent()
    expect(elapsed).toBe(showDuration(root!.settledAt! - root!.startedAt!))

    await page.goto(`${bench.server.url}/runs/patient`)
    await page
      .locator('.row')
      .getByText(/attempt 1 failed, again in \d+ m \d\d s/)
      .waitFor({ state: 'attached' })
  })

  it('counts the grace of what is aborting down, and draws it hatched', async () => {
    await using bench = await ConsoleBench.start()
    const gate: Gate = new Int32Array(new SharedArrayBuffer(4))
    const run = bench.runtime.run(stubborn, { gate }, { name: 'stubborn', graceMs: 90_000 })
    const page = await bench.open({ path: '/runs/stubborn' })
    await chip(page, 'running', 1).waitFor()
    bench.runtime.abort('stubborn', { reason: 'now' })
    await chip(page, 'aborting', 1).waitFor()
    const words = page.locator('.row').getByText(/aborting for \d+ s, force in .* s/)
    await words.waitFor({ state: 'attached' })
    const before = await words.textContent()
    // It goes on counting, without any event.
    await page.waitForFunction(
      (first) => document.querySelector('.row .cell-time')?.textContent !== first,
      before,
    )
    // Along the bar, the colour of aborting comes and goes: that is the hatching.
    const changes = await page.evaluate(() => {
      const canvas = document.querySelector<HTMLCanvasElement>('canvas.bars')!
      const pen = canvas.getContext('2d')!
      const y = Math.round((13 / canvas.clientHeight) * canvas.height)
      const { data } = pen.getImageData(0, y, canvas.width, 1)
      let count = 0
      let wasStrong = false
      for (let at = 0; at < data.length; at += 4) {
        const isStrong = data[at]! > 150 && data[at + 2]! < 90 && data[at + 3]! > 200
        if (isStrong !== wasStrong) count += 1
        wasStrong = isStrong
      }
      return count
    })
    expect(changes).toBeGreaterThan(6)
    Atomics.store(gate, 0, 1)
    await page.locator('.run-title').getByText('aborted').waitFor()
    expect(await run.settled()).toMatchObject({ how: 'cooperative' })
  })

  it('zooms by a brush, by keys, and follows what happens now', async () => {
    await using bench = await ConsoleBench.start()
    const { page } = await openGrove(bench)
    const track = page.locator('.track')
    const box = (await track.boundingBox())!
    await page.mouse.move(box.x + box.width * 0.2, box.y + 60)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * 0.5, box.y + 60, { steps: 4 })
    await page.locator('.brush').waitFor()
    await page.mouse.up()
    const whole = page.getByRole('button', { name: 'Show the whole run' })
    await page.waitForFunction(
      () => !document.querySelector<HTMLButtonElement>('[aria-label="Show the whole run"]')!.disabled,
    )
    // It is the brush that made it: the axis no longer begins at 0.
    await page.locator('.tick').getByText('0', { exact: true }).waitFor({ state: 'detached' })
    await whole.click()
    await page.locator('.tick').getByText('0', { exact: true }).waitFor()
    // Along the overview, too.
    const overview = (await page.locator('.overview').boundingBox())!
    await page.mouse.move(overview.x + overview.width * 0.3, overview.y + 20)
    await page.mouse.down()
    await page.mouse.move(overview.x + overview.width * 0.6, overview.y + 20, { steps: 4 })
    await page.mouse.up()
    await page.locator('.tick').getByText('0', { exact: true }).waitFor({ state: 'detached' })
    await page.getByRole('treegrid').focus()
    await page.keyboard.press('0')
    await page.locator('.tick').getByText('0', { exact: true }).waitFor()
    await page.keyboard.press('f')
    await page.locator('[aria-label="Follow live"][aria-pressed="true"]').waitFor()
    // The window moves on with the time.
    const before = await page.locator('.axis').textContent()
    await page.waitForFunction((first) => document.querySelector('.axis')!.textContent !== first, before)
  })

  it('shows what ran on which thread', async () => {
    await using bench = await ConsoleBench.start()
    const end = promised()
    ignoreRejection(
      bench.runtime.scope(
        async (ctx) => {
          const spinning = [
            ctx.spawn(spin, undefined, { name: 'left' }),
            ctx.spawn(spin, undefined, { name: 'right' }),
          ]
          ctx.spawn(nap, undefined)
          await end.kept
          for (const handle of spinning) handle.cancel('seen', { force: true })
        },
        { name: 'threads' },
      ),
    )
    const page = await bench.open({ path: '/runs/threads?view=threads' })
    await chip(page, 'running', 4).waitFor()
    const labels = page.locator('.threads-labels li')
    // The one that only waits is on the thread for those.
    await labels.getByText('shared', { exact: true }).waitFor()
    const texts = await labels.allTextContents()
    expect(texts).toHaveLength(4)
    for (const text of texts) expect(text).toMatch(/^(main|thread \d+( shared)?)open \d+ % · 1 action/)
    await page.locator('.tile', { hasText: 'Threads busy' }).getByText('2 of 2').waitFor()
    // A click on a bar opens that action.
    const canvas = page.locator('.threads-lanes canvas')
    const box = (await canvas.boundingBox())!
    await page.mouse.click(box.x + box.width * 0.8, box.y + 60)
    await page.getByRole('complementary', { name: /Action a0\.[123]/ }).waitFor()
    // The wheel zooms, with ctrl; after that, there is something to zoom out of.
    const whole = page.getByRole('button', { name: 'Show the whole run' })
    expect(await whole.isDisabled()).toBe(true)
    await page.mouse.move(box.x + box.width / 4, box.y + 60)
    await page.keyboard.down('Control')
    await page.mouse.wheel(0, -120)
    await page.keyboard.up('Control')
    await page.waitForFunction(
      () => !document.querySelector<HTMLButtonElement>('[aria-label="Show the whole run"]')!.disabled,
    )
    end.keep()
  })

  it('shows everything that is known of an action', async () => {
    await using bench = await ConsoleBench.start()
    const end = promised()
    ignoreRejection(
      bench.runtime.scope(
        async (ctx) => {
          await ctx.spawn(failing, { message: 'quota exceeded', secret: 'x'.repeat(200_000) }).settled()
          await ctx.spawn(flaky, { label: 'shard' })
          const handle = ctx.spawn(nap, undefined, { name: 'stopped' })
          while (handle.phase === 'queued') await ctx.sleep(1)
          handle.cancel(new Error('too slow', { cause: new RangeError('42 is too much') }))
          await end.kept
        },
        { name: 'panel' },
      ),
    )
    const page = await bench.open({ path: '/runs/panel?action=a0.1' })
    const panel = page.locator('.panel')
    // The same words stand in its input, which is there before it has ended.
    await panel.locator('.error-name').nth(2).waitFor()
    expect(await panel.getByText('quota exceeded').count()).toBeGreaterThan(1)
    expect(await panel.locator('.error-name').allTextContents()).toEqual(['QuotaError', 'TypeError', 'Error'])
    expect(await panel.getByText('ENOSPC: no space left on device').count()).toBeGreaterThan(0)
    expect(await panel.locator('dt', { hasText: 'quota' }).locator('xpath=../dd').textContent()).toBe('512')
    await panel.locator('.stack summary').first().click()
    expect(await panel.locator('.stack pre').first().textContent()).toContain('console.js')
    // Input is cut to a size, and says so; the log is there.
    await panel.getByText('Parts of it were left out').first().waitFor()
    await panel.locator('.log-row').nth(1).waitFor()
    expect((await panel.locator('.log-row').allTextContents()).join(' ')).toMatch(
      /info.*about to write path \/data\/out.*error.*no room left 0/,
    )

    await rowNamed(page, 'flaky').locator('.row-name').click()
    await panel.getByText('Attempts (3)').waitFor()
    expect(await panel.locator('.attempts').textContent()).toMatch(
      /Attempt 1.*attempt 1 of shard is out of range.*Attempt 2.*attempt 2 of shard.*Attempt 3.*succeeded/,
    )
    // What failed is said once, not which action it was.
    expect(await panel.locator('.attempts').textContent()).not.toContain('failed with')
    expect(await panel.getByText("label: 'shard', attempts: 3").count()).toBe(1)

    await rowNamed(page, 'stopped').locator('.row-name').click()
    await panel.getByText('Why it was stopped').waitFor()
    await panel.locator('.reason').getByText('42 is too much', { exact: true }).waitFor()
    expect(await panel.locator('.reason').first().textContent()).toMatch(
      /too slow.*cancelled by the code.*this action/,
    )
    const steps = await panel.locator('.steps th').allTextContents()
    expect(steps).toEqual(['queued', 'started', 'abort requested', 'abort seen inside', 'aborted'])
    end.keep()
  })
})
