// A host: lends its threads to owners, one for each lane that they have asked for.

import { covers, FreeIndices } from '../../collections/free-indices.js'
import { world } from '../../protocol/world.js'
import type { LaneJob } from '../engine/bullmq.js'
import type { GrantedResources } from '../../protocol/resolved-options.js'
import { messageOf } from '../../protocol/values/describe-value.js'
import { destinationIn, kindOfQueue, namesIn, WIRE, type LaneKind } from '../build.js'
import { LaneHost } from '../lanes/lane-host.js'
import { newInstance, type LinkMessage } from '../link/frame.js'
import { Links } from '../link/links.js'
import { RedisTrouble } from '../link/redis-trouble.js'
import { worldClock } from '../link/wire.js'
import type { ResolvedWorkerOptions } from '../options.js'
import { decodeLaneMessage, encodeLaneMessage, type FromLane, type ToLane } from '../lane-messages.js'
import { PeerLinks } from '../peer-link.js'
import { byRedis, type OpenableWire, type ServingBoard, type Transport } from '../transport.js'
import { warnOfCluster } from '../warnings.js'
import { OwnerLink } from './owner-link.js'
import type { Served } from './served.js'
import { isOfThreads, ServedLane } from './served-lane.js'
import { Sharing } from './sharing.js'

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
/** How long a host that leaves waits until owners have acknowledged what it has said, and how often it looks, in milliseconds. */
const SETTLE_MS = 2000
const SETTLE_LOOK_MS = 10

