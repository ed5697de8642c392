// Checks that what bodies emit and log is told: all of it by their ends (S12), and at once what one says that doesn't yield (S11).

import type { EmitEvent, LogEvent } from '../../src/index.js'
import type { Known, Told } from './rules.js'
import type { SimulatedThread } from './thread.js'

/** How many events an attempt has emitted, and log entries it has made; or how many of them have been told. */
interface Said {
  readonly attempt: number
  emit: number
  log: number
}

/** So many events of an attempt are on their way, whatever its body does. */
interface Sent {
  readonly attempt: number
  readonly emit: number
  readonly thread: SimulatedThread
}

/** What the bodies of one runtime have said, in their threads, and what of that the runtime has told. */
export class Spoken {
  readonly #told: Told
  readonly #said = new Map<string, Said>()
  readonly #heard = new Map<string, Said>()
  readonly #sent = new Map<string, Sent>()

  constructor(told: Told) {
    this.#told = told
  }

  /** A body has emitted events, or made log entries. */
  said(run: string, id: string, attempt: number, what: 'emit' | 'log', count: number): void {
    saidIn(this.#said, `${run} ${id}`, attempt)[what] += count
  }

  /** What a body has said until now has left its thread, though it hasn't yielded. */
  sent(run: string, id: string, attempt: number, thread: SimulatedThread): void {
    const who = `${run} ${id}`
    this.#sent.set(who, { attempt, emit: saidIn(this.#said, who, attempt).emit, thread })
  }

  /** The runtime tells of it. */
  heard(event: EmitEvent | LogEvent, { run, id }: Known): void {
    const { attempt } = ((event.type === 'emit' ? event.event : event.fields) ?? {}) as { attempt?: number }
    if (attempt !== undefined) saidIn(this.#heard, `${run} ${id}`, attempt)[event.type] += 1
  }

  /** Nothing is on its way to the runtime: what has left a thread that lives has been told. */
  look(known: (run: string, id: string) => Known | undefined): void {
    for (const [who, { attempt, emit, thread }] of this.#sent) {
      this.#sent.delete(who)
      const [run = '', id = ''] = who.split(/ (?=a)/)
      const of = known(run, id)
      // What was given up is listened to no more.
      if (thread.isDead || thread.wasKilled || of?.end !== undefined || of?.attempt !== attempt) continue
      this.#told.cover('S11 heard')
      const heard = saidIn(this.#heard, who, attempt)
      if (heard.emit < emit)
        this.#told.broken('S11', `${who} has emitted ${emit} events, and ${heard.emit} are heard`, of)
    }
  }

  /** One has succeeded: what its body has said until its end has been told by then. */
  succeeded({ run, id, attempt }: Known): void {
    const said = this.#said.get(`${run} ${id}`)
    if (said?.attempt !== attempt) return
    this.#told.cover('S12 said')
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
  if (said?.attempt !== attempt) of.set(key, (said = { attempt, emit: 0, log: 0 }))
  return said
}
