// The far end of a lane: on the machine of its thread it owns a lane to that, and hands on what either side says. What a runtime
// finds out by claim words and pings is found out here; all else the runtime decides, which is elsewhere.

import type { LaneLoss } from '../../../actors/thread-events.js'
import type { AttemptTicket } from '../../protocol/claims.js'
import type { Clock } from '../../protocol/clock.js'
import { dropMessage } from '../../protocol/dropped-message.js'
import { NotCloneableError } from '../../protocol/errors/errors.js'
import type { HostLoss } from '../../protocol/host-name.js'
import type { ForceDecision, FromFarHost, ToFarHost } from '../../protocol/far-messages.js'
import type { AbortMessage, EndsThreadMessage, StartMessage } from '../../protocol/messages.js'
import type { GrantedResources } from '../../protocol/resolved-options.js'
import { world } from '../../protocol/world.js'
import { Lane } from '../../threads/lane.js'
import type { FromHost } from '../../threads/lane-line.js'
import type { LaneDefinition, LaneOwner, LaneReceiver } from '../../threads/lane-owner.js'
import type { BridgedLine, OpenBridged } from './bridged-line.js'
import { farItem, farLossOf, unbegunEnd, type FarItem } from './far-item.js'
import { DeliveryMarks } from './delivery-marks.js'
import { decideThere } from './due-items.js'
import { GivenClaims } from './given-claims.js'
import { HeldPlace } from './held-place.js'
import { loadAhead, ping } from './lane-answers.js'
import { PausedOutput } from './paused-output.js'
import { toldInstead } from './told-instead.js'
import { Unbegun } from './unbegun.js'
import type { Wire } from './wire.js'

/** How often claim words are looked at, in milliseconds, while something hasn't started. */
const SWEEP_MS = 5

/** What a bridge is made of. */
export interface BridgeOptions {
  readonly wire: Wire<FromFarHost, ToFarHost>
  /** Opens its line to the host of its bodies. */
  readonly open: OpenBridged
  readonly now: Clock
  /** What it holds of its machine's resources: for one body at a time. */
  readonly resources?: GrantedResources | undefined
  /** Whether it holds a place of its machine has changed. */
  readonly onPlace?: () => void
  /** Its lane is gone. */
  readonly onGone: () => void
}

