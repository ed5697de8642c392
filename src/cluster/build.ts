// What must be equal on both sides (D5): the build, of which the names of queues are made (D6), so that nobody is offered what
// another build has asked for.

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { messageOf } from '../protocol/values/describe-value.js'
import { FRAME_VERSION } from './link/frame.js'
import type { NamedModule } from './naming.js'

/** Of what is said within frames: both sides must have the same. */
const MESSAGES_VERSION = 1

/** What a build is besides the app's own code. */
export const WIRE: string = `wire ${FRAME_VERSION}.${MESSAGES_VERSION}, Node ${process.versions.node.split('.')[0]}`

/** In place of a label, for lanes that any host may serve: no host may have it for one. */
export const ANY = 'any'

/** The build of an action's module: what was given, or its package with its version. */
export function buildOf(module: NamedModule, given: string | undefined): string {
  return given ?? `${module.package}@${module.version}`
}

/** What lanes are for: bodies in threads, or commands, which take none. */
export type LaneKind = 'lanes' | 'commands'

/** The queue in which lanes are asked for. */
export function queueOf(build: string, label: string | undefined, kind: LaneKind = 'lanes'): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([build, WIRE]))
    .digest('hex')
    .slice(0, 8)
  return `${kind}.${hash}.${label ?? ANY}`
}

/** What the lanes of a queue are for. */
export function kindOfQueue(queue: string): LaneKind {
  return queue.startsWith('commands.') ? 'commands' : 'lanes'
}

/** The label of a queue, or `ANY`. */
export function labelOfQueue(queue: string): string {
  return queue.slice(queue.lastIndexOf('.') + 1)
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