/** A request that is being served. */
interface Taken {
  readonly destination: string
  readonly turn: number
  readonly granted: GrantedResources | undefined
  readonly over: () => void
}

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
  /** Named resources that no lane holds: lanes do from their offer to their end. */
  readonly #resources: FreeIndices
  /** Queues whose first request waits for more resources than are free. */
  readonly #unfit = new Set<string>()
  /** Those that are offered or served, each with what tells that it is over. */
  readonly #lanes = new Map<ServedLane, () => void>()
  readonly #sharing: Sharing = new Sharing({
    lanes: () => this.#lanes.keys(),
    queues: () => this.#queues,
    free: (queue) => this.#free(queue),
    freeOfKind: (kind) => this.#freeOfKind(kind),
    waiting: async (queue, most) => (await this.#board?.workers.waiting(queue, most)) ?? [],
  })
  #board: ServingBoard | undefined
  #isDraining = false
  #stopAnnouncing: (() => void) | undefined
  #stopAnnouncingSoon: (() => void) | undefined
  #whenIdle: (() => void)[] = []

  constructor(options: ResolvedWorkerOptions, served: Served, transport: Transport = byRedis) {
    this.#options = options
    this.#served = served
    this.#transport = transport
    const { seal, leaseMs, maxBufferedBytes, threads, resources } = options
    this.#resources = new FreeIndices(resources)
    this.#threads = new LaneHost(
      { ...options.pool, maxThreads: mostThreads(threads), minThreads: 0, idleTimeoutMs: Infinity },
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

  get #queues(): readonly string[] {
    const { labels, resources } = this.#options
    return this.#served.queues(labels, Object.keys(resources))
  }

  /** Connects, and takes jobs from then on. Rejects where a package is missing. */
  async start(): Promise<void> {
    this.#wire.hold(true)
    try {
      await this.#wire.open()
      this.#board = await this.#transport.serving(this.#options, {
        queues: this.#queues,
        free: (queue) => this.#free(queue),
        serve: (queue, job, turn) => this.#take(queue, job, turn),
        onError: (error) => this.#trouble.note(error),
        onReady: () => this.#announceNow(),
      })
    } catch (error) {
      this.#links.close()
      this.#wire.close()
      throw error
    }
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

  /** Ends all that it serves, and leaves. Gives `false` if there was something. */
  async close(): Promise<boolean> {
    this.stopTaking()
    const isWhole = this.#lanes.size === 0
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
    return isWhole
  }

  /** How many lanes more of a queue it may serve: commands take no thread (§2.1). */
  #free(queue: string): number {
    if (this.#isDraining || this.#unfit.has(queue)) return 0
    const free = namesIn(queue).map((name) => this.#resources.freeOf(name))
    return Math.min(this.#freeOfKind(kindOfQueue(queue)) - this.#sharing.keptFrom(queue), ...free)
  }

  #freeOfKind(kind: LaneKind): number {
    const lanes = [...this.#lanes.keys()].filter(({ destination }) => kindOfQueue(destination) === kind)
    if (kind === 'commands') return MOST_COMMANDS - lanes.length
    const { threads } = this.#options
    const lendable = lanes.filter(({ mayLendPlace }) => mayLendPlace)
    return Math.min(threads - this.#places + lendable.length, mostThreads(threads) - lanes.length)
  }

  /** How many of its places are held. */
  get #places(): number {
    let count = 0
    for (const { destination, holdsPlace } of this.#lanes.keys())
      if (holdsPlace && isOfThreads(destination)) count += 1
    return count
  }

  /** Serves a job, until its lane is over; or says that there is no place for it now, or that it needs more than this host has. */
  #take(queue: string, { owner, lane, needs }: LaneJob, turn: number): Promise<void> | 'later' | 'elsewhere' {
    // Asked for twice, where Redis couldn't say whether it had the first request: one serves it.
    if (this.#owners.get(owner)?.lane(lane) !== undefined) return Promise.resolve()
    if (this.#free(queue) <= 0) return 'later'
    let granted: GrantedResources | undefined
    if (needs !== undefined) {
      if (!covers(this.#options.resources, needs)) return 'elsewhere'
      granted = this.#resources.take(Object.entries(needs))
      if (granted === undefined) {
        // It is the next one there: until something is given back.
        this.#unfit.add(queue)
        return 'later'
      }
    }
    this.#sharing.served(queue)
    if (isOfThreads(queue) && this.#places >= this.#options.threads) this.#sharing.lend()
    return new Promise((resolve) => {
      const over = (): void => {
        if (granted !== undefined) this.#resources.giveBack(granted)
        this.#unfit.clear()
        resolve()
      }
      void this.#offer(owner, lane, { destination: destinationIn(queue, needs), turn, granted, over })
    })
  }

  async #offer(owner: string, number: number, { destination, turn, granted, over }: Taken): Promise<void> {
    const linked = this.#owners.get(owner) ?? this.#link(owner)
    const lane = new ServedLane({
      number,
      destination,
      turn,
      owner: linked,
      name: this.#options.name,
      served: this.#served,
      maxValueBytes: this.#options.maxValueBytes,
      encode: (of, message) => this.#encode(of, message),
      serve: (wire, epochOffset) =>
        kindOfQueue(destination) === 'commands'
          ? this.#threads.serveCommands(wire, epochOffset, { resources: granted })
          : this.#threads.serve(wire, epochOffset, {
              resources: granted,
              onPlace: () => this.#placesChanged(),
            }),
      onGone: (gone) => this.#gone(linked, gone),
    })
    this.#lanes.set(lane, over)
    // Which may end it: its owner hasn't been heard for long.
    linked.add(lane)
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
    // Values are read by the threads that they are for (D8). Commands have none.
    const isPacked = (number: number): boolean => isOfThreads(owner.lane(number)?.destination ?? '')
    try {
      const { lane, message } = decodeLaneMessage<ToLane>(blocks, this.#options.maxValueBytes, isPacked)
      const served = owner.lane(lane)
      if (served !== undefined) served.receive(message)
      // His answer came too late: he must not wait for what is given to another one.
      else if (message.type === 'take') owner.send(this.#encode(lane, { type: 'gone' }))
    } catch (error) {
      // The others aren't to be held up by who can't be understood.
      warnOfCluster(
        `an app (${owner.link.peer}) is given up: what it says makes no sense (${messageOf(error)})`,
      )
      owner.onEnd()
    }
  }

  #encode(lane: number, message: FromLane): LinkMessage {
    return encodeLaneMessage(lane, message, this.#options.maxValueBytes)
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

  #placesChanged(): void {
    this.#board?.workers.adjust()
    this.#announceSoon()
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
      // What the first one there wanted, another host may have lent it.
      this.#unfit.clear()
      void this.#share().catch((error: Error) => this.#trouble.note(error))
      this.#board?.workers.adjust()
      this.#announce()
    })
  }

  #announceSoon(): void {
    this.#stopAnnouncingSoon ??= worldClock.after(ANNOUNCE_SOON_MS, () => {
      this.#stopAnnouncingSoon = undefined
      this.#announceNow()
    })
  }

  async #share(): Promise<void> {
    if (!this.#isDraining && this.#board !== undefined) await this.#sharing.share()
  }

  #announceNow(): void {
    const { name, threads, labels, resources } = this.#options
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
        busy: this.#places,
        owners: owners.length,
        labels,
        resources,
        draining: this.#isDraining,
        ...(trips.length > 0 && { rttMs: Math.max(...trips) }),
      })
      .catch((error: Error) => this.#trouble.note(error))
  }
}

/** With those whose lanes hold no place. */
function mostThreads(threads: number): number {
  return 4 * threads + 16
}
