// The owner's side of a cluster: where its runtimes' lanes to other machines come from, and the links that these travel on.

import { LONGEST_TIMER_MS } from '../../options.js'
import { createClock, measureEpochOffset } from '../../protocol/clock.js'
import { messageOf } from '../../protocol/values/describe-value.js'
import { world } from '../../protocol/world.js'
import type { CarriedFromHost, CarriedToHost } from '../../protocol/far-messages.js'
import type { ClusterHost, ClusterStats } from '../../cluster.js'
import type {
  ClusterView,
  Destination,
  LabelledLanes,
  LaneSource,
  PlacedDefinition,
} from '../../runtime/dispatch/lane-source.js'
import type { OpenLine } from '../../threads/lane-line.js'
import {
  ANY,
  buildOf,
  destinationIn,
  inOrder,
  labelOfQueue,
  ModuleHashes,
  queueOf,
  readDestination,
} from '../build.js'
import { hostsOf, whyUnserved } from '../hosts.js'
import { lineByWire } from '../lanes/far-line.js'
import { newInstance, type LinkMessage } from '../link/frame.js'
import { Links } from '../link/links.js'
import { RedisTrouble } from '../link/redis-trouble.js'
import { worldClock } from '../link/wire.js'
import { ModuleNames } from '../naming.js'
import type { ResolvedConnectOptions } from '../options.js'
import {
  decodeLaneMessage,
  encodeLaneMessage,
  type FromLane,
  type HeardMessage,
  type ToLane,
} from '../lane-messages.js'
import { PeerLinks } from '../peer-link.js'
import { byRedis, type OpenableWire, type Transport } from '../transport.js'
import { warnOfCluster } from '../warnings.js'
import { Asking } from './asking.js'
import { HostLink } from './host-link.js'
import { OwnedLane, type LaneKeeper } from './owned-lane.js'

/** How long whoever only looks is kept waiting, in milliseconds. */
const AT_HAND_MS = 1000

