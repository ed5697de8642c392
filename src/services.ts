// The services that an app lends to its actions: an interface to augment.

/**
 * The objects that an app lends to its actions, by name. Declare yours, and `ctx.services` is typed:
 *
 * ```ts
 * declare module 'heddle' {
 *   interface Services { db: Db }
 * }
 * ```
 */
export interface Services {}
