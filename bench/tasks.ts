// The work that all candidates are given: plain functions, which each peer's thread file and Heddle's actions wrap.

/** Nothing: what is left is the cost of the call. */
export function noOp(): number {
  return 1
}

/** Computes for a fixed number of loops, so that a busy machine makes it take longer, and doesn't make it do less. */
export function compute(loops: number): number {
  let value = 1
  for (let done = 0; done < loops; done += 1) value = (value * 16_807) % 2_147_483_647
  return value
}

/** How many loops of `compute` take a millisecond here. */
export function calibrate(): number {
  const loops = 5e6
  const ms = Array.from({ length: 9 }, () => {
    const start = performance.now()
    compute(loops)
    return performance.now() - start
  })
  return loops / Math.min(...ms)
}

/** Takes a payload and answers with its size. */
export function byteLength(bytes: Uint8Array): number {
  return bytes.byteLength
}

/** Says that it has begun, and then never yields and never ends. */
export function forever(begun: Int32Array<SharedArrayBuffer>): never {
  Atomics.store(begun, 0, 1)
  for (;;);
}

/** Says that it has begun in the first word, and computes until the second one is set. */
export function busyUntil(words: Int32Array<SharedArrayBuffer>): void {
  Atomics.store(words, 0, 1)
  while (Atomics.load(words, 1) === 0);
}

/** Waits until another one has come, too: both have a thread at the same time. */
export function meet(words: Int32Array<SharedArrayBuffer>): void {
  if (Atomics.add(words, 0, 1) === 1) Atomics.notify(words, 0)
  else Atomics.wait(words, 0, 1)
}

/** All of them, by name. */
export const tasks = { noOp, compute, byteLength, forever, busyUntil, meet }

/** The name of a task. */
export type TaskName = keyof typeof tasks
