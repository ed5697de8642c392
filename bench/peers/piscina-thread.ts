// Piscina's and Tinypool's threads: a named export for each task.
export { byteLength, compute, forever, noOp } from '../tasks.js'
