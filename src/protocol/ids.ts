// Ids of actions are paths: root `a0`, its third child `a0.3`, that one's first `a0.3.1`. The spawner gives them, so
// that a handle has its id at once and nobody has to ask another thread.

/** The id of every run's root action. */
export const ROOT_ID = 'a0'

/** The id of a child, by its spawner's id and its index (from 1; never reused within a run). */
export function childId(spawner: string, index: number): string {
  return `${spawner}.${index}`
}

/** The id of the action that spawned this one; `undefined` for a root. */
export function spawnerId(id: string): string | undefined {
  const end = id.lastIndexOf('.')
  return end === -1 ? undefined : id.slice(0, end)
}

const DOT = 46
const ZERO = 48

/** The index that the spawner gave; `NaN` for a root. Digit by digit: it is asked of 100 000 in a row. */
export function childIndex(id: string): number {
  let index = 0
  let worth = 1
  for (let at = id.length - 1; at >= 0; at -= 1) {
    const code = id.charCodeAt(at)
    if (code === DOT) return index
    index += (code - ZERO) * worth
    worth *= 10
  }
  return Number.NaN
}

/** How many spawns lie between the root (depth 0) and this action. */
export function depthOf(id: string): number {
  let depth = 0
  for (let at = id.indexOf('.'); at !== -1; at = id.indexOf('.', at + 1)) depth += 1
  return depth
}

/** Whether a text has the form of an action's id. */
export function isActionId(text: string): boolean {
  return /^a0(\.[1-9][0-9]{0,14})*$/.test(text)
}
