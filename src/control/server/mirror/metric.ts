// Metrics of one number each.

import { Counter, Gauge, type Metric } from 'prom-client'

/** A number that is looked up when it is asked for. */
export function gauge(name: string, help: string, value: () => number): Metric {
  return new Gauge({
    name,
    help,
    registers: [],
    collect() {
      this.set(value())
    },
  })
}

/** The same for one that only grows. */
export function counter(name: string, help: string, value: () => number): Metric {
  return new Counter({
    name,
    help,
    registers: [],
    collect() {
      this.reset()
      this.inc(value())
    },
  })
}
