// Asks for lanes, and takes requests back: by a connection of its own, which may be away. What couldn't be asked, or was lost, is
// asked again.

import { RuntimeClosedError } from '../../protocol/errors/errors.js'
import { world } from '../../protocol/world.js'
import { readDestination } from '../build.js'
import type { LinkClock } from '../link/wire.js'
import type { ResolvedConnectOptions } from '../options.js'
import type { AskingBoard, Transport } from '../transport.js'
import type { OwnedLane } from './owned-lane.js'
import { LaneRanks } from './lane-ranks.js'

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
/** How long it is waited at the end until Redis has heard that nothing is wanted any more, in milliseconds. */
const SETTLE_MS = 2000

/** What is asked for one lane. */
interface Request {
  readonly queue: string
  /** The number of the last time that it was asked for. */
  asked: number
  rank: number
  /** The rank that Redis has of it. */
  told: number
}

/** The requests of one owner. */
export class Asking {
  readonly #options: AskingOptions
  /** Those for which there is no thread yet. */
  readonly #wanted = new Map<OwnedLane, Request>()
  /** By queue. */
  readonly #ranks = new Map<string, LaneRanks<OwnedLane>>()
  /** Those that are being asked for in this moment. */
  readonly #asking = new Set<OwnedLane>()
  /** What Redis is being told in this moment, and hasn't answered. */
  readonly #underway = new Set<Promise<void>>()
  #board: AskingBoard | undefined
  #lastError: Error | undefined
  /** Who waits until Redis can be asked: each is told once, of that or why it won't be. */
  readonly #whenReady = new Set<(error?: Error) => void>()
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
    if (board === undefined || this.#isClosed) throw closedError()
    const { roster } = board
    if (board.isReady) return roster
    return new Promise((resolve, reject) => {
      const settle = (error?: Error): void => {
        world.clearTimeout(timer)
        this.#whenReady.delete(settle)
        if (error === undefined) resolve(roster)
        else reject(error)
      }
      const timer = world.setTimeout(() => {
        const cause = this.#lastError
        const why = cause === undefined ? '' : `: ${this.#options.describe(cause)}`
        settle(new Error(`Redis hasn't answered for ${PATIENCE_MS} ms${why}`, { cause }))
      }, PATIENCE_MS)
      this.#whenReady.add(settle)
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
        for (const settle of this.#whenReady) settle()
        // It may have come back empty.
        void this.#look()
      },
    })
    this.#board = board
    if (this.#isClosed) board.close()
    else board.connect()
  }

  /** Asks for a lane, as soon as it can; not for one that was given back meanwhile. */
  ask(lane: OwnedLane): void {
    if (lane.state === 'gone') return
    const { queue } = readDestination(lane.destination)
    const rank = this.#ranksOf(queue).ask()
    this.#wanted.set(lane, { queue, asked: 0, rank, told: rank })
    lane.want(false)
    this.#tell(this.#ask(lane))
    this.#lookOn()
  }

  /** A host has offered a thread for a lane. Gives its turn there, until it is told of another one. */
  hold(lane: OwnedLane): number {
    this.#forget(lane)
    return this.#turnOf(this.#ranksOf(readDestination(lane.destination).queue).hold(lane))
  }

  /** A lane isn't wanted any more, or is gone. */
  stop(lane: OwnedLane): void {
    const request = this.#forget(lane)
    if (request === undefined) {
      const moved = this.#ranks.get(readDestination(lane.destination).queue)?.letGo(lane)
      moved?.lane.move(this.#turnOf(moved.rank))
    } else if (request.asked > 0) this.#takeBack(request.queue, this.#idOf(lane, request.asked))
  }

  #takeBack(queue: string, id: string): void {
    const board = this.#board
    if (board !== undefined) this.#tell(board.requests.takeBack(queue, id))
  }

  #tell(telling: Promise<void>): void {
    const told = telling
      .catch((error: unknown) => this.#report(error))
      .finally(() => this.#underway.delete(told))
    this.#underway.add(told)
  }

  /** Ends it, and takes back what is asked for. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#stopLooking?.()
    for (const settle of this.#whenReady) settle(closedError())
    for (const lane of [...this.#wanted.keys()]) this.stop(lane)
    const board = this.#board
    if (board?.isReady === true) {
      await this.#settle()
      await board.roster.forgetOwner(this.#options.instance).catch(() => {})
    }
    await board?.requests.close()
    board?.close()
  }

  /** Until Redis has what was said, for a while: what is still asked for there would call for threads that nobody needs. */
  async #settle(): Promise<void> {
    let stop: (() => void) | undefined
    const late = new Promise<void>((resolve) => (stop = this.#options.clock.after(SETTLE_MS, resolve)))
    await Promise.race([Promise.all(this.#underway), late])
    stop?.()
  }

  #forget(lane: OwnedLane): Request | undefined {
    const request = this.#wanted.get(lane)
    if (request === undefined) return undefined
    this.#wanted.delete(lane)
    this.#ranksOf(request.queue).giveBack(request.rank)
    return request
  }

  #ranksOf(queue: string): LaneRanks<OwnedLane> {
    let ranks = this.#ranks.get(queue)
    if (ranks === undefined) {
      ranks = new LaneRanks()
      this.#ranks.set(queue, ranks)
    }
    return ranks
  }

  /** As hosts have it. */
  #turnOf(rank: number): number {
    return this.#board?.requests.turnOf(rank) ?? rank
  }

  #idOf(lane: OwnedLane, asked: number): string {
    return `${this.#options.instance}-${lane.number}-${asked}`
  }

  async #ask(lane: OwnedLane): Promise<void> {
    const { instance } = this.#options
    const request = this.#wanted.get(lane)
    const board = this.#board
    if (this.#isClosed || request === undefined || board?.isReady !== true || this.#asking.has(lane)) return
    const { needs } = readDestination(lane.destination)
    this.#asking.add(lane)
    request.asked += 1
    request.told = request.rank
    const { queue, asked, rank } = request
    const id = this.#idOf(lane, asked)
    try {
      // Ahead of the request: who takes that looks whether its owner lives.
      await board.roster.announceOwner(instance)
      if (!this.#wanted.has(lane)) return
      await board.requests.ask(
        queue,
        id,
        { owner: instance, lane: lane.number, ...(needs && { needs }) },
        rank,
      )
      if (this.#wanted.has(lane)) lane.want(true)
      else if (lane.host === undefined) await board.requests.takeBack(queue, id)
    } catch (error) {
      this.#report(error)
    } finally {
      this.#asking.delete(lane)
    }
  }

  /** What is cut off by the end is no news. */
  #report(error: unknown): void {
    if (!this.#isClosed) this.#options.onError(error as Error)
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
    const { instance } = this.#options
    const board = this.#board
    if (board?.isReady !== true) return
    try {
      await board.roster.announceOwner(instance)
      for (const [lane, { queue, asked }] of this.#wanted) {
        const isPending =
          lane.state === 'wanted' && (await board.requests.isPending(queue, this.#idOf(lane, asked)))
        if (!isPending && this.#wanted.has(lane)) await this.#ask(lane)
      }
      for (const queue of this.#ranks.keys()) this.#moveUp(queue)
      for (const [lane, request] of this.#wanted) await this.#tellRank(lane, request, board)
    } catch (error) {
      this.#report(error)
    }
  }

  /** Lanes were given back or lost: the last ones that are asked for stand for them. Or others came ahead of one. */
  #moveUp(queue: string): void {
    const ranks = this.#ranksOf(queue)
    for (;;) {
      const requests = [...this.#wanted.values()].filter((request) => request.queue === queue)
      const byRank = requests.toSorted((a, b) => a.rank - b.rank)
      const [first, last] = [byRank[0], byRank.at(-1)]
      const isBehind = first !== undefined && first.rank < ranks.held
      const moved = isBehind ? first : last
      if (moved === undefined || (!isBehind && moved.rank < ranks.lowest)) return
      ranks.giveBack(moved.rank)
      moved.rank = ranks.ask()
    }
  }

  /** One that is being asked for in this moment is told of it the next time: Redis may not have it yet. */
  async #tellRank(lane: OwnedLane, request: Request, board: AskingBoard): Promise<void> {
    const { queue, asked, rank, told } = request
    if (rank === told || asked === 0 || this.#asking.has(lane)) return
    await board.requests.rank(queue, this.#idOf(lane, asked), rank)
    request.told = rank
  }
}

function closedError(): RuntimeClosedError {
  return new RuntimeClosedError('the cluster is closed')
}
