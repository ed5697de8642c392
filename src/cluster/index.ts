/**
 * Threads of other machines, for the actions of an app: `connectCluster` there, `startWorker` (or `heddle worker`) here.
 *
 * @module heddle/cluster
 */

export { connectCluster } from './connect.js'
export { startWorker } from './start-worker.js'
export type { WorkerHost } from './start-worker.js'
export type { ClusterOptions, ConnectOptions, WorkerOptions } from './options.js'
export type { DrainOptions } from './host/drain.js'
export type { RedisAddress } from './link/redis.js'
export type { Cluster, ClusterHost, ClusterStats } from '../cluster.js'
