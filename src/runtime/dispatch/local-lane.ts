// The lane of the app's own thread, where the bodies of scopes live, those of commands, and all with `threads: 0`: a host like that of a
// thread, at the other end of a line that has no port. Opened when there is work for it.

import type { CommandLoader } from '../../../actors/inside/lane-definitions.js'
import type { LocalBodies } from '../../local-bodies.js'
import { ClaimTable } from '../../protocol/claims.js'
import type { Phase } from '../../protocol/outcome.js'
import type { Lane } from '../../threads/lane.js'
import type { OpenLine } from '../../threads/lane-line.js'
import { hostHere } from '../../threads/local-host.js'
import type { LocalLine } from '../../threads/local-line.js'
import type { Action } from '../tree/action.js'

/** What the lane of the app's own thread is made of. */
export interface LocalLaneOptions {
  readonly epochOffset: number
  readonly localBodies: LocalBodies
  readonly commands: CommandLoader
  /** Where an action stands. */
  readonly phaseOf: (run: string, id: string) => Phase | undefined
}

/** The lane of the app's own thread, while there is one. */
export class LocalLane {
  readonly #options: LocalLaneOptions
  #lane: Lane<Action> | undefined
  #line: LocalLine | undefined

  constructor(options: LocalLaneOptions) {
    this.#options = options
  }

  /** The lane, if it is open and takes more. */
  get open(): Lane<Action> | undefined {
    return this.#lane?.load.accepting === true ? this.#lane : undefined
  }

  /** Opens it: `create` makes the lane, by what serves its other end. */
  create(create: (open: OpenLine) => Lane<Action>): Lane<Action> {
    this.#lane = create(this.#serve)
    return this.#lane
  }

  /** Bodies here hear what is new within this turn of the loop, which a thread has brought. */
  takeTurn(until: number): void {
    this.#line?.takeTurn(until)
  }

  /** A lane is gone. */
  forget(lane: Lane<Action>): void {
    if (this.#lane !== lane) return
    this.#lane = undefined
    this.#line = undefined
  }

  readonly #serve: OpenLine = (lane) => {
    const { line, host, ended } = hostHere(lane, this.#options)
    this.#line = line
    return {
      outgoing: line,
      incoming: line,
      claims: new ClaimTable((chunk) => line.add({ type: 'chunk', chunk })),
      osThread: () => 0,
      service: { ended, noteEnd: (ticket, id, phase) => host.noteEnd(ticket, id, phase) },
    }
  }
}
