// Lanes to a machine that is this process: threads behind a wire of two queues, so that all of a far lane is played but the network.

import { allDefinitions, definitionKey } from '../../action.js'
import type { ResolvedActionOptions } from '../../protocol/resolved-options.js'
import type { CarriedFromHost, CarriedToHost } from '../../protocol/far-messages.js'
import type { HostLoss, HostName } from '../../protocol/host-name.js'
import { createClock } from '../../protocol/clock.js'
import type { ToRuntime } from '../../protocol/messages.js'
import { PackedValue, payloadOf, withPayload } from '../../protocol/payloads.js'
import { TurnQueue } from '../../protocol/turn-queue.js'
import { world } from '../../protocol/world.js'
import { LONGEST_TIMER_MS } from '../../options.js'
import type { LaneSource } from '../../runtime/dispatch/lane-source.js'
import type { PoolOptions } from '../../threads/pool.js'
import { decodeValue } from '../link/value-codec.js'
import { lineByWire } from './far-line.js'
import type { LaneBridge } from './lane-bridge.js'
import { LaneHost } from './lane-host.js'
import type { Wire, WireListener } from './wire.js'

/** The machine as runtimes are told of it, where they are. */
const MACHINE: HostName = { name: 'here', instance: '0'.repeat(32) }

/** One end: what is sent is copied into the queue of the other. */
class QueueWire<Sent extends object, Received extends object> implements Wire<Sent, Received> {
  readonly peer: HostName | undefined
  readonly roundTripMs: undefined
  readonly maxValueBytes: number = Infinity
  end: QueueWire<Received, Sent> | undefined
  #listener: WireListener<Received> | undefined
  readonly #arrived = new TurnQueue<Received>({
    handle: (message) => this.#listener?.handle(message),
    endTurn: () => this.#listener?.endTurn(),
  })
  #holding: NodeJS.Timeout | undefined

  constructor(peer?: HostName) {
    this.peer = peer
  }

  /** Who hears what comes, unless it is closed. */
  get listener(): WireListener<Received> | undefined {
    return this.#listener
  }

  listen(listener: WireListener<Received>): void {
    this.#listener = listener
  }

  send(message: Sent): void {
    this.end?.take(structuredClone(unpacked(message)))
  }

  /** Nothing that was sent hasn't left. */
  sendUrgent(message: Sent): void {
    this.send(message)
  }

  /** Something has come. */
  take(message: Received): void {
    if (this.#listener !== undefined) this.#arrived.add(message)
  }

  drain(): void {
    this.#arrived.drain()
  }

  readOn(): boolean {
    return this.#arrived.readOn()
  }

  hold(holdsProcess: boolean): void {
    world.clearInterval(this.#holding)
    this.#holding = holdsProcess ? world.setInterval(() => {}, LONGEST_TIMER_MS) : undefined
  }

  close(): void {
    this.hold(false)
    this.#listener = undefined
    this.#arrived.close()
  }
}

/** With the value in place of what a thread has written for another machine. */
function unpacked<Sent extends object>(message: Sent): Sent {
  const { value } = payloadOf(message as ToRuntime)
  if (!(value instanceof PackedValue)) return message
  return withPayload(message as ToRuntime, { value: decodeValue(value.block, ANY_SIZE) }) as object as Sent
}

const ANY_SIZE = { name: 'value', maxBytes: Infinity }

/** A source of lanes whose machine is this process. */
export interface LanesInProcess extends LaneSource {
  /** How many threads there are, those without a lane included. */
  readonly size: number
  /** The machine is not heard any more: it counts as lost, and has killed its threads. */
  lose(silentMs: number): void
  /** The machine does not hear the runtime any more: it aborts the bodies there (D26). */
  abortAll(how: HostLoss, message: string): void
  /** Nothing is to be offered to the machine for now; and, later, again. */
  pause(isPaused: boolean): void
  /** Ends its threads. */
  close(): Promise<void>
}

/** Destinations of commands begin so. */
const COMMANDS = 'commands.'

/** Modules here are those of the runtime. */
function optionsHere(url: string, name: string): ResolvedActionOptions | undefined {
  const found = allDefinitions().find((definition) => definition.url === url && definition.name === name)
  return found?.[definitionKey].options
}

/** Makes one. All that has a cpu share goes there. `isNamed`: runtimes and bodies are told of the machine. */
export function lanesInProcess(
  most: number,
  pool: Omit<PoolOptions, 'maxThreads' | 'minThreads'>,
  { isNamed = false }: { readonly isNamed?: boolean } = {},
): LanesInProcess {
  const machine = isNamed ? MACHINE : undefined
  const host = new LaneHost({ ...pool, maxThreads: 4 * most + 16, minThreads: 0 }, machine, optionsHere)
  const lanes = new Set<{
    readonly here: QueueWire<CarriedToHost, CarriedFromHost>
    readonly bridge: LaneBridge
  }>()
  return {
    most,
    isClosed: false,
    onClose: () => () => {},
    defaultOn: 'cluster',
    destinationOf: ({ isCommand }, label = 'any') => ({
      destination: isCommand ? `${COMMANDS}${label}` : label,
    }),
    open(destination, epochOffset) {
      const here = new QueueWire<CarriedToHost, CarriedFromHost>(machine)
      const there = new QueueWire<CarriedFromHost, CarriedToHost>()
      here.end = there
      there.end = here
      const line = lineByWire(here, createClock(epochOffset))
      return (lane) => {
        const opened = line(lane)
        const onGone = (): void => void lanes.delete(served)
        const bridge = destination.startsWith(COMMANDS)
          ? host.serveCommands(there, epochOffset, { onGone })
          : host.serve(there, epochOffset, { onGone })
        const served = { here, bridge }
        lanes.add(served)
        return opened
      }
    },
    get size() {
      return host.size
    },
    lose(silentMs) {
      for (const { here, bridge } of lanes) {
        here.listener?.lost('host-lost', silentMs)
        bridge.kill('host-lost')
      }
    },
    abortAll(how, message) {
      for (const { bridge } of lanes) bridge.abortAll(how, message)
    },
    pause(isPaused) {
      for (const { here } of lanes) here.listener?.pause(isPaused)
    },
    close: () => host.close(),
  }
}
