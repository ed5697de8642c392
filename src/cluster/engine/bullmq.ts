// The only file that knows BullMQ, an optional peer: lanes are asked for by jobs, one for each. What a job says is not trusted: it
// holds names only.

import type * as BullMq from 'bullmq'
import type { ResourceCounts } from '../../protocol/resolved-options.js'
import { missingPackage, type RedisClient } from '../link/redis.js'

/** What a lane job holds: whose lane it is, and which of his. */
export interface LaneJob {
  readonly owner: string
  readonly lane: number
  /** What it is to hold of its host's resources. */
  readonly needs?: ResourceCounts | undefined
}

const INSTANCE = /^[0-9a-f]{32}$/
/** Of ended jobs, so many are kept, for whoever wants to look. */
const KEPT_JOBS = { count: 100 }
const MOST_PRIORITY = 1000
/** Of one priority, so many ranks are told apart: BullMQ knows two million priorities. */
const RANKS = 2000

async function loadBullMq(): Promise<typeof BullMq> {
  try {
    return await import('bullmq')
  } catch (error) {
    throw missingPackage('bullmq', error)
  }
}

/** Asks for lanes, by a connection that is there. */
export class LaneRequests {
  readonly #bull: typeof BullMq
  readonly #redis: RedisClient
  readonly #prefix: string
  readonly #first: number
  readonly #onError: (error: Error) => void
  readonly #queues = new Map<string, BullMq.Queue>()

  private constructor(bull: typeof BullMq, options: LaneRequestsOptions) {
    this.#bull = bull
    this.#redis = options.redis
    this.#prefix = options.prefix
    // There, lower ones come first; and ahead of all, those without any.
    this.#first = (MOST_PRIORITY - options.priority) * RANKS + 1
    this.#onError = options.onError
  }

  /** Loads BullMQ. */
  static async make(options: LaneRequestsOptions): Promise<LaneRequests> {
    return new LaneRequests(await loadBullMq(), options)
  }

  /**
   * Asks for a lane; rejects if Redis is away. One that is asked for already isn't asked for twice. Of the same priority, lower ranks
   * come first.
   */
  async ask(queue: string, id: string, job: LaneJob, rank: number): Promise<void> {
    await this.#queue(queue).add('lane', job, {
      jobId: id,
      attempts: 1,
      priority: this.turnOf(rank),
      removeOnComplete: KEPT_JOBS,
      removeOnFail: KEPT_JOBS,
    })
  }

  /** Gives a request another rank. */
  async rank(queue: string, id: string, rank: number): Promise<void> {
    const job = await this.#queue(queue).getJob(id)
    await job?.changePriority({ priority: this.turnOf(rank) })
  }

  /** What hosts see of a rank: lower ones come first, whoever asks. */
  turnOf(rank: number): number {
    return this.#first + Math.min(rank, RANKS - 1)
  }

  /** Takes a request back that nobody has served. */
  async takeBack(queue: string, id: string): Promise<void> {
    await this.#queue(queue).remove(id)
  }

  /** Whether a request waits, or is being served; `false` once it is over, or Redis has lost it. */
  async isPending(queue: string, id: string): Promise<boolean> {
    const state = await this.#queue(queue).getJobState(id)
    return state !== 'completed' && state !== 'failed' && state !== 'unknown'
  }

  /** Lets go of its queues; the connection stays. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.#queues.values()].map((queue) => queue.close()))
  }

  #queue(name: string): BullMq.Queue {
    let queue = this.#queues.get(name)
    if (queue === undefined) {
      queue = new this.#bull.Queue(name, {
        connection: this.#redis,
        prefix: this.#prefix,
        skipVersionCheck: true,
        skipMetasUpdate: true,
      })
      queue.on('error', this.#onError)
      this.#queues.set(name, queue)
    }
    return queue
  }
}

/** What requests are made of. */
export interface LaneRequestsOptions {
  readonly redis: RedisClient
  readonly prefix: string
  /** 0 to 1000, higher first. */
  readonly priority: number
  readonly onError: (error: Error) => void
}

/** What takes lane jobs is made of. */
export interface LaneWorkersOptions {
  /** Its own, one that waits for Redis. */
  readonly redis: RedisClient
  readonly prefix: string
  readonly queues: readonly string[]
  /** How long a lock on a job lasts, in milliseconds. None that is lost ends a lane: the lease of the link does. */
  readonly lockMs: number
  /** How many lanes more of a queue may be served now. */
  readonly free: (queue: string) => number
  /**
   * Serves a lane, until the promise resolves; or why there is no place for one: for now, or here at all. `turn`: those that have waited
   * with a lower one come first.
   */
  readonly serve: (queue: string, job: LaneJob, turn: number) => Promise<void> | 'later' | 'elsewhere'
  readonly onError: (error: Error) => void
}

/** A request that waits. */
export interface WaitingLane {
  /** The instance of whoever asks. */
  readonly owner: string
  readonly turn: number
}

