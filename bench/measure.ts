// Runs the candidates of a group in turn, round by round in one process, so that what disturbs the machine disturbs all
// of them; and gives percentiles, the spread between rounds, and ratios, which are taken round by round.

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Bench } from 'tinybench'
import type { PeerKind } from './peers/peer.js'
import { unlessQuick } from './quick.js'
import { median, percentile } from './statistics.js'

/**
 * What a candidate is: the floor, a peer by default or tuned, one without a pool's services, Heddle, or something shown beside
 * them that none is compared with.
 */
export type Kind = 'floor' | PeerKind | 'heddle' | 'beside'

/** One way to do the work that a group measures. */
export interface Candidate {
  readonly name: string
  readonly kind: Kind
  /** Does it once. Gives the milliseconds that count, where that isn't the whole call; else nothing. */
  readonly run: () => PromiseLike<number | void> | number | void
}

/** How a group is measured. */
export interface Plan {
  readonly title: string
  /** What the figures are in. Lower is better, always. */
  readonly unit: string
  /** The name of what a unit of is taken, where it is shown as a rate, too: 'k/s'. */
  readonly rate?: string
  /** Rounds that count, after one that doesn't. */
  readonly rounds: number
  /** How often each candidate runs in a round. Default 1. */
  readonly iterations?: number
  /** How often it runs at the beginning of its turn without being counted. Default a fifth of `iterations`, rounded down. */
  readonly warmUps?: number
  /**
   * Within a round, each runs once, then each again, as often as `iterations` says; else one after the other, each as often.
   * For what is rare in a program: nobody finds its own code and data still in the processor's caches.
   */
  readonly alternate?: boolean
  /** The candidates are warm from another group: all rounds count. */
  readonly warm?: boolean
  /** What a run's milliseconds are multiplied by to give the unit. Default 1. */
  readonly scale?: number
}

/** What a candidate took. */
export interface Row {
  readonly name: string
  readonly kind: Kind
  readonly p50: number
  readonly p99: number
  /** Lowest and highest median of a round: the spread. */
  readonly low: number
  readonly high: number
  readonly samples: number
  /** How many times as fast as each of the floor and the peers: the median of the rounds' ratios. */
  readonly times: Readonly<Record<string, number>>
}

/** A measured group. */
export interface Group {
  readonly title: string
  readonly unit: string
  readonly rate?: string
  /** The row whose ratios are given first, and the rows that it is compared with. */
  readonly headline?: Headline
  readonly rows: readonly Row[]
}

/** What is said of a group first. */
export interface Headline {
  readonly row: string
  /** Tuned Piscina first, then the fastest peer, which can be the same, then the floors. */
  readonly against: readonly string[]
  readonly fastestPeer: string
}

setFlagsFromString('--expose-gc')

const gc = runInNewContext('gc') as (options?: { type: 'minor' }) => void

/** Collects all garbage. */
export function collect(): void {
  gc()
}

/** Measures each candidate once a round; the first round warms up and isn't counted. */
export async function measure(plan: Plan, candidates: readonly Candidate[]): Promise<Group> {
  const { title, scale = 1, warm = false, alternate = false } = plan
  const rounds = unlessQuick(plan.rounds)
  const iterations = unlessQuick(plan.iterations ?? 1, 3)
  const warmUps = unlessQuick(plan.warmUps ?? Math.floor(iterations / 5), 0)
  const taken = new Map<string, number[][]>(candidates.map(({ name }) => [name, []]))
  for (let round = warm ? 1 : 0; round <= rounds; round += 1) {
    if (process.stderr.isTTY) process.stderr.write(`\r\u{1B}[K${title}: round ${round} of ${rounds}`)
    // Each round begins with another one: the place in the row is nobody's.
    const first = round % candidates.length
    // Once a round: of what wasn't alive in several full collections V8 forgets hidden classes, and the code compiled for them.
    collect()
    const inTurn = [...candidates.slice(first), ...candidates.slice(0, first)]
    const samples = new Map<string, number[]>(candidates.map(({ name }) => [name, []]))
    for (let turn = 0; turn < (alternate ? iterations : 1); turn += 1) {
      const isFirst = turn === 0
      const bench = new Bench({
        iterations: alternate ? 1 : iterations,
        time: 0,
        warmup: false,
        throws: true,
        retainSamples: true,
      })
      for (const { name, run } of inTurn) {
        bench.add(
          name,
          async () => {
            const counted = await run()
            return typeof counted === 'number' ? { overriddenDuration: counted } : undefined
          },
          {
            beforeAll: async () => {
              if (!isFirst) return
              // So that none pays for another's garbage.
              gc({ type: 'minor' })
              // In this order: a collection makes the young generation small again, and it has to grow.
              for (let times = 0; times < warmUps; times += 1) await run()
            },
          },
        )
      }
      await bench.run()
      for (const { name, result } of bench.tasks) {
        if (result.state !== 'completed') throw new Error(`'${name}' ended as ${result.state}`)
        samples.get(name)?.push(...(result.latency.samples ?? []).map((ms) => ms * scale))
      }
    }
    if (round > 0) for (const [name, some] of samples) taken.get(name)?.push(some)
  }
  if (process.stderr.isTTY) process.stderr.write('\r\u{1B}[K')
  return {
    title,
    unit: plan.unit,
    ...(plan.rate !== undefined && { rate: plan.rate }),
    rows: rowsOf(candidates.map(({ name, kind }) => ({ name, kind, rounds: taken.get(name) ?? [] }))),
  }
}

/** What was measured of a candidate: for each round its samples. */
export interface Taken {
  readonly name: string
  readonly kind: Kind
  readonly rounds: readonly (readonly number[])[]
}

/** Makes rows of samples that were taken otherwise than by `measure`, in rounds with all candidates in each. */
export function rowsOf(all: readonly Taken[]): Row[] {
  return all.map((one) => rowOf(one, all))
}

function rowOf({ name, kind, rounds }: Taken, candidates: readonly Taken[]): Row {
  const medians = rounds.map(median)
  const all = rounds.flat()
  const times: Record<string, number> = {}
  for (const other of candidates) {
    if (other.name === name || other.kind === 'heddle' || other.kind === 'beside') continue
    times[other.name] = median(medians.map((mine, round) => median(other.rounds[round] ?? []) / mine))
  }
  return {
    name,
    kind,
    p50: percentile(all, 50),
    p99: percentile(all, 99),
    low: Math.min(...medians),
    high: Math.max(...medians),
    samples: all.length,
    times,
  }
}
