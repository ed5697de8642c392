import * as heddle from 'heddle'
import { createRuntime } from 'heddle'
import { describe, expect, it } from 'vitest'
import { exportsOfHeddle, loadedFiles, startsWorker } from '#fixtures/loaded.js'

describe('a thread', () => {
  it('loads neither XState nor the pool for an action that needs none', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const files = await runtime.run(loadedFiles)
    // By which Piscina's own part of a thread is found.
    expect(files).toContainEqual(expect.stringMatching(/[\\/]piscina[\\/]dist[\\/]worker\.js$/))
    expect(
      files.filter((file) => /[\\/]xstate[\\/]|[\\/]piscina[\\/]dist[\\/](?:main|index)\.js$/.test(file)),
    ).toEqual([])
  })

  it('loads of heddle only what a thread needs, where it gets options of its own, and finds all of it', async () => {
    await using runtime = createRuntime({ threads: 1, execArgv: [] })
    const { url, names } = await runtime.run(exportsOfHeddle)
    expect(url).toMatch(/thread-index\.js$/)
    expect(names.toSorted()).toEqual(Object.keys(heddle).toSorted())
  })

  it('lets workers that a body starts make runtimes', async () => {
    await using runtime = createRuntime({ threads: 1, execArgv: [] })
    const { url, given } = await runtime.run(startsWorker)
    // They have the options of the thread.
    expect(url).toMatch(/thread-index\.js$/)
    expect(given).toBe('given')
  })
})
