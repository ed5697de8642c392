import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { createRuntime } from 'heddle'
import { innocent, processorMs, yieldsSeldom } from '#fixtures/busy-machine.js'
import { describe, expect, it } from 'vitest'

/** Keeps all processors busy, thrice over, until it is disposed of; at most for two minutes. */
async function busyMachine(): Promise<AsyncDisposable> {
  const script = "process.stdout.write('up'); const end = Date.now() + 120_000; while (Date.now() < end);"
  const children = Array.from({ length: 3 * availableParallelism() }, () =>
    spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] }),
  )
  await Promise.all(children.map((child) => once(child.stdout, 'data')))
  return {
    async [Symbol.asyncDispose]() {
      const exits = children.map((child) => once(child, 'close'))
      for (const child of children) child.kill('SIGKILL')
      await Promise.all(exits)
    },
  }
}

// Where the system doesn't tell how long a thread waits for a processor, this can't be told for sure.
describe.skipIf(processorMs() === undefined)('a thread on a busy machine', () => {
  it('is not killed with its neighbours for a body that yields, however late that is (S6 d, I7)', async () => {
    await using busy = await busyMachine()
    await using runtime = createRuntime({ threads: 1 })
    const neighbour = runtime.run(innocent)
    await neighbour.reports().next()
    const run = runtime.run(yieldsSeldom, 350)
    await run.reports().next()
    expect(run.actions()[0]?.thread).toBe(neighbour.actions()[0]?.thread)
    run.cancel('enough')
    await expect(run.settled()).resolves.toMatchObject({ how: 'abandoned' })
    expect(neighbour.phase).toBe('running')
    void busy
  }, 120_000)
})
