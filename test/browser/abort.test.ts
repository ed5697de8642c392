import { expect, it } from 'vitest'
import { careful, failing, grove, nap, spin, stubborn, type Gate } from '#fixtures/console.js'
import {
  abortMarked,
  chip,
  ConsoleBench,
  describeInBrowser,
  ignoreRejection,
  openGrove,
  pressInRow,
  promised,
  rowNamed,
  useBrowser,
} from './console-page.js'

describeInBrowser('aborts in the console', () => {
  useBrowser()

  it('aborts an action, and the parent that awaits it catches who and why, and goes on', async () => {
    await using bench = await ConsoleBench.start()
    const run = bench.runtime.run(careful, { children: 3 }, { name: 'careful' })
    const page = await bench.open({ path: '/runs/careful' })
    await pressInRow(page, 'worker-1', 'Abort worker-1')
    await page.getByText('Stops 1 live action').waitFor()
    await page.getByLabel('Reason').fill('not this one')
    await page.getByLabel('Who', { exact: true }).fill('Ada')
    await page.getByRole('button', { name: 'Abort 1 action' }).click()
    await page.getByText('1 requested, 1 acknowledged, 0 forced').waitFor()
    expect(await run).toContain('worker-1: not this one (by Ada)')
    await page.getByRole('button', { name: 'Done' }).click()
    await rowNamed(page, 'worker-1').getByText('not this one · by Ada').waitFor()
    await page.locator('.run-title').getByText('succeeded').waitFor()
    // It is on record, with how it went.
    await page.getByRole('button', { name: 'Aborts', exact: true }).click()
    const line = page.getByRole('row', { name: /not this one/ })
    await line.getByText('1 requested, 1 acknowledged, 0 forced').waitFor()
    expect(await line.textContent()).toMatch(/worker-1.*Ada · external/)
  })

  it('aborts a subtree and says how many that is', async () => {
    await using bench = await ConsoleBench.start()
    const { page } = await openGrove(bench, { children: 3, depth: 2 })
    await rowNamed(page, 'branch-1').locator('.row-name').click()
    await page.getByRole('button', { name: 'Abort subtree' }).click()
    await page.getByText('Stops 4 live actions: it and 3 under it').waitFor()
    await page.getByRole('button', { name: 'Abort 4 actions' }).click()
    await page.getByText('4 requested, 4 acknowledged, 0 forced').waitFor()
    await page.getByRole('button', { name: 'Done' }).click()
    await chip(page, 'aborted', 4).waitFor()
    await chip(page, 'running', 9).waitFor()
  })

  it('aborts the marked rows, each with what is under it', async () => {
    await using bench = await ConsoleBench.start()
    const { page } = await openGrove(bench, { children: 4 })
    await abortMarked(page, 'leaf-0', 'leaf-2')
    await page.getByText('2 requested, 2 acknowledged').waitFor()
    await page.getByText('All have ended').waitFor()
    const phases = bench.runtime
      .get('grove')!
      .actions()
      .map(({ name, phase }) => `${name} ${phase}`)
    expect(phases).toEqual([
      'grove running',
      'leaf-0 aborted',
      'leaf-1 running',
      'leaf-2 aborted',
      'leaf-3 running',
    ])
  })

  it('aborts everything that a filter shows, and nothing that began after the dialog was opened', async () => {
    await using bench = await ConsoleBench.start()
    const more = promised()
    ignoreRejection(
      bench.runtime.scope(
        async (ctx) => {
          for (let index = 0; index < 5; index += 1) ctx.spawn(nap, undefined, { name: `old-${index}` })
          await more.kept
          for (let index = 0; index < 5; index += 1) ctx.spawn(nap, undefined, { name: `old-late-${index}` })
          await ctx.sleep(3_600_000)
        },
        { name: 'filtered' },
      ),
    )
    const page = await bench.open({ path: '/runs/filtered?q=old' })
    await page.getByText('5 of 6 actions').waitFor()
    await page.getByRole('button', { name: 'Abort matching' }).click()
    await page.getByText('Stops 5 live actions').waitFor()
    more.keep()
    // The page has seen the late ones; the dialog hasn't changed its mind.
    await page.getByText('10 of 11 actions').waitFor()
    await page.getByRole('button', { name: 'Abort 5 actions' }).click()
    await page.getByText('5 requested, 5 acknowledged').waitFor()
    await page.getByText('All have ended').waitFor()
    const actions = bench.runtime.get('filtered')!.actions()
    expect(actions.filter(({ phase }) => phase === 'aborted').map(({ name }) => name)).toEqual(
      [0, 1, 2, 3, 4].map((index) => `old-${index}`),
    )
    expect(
      actions.filter(({ name, phase }) => name.startsWith('old-late') && phase !== 'aborted'),
    ).toHaveLength(5)
  })

  it('aborts a run', async () => {
    await using bench = await ConsoleBench.start()
    const { page, run } = await openGrove(bench)
    await page.getByRole('button', { name: 'Abort run' }).click()
    await page.getByLabel('Reason').fill('enough of it')
    await page.getByRole('button', { name: 'Abort 3 actions' }).click()
    await page.getByText('3 requested, 3 acknowledged, 0 forced').waitFor()
    expect(await run.settled()).toMatchObject({
      status: 'aborted',
      how: 'cooperative',
      reason: { source: 'external', by: 'console', message: 'enough of it' },
    })
    await page.getByRole('button', { name: 'Done' }).click()
    await page.locator('.run-title').getByText('enough of it').waitFor()
    expect(await page.getByRole('button', { name: 'Abort run' }).count()).toBe(0)
  })

  it('shows how far an abort has come: told, forced, ended', async () => {
    await using bench = await ConsoleBench.start()
    const gate: Gate = new Int32Array(new SharedArrayBuffer(4))
    ignoreRejection(
      bench.runtime.scope(
        async (ctx) => {
          const handles = [
            ctx.spawn(stubborn, { gate }),
            ctx.spawn(spin, undefined),
            ctx.spawn(nap, undefined),
          ]
          for (const handle of handles) await handle.settled()
        },
        { name: 'mixed' },
      ),
    )
    const page = await bench.open({ path: '/runs/mixed' })
    await chip(page, 'running', 4).waitFor()
    await abortMarked(page, 'stubborn', 'spin')
    // The one that never looks is forced after its grace; the other one still has its own.
    await page.getByText(/2 requested, [12] acknowledged, 1 forced/).waitFor()
    await page.getByText(/1 still to end after \d+ s, force in \d+\.\d s/).waitFor()
    Atomics.store(gate, 0, 1)
    await page.getByText(/All have ended, .* after the request/).waitFor()
    await page.getByText('How, who and why').click()
    expect(await page.locator('.endings').textContent()).toBe(
      'cleaned up and ended1forced1abandoned0never started0',
    )
  })

  it('asks by names, tells several at once in strips, forces one by a press, and keeps the keyboard where it was', async () => {
    await using bench = await ConsoleBench.start()
    ignoreRejection(
      bench.runtime.scope(
        async (ctx) => {
          for (let index = 0; index < 7; index += 1) ctx.spawn(nap, undefined, { name: `nap-${index}` })
          ctx.spawn(spin, undefined, { graceMs: 3_600_000 })
          await ctx.sleep(3_600_000)
        },
        { name: 'talk' },
      ),
    )
    const page = await bench.open({ path: '/runs/talk' })
    await chip(page, 'running', 9).waitFor()
    const focused = (): Promise<string> =>
      page.evaluate(() => `${document.activeElement?.tagName}.${document.activeElement?.className}`)
    await page.getByRole('treegrid').focus()
    for (const key of ['Home', 'ArrowDown']) await page.keyboard.press(key)
    for (let index = 0; index < 6; index += 1) await page.keyboard.press('Shift+ArrowDown')
    await page.getByText('6 marked', { exact: true }).waitFor()
    await page.keyboard.press('Delete')
    const dialog = page.getByRole('dialog')
    await dialog.getByText('nap-1, nap-2, nap-3, nap-4, nap-5 and 1 more').waitFor()
    expect(await dialog.getByLabel('Reason').getAttribute('placeholder')).toBe('aborted from outside')
    await dialog.getByLabel('Reason').fill('not needed')
    await page.keyboard.press('Enter')
    const strips = page.locator('.abort-strip')
    await strips.nth(0).getByText('6 requested, 6 acknowledged, 0 forced').waitFor()
    expect(await focused()).toBe('DIV.grid')
    await page.getByText('6 marked', { exact: true }).waitFor({ state: 'detached' })
    // The next one, with the reason of the last one, beside the first: two strips.
    for (const key of ['End', 'Delete']) await page.keyboard.press(key)
    await dialog.getByRole('button', { name: 'not needed' }).click()
    expect(await dialog.getByLabel('Reason').inputValue()).toBe('not needed')
    await page.keyboard.press('Enter')
    await strips
      .nth(1)
      .getByText(/1 requested, [01] acknowledged, 0 forced/)
      .waitFor()
    await strips
      .nth(1)
      .getByText(/force in 59 m/)
      .waitFor()
    await strips.nth(1).getByRole('button', { name: 'Force now' }).click()
    await strips.nth(1).getByText('1 requested, 1 acknowledged, 1 forced').waitFor()
    await strips
      .nth(1)
      .getByText(/^It has ended/)
      .waitFor()
    // The button has gone with what it was for; the focus is at the next one, and at last in the table.
    expect(await focused()).toBe('BUTTON.done')
    await page.keyboard.press('Enter')
    expect(await focused()).toBe('BUTTON.done')
    await page.keyboard.press('Enter')
    expect(await strips.count()).toBe(0)
    expect(await focused()).toBe('DIV.grid')
  })

  it('forces at once what is aborting already, by one press in its row', async () => {
    await using bench = await ConsoleBench.start()
    const gate: Gate = new Int32Array(new SharedArrayBuffer(4))
    const run = bench.runtime.run(stubborn, { gate }, { name: 'slow', graceMs: 3_600_000 })
    const page = await bench.open({ path: '/runs/slow' })
    await chip(page, 'running', 1).waitFor()
    bench.runtime.abort('slow', { reason: 'now' })
    await chip(page, 'aborting', 1).waitFor()
    await pressInRow(page, 'stubborn', 'Force now: stubborn')
    await page.getByText('1 requested, 1 acknowledged, 1 forced').waitFor()
    expect(await run.settled()).toMatchObject({ how: 'forced', reason: { message: 'now' } })
  })

  it('forces at once where asked to', async () => {
    await using bench = await ConsoleBench.start()
    const run = bench.runtime.run(spin, undefined, { name: 'spin', graceMs: 3_600_000 })
    const page = await bench.open({ path: '/runs/spin' })
    await chip(page, 'running', 1).waitFor()
    await page.getByRole('button', { name: 'Abort run' }).click()
    await page.getByLabel('Force at once').check()
    await page.getByRole('button', { name: 'Force 1 action' }).click()
    await page.getByText('1 requested, 1 acknowledged, 1 forced').waitFor()
    expect(await run.settled()).toMatchObject({ status: 'aborted', how: 'forced' })
  })

  it('offers nothing for what has ended, and says so where it ends under an open dialog', async () => {
    await using bench = await ConsoleBench.start()
    const end = promised()
    ignoreRejection(
      bench.runtime.scope(
        async (ctx) => {
          await ctx.spawn(failing, { message: 'no' }).settled()
          await end.kept
        },
        { name: 'short' },
      ),
    )
    const page = await bench.open({ path: '/runs/short' })
    await rowNamed(page, 'failing').locator('.row-name').click()
    await page.getByText('caused by').first().waitFor()
    expect(await page.locator('.panel').getByRole('button', { name: 'Abort' }).count()).toBe(0)
    expect(await rowNamed(page, 'failing').getByRole('button', { name: 'Abort' }).count()).toBe(0)
    await page.getByRole('button', { name: 'Abort run' }).click()
    end.keep()
    await page.getByText('All of it has ended by itself meanwhile').waitFor()
    expect(
      await page
        .getByRole('dialog')
        .getByRole('button', { name: /^(Abort|Force)/ })
        .count(),
    ).toBe(0)
  })

  it('never touches another run that has taken the name meanwhile', async () => {
    await using bench = await ConsoleBench.start()
    const first = bench.runtime.run(nap, undefined, { name: 'twin' })
    const page = await bench.open({ path: '/runs/twin' })
    await chip(page, 'running', 1).waitFor()
    await page.getByRole('button', { name: 'Abort run' }).click()
    first.cancel('to make room')
    await first.settled()
    const second = bench.runtime.run(nap, undefined, { name: 'twin' })
    await page.getByText('Another run has taken this name').waitFor()
    expect(
      await page
        .getByRole('dialog')
        .getByRole('button', { name: /^(Abort|Force)/ })
        .count(),
    ).toBe(0)
    expect(second.phase).not.toBe('aborted')
    ignoreRejection(second)
  })

  it('keeps one record of a request, with its targets, apart from what the code stops', async () => {
    await using bench = await ConsoleBench.start()
    ignoreRejection(
      bench.runtime.scope(
        async (ctx) => {
          ctx.spawn(grove, { width: 3, depth: 1 })
          for (let index = 0; index < 4; index += 1)
            ctx.spawn(nap, undefined, { name: `dropped-${index}` }).cancel(`not ${index}`)
          await ctx.sleep(3_600_000)
        },
        { name: 'record' },
      ),
    )
    const page = await bench.open({ path: '/runs/record' })
    await chip(page, 'running', 5).waitFor()
    await chip(page, 'aborted', 4).waitFor()
    await page.getByRole('searchbox').fill('leaf')
    await page.getByRole('button', { name: 'Abort matching' }).click()
    await page.getByLabel('Reason').fill('all leaves')
    await page.keyboard.press('Enter')
    await page.getByText('3 requested, 3 acknowledged, 0 forced').waitFor()
    await page.getByRole('button', { name: 'Aborts', exact: true }).click()
    const lines = page.locator('.records tbody tr')
    await lines.getByText('3 requested, 3 acknowledged, 0 forced').waitFor()
    expect(await lines.count()).toBe(1)
    expect(await lines.textContent()).toMatch(/leaf-0 a0\.1\.1, leaf-1 a0\.1\.2, leaf-2 a0\.1\.3/)
    await page.getByRole('button', { name: 'By code, too 5' }).click()
    await lines.nth(4).waitFor()
    expect(await lines.count()).toBe(5)
    // What held no thread has freed none, and it is said so.
    await page.locator('.tile', { hasText: 'Freed by aborts' }).getByText('no threads held').waitFor()
  })

  it('says so where nobody can know what an abort has freed', async () => {
    await using bench = await ConsoleBench.start()
    ignoreRejection(
      bench.runtime.scope(
        async (ctx) => {
          // One holds no thread; the other holds one for a time that no action alike has shown.
          const handles = [ctx.spawn(nap), ctx.spawn(spin, undefined)]
          for (const handle of handles) await handle.settled()
        },
        { name: 'freed' },
      ),
    )
    const page = await bench.open({ path: '/runs/freed' })
    await chip(page, 'running', 3).waitFor()
    for (const id of ['a0.1', 'a0.2']) bench.runtime.abort('freed', id, { force: true })
    const tile = page.locator('.tile', { hasText: 'Freed by aborts' })
    await tile.getByText('2 stopped').waitFor()
    await tile.getByText('can’t be said').waitFor()
  })

  it('only looks with a token that only reads', async () => {
    await using bench = await ConsoleBench.start()
    ignoreRejection(bench.runtime.run(nap, undefined, { name: 'look' }))
    const page = await bench.open({ path: '/runs/look?action=a0', token: 'read' })
    await page.getByText('read only').waitFor()
    await page.locator('.panel-state').getByText('running').waitFor()
    expect(await page.getByRole('button', { name: /^Abort(?!s$)/ }).count()).toBe(0)
  })
})
