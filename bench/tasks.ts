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

/** Takes a payload and answers with its size. */
export function byteLength(bytes: Uint8Array): number {
  return bytes.byteLength
}

/** Says that it has begun, and then never yields and never ends. */
export function forever(begun: Int32Array<SharedArrayBuffer>): never {
  Atomics.store(begun, 0, 1)
  for (;;);
}

/** All of them, by name. */
export const tasks = { noOp, compute, byteLength, forever }

/** The name of a task. */
export type TaskName = keyof typeof tasks
