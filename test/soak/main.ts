// `npm run soak -- --minutes N --seed S`: random trees of random bodies, aborted from all sides, for as long as one
// likes; the event log is checked as it goes. Prints counts, rates and the heap, and, where a rule is broken, what has
// happened to the actions involved. The plans, and which abort comes at which event, follow from the seed; when threads
// run doesn't, so a seed brings a like story back and not the same one.

import { parseArgs } from 'node:util'
import { playEpoch, type Counts } from './epoch.js'
import { Random } from './random.js'
import { createTotals, Violation } from './story.js'

/** How often a line is printed, in milliseconds. */
const LINE_MS = 30_000
/** Broken rules after which it is no use to go on. */
const MOST_VIOLATIONS = 10
/** Epochs before the heap is looked at for the first time: code is compiled, and caches are filled. */
const WARM_UP_EPOCHS = 20
/** How much the heap may have grown at the end: by this part, or by so many megabytes. */
const HEAP_GROWTH = 1.15
const HEAP_GROWTH_MB = 3

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '2' },
    seed: { type: 'string' },
    epochs: { type: 'string' },
  },
})
const minutes = Number(values.minutes)
const seed = values.seed === undefined ? Date.now() % 1_000_000 : Number(values.seed)
const mostEpochs = values.epochs === undefined ? Infinity : Number(values.epochs)
if (!(minutes > 0) || !Number.isInteger(seed) || !(mostEpochs > 0)) {
  throw new Error(
    `--minutes ${values.minutes} --seed ${values.seed ?? ''}: give minutes above 0 and a whole number`,
  )
}

const totals = createTotals()
const counts: Counts = { runs: 0, aborts: 0, accepted: 0, warnings: [] }
const violations: Violation[] = []
const startedAt = performance.now()

function onViolation(violation: Violation): void {
  violations.push(violation)
  write(`\nBROKEN: ${violation.message}\n${violation.history.join('\n')}\n`)
}

process.on('warning', (warning) => {
  // What a killed or ended body has left behind may crash an idle thread, which is told.
  if (warning.name === 'HeddleWarning' && warning.message.startsWith('an idle thread crashed')) {
    counts.warnings.push(warning.message)
    return
  }
  onViolation(new Violation(`a warning was printed: ${warning.stack ?? warning.message}`, []))
})
process.on('unhandledRejection', (error) => onViolation(new Violation(`unhandled: ${String(error)}`, [])))

write(`soak: ${minutes} minutes, seed ${seed}, Node ${process.version}`)
let epochs = 0
let heapBefore: number | undefined
let lastLine = performance.now()
while (
  performance.now() - startedAt < minutes * 60_000 &&
  violations.length < MOST_VIOLATIONS &&
  epochs < mostEpochs
) {
  const epochSeed = (seed * 7919 + epochs) >>> 0
  const before = violations.length
  await playEpoch(new Random(epochSeed), totals, counts, onViolation)
  if (violations.length > before)
    write(`that was epoch ${epochs}: npm run soak -- --seed ${seed} --epochs ${epochs + 1}`)
  epochs += 1
  if (epochs === WARM_UP_EPOCHS) heapBefore = heapMb()
  if (performance.now() - lastLine > LINE_MS) {
    lastLine = performance.now()
    line()
  }
}

const left = process.getActiveResourcesInfo().filter((kind) => /Worker|MessagePort|Timeout/.test(kind))
if (left.length > 0) onViolation(new Violation(`left behind: ${left.join(', ')} (I9)`, []))
const heapAfter = heapMb()
if (
  heapBefore !== undefined &&
  heapAfter > heapBefore * HEAP_GROWTH &&
  heapAfter > heapBefore + HEAP_GROWTH_MB
)
  onViolation(new Violation(`the heap has grown from ${heapBefore} to ${heapAfter} MB (I9)`, []))
line()
write(`heap: ${heapBefore ?? '-'} MB after ${WARM_UP_EPOCHS} epochs, ${heapAfter} MB at the end`)
write(violations.length === 0 ? 'no rule was broken' : `${violations.length} rules were broken; seed ${seed}`)
process.exitCode = violations.length === 0 ? 0 : 1

function line(): void {
  const seconds = (performance.now() - startedAt) / 1000
  write(
    [
      `${seconds.toFixed(0)} s: ${epochs} epochs, ${counts.runs} runs, ${totals.actions} actions (${(totals.actions / seconds).toFixed(0)}/s), ` +
        `${totals.attempts} attempts, ${counts.aborts} aborts from outside (${counts.accepted} accepted), ${totals.events} events, ${totals.threads.size} threads, ${heapMb()} MB`,
      `  ${list(totals.outcomes)}; ${list(totals.hows)}`,
      `  sources: ${list(totals.sources)}; threads lost under: ${list(totals.lost)}; ${list(totals.others)}; idle threads crashed ${counts.warnings.length}`,
    ].join('\n'),
  )
}

function list(all: Readonly<Record<string, number>>): string {
  return Object.entries(all)
    .map(([key, count]) => `${key} ${count}`)
    .join(', ')
}

function heapMb(): number {
  globalThis.gc?.()
  return Math.round(process.memoryUsage().heapUsed / 1e5) / 10
}

function write(text: string): void {
  process.stdout.write(`${text}\n`)
}
