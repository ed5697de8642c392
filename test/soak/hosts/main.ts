// `node build/test/soak/hosts/main.js --hosts N --aborts N --seed S`: random trees of random bodies on several hosts, some of which
// are killed on the way, under random aborts until there were so many. The event log is checked as in the soak: nothing is lost,
// nothing settles twice.

import { parseArgs } from 'node:util'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRuntime } from 'heddle'
import { connectCluster } from 'heddle/cluster'
import { playRun } from '../play-run.js'
import { Random } from '../random.js'
import { createTotals, Violation } from '../seen.js'
import type { Stage } from '../stage.js'
import { within, type Counts } from '../within.js'
import { Story } from '../story.js'
import { services } from '../talk.js'
import { Farm } from './farm.js'

const LEASE_MS = 4000
/** Runs that are played side by side, and by how many aborts each may be struck, at which of its events. */
const MOST_LIVE = 24
const STRIKES = { counts: [0, 20, 50, 100], events: [10, 40, 150] }
/** Between two hosts that are killed, in milliseconds. */
const SAFE_MS = [2000, 15_000] as const
const MOST_VIOLATIONS = 10
const LINE_MS = 15_000
/** Hosts have many threads on few processors: four pings, each of which may take 15 s, come before a kill that might hit innocents (S6). */
const HANG_MS = 90_000
/** What would keep this process alive. Not its output. */
const HOLDING = new Set(['Timeout', 'Immediate', 'MessagePort', 'Worker', 'TCPSocketWrap', 'ProcessWrap'])

const { values } = parseArgs({
  options: {
    hosts: { type: 'string', default: '4' },
    aborts: { type: 'string', default: '100000' },
    seed: { type: 'string' },
  },
})
const [hosts, aborts] = [Number(values.hosts), Number(values.aborts)]
const seed = values.seed === undefined ? Date.now() % 1_000_000 : Number(values.seed)
if (!(hosts >= 2) || !(aborts > 0) || !Number.isInteger(seed)) {
  throw new Error('--hosts 2 or more, --aborts 1 or more, --seed a whole number')
}

const totals = createTotals()
const counts: Counts = { runs: 0, sweeps: 0, aborts: 0, accepted: 0, letters: 0, warnings: [] }
const violations: Violation[] = []
const startedAt = performance.now()
let killed = 0

function onViolation(violation: Violation): void {
  violations.push(violation)
  write(`\nBROKEN: ${violation.message}\n${violation.history.join('\n')}\n`)
}

process.on('unhandledRejection', (error) => onViolation(new Violation(`unhandled: ${String(error)}`, [])))
process.on('warning', ({ message }) => counts.warnings.push(message))

write(`soak over ${hosts} hosts: ${aborts} aborts, seed ${seed}, Node ${process.version}`)
{
  await using farm = await Farm.start({
    hosts,
    threads: 2,
    leaseMs: LEASE_MS,
    module: new URL('../bodies.js', import.meta.url),
  })
  await using cluster = connectCluster(farm.connect)
  const runtime = createRuntime({
    threads: 1,
    graceMs: 50,
    retain: { runs: 20, actions: 500 },
    services,
    cluster,
  })
  const story = new Story(totals, onViolation, { mayLoseHosts: true })
  const reading = (async () => {
    for await (const event of runtime.events()) story.take(event)
  })()
  const stage: Stage = {
    totals,
    counts,
    onViolation,
    runtime,
    story,
    random: new Random(seed),
    calm: false,
    isFar: true,
    hangMs: HANG_MS,
    strikes: STRIKES,
  }
  const isOver = (): boolean => counts.aborts >= aborts || violations.length >= MOST_VIOLATIONS
  const killing = killHosts(farm, new Random(seed + 1), isOver)
  let lastLine = performance.now()
  const live = new Set<Promise<void>>()
  for (let number = 0; !isOver(); number += 1) {
    const run = playRun(stage, `far-${number}`)
    live.add(run)
    void run.finally(() => live.delete(run))
    if (live.size >= MOST_LIVE) await Promise.race(live)
    if (performance.now() - lastLine < LINE_MS) continue
    lastLine = performance.now()
    line()
  }
  await Promise.all(live)
  await killing
  line()
  const { queued, running, aborting } = runtime.stats()
  if (queued + running + aborting > 0)
    onViolation(new Violation(`all is over, and ${queued} are queued, ${running} run, ${aborting} abort`, []))
  await within(runtime.close(), 'close()', stage)
  await within(reading, 'the end of events()', stage)
  // What a runtime has given back, its hosts have.
  let lent = Infinity
  for (let looks = 0; looks < 50 && lent > 0; looks += 1) {
    await sleep(200)
    lent = (await farm.memory()).reduce((sum, { lanes }) => sum + lanes, 0)
  }
  if (lent > 0) onViolation(new Violation(`the runtime is closed, and ${lent} threads are still lent`, []))
}
const left = await leftBehind()
if (left.length > 0)
  onViolation(new Violation(`all is closed, and the process is held by ${left.join(', ')} (I13)`, []))
write(
  violations.length === 0 ? 'no rule was broken' : `${violations.length} rules were broken; seed ${seed}:`,
)
// Once more, where they are found: their stories may be long.
for (const { message } of violations) write(`  ${message}`)
process.exitCode = violations.length === 0 ? 0 : 1

/** What holds the process for long, though all is closed. */
async function leftBehind(): Promise<readonly string[]> {
  let holding: readonly string[] = []
  for (let looks = 0; looks < 50; looks += 1) {
    await sleep(200)
    holding = process.getActiveResourcesInfo().filter((kind) => HOLDING.has(kind))
    if (holding.length === 0) break
  }
  return holding
}

/** One at a time, so that the others go on. */
async function killHosts(farm: Farm, random: Random, isOver: () => boolean): Promise<void> {
  for (;;) {
    const safeMs = SAFE_MS[0] + random.below(SAFE_MS[1] - SAFE_MS[0])
    const until = performance.now() + safeMs
    while (performance.now() < until && !isOver()) await sleep(100)
    if (isOver()) return
    killed += 1
    await farm.replace(random.below(hosts))
  }
}

function line(): void {
  const seconds = (performance.now() - startedAt) / 1000
  write(
    [
      `${seconds.toFixed(0)} s: ${counts.aborts} aborts (${counts.accepted} accepted), ${killed} hosts killed, ${counts.runs} runs, ${totals.actions} actions, ${totals.attempts} attempts, ${totals.events} events`,
      `  ${list(totals.outcomes)}; ${list(totals.hows)}; threads lost under: ${list(totals.lost)}; ${list(totals.others)}`,
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
