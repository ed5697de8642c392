// `npm run simulate -- --seeds 1..100000 --minutes 5`: plays one history for each seed, in a world that follows from it. Where a
// rule is broken, it says which, what has happened, and how to play it again: `--seed N --trace`.

import { parseArgs } from 'node:util'
import { loadComlink } from '../../src/channels/comlink.js'
import { Random } from '../soak/random.js'
import { play, type Played } from './play.js'
import { drawStory } from './draw.js'
import type { Story } from './plan.js'
import { shrink } from './shrink.js'
import { FAR_SITUATIONS, SITUATIONS } from './situations.js'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1..100000' },
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    shrink: { type: 'boolean', default: false },
    failures: { type: 'string', default: '5' },
    network: { type: 'boolean', default: false },
  },
})

/** In so many histories, each rule's situation must come about: fewer than two minutes play. */
const MANY = 1500
/** So often it should, in as many as three minutes play on a slow machine. */
const OFTEN = 100
const PLAYED = 2500
/** Of so many histories, one is looked at for what is held in memory at its end. */
const WEIGHED_ONE_OF = 16

await loadComlink()
// Nobody reads them here, and they are what most errors cost.
Error.stackTraceLimit = values.trace ? 10 : 0
const [from = 1, to = from] = (values.seed ?? values.seeds).split('..').map(Number)
const until = performance.now() + Number(values.minutes) * 60_000
const coverage = new Map<string, number>()
let played = 0
let actions = 0
let steps = 0
let failures = 0
let total = 0x811c9dc5
const startedAt = performance.now()
const usedBefore = process.cpuUsage()
for (let seed = from; seed <= to; seed += 1) {
  if (performance.now() > until) break
  const result = await play(seed, storyOf(seed), {
    isTraced: values.trace,
    isWeighed: seed % WEIGHED_ONE_OF === 0,
    mostBroken: values.trace ? 5 : 1,
  })
  played += 1
  total = Math.imul(total ^ result.hash, 0x01000193) >>> 0
  actions += result.actions
  steps += result.steps
  for (const [rule, count] of result.coverage) coverage.set(rule, (coverage.get(rule) ?? 0) + count)
  if (values.trace) for (const line of result.trace) console.log(line)
  if (values.seed !== undefined)
    console.log(
      `hash ${result.hash.toString(16)}, ${result.actions} actions, ${result.steps} steps, ${result.virtualMs.toFixed(1)} ms`,
    )
  if (result.broken.length > 0) {
    failures += 1
    await tell(seed, result)
  }
  if (failures >= Number(values.failures)) break
}
const seconds = (performance.now() - startedAt) / 1000
// On a machine that is busy with something else, only this tells what a history costs.
const processorSeconds = process.cpuUsage(usedBefore).user / 1e6
console.log(
  `${played} seeds, ${actions} actions, ${steps} steps in ${seconds.toFixed(1)} s, ${processorSeconds.toFixed(1)} s of processor time: ${Math.round((actions / seconds) * 60)} actions a minute, ${Math.round((actions / processorSeconds) * 60)} a minute of processor time`,
)
const situations = values.network ? [...SITUATIONS, ...FAR_SITUATIONS] : SITUATIONS
const times = new Map(situations.map((rule) => [rule, coverage.get(rule) ?? 0]))
console.log(
  `how often each rule's situation came about: ${[...times].map(([rule, count]) => `${rule} ${count}`).join(', ')}`,
)
const seldom = [...times].filter(([, count]) => count > 0 && (count / played) * PLAYED < OFTEN)
if (seldom.length > 0)
  console.log(
    `less than ${OFTEN} times in ${PLAYED} histories: ${seldom.map(([rule, count]) => `${rule} ${Math.round((count / played) * PLAYED)}`).join(', ')}`,
  )
const missing = [...times].filter(([, count]) => count === 0).map(([rule]) => rule)
if (missing.length > 0) console.log(`never: ${missing.join(', ')}`)
// What never comes about isn't checked. A short run isn't asked for all.
const isLong = played >= MANY
console.log(`hash of all: ${total.toString(16)}`)

/** With other machines in each, if that is asked for. */
function storyOf(seed: number): Story {
  return drawStory(new Random(seed), values.network)
}

/** What is broken, the smallest history that breaks it, and how to play it again. */
async function tell(seed: number, { broken }: Played): Promise<void> {
  for (const { rule, what, at } of broken)
    console.log(`seed ${seed}: ${rule} at ${at.toFixed(3)} ms: ${what}`)
  const [first] = broken
  if (values.trace || first === undefined) return
  console.log(`  again: npm run simulate -- --seed ${seed}${values.network ? ' --network' : ''} --trace`)
  if (!values.shrink) return
  const smallest = await shrink(seed, storyOf(seed), first.rule)
  const { trace } = await play(seed, smallest, { isTraced: true })
  console.log(
    `  the smallest history that breaks it, to be kept:\n${JSON.stringify({ seed, rule: first.rule, story: smallest })}`,
  )
  for (const line of trace.slice(-80)) console.log(`  ${line}`)
}

process.exitCode = failures > 0 || (isLong && missing.length > 0) ? 1 : 0
