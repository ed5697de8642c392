// Other machines in the console: who there is, what runs there, and what has become of those that are gone.

import { connectCluster } from 'heddle/cluster'
import { openGate } from '#fixtures/cluster/actions.js'
import { describe, expect, it } from 'vitest'
import { ClusterFixture, firstReport, SHORT } from '../support/cluster.js'
import { hasRedis, redisNote } from '../support/redis-server.js'
import { violations } from './axe.js'
import { ConsoleBench, describeInBrowser, useBrowser } from './console-page.js'

/** They need both: where only one is tried they are left out, and CI runs this file by itself. */
const describeWithRedis = hasRedis ? describeInBrowser : describe.skip

describeWithRedis(`other machines in the console${redisNote}`, () => {
  useBrowser()

  it.each([
    ['light', 1440],
    ['dark', 390],
  ] as const)('are listed, with what runs there, in %s at %d px', async (theme, width) => {
    await using fixture = await ClusterFixture.start()
    await fixture.worker({ name: 'one', labels: ['gpu'], resources: {}, threads: 2 })
    await using cluster = connectCluster({ ...fixture.options, on: 'cluster' })
    await using bench = await ConsoleBench.start({ cluster })
    const { runtime } = bench
    const run = fixture.run(runtime, 'elsewhere', 'gate')
    await firstReport(run)
    const list = await bench.open({ theme, width })
    const hosts = list.getByRole('region', { name: 'Hosts', exact: true })
    await hosts.getByText('1 thread lent to this process').waitFor()
    const row = hosts.getByRole('row', { name: /^one / })
    await row.getByText('1 of 2').waitFor()
    await row.getByText('1 action of ours').waitFor()
    // Where there is little room, what it does comes before what it has.
    if (width > 760) await row.getByText('gpu', { exact: true }).waitFor()
    await row.getByText(/^[\d.]+ ms$/).waitFor()
    await row.getByText('ready').waitFor()
    const frame = hosts.getByRole('region', { name: 'All hosts' })
    expect(await frame.evaluate((table) => table.scrollWidth - table.clientWidth)).toBe(0)
    expect(await violations(list)).toEqual([])

    const page = await bench.open({ path: '/runs/elsewhere?view=threads&action=a0', theme, width }, list)
    await page
      .locator('.panel-host')
      .getByText(/of one, round trip [\d.]+ ms/)
      .waitFor()
    await page.getByRole('button', { name: 'Close the panel' }).click()
    const labels = page.locator('.threads-labels li')
    await expect.poll(() => labels.count()).toBe(2)
    // Which threads of it are held is asked for now and then.
    await labels
      .first()
      .getByText(/^round trip [\d.]+ ms$/)
      .waitFor()
    expect(await labels.first().textContent()).toMatch(/^oneround trip [\d.]+ ms$/)
    expect(await labels.nth(1).textContent()).toMatch(/^thread \d+open \d+ % · 1 action/)
    const cut = (all: Element[]): (string | null)[] =>
      all.filter((each) => each.scrollHeight > each.clientHeight + 1).map((each) => each.textContent)
    expect(await labels.evaluateAll(cut)).toEqual([])
    expect(await violations(page)).toEqual([])
    openGate(fixture.folder.path('.'), 'elsewhere')
    await run
  })

  it('are said to be lost, as is what ran there, or to have left', async () => {
    await using fixture = await ClusterFixture.start(SHORT)
    const lost = await fixture.worker({ name: 'one' })
    await using cluster = connectCluster({ ...fixture.options, on: 'cluster' })
    await using bench = await ConsoleBench.start({ cluster })
    const { runtime } = bench
    const run = fixture.run(runtime, 'elsewhere', 'wait')
    await firstReport(run)
    const left = await fixture.worker({ name: 'two' })
    const list = await bench.open()
    const hosts = list.getByRole('region', { name: 'Hosts', exact: true })
    await hosts.getByRole('row', { name: /^one .*busy/ }).waitFor()
    await hosts.getByRole('row', { name: /^two .*ready/ }).waitFor()
    left.send('drain')
    await lost.kill()
    expect(await run.settled()).toMatchObject({ status: 'failed', error: { loss: 'host-lost', host: 'one' } })
    await hosts.getByRole('row', { name: /^one .*lost: last heard at \d\d:\d\d:\d\d/ }).waitFor()
    await hosts.getByRole('row', { name: /^two .*has left/ }).waitFor()
    expect(await violations(list)).toEqual([])

    const page = await bench.open({ path: '/runs/elsewhere?action=a0' }, list)
    const panel = page.locator('.panel')
    await panel.getByText('Its host one was lost. What it did there may be done').waitFor()
    await panel
      .getByText(/that host has not been heard for \d+ ms/)
      .first()
      .waitFor()
    await page.goto(`${bench.server.url}/runs/elsewhere?view=threads`)
    await page.locator('.threads-labels').getByText('no thread held now').waitFor()
    expect(await violations(page)).toEqual([])
  })
})
