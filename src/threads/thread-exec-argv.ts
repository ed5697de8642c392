// Node options of the threads: those that they are given, and the condition by which `heddle` is only what a thread needs of it.

const CONDITION = '--conditions=heddle-thread'

/** What a thread is started with. `given`: by who made the runtime. */
export function threadExecArgv(given: readonly string[] | undefined): { readonly execArgv?: string[] } {
  if (given !== undefined) return { execArgv: [...given, CONDITION] }
  // Left out, a thread has the process's; named, some of those (V8's) would be refused.
  return process.execArgv.length === 0 ? { execArgv: [CONDITION] } : {}
}
