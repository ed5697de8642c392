// Tells whether the stack has room for reading or writing messages. A body may look at its signal, or say something, from
// deep within a recursion: what Node then can't read is gone from the port, and what it can't write looks uncloneable.

/** As many parameters as take 64 KB of the stack: enough for a batch, whose values are nested 64 levels deep at most. */
const PARAMETERS: readonly number[] = Array.from({ length: 8000 }, () => 0)

function take(this: void): void {}

/** False where the rest of the stack may be too short: then reading and writing wait for a turn of the loop. */
export function hasStackRoom(): boolean {
  try {
    // All of them are laid on the stack, whatever the compiler makes of a recursion.
    Reflect.apply(take, undefined, PARAMETERS)
    return true
  } catch {
    return false
  }
}
