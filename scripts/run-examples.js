// Runs every built example to its end, one after the other, each under a time limit. Names on the command line
// (`04-digits`) choose some of them. Fails at the first that exits with an error or runs out of time.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const limitMs = 300_000
const chosen = process.argv.slice(2)

/** @param {URL} folder */
const listFolders = (folder) =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && /^\d/.test(entry.name))
    .map((entry) => entry.name)
    .toSorted()

// Listed from the sources, so that an example that wasn't built is an error and not a silence.
for (const name of listFolders(new URL('../examples/', import.meta.url))) {
  if (chosen.length > 0 && !chosen.includes(name)) continue
  console.log(`\n── examples/${name}`)
  const entry = fileURLToPath(new URL(`../build/examples/${name}/main.js`, import.meta.url))
  const startedAt = performance.now()
  const { status, signal, error } = spawnSync(process.execPath, [entry], {
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: limitMs,
    killSignal: 'SIGKILL',
  })
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  if (status !== 0) {
    const how = signal ?? error?.message ?? `exit code ${status}`
    console.error(`── examples/${name} failed after ${seconds} s: ${how}`)
    process.exit(1)
  }
  console.log(`── examples/${name} ended well after ${seconds} s`)
}