/** What BullMQ says of jobs whose lock is lost. */
const LOST_LOCK = /lock/i
/** How soon a queue is looked at again in which a job was put back, in seconds; and one that couldn't be read, in milliseconds. */
const LOOK_S = 1
const RETRY_MS = 500
/** How long what can't be served here is left to others, in milliseconds. */
const LEFT_MS = 500

/** Takes lane jobs from several queues, no more together than there are places (D19). */
export class LaneWorkers {
  readonly #options: LaneWorkersOptions
  readonly #bull: typeof BullMq
  readonly #workers = new Map<string, { readonly worker: BullMq.Worker; active: number }>()
  readonly #queues = new Map<string, BullMq.Queue>()
  #isClosed = false

  private constructor(bull: typeof BullMq, options: LaneWorkersOptions) {
    this.#bull = bull
    this.#options = options
    for (const queue of options.queues) this.#workers.set(queue, { worker: this.#make(queue), active: 0 })
  }

  /** Loads BullMQ, and begins. */
  static async make(options: LaneWorkersOptions): Promise<LaneWorkers> {
    return new LaneWorkers(await loadBullMq(), options)
  }

  /** The number of free places has changed. */
  adjust(): void {
    for (const [queue, { worker, active }] of this.#workers) {
      const free = this.#isClosed ? 0 : this.#options.free(queue)
      if (free > 0) {
        worker.concurrency = active + free
        if (worker.isPaused()) void worker.resume()
        // It may have been about to end when it was told to go on.
        else if (!worker.isRunning()) void worker.run().catch(this.#options.onError)
      } else if (!worker.isPaused()) void worker.pause(true).catch(this.#options.onError)
    }
  }

  /** The first ones that wait in a queue, in order. */
  async waiting(queue: string, most: number): Promise<readonly WaitingLane[]> {
    // One that has just been taken is none.
    const jobs = (await this.#queue(queue).getPrioritized(0, most - 1)) as readonly (BullMq.Job | undefined)[]
    return jobs.flatMap((job) =>
      isLaneJob(job?.data) ? [{ owner: job.data.owner, turn: job.priority }] : [],
    )
  }

  /** Takes no more jobs. */
  stop(): void {
    this.#isClosed = true
    this.adjust()
  }

  /** The same, and ends once all jobs have. */
  async close(): Promise<void> {
    this.stop()
    await Promise.allSettled([...this.#queues.values()].map((queue) => queue.close()))
    await Promise.allSettled([...this.#workers.values()].map(({ worker }) => worker.close()))
  }

  #make(queue: string): BullMq.Worker {
    const { redis, prefix, lockMs, free, onError } = this.#options
    const { Worker, DelayedError, WaitingError } = this.#bull
    const worker = new Worker(
      queue,
      async (job, token) => {
        const data: unknown = job.data
        // Somebody else's, or forged: it is over.
        if (!isLaneJob(data)) return
        const served = this.#isClosed ? 'later' : this.#options.serve(queue, data, job.priority)
        if (served === 'later') {
          this.adjust()
          await job.moveToWait(token)
          throw new WaitingError()
        }
        // Those behind it aren't held up.
        if (served === 'elsewhere') {
          await job.moveToDelayed(Date.now() + LEFT_MS, token)
          throw new DelayedError()
        }
        const entry = this.#workers.get(queue)
        if (entry !== undefined) entry.active += 1
        this.adjust()
        try {
          await served
        } finally {
          if (entry !== undefined) entry.active -= 1
          this.adjust()
        }
      },
      {
        connection: redis,
        prefix,
        concurrency: Math.max(1, free(queue)),
        lockDuration: lockMs,
        stalledInterval: lockMs / 2,
        // No lane is served twice: its owner asks anew.
        maxStalledCount: 0,
        removeOnComplete: KEPT_JOBS,
        removeOnFail: KEPT_JOBS,
        drainDelay: LOOK_S,
        runRetryDelay: RETRY_MS,
        skipVersionCheck: true,
      },
    )
    worker.on('error', (error) => {
      if (!LOST_LOCK.test(error.message)) onError(error)
    })
    return worker
  }

  #queue(name: string): BullMq.Queue {
    let queue = this.#queues.get(name)
    if (queue === undefined) {
      const { redis, prefix, onError } = this.#options
      queue = new this.#bull.Queue(name, {
        connection: redis,
        prefix,
        skipVersionCheck: true,
        skipMetasUpdate: true,
      })
      queue.on('error', onError)
      this.#queues.set(name, queue)
    }
    return queue
  }
}

function isLaneJob(data: unknown): data is LaneJob {
  if (typeof data !== 'object' || data === null) return false
  const { owner, lane, needs } = data as { readonly [Key in keyof LaneJob]?: unknown }
  if (typeof owner !== 'string' || !INSTANCE.test(owner)) return false
  return isCount(lane) && (needs === undefined || areCounts(needs))
}

function areCounts(needs: unknown): boolean {
  return typeof needs === 'object' && needs !== null && Object.values(needs).every(isCount)
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) > 0
}
