// Where lanes are asked for in a simulated world, as by Redis and BullMQ: each answer takes a while, and requests may be forgotten.

import type { LaneJob } from '../../src/cluster/engine/bullmq.js'
import type { AskingBoard, ServingBoard, ServingOptions } from '../../src/cluster/transport.js'
import type { Simulator } from './simulator.js'
import type { SimulatedThread } from './thread.js'

/** How soon a request is looked at again which could not be served. */
const AGAIN_MS = 1000

interface Request {
  readonly id: string
  readonly queue: string
  readonly job: LaneJob
  rank: number
  /** Who serves it. */
  by: Server | undefined
}

interface Server {
  readonly main: SimulatedThread
  readonly options: ServingOptions
  isClosed: boolean
}

/** One board. */
export class Board {
  readonly #sim: Simulator
  #requests: Request[] = []
  /** Until when each owner is known to be there, unless it says so again. */
  readonly #owners = new Map<string, number>()
  readonly #lastsMs: number
  readonly #servers = new Set<Server>()

  /** `lastsMs`: how long it is known of an owner that it is there. */
  constructor(sim: Simulator, lastsMs: number) {
    this.#sim = sim
    this.#lastsMs = lastsMs
  }

  /** It loses all that is asked for, and by whom. */
  forget(): void {
    this.#requests = []
    this.#owners.clear()
  }

  /** The process of a host is gone: what it served is over. */
  left(main: SimulatedThread): void {
    for (const server of this.#servers) if (server.main === main) this.#servers.delete(server)
    this.#requests = this.#requests.filter(({ by }) => by?.main !== main)
  }

  /** As an owner has it. */
  asking(onReady: () => void): AskingBoard {
    let isReady = false
    return {
      get isReady() {
        return isReady
      },
      roster: {
        announceOwner: (instance) =>
          this.#soon(() => void this.#owners.set(instance, this.#sim.now + this.#lastsMs)),
        forgetOwner: (instance) => this.#soon(() => void this.#owners.delete(instance)),
        hosts: () => this.#soon(() => []),
      },
      requests: {
        ask: (queue, id, job, rank) => this.#soon(() => this.#ask({ queue, id, job, rank, by: undefined })),
        rank: (_queue, id, rank) =>
          this.#soon(() => {
            const at = this.#requests.findIndex((request) => request.id === id)
            if (at === -1) return
            const [request] = this.#requests.splice(at, 1) as [Request]
            request.rank = rank
            this.#insert(request)
          }),
        turnOf: (rank) => rank,
        takeBack: (_queue, id) =>
          this.#soon(() => {
            this.#requests = this.#requests.filter((request) => request.id !== id || request.by !== undefined)
          }),
        isPending: (_queue, id) => this.#soon(() => this.#requests.some((request) => request.id === id)),
        close: () => Promise.resolve(),
      },
      connect: () =>
        void this.#soon(() => {
          isReady = true
          onReady()
        }),
      close: () => (isReady = false),
    }
  }

  /** As a host has it. */
  serving(options: ServingOptions): ServingBoard {
    const server: Server = { main: this.#sim.current, options, isClosed: false }
    this.#servers.add(server)
    this.#lookSoon(server)
    return {
      isReady: true,
      roster: {
        announceHost: () => Promise.resolve(),
        forgetHost: () => Promise.resolve(),
        isOwnerThere: (instance) => this.#soon(() => (this.#owners.get(instance) ?? 0) > this.#sim.now),
      },
      workers: {
        adjust: () => this.#lookSoon(server),
        waiting: (queue, most) =>
          this.#soon(() =>
            this.#requests
              .filter((request) => request.by === undefined && request.queue === queue)
              .slice(0, most)
              .map(({ job, rank }) => ({ owner: job.owner, turn: rank })),
          ),
        stop: () => (server.isClosed = true),
        close: () => Promise.resolve(),
      },
      close: () => void this.#servers.delete(server),
    }
  }

  #ask(request: Request): void {
    if (this.#requests.some(({ id }) => id === request.id)) return
    this.#insert(request)
    for (const server of this.#servers) this.#lookSoon(server)
  }

  /** Behind those of its rank. */
  #insert(request: Request): void {
    const at = this.#requests.findIndex(({ rank }) => rank > request.rank)
    this.#requests.splice(at === -1 ? this.#requests.length : at, 0, request)
  }

  #lookSoon(server: Server, ms = 0): void {
    const { random, now } = this.#sim
    this.#sim.at(server.main, now + ms + random.next() * 3, () => this.#look(server))
  }

  /** A host takes what it has a place for. */
  #look(server: Server): void {
    const { queues, free, serve } = server.options
    if (server.isClosed || !this.#servers.has(server)) return
    for (const request of [...this.#requests]) {
      if (request.by !== undefined || !queues.includes(request.queue)) continue
      if (free(request.queue) <= 0) continue
      const served = serve(request.queue, request.job, request.rank)
      if (served === 'elsewhere') continue
      if (served === 'later') {
        this.#lookSoon(server, AGAIN_MS)
        return
      }
      request.by = server
      void served.then(() => {
        this.#requests = this.#requests.filter((other) => other !== request)
        this.#lookSoon(server)
      })
    }
  }

  /** What is done there, and then told to the thread that has asked. */
  #soon<Value>(act: () => Value): Promise<Value> {
    const sim = this.#sim
    const thread = sim.current
    return new Promise((resolve) => {
      sim.at(thread, sim.now + 0.1 + sim.random.next() * 2, () => resolve(act()))
    })
  }
}
