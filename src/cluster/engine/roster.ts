// Who is there: hosts and owners say so in Redis, each for a while, under a key of its own that ends with it.

import type { ResourceCounts } from '../../protocol/resolved-options.js'
import type { Seal } from '../link/frame.js'
import type { RedisClient } from '../link/redis.js'

/** What a host tells of itself. */
export interface HostRecord {
  readonly instance: string
  readonly name: string
  /** What it serves: a build for each package, or the one that it was given. */
  readonly builds: readonly string[]
  /** The version of what it speaks, and its Node's major. */
  readonly wire: string
  readonly threads: number
  /** How many of them it has lent. */
  readonly busy: number
  /** How many owners it has lent them to. */
  readonly owners: number
  readonly labels: readonly string[]
  /** How many it has of each named resource. */
  readonly resources: ResourceCounts
  readonly draining: boolean
  /** How long a word to one of those and the answer take, in milliseconds: the longest. */
  readonly rttMs?: number
  /** How long this lasts, in milliseconds. */
  readonly lastsMs: number
}

/** A host as it was heard last. */
export interface HeardHost {
  readonly instance: string
  /** Left out where its seal isn't by the secret, as is how long ago that was, in milliseconds. */
  readonly record?: HostRecord
  readonly heardMs?: number
}

/** What a roster is made of. */
export interface RosterOptions {
  readonly prefix: string
  readonly seal: Seal
  /** How long what one has said of itself lasts, in milliseconds. */
  readonly lastsMs: number
}

/** The hosts and owners of one cluster. */
export class Roster {
  readonly #options: RosterOptions
  readonly #redis: RedisClient

  constructor(redis: RedisClient, options: RosterOptions) {
    this.#redis = redis
    this.#options = options
  }

  /** A host is there, and says how it stands. */
  async announceHost(host: Omit<HostRecord, 'lastsMs'>): Promise<void> {
    const { seal, lastsMs } = this.#options
    const record: HostRecord = { ...host, lastsMs }
    const text = Buffer.from(JSON.stringify(record))
    const value = Buffer.concat([seal.sign(text), text])
    await this.#redis
      .multi()
      .sadd(this.#hosts, record.instance)
      .set(this.#hostKey(record.instance), value, 'PX', lastsMs)
      .exec()
  }

  /** It isn't any more. */
  async forgetHost(instance: string): Promise<void> {
    await this.#redis.multi().srem(this.#hosts, instance).del(this.#hostKey(instance)).exec()
  }

  /** An owner is there. */
  async announceOwner(instance: string): Promise<void> {
    await this.#redis.set(this.#ownerKey(instance), '1', 'PX', this.#options.lastsMs)
  }

  /** It isn't any more. */
  async forgetOwner(instance: string): Promise<void> {
    await this.#redis.del(this.#ownerKey(instance))
  }

  /** Whether it is. */
  async isOwnerThere(instance: string): Promise<boolean> {
    return (await this.#redis.exists(this.#ownerKey(instance))) === 1
  }

  /** All hosts, in the order of their names. */
  async hosts(): Promise<HeardHost[]> {
    const instances = await this.#redis.smembers(this.#hosts)
    const heard = await Promise.all(instances.map((instance) => this.#hear(instance)))
    const nameOf = ({ record, instance }: HeardHost): string => `${record?.name ?? ''}\n${instance}`
    return heard.filter((host) => host !== undefined).toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
  }

  async #hear(instance: string): Promise<HeardHost | undefined> {
    const key = this.#hostKey(instance)
    const [value, leftMs] = await Promise.all([this.#redis.getBuffer(key), this.#redis.pttl(key)])
    if (value === null) {
      await this.#redis.srem(this.#hosts, instance)
      return undefined
    }
    const { seal } = this.#options
    const record = isSealed(value, seal) ? readRecord(value.subarray(seal.size)) : undefined
    if (record?.instance !== instance) return { instance }
    return { instance, record, heardMs: Math.max(0, record.lastsMs - Math.max(0, leftMs)) }
  }

  get #hosts(): string {
    return `${this.#options.prefix}:hosts`
  }

  #hostKey(instance: string): string {
    return `${this.#options.prefix}:host:${instance}`
  }

  #ownerKey(instance: string): string {
    return `${this.#options.prefix}:owner:${instance}`
  }
}

function isSealed(value: Buffer, seal: Seal): boolean {
  if (value.length < seal.size) return false
  return seal.accepts(value.subarray(seal.size), value.subarray(0, seal.size))
}

/** `undefined` for what another version has written, or is no record at all. */
function readRecord(text: Buffer): HostRecord | undefined {
  try {
    const record = JSON.parse(text.toString()) as Partial<HostRecord> | null
    const isWhole =
      typeof record?.name === 'string' &&
      typeof record.wire === 'string' &&
      [record.threads, record.busy, record.owners, record.lastsMs].every(Number.isSafeInteger) &&
      [record.builds, record.labels].every(Array.isArray) &&
      typeof record.resources === 'object' &&
      record.resources !== null &&
      (record.rttMs === undefined || Number.isFinite(record.rttMs))
    return isWhole ? (record as HostRecord) : undefined
  } catch {
    return undefined
  }
}
