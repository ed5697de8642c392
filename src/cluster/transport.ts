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
  readonly requests: Pick<LaneRequests, 'ask' | 'takeBack' | 'isPending' | 'close'>
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

/** By Redis. */
export const byRedis: Transport = {
  wire: (instance, { redis, prefix }, onError) =>
    new RedisWire({ redis, prefix, instance, clock: worldClock, onError }),

  async asking({ redis, prefix, seal, leaseMs, priority }, { onError, onReady }) {
    const connection = new RedisConnection(await loadRedis(), redis, { clock: worldClock, onError, onReady })
    return {
      get isReady() {
        return connection.isReady
      },
      roster: new Roster(connection.redis, { prefix, seal, lastsMs: leaseMs }),
      requests: await LaneRequests.make({ redis: connection.redis, prefix, priority, onError }),
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
