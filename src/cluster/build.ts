// What must be equal on both sides (D5): the build, of which the names of queues are made (D6), so that nobody is offered what
// another build has asked for.

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { ResourceCounts } from '../protocol/resolved-options.js'
import { messageOf } from '../protocol/values/describe-value.js'
import { FRAME_VERSION } from './link/frame.js'
import type { NamedModule } from './naming.js'

/** Of what is said within frames: both sides must have the same. */
const MESSAGES_VERSION = 3

/** What a build is besides the app's own code. */
export const WIRE: string = `wire ${FRAME_VERSION}.${MESSAGES_VERSION}, Node ${process.versions.node.split('.')[0]}`

/** In place of a label, for lanes that any host may serve: no host may have it for one. */
export const ANY = 'any'

/** The build of an action's module: what was given, or its package with its version. */
export function buildOf(module: NamedModule, given: string | undefined): string {
  return given ?? `${module.package}@${module.version}`
}

/** Of which resources the lanes of a queue hold some. */
export function namesIn(queue: string): readonly string[] {
  const names = queue.split('.').slice(3).join('.')
  return names === '' ? [] : names.split('+').map(decodeURIComponent)
}

/** What lanes are for: bodies in threads, or commands, which take none. */
export type LaneKind = 'lanes' | 'commands'

/**
 * The queue in which lanes are asked for. `needs`: the names of the resources that these hold, in order; of how many, each request
 * says itself.
 */
export function queueOf(
  build: string,
  label: string | undefined,
  kind: LaneKind = 'lanes',
  needs: readonly string[] = [],
): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([build, WIRE]))
    .digest('hex')
    .slice(0, 8)
  const names = needs.length === 0 ? '' : `.${needs.map(encodeURIComponent).join('+')}`
  return `${kind}.${hash}.${label ?? ANY}${names}`
}

/** What the lanes of a queue serve: by the same name, with how many of each resource one holds. */
export function destinationIn(queue: string, needs: ResourceCounts | undefined): string {
  if (needs === undefined) return queue
  return `${queue}?${new URLSearchParams(inOrder(needs).map(([name, count]): [string, string] => [name, String(count)])).toString()}`
}

/** The queue of a destination, and what its lanes hold. */
export function readDestination(destination: string): {
  readonly queue: string
  readonly needs: ResourceCounts | undefined
} {
  const at = destination.indexOf('?')
  if (at === -1) return { queue: destination, needs: undefined }
  const entries = [...new URLSearchParams(destination.slice(at))]
  return {
    queue: destination.slice(0, at),
    needs: Object.fromEntries(entries.map(([name, count]) => [name, Number(count)])),
  }
}

/** The same for the same resources. */
export function inOrder(needs: ResourceCounts): [name: string, count: number][] {
  return Object.entries(needs).toSorted(([a], [b]) => (a < b ? -1 : 1))
}

/** What the lanes of a queue are for. */
export function kindOfQueue(queue: string): LaneKind {
  return queue.startsWith('commands.') ? 'commands' : 'lanes'
}

/** The label of a queue, or of a destination, or `ANY`. */
export function labelOfQueue(queue: string): string {
  return queue.split('.')[2] as string
}

/** The SHA-256 of modules' files: read once, since what was imported stays what it was. */
export class ModuleHashes {
  readonly #hashes = new Map<string, string>()

  /** As hexadecimal digits. Throws where the file can't be read. */
  of(url: string): string {
    let hash = this.#hashes.get(url)
    if (hash === undefined) {
      try {
        hash = createHash('sha256')
          .update(readFileSync(fileURLToPath(url)))
          .digest('hex')
      } catch (error) {
        throw new Error(`the file of ${url} can't be read: ${messageOf(error)}`, { cause: error })
      }
      this.#hashes.set(url, hash)
    }
    return hash
  }
}
