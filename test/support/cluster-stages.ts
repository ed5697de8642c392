// The points of an action's life on another machine at which something may befall it: brings one there, and lets it go on.

import type { Traced } from '#fixtures/cluster/actions.js'
import type { ExpectStatic } from 'vitest'
import type { Run } from 'heddle'
import type { ClusterStats } from 'heddle/cluster'
import {
  ClusterFixture,
  HOLD_THREAD,
  type ClusterFixtureOptions,
  type ClusterProcess,
  type Owner,
} from './cluster.js'
import { TcpProxy } from './tcp-proxy.js'

/**
 * `wanted`: a thread is asked for, and nobody has offered one; `starting`: one is offered, and isn't up; `sent`: its start has come
 * to the thread, whose module is being loaded; `aborting`: its abort has come, and it computes; `in grace`: it has seen that, and
 * cleans up; `ended, not told`: what it has returned hasn't left its machine.
 */
export const STAGES = [
  'wanted',
  'starting',
  'sent',
  'started',
  'parked',
  'aborting',
  'in grace',
  'ended, not told',
] as const
export type Stage = (typeof STAGES)[number]

/** What the action that all is about is called; its child, where it has one, is `one-child`. */
export const ONE = 'one'

/** Who starts and cancels it, wherever that is. */
interface Commander {
  run(how: Traced['how'], kind?: 'held'): void
  cancel(): void
  lanes(): Promise<ClusterStats['lanes']>
}

/** An owner in this process, with its one action. */
export class OwnerHere implements Commander {
  readonly #fixture: ClusterFixture
  readonly #owner: Owner
  #run: Run<string> | undefined

  constructor(fixture: ClusterFixture, owner: Owner) {
    this.#fixture = fixture
    this.#owner = owner
  }

  get action(): Run<string> {
    return this.#run as Run<string>
  }

  run(how: Traced['how'], kind?: 'held'): void {
    this.#run = this.#fixture.run(this.#owner.runtime, ONE, how, kind)
    // It may fail before anybody waits for it.
    void this.#run.settled()
  }

  cancel(): void {
    this.action.cancel('enough', { graceMs: 60_000 })
  }

  lanes(): Promise<ClusterStats['lanes']> {
    return Promise.resolve(this.#owner.cluster.stats().lanes)
  }
}

/** An owner in a process of its own, with its one action. */
export class OwnerElsewhere implements Commander {
  readonly #fixture: ClusterFixture
  readonly process: ClusterProcess

  constructor(fixture: ClusterFixture, process: ClusterProcess) {
    this.#fixture = fixture
    this.process = process
  }

  run(how: Traced['how'], kind?: 'held'): void {
    const input = this.#fixture.traced(ONE, how)
    this.process.send(kind === undefined ? input : { held: input })
  }

  cancel(): void {
    this.process.send({ cancel: ONE })
  }

  async lanes(): Promise<ClusterStats['lanes']> {
    this.process.send('lanes')
    return (await this.process.hears<Pick<ClusterStats, 'lanes'>>('lanes')).lanes
  }
}

/** A cluster with one host, `one`, whose way to Redis can be held up. */
export class Scene implements AsyncDisposable {
  readonly stage: Stage
  readonly fixture: ClusterFixture
  readonly host: ClusterProcess
  readonly wire: TcpProxy

  private constructor(stage: Stage, fixture: ClusterFixture, host: ClusterProcess, wire: TcpProxy) {
    this.stage = stage
    this.fixture = fixture
    this.host = host
    this.wire = wire
  }

  static async set(stage: Stage, options: ClusterFixtureOptions): Promise<Scene> {
    const fixture = await ClusterFixture.start(options)
    const wire = await TcpProxy.start(fixture.redis.port)
    const threads = stage === 'parked' ? 2 : 1
    const host = await fixture.worker({ name: 'one', threads, redis: wire.url, ...HOLD_THREAD })
    return new Scene(stage, fixture, host, wire)
  }

  /** How many actions there are. */
  get actions(): number {
    return this.stage === 'parked' ? 2 : 1
  }

  /** Brings the action there. */
  async reach(commander: Commander, { poll }: ExpectStatic): Promise<void> {
    const { fixture, host, wire } = this
    const has = (word: string, name = ONE): Promise<void> => poll(() => fixture.has(name, word)).toBe(true)
    switch (this.stage) {
      case 'wanted':
        host.freeze()
        commander.run('gate')
        await poll(async () => (await commander.lanes()).wanted).toBe(1)
        await poll(() => fixture.requests()).toBe(1)
        break
      case 'starting':
        await fixture.hold('threads')
        commander.run('gate')
        await poll(async () => (await commander.lanes()).starting).toBe(1)
        break
      case 'sent':
        await fixture.hold('modules')
        commander.run('gate', 'held')
        await poll(() => fixture.isReached('modules')).toBe(true)
        break
      case 'started':
        commander.run('gate')
        await has('started')
        break
      case 'parked':
        commander.run('park')
        await has('started', `${ONE}-child`)
        break
      case 'aborting':
        commander.run('busy')
        await has('tick')
        commander.cancel()
        // It has come: so has what was sent by the same way right after.
        await fixture.rest()
        break
      case 'in grace':
        commander.run('linger')
        await has('started')
        commander.cancel()
        await has('aborted')
        break
      case 'ended, not told':
        commander.run('gate')
        await has('started')
        wire.set('stall')
        fixture.open(ONE)
        await has('returned')
        break
    }
    // Its owner knows that it has begun.
    if (commander instanceof OwnerHere && this.stage === 'started')
      await poll(() => commander.action.phase).toBe('running')
  }

  /** Its machine is gone, and with it what was on its way out. */
  async killHost(): Promise<void> {
    await this.host.kill()
    this.wire.cut()
  }

  /** Nothing holds it any more. */
  async letGo(): Promise<void> {
    const { fixture } = this
    if (this.stage === 'starting') await fixture.letGo('threads')
    if (this.stage === 'sent') await fixture.letGo('modules')
    fixture.open(ONE)
    fixture.open(`${ONE}-child`)
    this.wire.set('pass')
    this.host.goOn()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.fixture[Symbol.asyncDispose]()
    await this.wire[Symbol.asyncDispose]()
  }
}
