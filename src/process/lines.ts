// The lines of a stream of bytes, read a few milliseconds at a time. Split ahead of decoding, so that no character is cut.

/** How long a line may be, in bytes: of a longer one, the beginning is given, and the rest is passed over. */
export const LONGEST_LINE: number = 1024 * 1024
const LINE_END = 0x0a
/** How many lines are read between two looks at the clock. */
const BETWEEN_LOOKS = 32

/** Takes a line. `isCut`: it was longer than a line may be. */
export type OnLine = (line: string, isCut: boolean) => void

/** The lines of one stream. */
export class Lines {
  readonly #onLine: OnLine
  #begun: Buffer[] = []
  #length = 0
  #state: 'in-line' | 'passing-over' = 'in-line'
  /** How far the chunk at hand has been read. */
  #at = 0

  constructor(onLine: OnLine) {
    this.#onLine = onLine
  }

  /** Reads a chunk until a time; `false` if something of it is left: it is to be given again. */
  read(chunk: Buffer, until: number): boolean {
    for (let count = 1; ; count += 1) {
      const end = chunk.indexOf(LINE_END, this.#at)
      if (end === -1) break
      this.#add(chunk.subarray(this.#at, end))
      this.#endLine()
      this.#at = end + 1
      if (count % BETWEEN_LOOKS === 0 && performance.now() >= until) return false
    }
    this.#add(chunk.subarray(this.#at))
    this.#at = 0
    return true
  }

  /** Nothing more comes: what is left is the last line. */
  finish(): void {
    if (this.#length > 0) this.#endLine()
  }

  #add(bytes: Buffer): void {
    if (this.#state === 'passing-over' || bytes.length === 0) return
    const room = LONGEST_LINE - this.#length
    this.#begun.push(bytes.length > room ? bytes.subarray(0, room) : bytes)
    this.#length += Math.min(bytes.length, room)
    if (bytes.length <= room) return
    this.#give(true)
    this.#state = 'passing-over'
  }

  #endLine(): void {
    if (this.#state === 'in-line') this.#give(false)
    this.#state = 'in-line'
  }

  #give(isCut: boolean): void {
    const [first] = this.#begun
    const bytes = this.#begun.length === 1 ? (first as Buffer) : Buffer.concat(this.#begun)
    this.#begun = []
    this.#length = 0
    // What isn't UTF-8 shows as U+FFFD.
    this.#onLine(bytes.toString('utf8'), isCut)
  }
}
