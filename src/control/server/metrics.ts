// The runtime's counts in Prometheus' form. The registry is the server's own: nothing is added to an app's default one.

import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Counter, Gauge, Histogram, Registry, type Metric } from 'prom-client'
import type { ActionEvent } from '../../events.js'
import { isTerminal } from '../../protocol/outcome.js'
import type { RuntimeAccess } from '../../runtime/serving.js'
import type { ActionEntry } from './catalog.js'

/** Metrics of one server. */
export class Metrics {
  readonly #registry = new Registry()
  readonly #loopDelay = monitorEventLoopDelay({ resolution: 10 })
  readonly #aborts: Counter<'source'>
  readonly #stopped: Counter<'how'>
  readonly #runSeconds: Histogram<'outcome'>
  readonly #deliverySeconds: Histogram
  readonly #settleSeconds: Histogram<'how'>

  constructor(access: RuntimeAccess, streams: () => number) {
    const registers = [this.#registry]
    const add = (metric: Metric): void => this.#registry.registerMetric(metric)
    const { supervisor, lanes, records, events } = access
    const seconds = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 300, 1800]
    const gauge = (name: string, help: string, value: () => number): void => {
      add(
        new Gauge({
          name,
          help,
          registers: [],
          collect() {
            this.set(value())
          },
        }),
      )
    }
    this.#loopDelay.enable()
    add(
      new Gauge({
        name: 'heddle_actions',
        help: 'Live actions, by phase.',
        labelNames: ['phase'],
        registers: [],
        collect() {
          for (const [phase, count] of Object.entries(supervisor.live)) this.set({ phase }, count)
        },
      }),
    )
    add(
      new Counter({
        name: 'heddle_actions_settled_total',
        help: 'Actions that have ended since the runtime was created, by outcome.',
        labelNames: ['outcome'],
        registers: [],
        collect() {
          this.reset()
          for (const [outcome, count] of Object.entries(supervisor.totals)) this.inc({ outcome }, count)
        },
      }),
    )
    add(
      new Gauge({
        name: 'heddle_runs',
        help: 'Runs that are live or kept, by phase.',
        labelNames: ['phase'],
        registers: [],
        collect() {
          this.reset()
          for (const { root } of records.runs()) this.inc({ phase: root.phase })
        },
      }),
    )
    add(
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
    )
    gauge('heddle_threads', 'Threads that are up or starting.', () => lanes.threads)
    gauge(
      'heddle_abandoned',
      'Bodies that were given up while their code may still run.',
      () => lanes.abandoned,
    )
    gauge('heddle_event_streams', 'Event streams that are open.', streams)
    add(
      new Counter({
        name: 'heddle_events_total',
        help: 'Events of the runtime.',
        registers: [],
        collect() {
          this.reset()
          this.inc(events.seq)
        },
      }),
    )
    this.#aborts = new Counter({
      name: 'heddle_aborts_total',
      help: 'Aborts that were accepted while the runtime was served, by source.',
      labelNames: ['source'],
      registers,
    })
    this.#stopped = new Counter({
      name: 'heddle_stopped_total',
      help: 'How aborted and timed-out actions have ended while the runtime was served.',
      labelNames: ['how'],
      registers,
    })
    this.#runSeconds = new Histogram({
      name: 'heddle_action_run_seconds',
      help: 'Run time of the last attempt, by outcome.',
      labelNames: ['outcome'],
      buckets: seconds,
      registers,
    })
    this.#deliverySeconds = new Histogram({
      name: 'heddle_abort_delivery_seconds',
      help: 'From the request of an abort until it was seen inside the thread.',
      buckets: seconds,
      registers,
    })
    this.#settleSeconds = new Histogram({
      name: 'heddle_abort_settle_seconds',
      help: 'From the request of an abort until the action had ended, by how.',
      labelNames: ['how'],
      buckets: seconds,
      registers,
    })
    gauge('process_resident_memory_bytes', 'Memory of the process.', () => process.memoryUsage.rss())
    gauge('nodejs_heap_used_bytes', 'Heap of the main thread.', () => process.memoryUsage().heapUsed)
    gauge('process_start_time_seconds', 'When the process was started.', () => performance.timeOrigin / 1000)
    add(
      new Counter({
        name: 'process_cpu_seconds_total',
        help: 'Time that the process has computed.',
        registers: [],
        collect() {
          const { user, system } = process.cpuUsage()
          this.reset()
          this.inc((user + system) / 1e6)
        },
      }),
    )
    const loopDelay = this.#loopDelay
    add(
      new Gauge({
        name: 'heddle_event_loop_delay_seconds',
        help: "Delay of the app's event loop since the last scrape.",
        labelNames: ['quantile'],
        registers: [],
        collect() {
          const { p50Ms, p99Ms, maxMs } = readDelay(loopDelay)
          this.set({ quantile: '0.5' }, p50Ms / 1000)
          this.set({ quantile: '0.99' }, p99Ms / 1000)
          this.set({ quantile: '1' }, maxMs / 1000)
        },
      }),
    )
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  /** Takes in an event. */
  take(event: ActionEvent, { node }: ActionEntry): void {
    if (event.type === 'abort') this.#aborts.inc({ source: event.reason.source })
    if (event.type === 'abortSeen' && node.abortRequestedAt !== undefined) {
      this.#deliverySeconds.observe(Math.max(0, event.at - node.abortRequestedAt) / 1000)
    }
    if (event.type !== 'phase' || !isTerminal(event.phase)) return
    const { startedAt, abortRequestedAt } = node
    if (startedAt !== undefined)
      this.#runSeconds.observe({ outcome: event.phase }, (event.at - startedAt) / 1000)
    if (event.how === undefined) return
    this.#stopped.inc({ how: event.how })
    if (abortRequestedAt !== undefined) {
      this.#settleSeconds.observe({ how: event.how }, Math.max(0, event.at - abortRequestedAt) / 1000)
    }
  }

  text(): Promise<string> {
    return this.#registry.metrics()
  }

  close(): void {
    this.#loopDelay.disable()
    this.#registry.clear()
  }
}

type LoopDelay = ReturnType<typeof monitorEventLoopDelay>

/** What the loop was late by since the last look: the histogram counts its own interval of 10 ms, too. */
export function readDelay(delay: LoopDelay): { meanMs: number; p50Ms: number; p99Ms: number; maxMs: number } {
  const read = {
    meanMs: late(delay.mean),
    p50Ms: late(delay.percentile(50)),
    p99Ms: late(delay.percentile(99)),
    maxMs: late(delay.max),
  }
  delay.reset()
  return read
}

function late(nanoseconds: number): number {
  return Number.isFinite(nanoseconds) ? Math.max(0, nanoseconds / 1e6 - 10) : 0
}
