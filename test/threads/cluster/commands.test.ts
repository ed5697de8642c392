// Commands on a machine that is played by this process: their programs are started and ended there.

import { onGpu, script, scriptAgain } from '#fixtures/commands.js'
import { isRunning } from '#fixtures/processes.js'
import { actionRef } from 'heddle'
import { describe, expect, it } from 'vitest'
import { createRuntime, machineOf } from '../../support/elsewhere.js'
import { reported } from '../../support/events.js'

const WAITS = 'echo "[$$]"; sleep 300 & wait'
const STUBBORN = 'trap "" TERM; echo "[$$]"; while :; do sleep 0.01; done'

const on = 'cluster'

describe.skipIf(process.platform === 'win32')('a command on another machine', () => {
  it('runs there, in a lane of its own, and holds no thread', async () => {
    await using runtime = createRuntime({ threads: 2 }, { isNamed: true })
    const first = runtime.run(script, { SCRIPT: WAITS }, { on })
    await reported(first)
    const second = runtime.run(script, { SCRIPT: 'echo \'{"done":true}\'' }, { on })
    await expect(second).resolves.toEqual({ done: true })
    expect(first.actions()).toMatchObject([{ phase: 'running', host: 'here', thread: 0 }])
    expect(machineOf(runtime).size).toBe(0)
    first.cancel('enough')
    await expect(first.settled()).resolves.toMatchObject({ status: 'aborted', how: 'cooperative' })
    expect(isRunning((first.lastReport as number[])[0] as number)).toBe(false)
  })

  it('is killed there when its grace is over (S6)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = runtime.run(script, { SCRIPT: STUBBORN }, { on, graceMs: 100 })
    await reported(run)
    run.cancel('enough')
    await expect(run.settled()).resolves.toMatchObject({ status: 'aborted', how: 'forced' })
    expect(isRunning((run.lastReport as number[])[0] as number)).toBe(false)
    await expect(runtime.run(script, { SCRIPT: 'echo 1' }, { on })).resolves.toBe(1)
  })

  it('is tried again, fails with what the program says, and holds what it needs', async () => {
    await using runtime = createRuntime({ threads: 1, resources: { gpu: 2 } })
    const failing = runtime.run(scriptAgain, { SCRIPT: 'echo no >&2; exit 3' }, { on })
    await expect(failing.settled()).resolves.toMatchObject({
      status: 'failed',
      error: { code: 'CommandFailedError', cause: { exitCode: 3 } },
    })
    expect(failing.actions()).toMatchObject([{ attempt: 2 }])
    const devices = runtime.run(onGpu, { SCRIPT: 'echo "[\\"$CUDA_VISIBLE_DEVICES\\"]"' }, { on })
    await expect(devices).resolves.toEqual(['0'])
  })

  it('goes there also where only its name was known', async () => {
    await using runtime = createRuntime({ threads: 1 }, { isNamed: true })
    const { url, name } = script as unknown as { readonly url: string; readonly name: string }
    const run = runtime.run(actionRef<typeof script>(url, name), { SCRIPT: 'echo 7' }, { on })
    await expect(run).resolves.toBe(7)
    expect(run.actions()).toMatchObject([{ host: 'here', thread: 0 }])
  })

  it('is ended there when that machine gives its runtime up (D26)', async () => {
    await using runtime = createRuntime({ threads: 1 }, { isNamed: true })
    const run = runtime.run(script, { SCRIPT: STUBBORN }, { on })
    await reported(run)
    machineOf(runtime).lose(5000)
    await expect(run.settled()).resolves.toMatchObject({
      status: 'failed',
      error: { code: 'ThreadLostError', loss: 'host-lost', host: 'here' },
    })
    const [pid] = run.lastReport as number[]
    await expect.poll(() => isRunning(pid as number)).toBe(false)
  })
})
