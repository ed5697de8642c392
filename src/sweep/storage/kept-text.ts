// A copy of a study's text in memory, packed: what a sweep writes anew, or beside, when its file is removed, cut or replaced
// while it runs. The lines are numbers and repeat their keys: packed they take about a tenth.

import { promisify } from 'node:util'
import { deflateRaw, inflateRaw } from 'node:zlib'

/** So many bytes are packed together. */
const BLOCK_BYTES = 256 * 1024

const pack = promisify(deflateRaw)
const unpack = promisify(inflateRaw)

/** Text that only grows. */
export class KeptText {
  readonly #blocks: Buffer[] = []
  #rest: Buffer[] = []
  #restBytes = 0

  /** Takes in what comes next. */
  async add(bytes: Buffer): Promise<void> {
    this.#rest.push(bytes)
    this.#restBytes += bytes.length
    if (this.#restBytes < BLOCK_BYTES) return
    const block = Buffer.concat(this.#rest)
    this.#rest = []
    this.#restBytes = 0
    this.#blocks.push(await pack(block))
  }

  /** All of it. */
  async bytes(): Promise<Buffer> {
    const blocks: Buffer[] = []
    for (const block of this.#blocks) blocks.push(await unpack(block))
    return Buffer.concat([...blocks, ...this.#rest])
  }
}
