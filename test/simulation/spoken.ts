// Checks that what bodies emit and log is told: all of it by their ends, also what they say as they stop (S12).

import type { EmitEvent, LogEvent } from '../../src/index.js'
import type { Known, Told } from './known.js'

/** How many events an attempt has emitted, and log entries it has made; or how many of them have been told. */
interface Said {
  readonly attempt: number
  emit: number
  log: number
  /** Whether anything of it was said after the abort. */
  isLate: boolean
}

/** What the bodies of one runtime have said, in their threads, and what of that the runtime has told. */
export class Spoken {
  readonly #told: Told
  readonly #said = new Map<string, Said>()
  readonly #heard = new Map<string, Said>()

  constructor(told: Told) {
    this.#told = told
  }

  /** A body has emitted events, or made log entries. */
  said(
    run: string,
    id: string,
    attempt: number,
    what: 'emit' | 'log',
    count: number,
    aborted: boolean,
  ): void {
    const said = saidIn(this.#said, `${run} ${id}`, attempt)
    said[what] += count
    if (aborted) said.isLate = true
  }

  /** The runtime tells of it. */
  heard(event: EmitEvent | LogEvent, { run, id }: Known): void {
    const { attempt } = ((event.type === 'emit' ? event.event : event.fields) ?? {}) as { attempt?: number }
    if (attempt !== undefined) saidIn(this.#heard, `${run} ${id}`, attempt)[event.type] += 1
  }

  /** The body of one has ended by itself: what it has said until then has been told. */
  ended({ run, id, attempt }: Known): void {
    const said = this.#said.get(`${run} ${id}`)
    if (said?.attempt !== attempt) return
    this.#told.cover(said.isLate ? 'S12 said late' : 'S12 said')
    const { emit, log } = saidIn(this.#heard, `${run} ${id}`, attempt)
    if (emit !== said.emit || log !== said.log)
      this.#told.broken(
        'S12',
        `${id} has emitted ${said.emit} events and made ${said.log} log entries, of which ${emit} and ${log} were told`,
      )
  }
}

function saidIn(of: Map<string, Said>, key: string, attempt: number): Said {
  let said = of.get(key)
  if (said?.attempt !== attempt) of.set(key, (said = { attempt, emit: 0, log: 0, isLate: false }))
  return said
}
