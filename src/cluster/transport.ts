// By what machines reach each other: something that carries frames, and a board on which lanes are asked for. That is Redis, by
// ioredis and BullMQ, and whatever else has these interfaces.

import { LaneRequests, LaneWorkers, type LaneWorkersOptions } from './engine/bullmq.js'
import { Roster } from './engine/roster.js'
import { loadRedis, patientClient, RedisConnection } from './link/redis.js'
import { RedisWire } from './link/redis-wire.js'
import { worldClock, type Wire } from './link/wire.js'
import type { ResolvedConnectOptions, ResolvedWorkerOptions } from './options.js'

/** Carries frames, once it is opened, until it is closed. */
export interface OpenableWire extends Wire {
  /** Begins to connect. Rejects where that can never be. */
  open(): Promise<void>
  /** Whether the process is held. */
  hold(isHeld: boolean): void
  close(): void
}

/** How an owner asks for lanes. It connects again whenever it isn't connected. */
export interface AskingBoard {
  /** Whether it can be asked just now. */
  readonly isReady: boolean
  readonly roster: Pick<Roster, 'announceOwner' | 'forgetOwner' | 'hosts'>
  readonly requests: Pick<LaneRequests, 'ask' | 'rank' | 'turnOf' | 'takeBack' | 'isPending' | 'close'>
  /** Begins to connect. */
  connect(): void
  close(): void
}

/** Where a host finds lanes that are asked for. It is connected, or will be. */
export interface ServingBoard {
  readonly isReady: boolean
  readonly roster: Pick<Roster, 'announceHost' | 'forgetHost' | 'isOwnerThere'>
  readonly workers: Pick<LaneWorkers, 'adjust' | 'waiting' | 'stop' | 'close'>
  close(): void
}

/** Who is told how a board fares. */
interface BoardListener {
  /** What goes wrong. All of it is tried again. */
  readonly onError: (error: Error) => void
  /** It is connected, for the first time or again. */
  readonly onReady: () => void
}

/** Which lanes a host serves, and how. */
export type ServingOptions = Pick<LaneWorkersOptions, 'queues' | 'free' | 'serve'> & BoardListener

/** By what owners and hosts reach each other. */
export interface Transport {
  wire(
    instance: string,
    options: Pick<ResolvedConnectOptions, 'redis' | 'prefix'>,
    onError: (error: Error) => void,
  ): OpenableWire
  /** Rejects where a package is missing. */
  asking(options: ResolvedConnectOptions, listener: BoardListener): Promise<AskingBoard>
  /** Rejects where a package is missing. Serves from then on. */
  serving(options: ResolvedWorkerOptions, serving: ServingOptions): Promise<ServingBoard>
}

/** How long Redis may take to answer an owner: then the connection is taken for dead, in milliseconds. */
const LATE_MS = 3000

/** By Redis. */
export const byRedis: Transport = {
  wire: (instance, { redis, prefix }, onError) =>
    new RedisWire({ redis, prefix, instance, clock: worldClock, onError }),

  async asking({ redis, prefix, seal, leaseMs, priority }, { onError, onReady }) {
    const connection = new RedisConnection(await loadRedis(), redis, { clock: worldClock, onError, onReady })
    const roster = new Roster(connection.redis, { prefix, seal, lastsMs: leaseMs })
    const requests = await LaneRequests.make({ redis: connection.redis, prefix, priority, onError })
    /** What Redis answers; rejects if it doesn't. If it is late, a new connection is made. */
    const answer = async <Answer>(promise: Promise<Answer>): Promise<Answer> => {
      const got = await connection.expect(promise, LATE_MS)
      if (got instanceof Error) throw got
      return got
    }
    return {
      get isReady() {
        return connection.isReady
      },
      roster: {
        announceOwner: (instance) => answer(roster.announceOwner(instance)),
        forgetOwner: (instance) => answer(roster.forgetOwner(instance)),
        hosts: () => answer(roster.hosts()),
      },
      requests: {
        ask: (queue, id, job, rank) => answer(requests.ask(queue, id, job, rank)),
        rank: (queue, id, rank) => answer(requests.rank(queue, id, rank)),
        turnOf: (rank) => requests.turnOf(rank),
        takeBack: (queue, id) => answer(requests.takeBack(queue, id)),
        isPending: (queue, id) => answer(requests.isPending(queue, id)),
        close: () => requests.close(),
      },
      connect: () => connection.connect(),
      close: () => connection.close(),
    }
  },

  async serving({ redis, prefix, seal, leaseMs }, { onError, onReady, ...serving }) {
    const client = await patientClient(redis, onError)
    client.on('ready', onReady)
    return {
      get isReady() {
        return client.status === 'ready'
      },
      roster: new Roster(client, { prefix, seal, lastsMs: leaseMs }),
      workers: await LaneWorkers.make({ redis: client, prefix, lockMs: leaseMs, onError, ...serving }),
      close: () => client.disconnect(),
    }
  },
}
