// Removes the folders named on the command line (relative to the package's root), so that no output of a deleted source
// file outlives it. A script of our own, because `rm -rf` is not on every machine.
import { rmSync } from 'node:fs'

const root = new URL('../', import.meta.url)

for (const folder of process.argv.slice(2)) {
  rmSync(new URL(`${folder}/`, root), { recursive: true, force: true, maxRetries: 3 })
}
