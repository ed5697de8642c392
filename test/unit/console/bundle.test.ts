import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'

const FOLDER = fileURLToPath(new URL('../../../dist/console/', import.meta.url))

describe('the built page', () => {
  it('is under 120 KB gzipped, all of it together, and asks for nothing from elsewhere', async () => {
    const names = (await readdir(FOLDER, { recursive: true, withFileTypes: true })).filter((name) =>
      name.isFile(),
    )
    const files = await Promise.all(names.map((name) => readFile(`${name.parentPath}/${name.name}`)))
    expect(names.map(({ name }) => name)).toContain('index.html')
    const bytes = files.reduce((sum, file) => sum + gzipSync(file).length, 0)
    expect(bytes).toBeLessThan(120 * 1024)
    for (const file of files) {
      // Names of namespaces are no addresses.
      const addresses = file.toString('utf8').match(/https?:\/\/[\w.-]+/g) ?? []
      expect(addresses.filter((address) => address !== 'http://www.w3.org')).toEqual([])
    }
  })
})
