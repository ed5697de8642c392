import { readFile, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { lockFile, type FileLock } from '../../../src/sweep/storage/file-lock.js'
import { createTemporaryFolder } from '../../support/temporary-folder.js'

describe('file lock', () => {
  const held = (taken: Awaited<ReturnType<typeof lockFile>>): FileLock => {
    if ('heldBy' in taken) throw new Error(`held by ${taken.heldBy}`)
    return taken
  }

  it('is taken over from a process that is dead, or whose number another one has now', async () => {
    await using folder = await createTemporaryFolder()
    const path = folder.path('lock')
    // No process has a number that high.
    await writeFile(path, JSON.stringify({ pid: 2 ** 30, host: hostname(), token: 'a' }))
    await held(await lockFile(path)).release()
    await writeFile(path, JSON.stringify({ pid: process.pid, host: hostname(), started: '1', token: 'b' }))
    if (existsSync('/proc/self/stat')) await held(await lockFile(path)).release()
    expect(existsSync(`${path}.break`)).toBe(false)
  })

  it('is taken over from a thread that has died in a process that lives', async () => {
    await using folder = await createTemporaryFolder()
    const path = folder.path('lock')
    const module = new URL('../../../build/src/sweep/storage/file-lock.js', import.meta.url).href
    const worker = new Worker(
      `const { parentPort, workerData: { module, path } } = require('node:worker_threads')
       import(module).then(({ lockFile }) => lockFile(path)).then(() => {
         parentPort.postMessage('held')
         for (;;);
       })`,
      { eval: true, workerData: { module, path } },
    )
    await once(worker, 'message')
    expect(await lockFile(path)).toEqual({ heldBy: 'this process' })
    await worker.terminate()
    await held(await lockFile(path)).release()
    expect(existsSync(path)).toBe(false)
  })

  it.each(['rubbish', 'null', '[]', '{}', '"mine"', '12', '\0\0\0'])(
    "that holds %j is nobody's, and is taken over",
    async (content) => {
      await using folder = await createTemporaryFolder()
      const path = folder.path('lock')
      await writeFile(path, content)
      await held(await lockFile(path)).release()
      expect(await readdir(dirname(path))).toEqual([])
    },
  )

  it('is written again when it is gone, and lost to another machine only', async () => {
    await using folder = await createTemporaryFolder()
    const path = folder.path('lock')
    const lock = held(await lockFile(path))
    const content = await readFile(path, 'utf8')
    await rm(path)
    expect(await lock.renew()).toBeUndefined()
    expect(await readFile(path, 'utf8')).toBe(content)
    await writeFile(path, JSON.stringify({ pid: 1, host: hostname(), token: 'b' }))
    expect(await lock.renew()).toBeUndefined()
    await writeFile(path, JSON.stringify({ pid: 1, host: 'elsewhere', token: 'b', sweep: 'other' }))
    expect(await lock.renew()).toBe("process 1 on the machine 'elsewhere' (sweep 'other')")
    await lock.release()
    expect(existsSync(path)).toBe(true)
  })

  it('is not taken over from a process on another machine', async () => {
    await using folder = await createTemporaryFolder()
    const path = folder.path('lock')
    await writeFile(path, JSON.stringify({ pid: 2 ** 30, host: 'elsewhere', token: 'a' }))
    expect(await lockFile(path)).toEqual({ heldBy: `process ${2 ** 30} on the machine 'elsewhere'` })
  })

  it('without content is being taken, and after a while was given up', async () => {
    await using folder = await createTemporaryFolder()
    const path = folder.path('lock')
    await writeFile(path, '')
    expect(await lockFile(path)).toEqual({ heldBy: 'a process that is just taking it' })
    const longAgo = new Date(Date.now() - 60_000)
    await utimes(path, longAgo, longAgo)
    await held(await lockFile(path)).release()
  })

  it('goes to one of many who find it given up at the same time', async () => {
    await using folder = await createTemporaryFolder()
    for (let round = 0; round < 20; round += 1) {
      const path = folder.path(`lock-${round}`)
      await writeFile(path, JSON.stringify({ pid: 2 ** 30, host: hostname(), token: 'a' }))
      const taken = await Promise.all(Array.from({ length: 8 }, () => lockFile(path)))
      const winners = taken.filter((one) => !('heldBy' in one))
      expect(winners).toHaveLength(1)
      await held(winners[0] as FileLock).release()
    }
  })

  it('lets go of its own only', async () => {
    await using folder = await createTemporaryFolder()
    const path = folder.path('lock')
    const lock = held(await lockFile(path))
    const other = JSON.stringify({ pid: process.pid, host: hostname(), token: 'other' })
    await writeFile(path, other)
    await lock.release()
    expect(await readFile(path, 'utf8')).toBe(other)
  })
})
