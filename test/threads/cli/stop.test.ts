import { writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { COMMANDED, createCommandLine } from '../../support/command-line.js'
import { startFile, type Program } from '../../support/program.js'
import { createTemporaryFolder } from '../../support/temporary-folder.js'

const SERVED = new URL('../../../build/test/fixtures/programs/served-sweep.js', import.meta.url)

/** Starts it, and waits until its two trials run. */
async function serveSweep(
  terminal: Awaited<ReturnType<typeof createCommandLine>>,
  go: string,
  storage: string,
): Promise<Program> {
  const program = startFile(SERVED, { args: [go, storage], env: { HEDDLE_RUN_DIR: terminal.folder } })
  while ((await terminal.processes()).length === 0) await new Promise(setImmediate)
  await terminal.running('night', 3)
  return program
}

describe('heddle stop', () => {
  it('lets the trials of a sweep finish, says who asked, and stops them by a second one', async () => {
    await using terminal = await createCommandLine()
    await using folder = await createTemporaryFolder()
    const [go, storage] = [folder.path('go'), folder.path('study.jsonl')]
    const program = await serveSweep(terminal, go, storage)
    const first = await terminal.run('stop', 'night', '--reason', 'good enough', '--by', 'ann')
    expect(first).toMatchObject({
      code: 0,
      stdout: "finishing run 'night': 2 trials still run (--now stops them)\n",
    })
    expect((await terminal.run('stop', 'night', '--by', 'bob')).stdout).toBe(
      "run 'night' is ending already, by ann: good enough; 2 trials are left: nothing has changed\n",
    )
    const waiting = terminal.start('stop', 'night', '--now', '--wait', '--by', 'bob')
    await waiting.says("stopping run 'night' and 2 trials\n")
    expect(await waiting.ended).toMatchObject({ code: 0 })
    const { stdout } = await program.ended
    expect(JSON.parse(stdout)).toEqual({
      completed: 0,
      stopped: 2,
      stoppedBy: { rule: 'stop', reason: 'good enough', by: 'ann' },
    })
    expect((await terminal.run('sweep', 'watch', storage)).stdout).toContain('ended by ann: good enough')
  })

  it('says what was stopped to programs, and lets the study go on later', async () => {
    await using terminal = await createCommandLine()
    await using folder = await createTemporaryFolder()
    const [go, storage] = [folder.path('go'), folder.path('study.jsonl')]
    const program = await serveSweep(terminal, go, storage)
    const [answer] = await terminal.json<object>('stop', 'night', '--by', 'ann')
    expect(answer).toEqual({
      run: 'night',
      accepted: true,
      phase: 'running',
      running: 2,
      stoppedBy: { rule: 'stop', reason: 'stopped from outside', by: 'ann', running: 'finish' },
    })
    await writeFile(go, '')
    expect(JSON.parse((await program.ended).stdout)).toMatchObject({ completed: 2, stopped: 0 })
    // Nothing waits any more: the other trials of the fifty are run.
    const next = startFile(SERVED, { args: [go, storage], env: { HEDDLE_RUN_DIR: terminal.folder } })
    expect(JSON.parse((await next.ended).stdout)).toEqual({ completed: 50, stopped: 0 })
  })

  it('names what ends a run that is no sweep', async () => {
    await using terminal = await createCommandLine()
    await terminal.foreground('plain', COMMANDED, 'linger')
    const end = await terminal.run('stop', 'plain')
    expect(end.code).toBe(1)
    expect(end.stderr).toContain("run 'plain' is no sweep that can be asked to end by itself")
    expect(end.stderr).toContain('heddle abort plain')
    expect(await terminal.run('stop', 'plan')).toMatchObject({ code: 1 })
  })
})
