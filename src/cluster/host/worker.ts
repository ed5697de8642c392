// A host: lends its threads to owners, one for each lane that they have asked for.

import { world } from '../../protocol/world.js'
import type { LaneJob } from '../engine/bullmq.js'
import { kindOfQueue, WIRE, type LaneKind } from '../build.js'
import { LaneHost } from '../lanes/lane-host.js'
import { newInstance, type LinkMessage } from '../link/frame.js'
import { Links } from '../link/links.js'
import { RedisTrouble } from '../link/redis-trouble.js'
import { worldClock } from '../link/wire.js'
import type { ResolvedWorkerOptions } from '../options.js'
import { decodeSaid, encodeSaid, type FromLane, type ToLane } from '../said.js'
import { PeerLinks } from '../peer-link.js'
import { byRedis, type OpenableWire, type ServingBoard, type Transport } from '../transport.js'
import { warnOfCluster } from '../warnings.js'
import { OwnerLink } from './owner-link.js'
import type { Served } from './served.js'
import { ServedLane } from './served-lane.js'

/** So many times within a lease a host says that it is there, and after how many milliseconds at most. */
const ANNOUNCED = 4
const MOST_ANNOUNCE_MS = 2500
/** What has changed is said after so many milliseconds, together with what changes meanwhile. */
const ANNOUNCE_SOON_MS = 250
/** How long an owner may take to answer an offer: a share of the lease, and so many milliseconds at most. Then he asks again. */
const OFFER_SHARE = 0.75
const MOST_OFFER_MS = 5000
/** How many commands it runs at a time, at most. */
const MOST_COMMANDS = 512
/** From so many milliseconds on a lane is asked back, where others wait; of those, so many jobs are looked at. */
const SHARED_AFTER_MS = 10_000
const LOOKED_AT = 20
/** How long a host that leaves waits until owners have acknowledged what it has said, and how often it looks, in milliseconds. */
const SETTLE_MS = 2000
const SETTLE_LOOK_MS = 10

