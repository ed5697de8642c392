// `node build/bench/sweep/collect-regrets.js [--seeds 30] [--seconds 220] [--fresh]`: measures what isn't kept yet of our samplers'
// regrets, for so many seconds, and keeps it (bench/results/samplers/heddle.json); `--fresh` forgets what is kept.

import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { write } from '../reporting/print.js'
import { keepRegrets, probe, readRegrets, regretOf, samplers, TRIALS, type KeptRegrets } from './regrets.js'
import { testFunctions } from './test-functions.js'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '30' },
    seconds: { type: 'string', default: '220' },
    fresh: { type: 'boolean', default: false },
  },
})
const packageFile = new URL('../../../package.json', import.meta.url)
const { version } = JSON.parse(await readFile(packageFile, 'utf8')) as { readonly version: string }
const before = values.fresh ? undefined : await readRegrets('heddle')
const kept: KeptRegrets = {
  versions: { heddle: version, node: process.versions.node },
  trials: TRIALS,
  functions: { ...before?.functions },
}
const end = performance.now() + 1000 * Number(values.seconds)
let missing = 0
for (let seed = 0; seed < Number(values.seeds); seed += 1) {
  for (const testFunction of testFunctions) {
    const of = (kept.functions[testFunction.name] ??= { probe: probe(testFunction), regrets: {} })
    for (const { name, create, refuses } of samplers) {
      if (refuses?.includes(testFunction.name) === true) continue
      const regrets = (of.regrets[name] ??= [])
      if (regrets.length > seed) continue
      if (performance.now() > end) missing += 1
      else regrets.push(regretOf(create({ seed }), testFunction))
    }
  }
}
await keepRegrets('heddle', kept)
write(missing === 0 ? 'all done' : `${missing} searches are missing: call it again`)
