// Runs the candidates of a suite in turn, round by round in one process, so that what disturbs the machine disturbs
// all of them; and prints medians, spread and ratios.

import { availableParallelism, cpus } from 'node:os'
import { Bench } from 'tinybench'

/** One way to do the work that a suite measures. */
export interface Candidate {
  readonly name: string
  readonly run: () => Promise<unknown>
}

/** What a candidate took: milliseconds a round. */
export interface Measured {
  readonly name: string
  readonly medianMs: number
  readonly lowestMs: number
  readonly highestMs: number
}

/** Measures each candidate once a round; the first round warms up and isn't counted. */
export async function measure(candidates: readonly Candidate[], rounds: number): Promise<Measured[]> {
  const samples = new Map<string, number[]>(candidates.map(({ name }) => [name, []]))
  for (let round = 0; round <= rounds; round += 1) {
    const bench = new Bench({ iterations: 1, time: 0, warmup: false, throws: true })
    for (const { name, run } of candidates) {
      bench.add(name, async () => {
        await run()
      })
    }
    await bench.run()
    if (round === 0) continue
    for (const task of bench.tasks) {
      if (task.result.state !== 'completed') throw new Error(`'${task.name}' ended as ${task.result.state}`)
      samples.get(task.name)?.push(task.result.latency.mean)
    }
  }
  return [...samples].map(([name, taken]) => {
    const sorted = taken.toSorted((a, b) => a - b)
    return {
      name,
      medianMs: sorted[sorted.length >> 1] as number,
      lowestMs: sorted[0] as number,
      highestMs: sorted.at(-1) as number,
    }
  })
}

/** Prints what was measured, with the ratio of each to the first one that is a peer. */
export function print(
  title: string,
  measured: readonly Measured[],
  perRound: number,
  baseline: string,
): void {
  const base = measured.find(({ name }) => name === baseline)
  write(`\n${title}`)
  for (const { name, medianMs, lowestMs, highestMs } of measured) {
    const rate = `${(perRound / medianMs).toFixed(1)} k/s`
    const spread = `${(perRound / highestMs).toFixed(1)}–${(perRound / lowestMs).toFixed(1)}`
    const ratio = base === undefined ? '' : `${(base.medianMs / medianMs).toFixed(2)} × ${baseline}`
    write(`  ${name.padEnd(34)} ${rate.padStart(12)}  (${spread})`.padEnd(70) + ratio)
  }
}

/** What it was measured on. */
export function machine(): { node: string; cpu: string; cores: number } {
  return { node: process.version, cpu: cpus()[0]?.model ?? 'unknown', cores: availableParallelism() }
}

/** Writes a line. */
export function write(line: string): void {
  process.stdout.write(`${line}\n`)
}
