// Durations and moments in words: as short as they can be told apart, and of a steady width while they count up.

/** A duration, as `0.4 ms`, `38 ms`, `4.21 s`, `3 m 08 s` or `2 h 04 m`. */
export function showDuration(ms: number): string {
  if (!Number.isFinite(ms)) return '–'
  if (ms < 0) return `−${showDuration(-ms)}`
  if (ms < 1) return `${ms.toFixed(ms === 0 ? 0 : 2)} ms`
  if (ms < 10) return `${ms.toFixed(1)} ms`
  if (ms < 999.5) return `${ms.toFixed(0)} ms`
  const seconds = ms / 1000
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 3600) return `${Math.floor(whole / 60)} m ${two(whole % 60)} s`
  const minutes = Math.floor(whole / 60)
  if (minutes < 60 * 48) return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} m`
  return `${Math.floor(minutes / 1440)} d ${Math.floor((minutes % 1440) / 60)} h`
}

/** A duration that counts up or down before one's eyes: whole seconds, so that it doesn't flicker. */
export function showElapsed(ms: number): string {
  const whole = Math.max(0, Math.floor(ms / 1000))
  if (whole < 60) return `${whole} s`
  return showDuration(whole * 1000)
}

/** What is left of a wait: tenths of seconds in its last minute. */
export function showCountdown(ms: number): string {
  return ms < 60_000 ? `${(Math.max(0, ms) / 1000).toFixed(1)} s` : showElapsed(ms)
}

/** A moment of the day, local, as `14:03:07.250`. */
export function showClock(epochMs: number, withMs = true): string {
  const date = new Date(epochMs)
  if (Number.isNaN(date.getTime())) return '–'
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
  return withMs ? `${time}.${String(date.getMilliseconds()).padStart(3, '0')}` : time
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}
