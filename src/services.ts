// Apart from the rest of the surface because apps add to it: an interface that is augmented must be exported as it is.

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
