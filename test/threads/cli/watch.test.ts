import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import { COMMANDED, createCommandLine } from '../../support/command-line.js'
import { hasTerminals } from '../../support/program.js'

describe.skipIf(!hasTerminals())('heddle watch on a terminal', () => {
  it('aborts the action that was chosen by keys, with the reason that was typed', async () => {
    await using terminal = await createCommandLine()
    const program = await terminal.foreground('nightly', COMMANDED, 'family')
    await terminal.running('nightly', 4)
    const watching = terminal.startOnTerminal('watch', 'nightly')
    await watching.says('q leave')
    watching.child.stdin.write('/child 2')
    await watching.says('1 listed')
    watching.child.stdin.write('\r')
    await watching.says('Esc drops it')
    watching.child.stdin.write('a')
    await watching.says('Abort child 2 (a0.2)')
    watching.child.stdin.write('too slow\r')
    await watching.says('1 requested, 1 acknowledged, 1 cooperative; all ended')
    const [action] = await terminal.json<{ phase: string; reason: { message: string; by: string } }>(
      'get',
      'action',
      'nightly',
      'a0.2',
    )
    expect(action).toMatchObject({ phase: 'aborted', reason: { message: 'too slow' } })
    expect(action!.reason.by).toMatch(/^(.+ \(cli\)|cli)$/)
    watching.child.stdin.write('q')
    const { code, stdout } = await watching.ended
    expect(code).toBe(0)
    // The terminal is given back, with what has happened.
    expect(stdout).toContain('\u001b[?1049l')
    expect(stripVTControlCharacters(stdout.split('\u001b[?1049l')[1]!)).toMatch(
      /a0\.2 +child 2 +◌ aborting by .*: too slow/,
    )
    program.child.kill('SIGINT')
    await program.ended
  })

  it('shows an action and what it has logged, and ends with the run once that is closed', async () => {
    await using terminal = await createCommandLine()
    await terminal.foreground('nightly', COMMANDED, 'family', '--children', '1')
    await terminal.running('nightly', 2)
    const watching = terminal.startOnTerminal('watch', 'nightly', '--exit-status')
    await watching.says('q leave')
    watching.child.stdin.write('\u001b[B\r')
    await watching.says('definition')
    watching.child.stdin.write('l')
    await watching.says('lingers')
    await terminal.run('abort', 'nightly', '--reason', 'enough')
    await watching.says('the run has ended: Esc leaves')
    watching.child.stdin.write('q')
    const { code, stdout } = await watching.ended
    expect(code).toBe(130)
    expect(stripVTControlCharacters(stdout)).toMatch(
      /■ aborted {2}nightly .* 2 actions {2}■ 2 aborted, cooperative\r?\n {2}by .*: enough\r?\n$/,
    )
  })

  it('ends by Ctrl-C as everywhere', async () => {
    await using terminal = await createCommandLine()
    await terminal.foreground('nightly', COMMANDED, 'linger')
    await terminal.running('nightly', 1)
    const watching = terminal.startOnTerminal('watch', 'nightly')
    await watching.says('q leave')
    watching.child.stdin.write('\u0003')
    expect(await watching.ended).toMatchObject({ code: 130 })
  })
})

describe.skipIf(!hasTerminals())('heddle abort on a terminal', () => {
  it('says so when nothing was aborted', async () => {
    await using terminal = await createCommandLine()
    await terminal.foreground('nightly', COMMANDED, 'family', '--children', '7')
    await terminal.running('nightly', 8)
    const asking = terminal.startOnTerminal('abort', 'nightly')
    await asking.says('[y/N]')
    asking.child.stdin.write('n\r')
    const { code, stdout } = await asking.ended
    expect(code).toBe(130)
    expect(stdout).toContain('nothing was aborted')
    expect(stripVTControlCharacters(stdout).replaceAll(/\s+/g, ' ')).toContain(
      "Abort 8 actions of run 'nightly' (family (a0), child 1 (a0.1), child 2 (a0.2), child 3 (a0.3), child 4 (a0.4) and 3 more)?",
    )
    await terminal.running('nightly', 8)
  })
})
