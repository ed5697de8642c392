// What a root action is called on the page. A scope's body has no name of its own, so it goes by that of its run.

/** The id of each run's root. */
export const ROOT = 'a0'

/** What the runtime calls the root of each scope. */
const SCOPE = 'scope'

/** The name of a root action in a run. */
export function rootName(name: string, run: string): string {
  return name === SCOPE ? run : name
}