/** One owner. */
export class Owner implements LaneSource, LaneKeeper, ClusterView {
  readonly instance: string = newInstance()
  readonly #options: ResolvedConnectOptions
  readonly #names = new ModuleNames()
  readonly #hashes = new ModuleHashes()
  readonly #wire: OpenableWire
  readonly #links: Links
  readonly #asking: Asking
  readonly #trouble: RedisTrouble
  readonly #lanes = new Map<number, OwnedLane>()
  readonly #hosts: PeerLinks<HostLink> = new PeerLinks(
    (options) => new HostLink(options),
    worldClock,
    (host, message) => this.#receive(host, message),
  )
  readonly #held = new Set<OwnedLane>()
  /** By queue: the hosts that refused something there, and why. */
  readonly #refusals = new Map<string, Map<string, string>>()
  /** What it has asked for, or would. */
  readonly #builds = new Set<string>()
  /** By queue: the build that is asked for there. */
  readonly #buildOf = new Map<string, string>()
  readonly #labels = new Set([ANY])
  #laneCount = 0
  #opening: Promise<void> | undefined
  #closing: Promise<void> | undefined
  readonly #onClose = new Set<() => void>()

  constructor(options: ResolvedConnectOptions, transport: Transport = byRedis) {
    this.#options = options
    const { instance } = this
    const { seal, leaseMs, maxBufferedBytes } = options
    const trouble = new RedisTrouble(options, worldClock, warnOfCluster)
    this.#trouble = trouble
    const onError = (error: Error): void => trouble.note(error)
    this.#wire = transport.wire(instance, options, onError)
    this.#links = new Links({
      instance,
      wire: this.#wire,
      clock: worldClock,
      seal,
      leaseMs,
      maxBufferedBytes,
      accept: () => (link) => this.#hosts.listen(link),
      warn: warnOfCluster,
    })
    this.#asking = new Asking({
      cluster: options,
      instance,
      clock: worldClock,
      transport,
      onError,
      describe: (error) => trouble.describe(error),
    })
  }

  get maxValueBytes(): number {
    return this.#options.maxValueBytes
  }

  get most(): number {
    return this.#options.maxLanes
  }

  get isClosed(): boolean {
    return this.#closing !== undefined
  }

  onClose(tell: () => void): () => void {
    this.#onClose.add(tell)
    return () => void this.#onClose.delete(tell)
  }

  get defaultOn(): ResolvedConnectOptions['on'] {
    return this.#options.on
  }

  destinationOf({ module, isCommand, needs }: PlacedDefinition, label: string | undefined): Destination {
    const named = this.#names.nameOf(module)
    if ('refused' in named) return named
    const build = buildOf(named, this.#options.build)
    this.#builds.add(build)
    const names = needs === undefined ? [] : inOrder(needs).map(([name]) => name)
    const queue = queueOf(build, label, isCommand ? 'commands' : 'lanes', names)
    const destination = destinationIn(queue, needs)
    this.#buildOf.set(destination, build)
    return { destination, takesOne: needs !== undefined }
  }

  open(destination: string, epochOffset: number): OpenLine {
    this.#laneCount += 1
    this.#labels.add(labelOfQueue(destination))
    const lane = new OwnedLane(this.#laneCount, destination, epochOffset - measureEpochOffset(), this)
    return (lined) => {
      const line = lineByWire(lane.wire, createClock(epochOffset))(lined)
      this.#lanes.set(lane.number, lane)
      void this.connect().then(
        () => this.#asking.ask(lane),
        (error: unknown) => lane.fail(error),
      )
      return line
    }
  }

  encode(number: number, message: ToLane | CarriedToHost): LinkMessage {
    return encodeLaneMessage(number, this.#outwards(message), this.#options.maxValueBytes)
  }

  decode(lane: OwnedLane, message: FromLane): CarriedFromHost | undefined {
    switch (message.type) {
      case 'define': {
        const { definition, module, name, options } = message
        const url = module === undefined ? undefined : this.#names.urlOf(module)
        const why = message.unnamed ?? `${module} isn't in a package of this app`
        return {
          type: 'define',
          definition,
          // It can't be imported, and says why.
          url: url ?? `unnamed:${why}`,
          name,
          ...(options !== undefined && { options }),
        }
      }
      case 'unserved':
        this.#noteRefusal(lane, message.why)
        return undefined
      case 'offer':
        return undefined
      default:
        return message
    }
  }

  hold(lane: OwnedLane, holdsProcess: boolean): void {
    if (holdsProcess) this.#held.add(lane)
    else this.#held.delete(lane)
    this.#wire.hold(this.#held.size > 0)
  }

  gone(lane: OwnedLane): void {
    this.#lanes.delete(lane.number)
    this.#asking.stop(lane)
  }

  /** Connects, the first time; doesn't wait until it is connected. Rejects where a package is missing. */
  connect(): Promise<void> {
    if (this.isClosed) return Promise.reject(new Error('the cluster is closed'))
    this.#opening ??= Promise.all([this.#wire.open(), this.#asking.open()]).then(() => {})
    return this.#opening
  }

  get view(): ClusterView {
    return this
  }

  /** Who is there, as they say in Redis. Rejects where Redis is away. Holds the process until it is known. */
  async hosts(): Promise<readonly ClusterHost[]> {
    const holding = world.setInterval(() => {}, LONGEST_TIMER_MS)
    try {
      await this.connect()
      const roster = await this.#asking.roster()
      const heard = await roster.hosts().catch((error: unknown) => {
        throw new Error(this.#trouble.describe(error as Error), { cause: error })
      })
      return hostsOf(heard, this.#builds, (host) => this.#hosts.get(host)?.roundTripMs)
    } finally {
      world.clearInterval(holding)
    }
  }

  async hostsAtHand(): Promise<readonly ClusterHost[] | undefined> {
    if (!this.#asking.isReady) return undefined
    let stop: (() => void) | undefined
    const late = new Promise<undefined>((resolve) => {
      stop = worldClock.after(AT_HAND_MS, () => resolve(undefined))
    })
    // A connection that has just been lost is noticed by those that go by it.
    const hosts = await Promise.race([this.hosts().catch(() => undefined), late])
    stop?.()
    return hosts
  }

  async whyUnserved(destination: string): Promise<string | undefined> {
    const hosts = await this.hostsAtHand()
    const build = this.#buildOf.get(destination)
    if (hosts === undefined || build === undefined) return undefined
    const wanted = { build, label: labelOfQueue(destination), needs: readDestination(destination).needs }
    return whyUnserved(hosts, wanted, this.#refusals.get(destination))
  }

  lanesByLabel(): readonly LabelledLanes[] {
    const lanes = [...this.#lanes.values()]
    return [...this.#labels].map((label) => ({
      label,
      lanes: countLanes(lanes.filter(({ destination }) => labelOfQueue(destination) === label)),
    }))
  }

  stats(): ClusterStats {
    return {
      hosts: this.#hosts.size,
      lanes: countLanes(this.#lanes.values()),
      refused: Object.values(this.#links.refused).reduce((sum, count) => sum + count, 0),
      resent: this.#links.resent,
      bufferedBytes: this.#links.bufferedBytes,
    }
  }

  /** Loses all lanes, and closes its connections; for good. */
  close(): Promise<void> {
    // First it is closed, so that nobody asks for what is lost then.
    this.#closing ??= Promise.resolve().then(() => this.#close())
    return this.#closing
  }

  async #close(): Promise<void> {
    for (const tell of this.#onClose) tell()
    for (const host of this.#hosts) host.close()
    for (const lane of [...this.#lanes.values()]) lane.lost('host-lost', undefined)
    this.#links.close()
    this.#wire.close()
    await this.#asking.close()
  }

  /** A host that can't be understood is lost, and not the app. */
  #receive(host: HostLink, blocks: LinkMessage): void {
    let heard: HeardMessage<FromLane>
    try {
      heard = decodeLaneMessage<FromLane>(blocks, this.#options.maxValueBytes)
    } catch (error) {
      const { name, instance } = host.host
      warnOfCluster(
        `the host ${name} (${instance}) is given up: what it says makes no sense (${messageOf(error)})`,
      )
      host.onEnd()
      return
    }
    const { lane: number, message } = heard
    const lane = this.#lanes.get(number)
    if (message.type === 'offer') this.#offered(host, number, lane, message)
    // Of a lane that is gone, nothing is heard (D11).
    else if (lane?.host === host) lane.receive(message)
  }

  #offered(
    host: HostLink,
    number: number,
    lane: OwnedLane | undefined,
    { destination, name }: FromLane & { readonly type: 'offer' },
  ): void {
    host.name = name
    const refusal = this.#refusals.get(destination)?.get(host.link.peer)
    const isWanted =
      lane !== undefined &&
      lane.host === undefined &&
      lane.destination === destination &&
      refusal === undefined
    if (isWanted) {
      host.add(lane, this.#asking.hold(lane))
      return
    }
    const why = refusal ?? 'it is not wanted any more'
    host.send(this.encode(number, { type: 'release', why }))
  }

  #outwards(message: ToLane | CarriedToHost): ToLane {
    if (message.type !== 'define' || !('url' in message)) return message
    const { definition, url, name } = message
    const named = this.#names.nameOf(url)
    // No such action is placed elsewhere; a host refuses it all the same.
    if ('refused' in named) return { type: 'define', definition, name, unnamed: named.refused }
    const { text: module } = named
    const hash = this.#options.build === undefined ? this.#hashes.of(url) : undefined
    return { type: 'define', definition, module, name, ...(hash !== undefined && { hash }) }
  }

  #noteRefusal(lane: OwnedLane, why: string): void {
    const { peer, destination } = lane
    if (peer === undefined) return
    const { name, instance } = peer
    const refusals = this.#refusals.get(destination) ?? new Map<string, string>()
    this.#refusals.set(destination, refusals)
    if (!refusals.has(instance))
      warnOfCluster(`the host ${name} (${instance}) takes nothing more of this app: ${why}`)
    refusals.set(instance, why)
  }
}

/** One that waits to be asked for is wanted. */
function countLanes(all: Iterable<OwnedLane>): ClusterStats['lanes'] {
  const lanes = { wanted: 0, starting: 0, open: 0 }
  for (const { state } of all) {
    if (state === 'waiting') lanes.wanted += 1
    else if (state !== 'gone') lanes[state] += 1
  }
  return lanes
}
