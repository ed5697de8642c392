import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { COMMANDED, createCommandLine } from '../../support/command-line.js'

describe('heddle open', () => {
  it('has the browser open a link that is not locked', async () => {
    await using terminal = await createCommandLine()
    const program = await terminal.foreground('a b', COMMANDED, 'linger')
    const browser = join(terminal.folder, 'browser')
    const opened = join(terminal.folder, 'opened')
    await writeFile(browser, `#!/bin/sh\nprintf '%s\\n' "$@" > '${opened}'\n`, { mode: 0o700 })
    const [process] = await terminal.processes()
    const link = `${process!.url}/runs/a%20b#token=${process!.token}`

    const run = await terminal.run('open', 'a b', '--print')
    expect(run).toMatchObject({ code: 0, stdout: `${link}\n`, stderr: '' })
    expect((await terminal.run('open', '--print')).stdout).toBe(`${process!.url}/#token=${process!.token}\n`)

    // What it says is for a log, too: there is no token in it.
    const { code, stdout, stderr } = await terminal.runWith(
      { BROWSER: `missing:${browser} -x` },
      'open',
      'a b',
    )
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: '',
      stderr: `opened ${process!.url}/runs/a%20b\n`,
    })
    expect(await readFile(opened, 'utf8')).toBe(`-x\n${link}\n`)

    const none = await terminal.runWith({ BROWSER: 'none' }, 'open', 'a b')
    expect(none).toMatchObject({ code: 1, stdout: '' })
    expect(none.stderr).toContain("'heddle open 'a b' --print' prints the link")
    expect(none.stderr).not.toContain(process!.token)

    // The link opens what it says: the page's files need no token, what they show does.
    const locked = await fetch(`${process!.url}/api/v1/runs`)
    expect(locked.status).toBe(401)
    program.child.kill('SIGINT')
    const { stderr: said } = await program.ended
    expect(said).toContain(`run a b  ${process!.url}/runs/a%20b  (heddle open 'a b')`)
    expect(said).not.toContain(process!.token)
  })

  it('says that there is nothing to open', async () => {
    await using terminal = await createCommandLine()
    expect(await terminal.run('open')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no process of yours serves its runs'),
    })
    expect((await terminal.run('open', 'nightly')).stderr).toMatch(/there is no run 'nightly'/)
  })
})
