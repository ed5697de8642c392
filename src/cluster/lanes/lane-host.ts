// The threads that a machine lends to runtimes elsewhere: one for each lane. It has no queue and places nothing.

import { createClock } from '../../protocol/clock.js'
import type { CarriedFromHost, CarriedToHost } from '../../protocol/far-messages.js'
import type { HostName } from '../../protocol/host-name.js'
import type { GrantedResources } from '../../protocol/resolved-options.js'
import type { PoolOptions } from '../../threads/pool.js'
import { makeThreads, serviceIn, type Threads } from '../../threads/threads.js'
import { Commands, type CommandsOptions } from '../../runtime/dispatch/commands.js'
import { bridgedToCommands, bridgedToThread, type OpenBridged } from './bridged-line.js'
import { LaneBridge } from './lane-bridge.js'
import { tunnelled } from './tunnelled-wire.js'
import type { Wire } from './wire.js'

/** How long what programs have left behind may go on, in milliseconds. */
const LEFT_BEHIND_MS = 5000

/** What one lane holds, and who wants to know of it. */
interface LaneParts {
  /** Of its machine's resources. */
  readonly resources?: GrantedResources | undefined
  /** It is over, and its thread free again or lost. */
  readonly onGone?: () => void
  /** Whether it holds a place has changed. */
  readonly onPlace?: () => void
}

/** The lanes that one machine serves. */
export class LaneHost {
  readonly #options: PoolOptions
  readonly #machine: HostName | undefined
  readonly #bridges = new Set<LaneBridge>()
  readonly #commands: Commands
  #threads: Threads | undefined
  readonly #whenGone: (() => void)[] = []

  /**
   * `machine`: this one, as bodies and runtimes are told of it. `optionsOf`: those of an action, without loading its module; needed
   * for commands only.
   */
  constructor(
    options: PoolOptions,
    machine?: HostName,
    optionsOf: CommandsOptions['optionsOf'] = () => undefined,
  ) {
    this.#options = options
    this.#machine = machine
    // What a command has left behind, and what outlives this process, has so long to end.
    this.#commands = new Commands({ optionsOf, graceMsOf: () => LEFT_BEHIND_MS })
  }

  /** Serves a lane. `epochOffset`: of the clock by which its runtime tells times. */
  serve(wire: Wire<CarriedFromHost, CarriedToHost>, epochOffset: number, parts: LaneParts = {}): LaneBridge {
    this.#threads ??= makeThreads(this.#options, (error) => this.#onStartError(error))
    const open = bridgedToThread(serviceIn(this.#threads, epochOffset, this.#machine))
    return this.#bridge(wire, open, epochOffset, parts)
  }

  /** The same for one of commands, whose programs this process starts and ends by itself: it takes no thread. */
  serveCommands(
    wire: Wire<CarriedFromHost, CarriedToHost>,
    epochOffset: number,
    parts: LaneParts = {},
  ): LaneBridge {
    const open = bridgedToCommands({ commands: this.#commands, epochOffset, machine: this.#machine })
    return this.#bridge(wire, open, epochOffset, parts)
  }

  #bridge(
    wire: Wire<CarriedFromHost, CarriedToHost>,
    open: OpenBridged,
    epochOffset: number,
    { resources, onGone, onPlace }: LaneParts,
  ): LaneBridge {
    const bridge: LaneBridge = new LaneBridge({
      wire: tunnelled(wire, 'host'),
      open,
      now: createClock(epochOffset),
      resources,
      ...(onPlace && { onPlace }),
      onGone: () => {
        this.#forget(bridge)
        onGone?.()
      },
    })
    this.#bridges.add(bridge)
    return bridge
  }

  /** How many threads there are, those without a lane included. */
  get size(): number {
    return this.#threads?.size ?? 0
  }

  /** Ends every thread and waits for their exits. */
  async close(): Promise<void> {
    for (const bridge of this.#bridges) bridge.kill('host-drained')
    if (this.#bridges.size > 0) await new Promise<void>((resolve) => this.#whenGone.push(resolve))
    await this.#threads?.close()
    await this.#commands.close()
  }

  #forget(bridge: LaneBridge): void {
    this.#bridges.delete(bridge)
    if (this.#bridges.size > 0) return
    for (const resolve of this.#whenGone.splice(0)) resolve()
  }

  #onStartError(error: Error): void {
    for (const bridge of this.#bridges) if (bridge.failToStart(error)) return
  }
}
