import { createRuntime } from 'heddle'
import { describe, expect, it } from 'vitest'
import { loadedFiles } from '#fixtures/loaded.js'

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
})
