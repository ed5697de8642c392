// A folder for the files of one test, which goes with it.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder; disposing of it removes it. */
export interface TemporaryFolder extends AsyncDisposable {
  /** Where a file in it is. */
  path(name: string): string
}

/** Makes one. */
export async function createTemporaryFolder(): Promise<TemporaryFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'heddle-test-'))
  return {
    path: (name) => join(folder, name),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}
