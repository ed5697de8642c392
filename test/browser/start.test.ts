import { expect, it } from 'vitest'
import { anything, train } from '#fixtures/offered.js'
import { violations } from './axe.js'
import { ConsoleBench, describeInBrowser, useBrowser } from './console-page.js'

const offering = { definitions: [train, anything] }

describeInBrowser('starting a run', () => {
  useBrowser()

  it('fills a form made from the schema, says at the field what is wrong, and opens the run', async () => {
    await using bench = await ConsoleBench.start({}, offering)
    const page = await bench.open({ expects: /400/ })
    // By keys alone.
    await page.getByRole('button', { name: 'New run …' }).focus()
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog', { name: 'New run' })
    await dialog.getByLabel('What').selectOption('train')
    expect(await dialog.getByLabel('epochs').getAttribute('placeholder')).toBe('3')
    await dialog.getByLabel('dataset (required)').fill('ab')
    await dialog.getByLabel('optimizer.name (required)').selectOption('adam')
    await dialog.getByLabel('optimizer.rate (required)').fill('much')
    await page.keyboard.press('Enter')
    // What is no number isn't sent.
    await dialog.getByText('is no number').waitFor()
    expect(await dialog.getByLabel('optimizer.rate (required)').getAttribute('aria-invalid')).toBe('true')
    await dialog.getByLabel('optimizer.rate (required)').fill('7')
    await dialog.getByLabel('layers').fill('[16, "x"]')
    await dialog.getByRole('button', { name: 'Start' }).click()
    const about = (field: string): Promise<string | null> =>
      dialog.locator(`[id="input-${field}-about"]`).textContent()
    await expect.poll(() => about('optimizer.rate')).toMatch(/<=1/)
    expect(await about('dataset')).toMatch(/>=3/)
    expect(await about('layers')).toMatch(/^1: .*number/)
    expect(bench.runtime.runs()).toEqual([])
    expect(await violations(page)).toEqual([])
    await dialog.getByLabel('dataset (required)').fill('digits')
    await dialog.getByLabel('optimizer.rate (required)').fill('0.5')
    await dialog.getByLabel('layers').fill('[16, 8]')
    await dialog.getByLabel('shuffle').selectOption('false')
    // What is in the fields goes along to JSON and back.
    await dialog.getByRole('button', { name: 'Write it as JSON' }).click()
    const text = await dialog.getByLabel('Input, as JSON').inputValue()
    const input = {
      dataset: 'digits',
      optimizer: { name: 'adam', rate: 0.5 },
      shuffle: false,
      layers: [16, 8],
    }
    expect(JSON.parse(text)).toEqual(input)
    await dialog.getByLabel('Input, as JSON').fill(JSON.stringify({ ...input, epochs: 5 }))
    await dialog.getByRole('button', { name: 'Fill in fields' }).click()
    expect(await dialog.getByLabel('epochs').inputValue()).toBe('5')
    await dialog.getByLabel('Name of the run').fill('first')
    await dialog.getByRole('button', { name: 'Start' }).click()
    await page.waitForURL('**/runs/first')
    await page.getByRole('heading', { name: 'first' }).waitFor()
    expect(bench.runtime.runs().map(({ run }) => run)).toEqual(['first'])
  })

  it('makes one run of two presses, and runs it again with its input', async () => {
    await using bench = await ConsoleBench.start({}, offering)
    await bench.runtime.run(anything, { list: [1, { deep: 'yes' }] }, { name: 'earlier' })
    const page = await bench.open({ path: '/runs/earlier' })
    await page.getByRole('button', { name: 'Run again …' }).click()
    const dialog = page.getByRole('dialog', { name: 'Run anything again' })
    const json = dialog.getByLabel('Input, as JSON')
    expect(JSON.parse(await json.inputValue())).toEqual({ list: [1, { deep: 'yes' }] })
    await json.fill('{ "list": ')
    await dialog.getByRole('button', { name: 'Start' }).click()
    await dialog.getByText('isn’t JSON').waitFor()
    await json.fill('{ "list": [2] }')
    await dialog.getByRole('button', { name: 'Start' }).evaluate((button: HTMLButtonElement) => {
      button.click()
      button.click()
    })
    await page.waitForURL(/\/runs\/anything-/)
    expect(bench.runtime.runs()).toHaveLength(2)
    // The form is filled where there is one.
    const settings = { dataset: 'digits', epochs: 7, optimizer: { name: 'sgd' as const, rate: 0.25 } }
    bench.runtime.run(train, settings, { name: 'trained' }).catch(() => undefined)
    await page.goto(`${bench.server.url}/runs/trained`)
    await page.getByRole('button', { name: 'Run again …' }).click()
    const again = page.getByRole('dialog', { name: 'Run train again' })
    expect(await again.getByLabel('dataset (required)').inputValue()).toBe('digits')
    expect(await again.getByLabel('optimizer.name (required)').inputValue()).toBe('"sgd"')
    expect(await again.getByLabel('epochs').inputValue()).toBe('7')
    await page.keyboard.press('Escape')
    // The focus goes back to where it was.
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Run again …')
  })

  it('doesn’t say that nothing was started where the answer was lost, and starts it once', async () => {
    await using bench = await ConsoleBench.start({}, offering)
    const page = await bench.open({ width: 390, height: 600, expects: /Failed to load resource/ })
    await page.getByRole('button', { name: 'New run …' }).click()
    const dialog = page.getByRole('dialog', { name: 'New run' })
    await dialog.getByLabel('What').selectOption('anything')
    await dialog.getByLabel('Input, as JSON').fill('[1]')
    await dialog.getByLabel('Name of the run').fill('a name that is long')
    await page.route(
      '**/api/v1/runs',
      async (route) => {
        await route.fetch()
        await route.abort()
      },
      { times: 1 },
    )
    await dialog.getByRole('button', { name: 'Start' }).click()
    await dialog.getByText(/^It isn’t known whether it was started: /).waitFor()
    await dialog.getByRole('button', { name: 'Start' }).click()
    await page.waitForURL(/\/runs\/a%20name/)
    expect(bench.runtime.runs()).toHaveLength(1)
    // Its name has room, beside three buttons or not.
    const heading = page.getByRole('heading', { name: 'a name that is long' })
    await page.getByRole('button', { name: 'Run again …' }).waitFor()
    expect(await heading.evaluate((element) => element.scrollWidth - element.clientWidth)).toBe(0)
  })

  it('says so where the input isn’t kept whole, and offers nothing that may not be started', async () => {
    await using bench = await ConsoleBench.start({}, offering)
    await bench.runtime.run(anything, { when: new Date(0) }, { name: 'odd' })
    const page = await bench.open({ path: '/runs/odd' })
    await page.getByRole('button', { name: 'Run again …' }).click()
    await page.getByRole('note').getByText('isn’t kept whole').waitFor()
    const reader = await bench.open({ token: 'read' })
    await reader.getByRole('link', { name: 'odd' }).waitFor()
    expect(await reader.getByRole('button', { name: 'New run …' }).count()).toBe(0)
    await reader.getByRole('link', { name: 'odd' }).click()
    await reader
      .getByRole('button', { name: /Export|Copy/ })
      .or(reader.getByText('Export'))
      .first()
      .waitFor()
    expect(await reader.getByRole('button', { name: 'Run again …' }).count()).toBe(0)
    await using other = await ConsoleBench.start()
    await other.runtime.run(anything, 1, { name: 'plain' })
    const silent = await other.open()
    await silent.getByRole('link', { name: 'plain' }).waitFor()
    expect(await silent.getByRole('button', { name: 'New run …' }).count()).toBe(0)
  })

  it('copies the command that starts the run again', async () => {
    await using bench = await ConsoleBench.start()
    await bench.runtime.run(anything, { text: "it's" }, { name: 'one' })
    const page = await bench.open({ path: '/runs/one' })
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await page.getByText('Export', { exact: true }).click()
    await page.getByRole('button', { name: 'Copy as command: heddle run …' }).click()
    await page.getByRole('button', { name: 'Copied' }).waitFor()
    const copied = await page.evaluate(() => navigator.clipboard.readText())
    expect(copied).toBe(
      String.raw`heddle run ${new URL(anything.url).pathname} anything --input '{"text":"it'\''s"}'`,
    )
  })

  it.each(['light', 'dark'] as const)('has nothing for axe to find, in %s', async (theme) => {
    await using bench = await ConsoleBench.start({}, offering)
    await bench.runtime.run(anything, { list: [1] }, { name: 'earlier' })
    const page = await bench.open({ theme, width: 390, height: 844 })
    await page.getByRole('button', { name: 'New run …' }).click()
    await page.getByRole('dialog', { name: 'New run' }).getByLabel('What').selectOption('train')
    expect(await violations(page)).toEqual([])
    await page.goto(`${bench.server.url}/runs/earlier`)
    await page.getByRole('button', { name: 'Run again …' }).click()
    await page.getByLabel('Input, as JSON').fill('{')
    await page.getByRole('button', { name: 'Start' }).click()
    await page.getByText('isn’t JSON').waitFor()
    expect(await violations(page)).toEqual([])
  })
})
