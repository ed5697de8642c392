/**
 * The public surface of `heddle`.
 *
 * @module heddle
 */

export * from './exports.js'
export { createRuntime } from './runtime/runtime.js'
