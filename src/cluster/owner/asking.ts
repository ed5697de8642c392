// Asks for lanes, and takes requests back: by a connection of its own, which may be away. What couldn't be asked, or was lost, is
// asked again.

import { RuntimeClosedError } from '../../protocol/errors/errors.js'
import type { LinkClock } from '../link/wire.js'
import type { ResolvedConnectOptions } from '../options.js'
import type { AskingBoard, Transport } from '../transport.js'
import type { OwnedLane } from './owned-lane.js'

/** What asking is done with. */
export interface AskingOptions {
  readonly cluster: ResolvedConnectOptions
  readonly instance: string
  readonly clock: LinkClock
  readonly transport: Transport
  /** Called with what goes wrong. All of it is tried again. */
  readonly onError: (error: Error) => void
  /** What is wrong, and the way out. */
  readonly describe: (error: Error) => string
}

/** How often, within a lease, it is looked whether what was asked for still waits; and after how many milliseconds at most. */
const LOOKS = 3
const MOST_LOOK_MS = 3000
/** How long Redis may take to answer who is there, in milliseconds. */
const PATIENCE_MS = 5000

/** The requests of one owner. */
export class Asking {
  readonly #options: AskingOptions
  /** Those for which there is no thread yet, each with the number of its last request. */
  readonly #wanted = new Map<OwnedLane, number>()
  /** Those that are being asked for in this moment. */
  readonly #asking = new Set<OwnedLane>()
  #board: AskingBoard | undefined
  #lastError: Error | undefined
  readonly #whenReady: (() => void)[] = []
  #stopLooking: (() => void) | undefined
  #isClosed = false

  constructor(options: AskingOptions) {
    this.#options = options
  }

  /** Whether Redis can be asked just now. */
  get isReady(): boolean {
    return this.#board?.isReady === true
  }

  /** Who is there. Rejects where Redis can't be asked. */
  async roster(): Promise<AskingBoard['roster']> {
    const board = this.#board
    if (board === undefined) throw new RuntimeClosedError('the cluster is closed')
    const { roster } = board
    if (board.isReady) return roster
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const cause = this.#lastError
        const why = cause === undefined ? '' : `: ${this.#options.describe(cause)}`
        reject(new Error(`Redis hasn't answered for ${PATIENCE_MS} ms${why}`, { cause }))
      }, PATIENCE_MS)
      this.#whenReady.push(() => {
        clearTimeout(timer)
        resolve(roster)
      })
    })
  }

  /** Loads what it needs, and begins to connect. Rejects where that isn't installed. */
  async open(): Promise<void> {
    const { cluster, transport, onError } = this.#options
    const board = await transport.asking(cluster, {
      onError: (error) => {
        this.#lastError = error
        onError(error)
      },
      onReady: () => {
        for (const call of this.#whenReady.splice(0)) call()
        // It may have come back empty.
        void this.#look()
      },
    })
    this.#board = board
    if (this.#isClosed) board.close()
    else board.connect()
  }

  /** Asks for a lane, as soon as it can. */
  ask(lane: OwnedLane): void {
    this.#wanted.set(lane, 0)
    lane.want(false)
    void this.#ask(lane)
    this.#lookOn()
  }

  /** A lane isn't wanted any more, or has what it wanted. */
  stop(lane: OwnedLane): void {
    const asked = this.#wanted.get(lane)
    this.#wanted.delete(lane)
    if (asked === undefined || asked === 0 || lane.host !== undefined) return
    this.#board?.requests.takeBack(lane.destination, this.#idOf(lane, asked)).catch(this.#options.onError)
  }

  /** Ends it, and takes back what is asked for. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#stopLooking?.()
    for (const lane of [...this.#wanted.keys()]) this.stop(lane)
    const board = this.#board
    if (board?.isReady === true)
      await board.roster.forgetOwner(this.#options.instance).catch(this.#options.onError)
    await board?.requests.close()
    board?.close()
  }

  #idOf(lane: OwnedLane, asked: number): string {
    return `${this.#options.instance}-${lane.number}-${asked}`
  }

  async #ask(lane: OwnedLane): Promise<void> {
    const { instance, onError } = this.#options
    const asked = this.#wanted.get(lane)
    const board = this.#board
    if (asked === undefined || board?.isReady !== true || this.#asking.has(lane)) return
    this.#asking.add(lane)
    this.#wanted.set(lane, asked + 1)
    try {
      // Ahead of the request: who takes that looks whether its owner lives.
      await board.roster.announceOwner(instance)
      await board.requests.ask(lane.destination, this.#idOf(lane, asked + 1), {
        owner: instance,
        lane: lane.number,
      })
      if (this.#wanted.has(lane)) lane.want(true)
      else if (lane.host === undefined)
        await board.requests.takeBack(lane.destination, this.#idOf(lane, asked + 1))
    } catch (error) {
      onError(error as Error)
    } finally {
      this.#asking.delete(lane)
    }
  }

  #lookOn(): void {
    if (this.#isClosed || this.#wanted.size === 0) return
    const { clock, cluster } = this.#options
    this.#stopLooking ??= clock.after(Math.min(cluster.leaseMs / LOOKS, MOST_LOOK_MS), () => {
      this.#stopLooking = undefined
      void this.#look().finally(() => this.#lookOn())
    })
  }

  /** What a host has taken and not offered a thread for, and what Redis has lost, is asked again. */
  async #look(): Promise<void> {
    const { instance, onError } = this.#options
    const board = this.#board
    if (board?.isReady !== true) return
    try {
      await board.roster.announceOwner(instance)
      for (const [lane, asked] of this.#wanted) {
        const isPending =
          lane.state === 'wanted' &&
          (await board.requests.isPending(lane.destination, this.#idOf(lane, asked)))
        if (!isPending && this.#wanted.has(lane)) await this.#ask(lane)
      }
    } catch (error) {
      onError(error as Error)
    }
  }
}
