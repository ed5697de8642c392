// Minimizes a smooth function between bounds: L-BFGS (Nocedal & Wright 2006, 7.2) on the coordinates that are free, with steps
// that are projected into the box.

/** A function: gives its value, and writes its gradient. */
export type SmoothFunction = (x: Float64Array, gradient: Float64Array) => number

/** The bounds of each coordinate. */
export interface Box {
  readonly low: Float64Array
  readonly high: Float64Array
}

/** So many pairs of steps and changes of the gradient are remembered. */
const MEMORY = 8
/** How much of what the gradient promises a step must give. */
const ENOUGH = 1e-4
const MOST_HALVINGS = 12
/** A step that changes the value by no more than this share is the last. */
const TOLERANCE = 1e-7

/** The lowest point that is found from a start, in so many steps at most, and its value. */
export function minimizeInBox(
  evaluate: SmoothFunction,
  start: Float64Array,
  box: Box,
  mostSteps: number,
): { readonly x: Float64Array; readonly value: number } {
  let x = clamp(start, box)
  let gradient = new Float64Array(x.length)
  let value = evaluate(x, gradient)
  const memory: Pair[] = []
  for (let step = 0; step < mostSteps; step += 1) {
    const isFree = x.map((at, index) => Number(isFreeAt(at, gradient[index] as number, index, box)))
    let direction = directionOf(gradient, isFree, memory)
    let slope = dot(direction, gradient)
    if (!(slope < 0)) {
      direction = gradient.map((entry, at) => -entry * (isFree[at] as number))
      slope = dot(direction, gradient)
      memory.length = 0
    }
    if (!(slope < 0)) break
    // The first step has no scale: no further than a tenth of the box or so.
    let length = memory.length === 0 ? Math.min(1, 0.1 / Math.sqrt(dot(direction, direction))) : 1
    let next: Float64Array | undefined
    let nextValue = NaN
    const nextGradient = new Float64Array(x.length)
    for (let halving = 0; halving < MOST_HALVINGS; halving += 1) {
      const tried = clamp(
        x.map((at, index) => at + length * (direction[index] as number)),
        box,
      )
      nextValue = evaluate(tried, nextGradient)
      const promised = tried.reduce(
        (sum, at, index) => sum + (at - (x[index] as number)) * (gradient[index] as number),
        0,
      )
      if (nextValue <= value + ENOUGH * promised) {
        next = tried
        break
      }
      length *= halving < 3 ? 0.5 : 0.2
    }
    if (next === undefined) break
    remember(memory, x, next, gradient, nextGradient)
    const gain = value - nextValue
    x = next
    gradient = nextGradient
    value = nextValue
    if (gain <= TOLERANCE * Math.max(1, Math.abs(value))) break
  }
  return { x, value }
}

interface Pair {
  readonly step: Float64Array
  readonly change: Float64Array
  readonly curvature: number
}

function remember(
  memory: Pair[],
  x: Float64Array,
  next: Float64Array,
  gradient: Float64Array,
  nextGradient: Float64Array,
): void {
  const step = next.map((at, index) => at - (x[index] as number))
  const change = nextGradient.map((at, index) => at - (gradient[index] as number))
  const curvature = dot(step, change)
  if (curvature <= 1e-12 * dot(change, change)) return
  memory.push({ step, change, curvature })
  if (memory.length > MEMORY) memory.shift()
}

/** `−H g`, by the two loops. */
function directionOf(gradient: Float64Array, isFree: Float64Array, memory: readonly Pair[]): Float64Array {
  const direction = gradient.map((entry, at) => -entry * (isFree[at] as number))
  const shares: number[] = []
  for (const { step, change, curvature } of memory.toReversed()) {
    const share = dot(step, direction) / curvature
    shares.push(share)
    for (let at = 0; at < direction.length; at += 1) direction[at]! -= share * (change[at] as number)
  }
  const last = memory.at(-1)
  if (last !== undefined) {
    const scale = last.curvature / dot(last.change, last.change)
    for (let at = 0; at < direction.length; at += 1) direction[at]! *= scale
  }
  for (const { step, change, curvature } of memory) {
    const share = (shares.pop() as number) - dot(change, direction) / curvature
    for (let at = 0; at < direction.length; at += 1) direction[at]! += share * (step[at] as number)
  }
  for (let at = 0; at < direction.length; at += 1) direction[at]! *= isFree[at] as number
  return direction
}

function isFreeAt(at: number, slope: number, index: number, { low, high }: Box): boolean {
  return slope > 0 ? at > (low[index] as number) : at < (high[index] as number)
}

function clamp(x: Float64Array, { low, high }: Box): Float64Array {
  return x.map((at, index) => Math.min(high[index] as number, Math.max(low[index] as number, at)))
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let at = 0; at < a.length; at += 1) sum += (a[at] as number) * (b[at] as number)
  return sum
}
