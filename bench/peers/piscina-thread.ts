// Piscina's and Tinypool's threads: a named export for each task.
export { busyUntil, byteLength, compute, forever, meet, noOp } from '../tasks.js'