/** Serves one lane of a runtime that is elsewhere. */
export class LaneBridge implements LaneOwner<Lane<FarItem>, FarItem>, LaneReceiver<Lane<FarItem>, FarItem> {
  /** It stays open until its runtime closes it, and holds no process meanwhile. */
  readonly restMs: number = Infinity
  readonly #wire: Wire<FromFarHost, ToFarHost>
  readonly #now: Clock
  readonly #onGone: () => void
  readonly #claims = new GivenClaims((chunk) => this.#lane.send({ type: 'chunk', chunk }))
  readonly #lane: Lane<FarItem>
  #addUnreadable: BridgedLine['addUnreadable'] = () => {}
  readonly #items = new Map<AttemptTicket, FarItem>()
  readonly #unbegun: Unbegun
  readonly #definitions = new Map<number, LaneDefinition>()
  readonly #marks: DeliveryMarks = new DeliveryMarks(
    () => this.#lane.outgoing,
    (count) => this.#tell({ type: 'marked', count }),
  )
  /** Why this machine has aborted its bodies, if it has. */
  #stopped: HostLoss | undefined
  readonly #output: PausedOutput = new PausedOutput((message) => this.#tell(message))
  /** Whether it holds one of the places of its machine. */
  readonly place: HeldPlace
  readonly #granted: { readonly resources: GrantedResources } | undefined
  #sweeping: NodeJS.Timeout | undefined

  constructor({ wire, open, now, resources, onPlace = () => {}, onGone }: BridgeOptions) {
    this.#granted = resources && { resources }
    this.#wire = wire
    this.#now = now
    this.#onGone = onGone
    this.place = new HeldPlace({
      takesOne: resources !== undefined,
      isEnding: () => this.#lane.life.state === 'terminating',
      onChange: onPlace,
    })
    this.#unbegun = new Unbegun(
      () => this.#lane,
      now,
      (message) => this.#tell(message),
    )
    wire.listen({
      handle: (message) => this.#handle(message),
      endTurn: () => {},
      pause: (isPaused) => this.#output.pause(isPaused),
      lost: (how) => this.kill(how),
    })
    this.#lane = new Lane<FarItem>('cpu', this, this, (lane) => {
      const line = open(lane, this.#claims)
      this.#addUnreadable = (message) => line.addUnreadable(message)
      return line
    })
  }

  /** Its thread died before it could take the lane; `false` if that is up, or is being killed. */
  failToStart(error: unknown): boolean {
    const { thread, canBeKilled, life } = this.#lane
    if (thread !== undefined || !canBeKilled || life.state === 'terminating') return false
    life.failToStart(error)
    return true
  }

  /** Whether something was sent here and hasn't ended. */
  get hasWork(): boolean {
    return this.#lane.hasWork
  }

  /** Takes nothing new: what hasn't begun is given back, and the lane is closed when the rest has ended (D18, D29). */
  retire(): void {
    this.#lane.life.retire()
    this.#giveBack([...this.#unbegun])
    this.#tidy()
  }

  /**
   * Aborts all bodies that their runtime hasn't: those that end by that are lost, `how` says as what; one that returns all the same
   * has ended so. What is being loaded is given back. Nothing takes that back, also if the runtime is heard again (D26, D29).
   */
  abortAll(how: HostLoss, message: string): void {
    this.#stopped ??= how
    this.#lane.life.retire()
    this.#giveBack([...this.#unbegun], (item) => this.#lane.withdraw(item))
    this.#tidy()
    const at = this.#now()
    for (const item of this.#items.values()) {
      if (item.abortedBy !== 'nobody') continue
      item.abortedBy = 'machine'
      this.#lane.abort([item], { source: 'shutdown', message, origin: item.id, at })
    }
  }

  /** Kills its thread, or what runs as commands: nobody is there for whom it would go on. */
  kill(how: HostLoss): void {
    this.#stopped ??= how
    if (this.#lane.canBeKilled) {
      this.#lane.life.kill()
      return
    }
    this.abortAll(how, 'nobody is there for whom it would go on')
    for (const item of this.#items.values()) this.#lane.endGrace(item)
  }

  /** Ahead of what is given back for that: it would come again. */
  intakeChanged(): void {
    this.#tell({ type: 'retiring' })
    this.place.leaves()
  }

  mayEnd(): boolean {
    return false
  }

  cameUp(_lane: Lane<FarItem>, thread: number): void {
    this.#tell({ type: 'hello', thread })
  }

  endsThread(_lane: Lane<FarItem>, message: EndsThreadMessage): void {
    // Whose doing it is depends on who waits for a module.
    this.#unbegun.tellClaims()
    this.#tell(message)
  }

  receivedAll(): void {
    this.#marks.look()
  }

  /** What could be copied on its way here can be copied once more, but for what it says itself while that is done. */
  notSent(item: FarItem, error: unknown): void {
    const why = error instanceof Error ? error.message : String(error)
    this.#endUnbegun(
      item,
      new NotCloneableError(`the input can't be sent to a thread (${why})`, { cause: error }),
    )
  }

  /** Only shared threads are asked whether they answer, and none of those is lent. */
  fellSilent(): void {}

  answersAgain(): void {}

  exitIsLate(): void {
    this.place.leaves()
    this.#tell({ type: 'exitIsLate' })
  }

  gone(_lane: Lane<FarItem>, loss: LaneLoss | undefined): void {
    // What isn't among those has never begun, also what is on its way here.
    this.#unbegun.tellClaims()
    this.#output.pause(false)
    this.#tell({ type: 'gone', ...(loss !== undefined && { loss: farLossOf(loss, this.#stopped) }) })
    this.#items.clear()
    this.#unbegun.clear()
    this.#marks.clear()
    this.place.end()
    world.clearTimeout(this.#sweeping)
    this.#wire.close()
    this.#onGone()
  }

  received(_lane: Lane<FarItem>, message: FromHost, item: FarItem | undefined): void {
    // What it says implies that it has begun; when that was, its claim word has told.
    if (item !== undefined && this.#unbegun.has(item)) this.#unbegun.tellBegun()
    if (message.type === 'abortSeen' && item !== undefined) this.#tell({ ...message, tickets: [item.given] })
    else if (item?.abortedBy === 'machine' && message.type === 'ended' && !message.ok) {
      this.#output.sendHeld(item.given)
      this.#tell({ type: 'stopped', ticket: item.given, how: this.#stopped as HostLoss })
    } else this.#output.add(message, item?.given)
    if (item === undefined) return
    const isEnd =
      message.type === 'ended' || (message.type === 'unreadable' && message.message.type === 'ended')
    if (isEnd) this.#leave(item)
    // It is sent again once it has what it needs.
    else if (message.type === 'returned' && this.#lane.withdraw(item)) this.#forget(item)
    else if (message.type === 'parked') this.place.parked(item)
    else if (message.type === 'resumed') this.place.resumed(item)
  }

  #handle(message: ToFarHost): void {
    const lane = this.#lane
    switch (message.type) {
      case 'define':
        this.#definitions.set(message.definition, {
          number: message.definition,
          url: message.url,
          name: message.name,
        })
        return
      case 'start':
        this.#start(message)
        return
      case 'abort':
        this.#abort(message)
        return
      case 'takeBack':
        this.#giveBack(message.tickets.flatMap((ticket) => this.#items.get(ticket) ?? []))
        return
      case 'force':
        decideThere(lane, this.#items, message, {
          takeBackUnstarted: () => this.#giveBack([...this.#unbegun]),
          perform: (decision, item) => this.#perform(decision, item),
        })
        return
      case 'graceEnded': {
        const item = this.#items.get(message.ticket)
        if (item !== undefined) lane.endGrace(item)
        return
      }
      case 'load':
        loadAhead(
          lane,
          message,
          this.#definitions,
          (answer) => this.#tell(answer),
          () => this.#tidy(),
        )
        return
      case 'ping':
        void ping(lane, message.sequence, (answer) => this.#tell(answer))
        return
      case 'mark':
        this.#marks.add(message.count)
        this.#sweepSoon()
        return
      case 'unreadable':
        this.#addUnreadable(message)
        return
      case 'childReport':
        lane.outgoing.addReport(message.ticket, message.id, message.value)
        return
      case 'childSettled':
        lane.outgoing.addEnd(message)
        return
      case 'close':
        lane.life.close()
        return
      // Of a body that was given up here: it was told then.
      case 'drop':
        return
      default:
        lane.send(message)
    }
  }

  #start({ type: _, ticket, definition, run, id, input, ...optional }: StartMessage): void {
    const known = this.#definitions.get(definition)
    if (known === undefined || !this.#lane.load.accepting) {
      this.#tell({ type: 'givenBack', tickets: [ticket] })
      return
    }
    const item = farItem(ticket, id)
    this.#items.set(ticket, item)
    this.place.add(item)
    this.#unbegun.add(item)
    this.#claims.give(ticket)
    this.#lane.start(item, known, { run, id, input }, { ...optional, ...this.#granted })
    this.#sweepSoon()
  }

  /** What hasn't begun never does, also on a thread that computes (S10). */
  #abort({ tickets, reason }: AbortMessage): void {
    const begun: FarItem[] = []
    let isTaken = false
    for (const ticket of tickets) {
      const item = this.#items.get(ticket)
      if (item === undefined) continue
      if (this.#lane.withdraw(item)) {
        isTaken = true
        this.#endUnbegun(item, undefined)
      } else {
        item.abortedBy = 'runtime'
        begun.push(item)
      }
    }
    if (begun.length > 0) this.#lane.abort(begun, reason)
    // What stood behind those may fit now (S1).
    if (isTaken) this.#lane.send({ type: 'wake' })
  }

  #endUnbegun(item: FarItem, error: NotCloneableError | undefined): void {
    this.#forget(item)
    this.#tell(unbegunEnd(item, this.#now(), error))
    this.#tidy()
  }

  #perform(decision: ForceDecision, item: FarItem): void {
    const lane = this.#lane
    if (decision === 'abandon') {
      lane.giveUp(item)
      lane.abandoned += 1
    }
    this.#unbegun.tellBegun()
    this.#output.sendHeld(item.given)
    this.#tell({ type: 'forced', ticket: item.given, decision })
    if (decision !== 'kill') this.#forget(item)
    if (decision !== 'dropped') this.retire()
    if (decision === 'kill') lane.life.kill()
    else this.#tidy()
  }

  /** It isn't on its lane any more. */
  #leave(item: FarItem): void {
    this.#lane.release(item)
    this.#forget(item)
    this.#tidy()
  }

  #forget(item: FarItem): void {
    this.#items.delete(item.given)
    this.#unbegun.delete(item)
    this.place.delete(item)
  }

  #tidy(): void {
    if (this.#lane.hasWork) return
    const { life, canBeKilled } = this.#lane
    if (!life.isRetiring) life.restWhenIdle()
    else if (canBeKilled) life.kill()
    else life.close()
  }

  /** The last ones first: its host starts them in order. */
  #giveBack(items: readonly FarItem[], take = (item: FarItem): boolean => this.#lane.takeBack(item)): void {
    const taken = items.toReversed().filter(take)
    if (taken.length === 0) return
    for (const item of taken) this.#forget(item)
    this.#tell({ type: 'givenBack', tickets: taken.map(({ given }) => given).toReversed() })
    this.#lane.send({ type: 'wake' })
  }

  #sweepSoon(): void {
    this.#sweeping ??= world.setTimeout(() => this.#sweep(), SWEEP_MS)
  }

  #sweep(): void {
    this.#sweeping = undefined
    const lane = this.#lane
    if (lane.life.isGone) return
    // Timers come before messages: its hello comes before what it has started.
    if (lane.thread === undefined) lane.readOn()
    this.#unbegun.tellBegun()
    this.#marks.look()
    lane.checkStalled(this.#now())
    if (this.#unbegun.size > 0 || this.#marks.size > 0) this.#sweepSoon()
  }

  #tell(message: FromFarHost): void {
    try {
      this.#wire.send(message)
    } catch (error) {
      dropMessage(message)
      const instead = toldInstead(message, error)
      if (instead !== undefined) this.#wire.send(instead)
    }
  }
}
