import { expect, it } from 'vitest'
import { action, type ActionContext } from 'heddle'
import { nap } from '#fixtures/console.js'
import {
  chip,
  ConsoleBench,
  describeInBrowser,
  ignoreRejection,
  promised,
  useBrowser,
} from './console-page.js'

const MARKUP = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script><b>bold</b>'
const NASTY: readonly string[] = [
  MARKUP,
  "';alert(1)//",
  'javascript:window.hacked=1',
  '\u202Egnirts desrever',
  '\u0000\u0007control',
  '👩‍👩‍👧‍👦'.repeat(20),
  'x'.repeat(1000),
  '__proto__',
  '{{constructor.constructor("window.hacked=1")()}}',
]

/** Reports, logs and throws what it is given: in the app's own thread, so that it can be defined here. */
const shout = action(
  import.meta,
  'shout',
  { cpu: 0 },
  async ({ text }: { text: string }, ctx: ActionContext<{ reports: unknown }>) => {
    ctx.report({ [text]: 0.5, note: text, nested: { deep: [text] } })
    ctx.log.warn(text, { [text]: text })
    await ctx.sleep(1)
    const error = new Error(text, { cause: new TypeError(text) })
    error.name = text
    throw Object.assign(error, { [text]: text })
  },
)

describeInBrowser('hostile content in the console', () => {
  useBrowser()

  it('is shown as text wherever it stands: names, reports, errors, logs, inputs, reasons', async () => {
    await using bench = await ConsoleBench.start({ threads: 0 })
    const end = promised()
    ignoreRejection(
      bench.runtime.scope(
        async (ctx) => {
          for (const text of NASTY) {
            await ctx.spawn(shout, { text }, { name: text }).settled()
            const stopped = ctx.spawn(nap, undefined, { name: `${text} stopped` })
            stopped.cancel(new Error(text))
          }
          await end.kept
        },
        { name: MARKUP },
      ),
    )
    const page = await bench.open()
    await page.getByText(MARKUP).first().click()
    await chip(page, 'failed', NASTY.length).waitFor()
    expect(await page.title()).toContain(MARKUP)
    // The root goes by the name of its run.
    expect(await page.locator('.row-name').getByText(MARKUP, { exact: true }).count()).toBe(2)
    for (const view of ['Timeline', 'Threads', 'Logs', 'Aborts']) {
      await page.getByRole('button', { name: view, exact: true }).click()
      await page.locator('.run-view > *').first().waitFor()
      expect(await page.locator('#app img, #app script, #app b').count(), view).toBe(0)
    }
    await page.getByRole('button', { name: 'Timeline', exact: true }).click()
    const panel = page.locator('.panel')
    for (const index of [1, 2, 3, 11, 15, 17]) {
      await page.locator(`[id="row-a0.${index}"] .row-name`).click()
      await panel.getByText('Definition').waitFor()
      expect(await panel.locator('img, script, b, a').count()).toBe(0)
    }
    await page.locator('[id="row-a0.1"] .row-name').click()
    await panel.locator('.error-message').first().waitFor()
    expect(await panel.locator('.error-message').allTextContents()).toContain(MARKUP)
    await panel.locator('.log-row').first().waitFor()
    expect((await panel.locator('.log-row').allTextContents()).join(' ')).toContain(MARKUP)
    // A dialog that speaks of it, too.
    await page.getByRole('button', { name: 'Abort run' }).click()
    await page.getByLabel('Reason').fill(MARKUP)
    await page.getByRole('button', { name: /^Abort \d+ action/ }).click()
    await page.locator('.abort-strip').getByText('It has ended').waitFor()
    await page.getByText('How, who and why').click()
    expect(await page.locator('.abort-strip').getByText(MARKUP, { exact: true }).count()).toBe(1)
    expect(await page.evaluate(() => 'hacked' in window)).toBe(false)
    end.keep()
  })

  it('turns nothing round but itself', async () => {
    const REVERSED = '\u202Ereversed'
    await using bench = await ConsoleBench.start({ threads: 0 })
    const end = promised()
    ignoreRejection(
      bench.runtime.scope(
        async (ctx) => {
          await ctx.spawn(shout, { text: REVERSED }, { name: REVERSED }).settled()
          ctx.spawn(nap, undefined, { name: `${REVERSED} stopped` }).cancel(new Error(REVERSED))
          ctx.spawn(nap, undefined, { name: `${REVERSED} lives` })
          await end.kept
        },
        { name: REVERSED },
      ),
    )
    const page = await bench.open()
    await page.locator('.run-name').waitFor()
    /** What stands with such a text in one paragraph, and not apart from it. */
    const turned = (): Promise<string[]> =>
      page.evaluate(() => {
        const isApart = (element: Element): boolean => {
          const { unicodeBidi, display } = getComputedStyle(element)
          const parent = element.parentElement
          return (
            unicodeBidi !== 'normal' ||
            display !== 'inline' ||
            (parent !== null && /flex|grid/.test(getComputedStyle(parent).display))
          )
        }
        const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
        const found: string[] = []
        while (texts.nextNode()) {
          const text = texts.currentNode.textContent ?? ''
          // One that is closed within the same text turns nothing else.
          if (!text.replaceAll(/\u2068[^\u2069]*\u2069/g, '').includes('\u202E')) continue
          let holder = texts.currentNode.parentElement!
          while (!isApart(holder)) holder = holder.parentElement!
          const rest = (holder.textContent ?? '').replace(text, '').trim()
          if (rest !== '' && !/^["“”'{}[\],:0-9.\s]*$/.test(rest))
            found.push(`${holder.className}: ${holder.textContent}`)
        }
        return found
      })
    expect(await turned(), 'runs').toEqual([])
    await page.locator('.run-name').click()
    await chip(page, 'failed', 1).waitFor()
    for (const view of ['Timeline', 'Threads', 'Logs', 'Aborts']) {
      await page.getByRole('button', { name: view, exact: true }).click()
      await page.locator('.run-view > *').first().waitFor()
      if (view === 'Aborts') await page.getByRole('button', { name: /^By code, too/ }).click()
      expect(await turned(), view).toEqual([])
    }
    await page.getByRole('button', { name: 'Timeline', exact: true }).click()
    for (const index of [1, 2]) {
      await page.locator(`[id="row-a0.${index}"] .row-name`).click()
      await page.locator('.panel').getByText('Definition').waitFor()
      expect(await turned(), `panel of a0.${index}`).toEqual([])
    }
    await page.locator('[id="row-a0.3"] .row-name').click()
    await page
      .locator('.panel')
      .getByRole('button', { name: /^Abort/ })
      .click()
    await page.getByText(/^Stops/).waitFor()
    expect(await turned(), 'dialog').toEqual([])
    await page.getByRole('button', { name: 'Abort 1 action' }).click()
    await page.locator('.abort-strip').getByText('It has ended').waitFor()
    expect(await turned(), 'strip').toEqual([])
    expect(await page.title()).toBe(`\u2068${REVERSED}\u2069: running · Heddle`)
    end.keep()
  })

  it('has a policy that lets nothing inline run, and that the page itself keeps to', async () => {
    await using bench = await ConsoleBench.start()
    const answer = await fetch(bench.server.url)
    const policy = answer.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self'")
    expect(policy).toContain("style-src 'self'")
    expect(policy).not.toContain('unsafe')
    const html = await answer.text()
    expect(html).not.toMatch(/<style|<script(?![^>]* src=)|style=|\son\w+=|https?:\/\//)
    // Everything comes from the server itself.
    const page = await bench.open({ expects: /Content Security Policy/ })
    const asked: string[] = []
    page.on('request', (request) => asked.push(new URL(request.url()).origin))
    await page.reload()
    await page.getByText('No runs yet').waitFor()
    expect(new Set(asked)).toEqual(new Set([bench.server.url]))
    // And what was injected somehow would not run.
    const ran = await page.evaluate(async () => {
      const script = document.createElement('script')
      script.textContent = 'window.hacked = 1'
      document.body.append(script)
      const button = document.createElement('button')
      button.setAttribute('onclick', 'window.hacked = 1')
      document.body.append(button)
      button.click()
      await new Promise((resolve) => setTimeout(resolve))
      return 'hacked' in window
    })
    expect(ran).toBe(false)
  })
})
