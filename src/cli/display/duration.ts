// Durations as people write and read them.

import { UsageError } from '../input/usage-error.js'

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** `850 ms`, `2.4 s`, `3 min 20 s`, `1 h 04 min`. */
export function formatDuration(durationMs: number): string {
  const milliseconds = Math.max(0, durationMs)
  if (milliseconds < 999.5) return `${Math.round(milliseconds)} ms`
  if (milliseconds < 59_950) return `${(milliseconds / 1000).toFixed(1)} s`
  const seconds = Math.round(milliseconds / 1000)
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
  const minutes = Math.round(seconds / 60)
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`
}

/** The same for a round trip, which mostly takes a few milliseconds: `0.8 ms`, `38 ms`. */
export function formatRoundTrip(durationMs: number): string {
  return durationMs < 9.95 ? `${Math.max(0, durationMs).toFixed(1)} ms` : formatDuration(durationMs)
}

/** The same for a duration that was set and not measured: `3 s`, not `3.0 s`. */
export function formatLimit(durationMs: number): string {
  return formatDuration(durationMs).replace('.0 ', ' ')
}

/** Milliseconds of `500ms`, `5s`, `1.5m`, `1h`; a bare number is milliseconds. @throws `UsageError` that names the option. */
export function parseDuration(text: string, option: string): number {
  const [, number, unit = 'ms'] = /^(\d+(?:\.\d+)?|\.\d+)(ms|s|m|h)?$/.exec(text.trim()) ?? []
  if (number === undefined) {
    throw new UsageError(
      `${option} is '${text}', but must be a time such as 500ms, 5s or 1m (a bare number is milliseconds)`,
    )
  }
  return Number(number) * UNITS[unit]!
}
