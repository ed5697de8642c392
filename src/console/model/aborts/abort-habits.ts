// What somebody who aborts has given before, kept in the browser: the name, and the latest reasons.

const STORED_NAME = 'heddle.name'
const STORED_REASONS = 'heddle.reasons'
const MOST_REASONS = 4

/** What the server takes as the reason where none is given. */
export const DEFAULT_REASON = 'aborted from outside'

/** Who aborts. */
export function lastName(): string {
  return read(STORED_NAME)
}

/** The latest reasons, the last one first. */
export function lastReasons(): string[] {
  const reasons = read(STORED_REASONS)
  return reasons === '' ? [] : reasons.split('\n')
}

/** Keeps both for the next time. */
export function keepHabits(name: string, reason: string): void {
  write(STORED_NAME, name)
  if (reason === '') return
  const others = lastReasons().filter((each) => each !== reason)
  write(STORED_REASONS, [reason, ...others].slice(0, MOST_REASONS).join('\n'))
}

function read(key: string): string {
  try {
    return localStorage.getItem(key) ?? ''
  } catch {
    return ''
  }
}

function write(key: string, value: string): void {
  try {
    localStorage.setItem(key, value)
  } catch {
    // A browser that keeps nothing: it is asked again.
  }
}
