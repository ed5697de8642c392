// `npm run soak -- --minutes N --seed S`: random trees of random bodies, aborted from all sides, for as long as one
// likes; the event log is checked as it goes, and what is left behind. Prints counts, rates and the heap, and, where a rule
// is broken, what has happened to the actions involved. The plans, and which abort comes at which event, follow from the
// seed; when threads run doesn't, so a seed brings a like story back and not the same one.

import { parseArgs } from 'node:util'
import { playEpoch, serveRuntime } from './epoch.js'
import { heapMb, Leaks } from './leaks.js'
import { playScenes } from './measured.js'
import { Random } from './random.js'
import type { Counts } from './within.js'
import { createTotals, Violation } from './seen.js'

/** How often a line is printed, in milliseconds. */
const LINE_MS = 30_000
/** What the server of the soak holds while it is there: its own, its stream's, and connections of aborts. */
const OF_SERVER: ReadonlySet<string> = new Set(['TCPServerWrap', 'TCPSocketWrap'])
/** Broken rules after which it is no use to go on. */
const MOST_VIOLATIONS = 10
/** Epochs after which it is remembered how much is held, once a third of the time is over: each kind has been played. */
const WARM_UP_EPOCHS = 4
/** When that is compared, but for the end: then the two halves that follow can be held against each other. */
const COMPARED_AT = [1 / 3, 2 / 3]
/** Epochs that are played in any case, or there would be nothing to compare that with. */
const FEWEST_EPOCHS = 8

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
const counts: Counts = { runs: 0, sweeps: 0, aborts: 0, accepted: 0, letters: 0, warnings: [] }
const violations: Violation[] = []
const startedAt = performance.now()

function onViolation(violation: Violation): void {
  violations.push(violation)
  write(`\nBROKEN: ${violation.message}\n${violation.history.join('\n')}\n`)
}

process.on('warning', (warning) => {
  // Of Node itself: the soak counts objects by what is experimental there.
  if (warning.name === 'ExperimentalWarning') return
  // What a killed or ended body has left behind may crash an idle thread, which is told.
  if (warning.name === 'HeddleWarning' && warning.message.startsWith('an idle thread crashed')) {
    counts.warnings.push(warning.message)
    return
  }
  onViolation(new Violation(`a warning was printed: ${warning.stack ?? warning.message}`, []))
})
process.on('unhandledRejection', (error) => onViolation(new Violation(`unhandled: ${String(error)}`, [])))

write(`soak: ${minutes} minutes, seed ${seed}, Node ${process.version}`)
const leaks = new Leaks(onViolation)
const soak = { totals, counts, onViolation }
let epochs = 0
let lastLine = performance.now()
{
  await using served = await serveRuntime(soak)
  while (
    (part() < 1 || epochs < FEWEST_EPOCHS) &&
    violations.length < MOST_VIOLATIONS &&
    epochs < mostEpochs
  ) {
    const random = new Random((seed * 7919 + epochs) >>> 0)
    const before = violations.length
    // Each kind is played in less than a minute, however slow the machine is.
    if (epochs % 4 === 1) await playScenes(soak)
    else if (epochs % 4 === 2) await served.play(random)
    else await playEpoch(random, soak)
    await leaks.look(served.runtime.stats().threads, OF_SERVER)
    epochs += 1
    if (epochs >= WARM_UP_EPOCHS && part() > (COMPARED_AT[leaks.compared] ?? Infinity))
      await leaks.compare(served.told)
    if (violations.length > before)
      write(`that was epoch ${epochs - 1}: npm run soak -- --seed ${seed} --epochs ${epochs}`)
    if (performance.now() - lastLine > LINE_MS) {
      lastLine = performance.now()
      line()
    }
  }
  if (leaks.compared > 0) await leaks.compare(served.told)
  line()
  write(leaks.heap)
}
await leaks.look(0, new Set())
write(
  violations.length === 0 ? 'no rule was broken' : `${violations.length} rules were broken; seed ${seed}:`,
)
// Once more, where they are found: their stories may be long.
for (const { message } of violations) write(`  ${message}`)
process.exitCode = violations.length === 0 ? 0 : 1

/** How much of the time is over. */
function part(): number {
  return (performance.now() - startedAt) / (minutes * 60_000)
}

function line(): void {
  const seconds = (performance.now() - startedAt) / 1000
  write(
    [
      `${seconds.toFixed(0)} s: ${epochs} epochs, ${counts.runs} runs, ${counts.sweeps} sweeps, ${totals.actions} actions (${(totals.actions / seconds).toFixed(0)}/s), ` +
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

function write(text: string): void {
  process.stdout.write(`${text}\n`)
}