/** A host that is being started, or is there. */
export class Worker {
  readonly instance: string = newInstance()
  readonly #options: ResolvedWorkerOptions
  readonly #served: Served
  readonly #threads: LaneHost
  readonly #transport: Transport
  readonly #wire: OpenableWire
  readonly #links: Links
  readonly #owners: PeerLinks<OwnerLink> = new PeerLinks(
    (options) => new OwnerLink(options),
    worldClock,
    (owner, message) => this.#receive(owner, message),
  )
  readonly #trouble: RedisTrouble
  /** Those that are offered or served, each with what tells that it is over. */
  readonly #lanes = new Map<ServedLane, () => void>()
  #board: ServingBoard | undefined
  #isDraining = false
  #stopAnnouncing: (() => void) | undefined
  #stopAnnouncingSoon: (() => void) | undefined
  #whenIdle: (() => void)[] = []

  constructor(options: ResolvedWorkerOptions, served: Served, transport: Transport = byRedis) {
    this.#options = options
    this.#served = served
    this.#transport = transport
    const { seal, leaseMs, maxBufferedBytes, threads } = options
    this.#threads = new LaneHost(
      { ...options.pool, maxThreads: 4 * threads + 16, minThreads: 0, idleTimeoutMs: Infinity },
      { name: options.name, instance: this.instance },
      (url, name) => served.commandOptions(url, name),
    )
    this.#trouble = new RedisTrouble(options, worldClock, warnOfCluster)
    this.#wire = transport.wire(this.instance, options, (error) => this.#trouble.note(error))
    this.#links = new Links({
      instance: this.instance,
      wire: this.#wire,
      clock: worldClock,
      seal,
      leaseMs,
      maxBufferedBytes,
      // Owners are linked to because of their jobs: a link that was over there may be begun anew from there.
      accept: (peer) =>
        this.#owners.get(peer) === undefined ? undefined : (link) => this.#owners.listen(link),
      warn: warnOfCluster,
    })
  }

  /** Connects, and takes jobs from then on. Rejects where a package is missing. */
  async start(): Promise<void> {
    this.#wire.hold(true)
    await this.#wire.open()
    this.#board = await this.#transport.serving(this.#options, {
      queues: this.#served.queues(this.#options.labels),
      free: (queue) => this.#free(kindOfQueue(queue)),
      serve: (queue, job) => this.#take(queue, job),
      onError: (error) => this.#trouble.note(error),
      onReady: () => this.#announceNow(),
    })
    this.#announce()
  }

  /** How many lanes it serves, or has offered. */
  get busy(): number {
    return this.#lanes.size
  }

  /** Takes no more jobs. */
  stopTaking(): void {
    this.#isDraining = true
    this.#board?.workers.stop()
    this.#announceNow()
  }

  /** Tells all owners to send nothing new: what runs ends, and then its lane (D29). */
  retireAll(): void {
    this.stopTaking()
    for (const lane of this.#lanes.keys()) lane.retire()
  }

  /** Aborts what runs. */
  abortAll(message: string): void {
    for (const lane of this.#lanes.keys()) lane.abortAll('host-drained', message)
  }

  /** Resolves when it serves no lane. */
  whenIdle(): Promise<void> {
    if (this.#lanes.size === 0) return Promise.resolve()
    return new Promise((resolve) => this.#whenIdle.push(resolve))
  }

  /** Ends all that it serves, and leaves. */
  async close(): Promise<void> {
    this.stopTaking()
    for (const lane of this.#lanes.keys()) lane.kill('host-drained')
    await this.whenIdle()
    await this.#settle()
    await this.#board?.workers.close()
    for (const owner of this.#owners) owner.close()
    this.#stopAnnouncing?.()
    this.#stopAnnouncingSoon?.()
    this.#links.close()
    this.#wire.close()
    await this.#threads.close()
    if (this.#board?.isReady === true) await this.#board.roster.forgetHost(this.instance).catch(() => {})
    this.#board?.close()
  }

  /** How many lanes more of a kind it may serve: commands take no thread (§2.1). */
  #free(kind: LaneKind): number {
    if (this.#isDraining) return 0
    return kind === 'commands'
      ? MOST_COMMANDS - this.#lanesOf(kind)
      : this.#options.threads - this.#lanesOf(kind)
  }

  #lanesOf(kind: LaneKind): number {
    let count = 0
    for (const { destination } of this.#lanes.keys()) if (kindOfQueue(destination) === kind) count += 1
    return count
  }

  /** Serves a job, until its lane is over; `undefined` where there is no place for it. */
  #take(queue: string, { owner, lane }: LaneJob): Promise<void> | undefined {
    if (this.#free(kindOfQueue(queue)) <= 0) return undefined
    return new Promise((resolve) => {
      void this.#offer(owner, lane, queue, resolve)
    })
  }

  async #offer(owner: string, number: number, destination: string, over: () => void): Promise<void> {
    const linked = this.#owners.get(owner) ?? this.#link(owner)
    const lane = new ServedLane({
      number,
      destination,
      owner: linked,
      name: this.#options.name,
      served: this.#served,
      maxValueBytes: this.#options.maxValueBytes,
      encode: (of, message) => this.#encode(of, message),
      serve: (wire, epochOffset) =>
        kindOfQueue(destination) === 'commands'
          ? this.#threads.serveCommands(wire, epochOffset)
          : this.#threads.serve(wire, epochOffset),
      onGone: (gone) => this.#gone(linked, gone),
    })
    linked.add(lane)
    this.#lanes.set(lane, over)
    this.#announceSoon()
    try {
      // What a dead owner has asked for is passed over at once.
      if ((await this.#board?.roster.isOwnerThere(owner)) !== true) {
        lane.kill('host-lost')
        return
      }
    } catch (error) {
      this.#trouble.note(error as Error)
    }
    if (lane.state !== 'gone') lane.offer(Math.min(OFFER_SHARE * linked.link.leaseMs, MOST_OFFER_MS))
  }

  #link(owner: string): OwnerLink {
    this.#links.open(owner, (link) => this.#owners.listen(link))
    return this.#owners.get(owner) as OwnerLink
  }

  #receive(owner: OwnerLink, blocks: LinkMessage): void {
    const { lane, message } = decodeSaid<ToLane>(blocks, this.#options.maxValueBytes)
    const served = owner.lane(lane)
    if (served !== undefined) served.receive(message)
    // His answer came too late: he must not wait for what is given to another one.
    else if (message.type === 'take') owner.send(this.#encode(lane, { type: 'gone' }))
  }

  #encode(lane: number, message: FromLane): LinkMessage {
    return encodeSaid(lane, message, this.#options.maxValueBytes)
  }

  #gone(owner: OwnerLink, lane: ServedLane): void {
    owner.delete(lane)
    const over = this.#lanes.get(lane)
    this.#lanes.delete(lane)
    over?.()
    this.#announceSoon()
    if (this.#lanes.size > 0) return
    for (const resolve of this.#whenIdle.splice(0)) resolve()
  }

  /** Until owners have what was said, for a while: nothing can be sent again later. */
  async #settle(): Promise<void> {
    const until = worldClock.now() + SETTLE_MS
    for (const link of this.#links) {
      link.flush()
      while (!link.isSettled && link.end === undefined && worldClock.now() < until)
        await new Promise<void>((resolve) => world.setTimeout(resolve, SETTLE_LOOK_MS))
    }
  }

  #announce(): void {
    this.#announceNow()
    const ms = Math.min(this.#options.leaseMs / ANNOUNCED, MOST_ANNOUNCE_MS)
    this.#stopAnnouncing = worldClock.after(ms, () => {
      this.#board?.workers.adjust()
      void this.#share().catch((error: Error) => this.#trouble.note(error))
      this.#announce()
    })
  }

  #announceSoon(): void {
    this.#stopAnnouncingSoon ??= worldClock.after(ANNOUNCE_SOON_MS, () => {
      this.#stopAnnouncingSoon = undefined
      this.#announceNow()
    })
  }

  /** Where others wait, the lane that has been lent for the longest time is asked back (D18). */
  async #share(): Promise<void> {
    if (this.#free('lanes') > 0 || this.#isDraining || this.#board === undefined) return
    // What is being given back already is for one of those.
    const before = worldClock.now() - SHARED_AFTER_MS
    const old = [...this.#lanes.keys()].filter(
      (lane) => lane.state !== 'offered' && lane.since < before && isOfThreads(lane.destination),
    )
    if (old.length === 0 || old.some(({ state }) => state === 'retiring')) return
    const waiting = await this.#board.workers.waiting(LOOKED_AT, isOfThreads)
    const isWaitedFor = ({ owner }: ServedLane): boolean => [...waiting].some((other) => other !== owner)
    old.find(isWaitedFor)?.retire()
  }

  #announceNow(): void {
    const { name, threads, labels } = this.#options
    if (this.#board?.isReady !== true) return
    const owners = [...this.#owners].filter((owner) => owner.size > 0)
    const trips = owners.flatMap(({ link }) => link.roundTripMs ?? [])
    this.#board.roster
      .announceHost({
        instance: this.instance,
        name,
        builds: this.#served.builds,
        wire: WIRE,
        threads,
        busy: this.#lanesOf('lanes'),
        owners: owners.length,
        labels,
        draining: this.#isDraining,
        ...(trips.length > 0 && { rttMs: Math.max(...trips) }),
      })
      .catch((error: Error) => this.#trouble.note(error))
  }
}

function isOfThreads(queue: string): boolean {
  return kindOfQueue(queue) === 'lanes'
}
