// The runtime's counts in Prometheus' form, with or without a server. The registry is our own: nothing is added to an app's
// default one.

import { Counter, Gauge, Histogram, Registry, type Metric } from 'prom-client'
import type { ActionEvent } from '../../../events.js'
import type { AbortSource } from '../../../protocol/errors/abort-reason.js'
import type { AbortHow } from '../../../protocol/errors/errors.js'
import { isTerminal } from '../../../protocol/outcome.js'
import { isPruning } from '../../shown/pruned.js'
import { clusterMetrics } from './cluster-metrics.js'
import { counter, gauge } from './metric.js'
import type {
  EventSubject,
  LoopWatch,
  RuntimeAccess,
  RuntimeMetrics,
} from '../../../runtime/runtime-access.js'

/** No streams are open. */
export const none = (): number => 0

const SECONDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 300, 1800]

/** Metrics of one runtime. */
export class Metrics implements RuntimeMetrics {
  readonly #registry = new Registry()
  readonly #loopDelay: LoopWatch
  readonly #aborts = new Map<AbortSource, number>()
  readonly #stopped = new Map<AbortHow, number>()
  #pruned = 0
  readonly #runSeconds = new Histogram({
    name: 'heddle_action_run_seconds',
    help: 'Run time of the last attempt, by outcome.',
    labelNames: ['outcome'],
    buckets: SECONDS,
    registers: [],
  })
  readonly #deliverySeconds = new Histogram({
    name: 'heddle_abort_delivery_seconds',
    help: 'From the request of an abort until it was seen inside the thread.',
    buckets: SECONDS,
    registers: [],
  })
  readonly #settleSeconds = new Histogram({
    name: 'heddle_abort_settle_seconds',
    help: 'From the request of an abort until the action had ended, by how.',
    labelNames: ['how'],
    buckets: SECONDS,
    registers: [],
  })
  readonly #stopObserving: () => void
  streams: () => number = none

  constructor(access: RuntimeAccess) {
    this.#loopDelay = access.watchLoop()
    const metrics: readonly Metric[] = [
      ...actionMetrics(access),
      ...laneMetrics(access),
      ...(access.cluster === undefined ? [] : clusterMetrics(access.cluster, access.lanes)),
      gauge('heddle_event_streams', 'Event streams that are open.', () => this.streams()),
      counter('heddle_events_total', 'Events of the runtime.', () => access.events.seq),
      counters(
        'heddle_aborts_total',
        'Aborts that were accepted since metrics are collected (the first serve or metrics call), by source.',
        'source',
        this.#aborts,
      ),
      counters(
        'heddle_stopped_total',
        'How aborted and timed-out actions have ended since metrics are collected.',
        'how',
        this.#stopped,
      ),
      counter(
        'heddle_pruned_total',
        'Of the actions that were aborted since metrics are collected: trials that their sweep stopped, with what was under them.',
        () => this.#pruned,
      ),
      this.#runSeconds,
      this.#deliverySeconds,
      this.#settleSeconds,
      ...processMetrics(),
      loopDelayMetric(this.#loopDelay),
    ]
    for (const metric of metrics) this.#registry.registerMetric(metric)
    this.#stopObserving = access.events.observe((event, subject) => this.#take(event, subject))
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  /** Takes in an event, and the times of its action: to look that up would be dear where a run has very many. */
  #take(event: ActionEvent, { startedAt, abortRequestedAt }: EventSubject): void {
    if (event.type === 'abort') countUp(this.#aborts, event.reason.source)
    if (event.type !== 'abortSeen' && (event.type !== 'phase' || !isTerminal(event.phase))) return
    if (event.type === 'abortSeen') {
      if (abortRequestedAt !== undefined)
        this.#deliverySeconds.observe(Math.max(0, event.at - abortRequestedAt) / 1000)
      return
    }
    if (event.phase === 'aborted' && isPruning(event.reason)) this.#pruned += 1
    if (startedAt !== undefined)
      this.#runSeconds.observe({ outcome: event.phase }, (event.at - startedAt) / 1000)
    if (event.how === undefined) return
    countUp(this.#stopped, event.how)
    if (abortRequestedAt !== undefined) {
      this.#settleSeconds.observe({ how: event.how }, Math.max(0, event.at - abortRequestedAt) / 1000)
    }
  }

  text(): Promise<string> {
    return this.#registry.metrics()
  }

  close(): void {
    this.#loopDelay.close()
    this.#stopObserving()
  }
}

/** What is counted of actions and runs. */
function actionMetrics({ counts, runs }: RuntimeAccess): readonly Metric[] {
  return [
    new Gauge({
      name: 'heddle_actions',
      help: 'Live actions, by phase.',
      labelNames: ['phase'],
      registers: [],
      collect() {
        for (const [phase, count] of Object.entries(counts.live)) this.set({ phase }, count)
      },
    }),
    new Counter({
      name: 'heddle_actions_settled_total',
      help: 'Actions that have ended since the runtime was created, by outcome.',
      labelNames: ['outcome'],
      registers: [],
      collect() {
        this.reset()
        for (const [outcome, count] of Object.entries(counts.totals)) this.inc({ outcome }, count)
      },
    }),
    counter(
      'heddle_refused_total',
      'Calls that were refused since the runtime was created: a full queue, wrong options, closed.',
      () => counts.refused,
    ),
    new Gauge({
      name: 'heddle_runs',
      help: 'Runs that are live or kept, by phase.',
      labelNames: ['phase'],
      registers: [],
      collect() {
        this.reset()
        for (const { root } of runs.runs()) this.inc({ phase: root.phase })
      },
    }),
  ]
}

/** What is counted of threads. */
function laneMetrics({ lanes }: RuntimeAccess): readonly Metric[] {
  return [
    new Gauge({
      name: 'heddle_lanes',
      help: 'Lanes, by role and state.',
      labelNames: ['role', 'state'],
      registers: [],
      collect() {
        this.reset()
        for (const { role, state } of lanes.states()) this.inc({ role, state })
      },
    }),
    gauge('heddle_threads', 'Threads that are up or starting.', () => lanes.threads),
    gauge(
      'heddle_abandoned',
      'Bodies that were given up while their code may still run.',
      () => lanes.abandoned,
    ),
  ]
}

function processMetrics(): readonly Metric[] {
  return [
    gauge('process_resident_memory_bytes', 'Memory of the process.', () => process.memoryUsage.rss()),
    gauge('nodejs_heap_used_bytes', 'Heap of the main thread.', () => process.memoryUsage().heapUsed),
    gauge('process_start_time_seconds', 'When the process was started.', () => performance.timeOrigin / 1000),
    counter('process_cpu_seconds_total', 'Time that the process has computed.', () => {
      const { user, system } = process.cpuUsage()
      return (user + system) / 1e6
    }),
  ]
}

function loopDelayMetric(loopDelay: LoopWatch): Metric {
  return new Gauge({
    name: 'heddle_event_loop_delay_seconds',
    help: "Delay of the app's event loop since the last scrape, or, within a second of that, as it said.",
    labelNames: ['quantile'],
    registers: [],
    collect() {
      const { p50Ms, p99Ms, maxMs } = loopDelay.read()
      this.set({ quantile: '0.5' }, p50Ms / 1000)
      this.set({ quantile: '0.99' }, p99Ms / 1000)
      this.set({ quantile: '1' }, maxMs / 1000)
    },
  })
}

/** Counts by one label. They are looked up when they are asked for: to count in a metric itself takes far longer. */
function counters(
  name: string,
  help: string,
  label: 'source' | 'how',
  counts: ReadonlyMap<string, number>,
): Metric {
  return new Counter({
    name,
    help,
    labelNames: [label],
    registers: [],
    collect() {
      this.reset()
      for (const [value, count] of counts) this.inc({ [label]: value }, count)
    },
  })
}

function countUp<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
