// `npm run bench [-- <suite> …]`: runs the suites in plain Node, prints what they measure and writes it as JSON.

import { mkdir, writeFile } from 'node:fs/promises'
import { consolePage } from './console.js'
import { control } from './control.js'
import { massAbort } from './mass-abort.js'
import { machine, write } from './measure.js'
import { memory } from './memory.js'
import { throughput } from './throughput.js'

const suites: Readonly<Record<string, () => Promise<unknown>>> = {
  throughput: () => throughput(20_000, 7),
  'mass-abort': () => massAbort(10_000, 5),
  memory: () => memory(1_000_000),
  control: () => control(100_000, 1000),
  console: () => consolePage(8, 100_000),
}

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !(name in suites))
if (unknown.length > 0) {
  process.stderr.write(`no suite ${unknown.join(', ')}; there are ${Object.keys(suites).join(', ')}\n`)
  process.exitCode = 2
} else {
  const on = machine()
  write(`Node ${on.node}, ${on.cores} cores, ${on.cpu}`)
  const results: Record<string, unknown> = { machine: on, at: new Date().toISOString() }
  for (const name of asked.length > 0 ? asked : Object.keys(suites)) {
    results[name] = await suites[name]?.()
  }
  const folder = new URL('../../bench/results/', import.meta.url)
  await mkdir(folder, { recursive: true })
  await writeFile(new URL('latest.json', folder), `${JSON.stringify(results, undefined, 2)}\n`)
}
