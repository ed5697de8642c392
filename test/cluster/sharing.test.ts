// Threads that several apps want all the time (D18). What is counted is who holds them: how much is done on each meanwhile is a
// matter of what else the machine does.

import { whereaboutsLater } from '#fixtures/cluster/actions.js'
import { describe, it } from 'vitest'
import { ClusterFixture, type Owner } from '../support/cluster.js'
import { hasRedis, redisNote } from '../support/redis-server.js'

const TURNS = 4
/** With fewer actions than that, an app hasn't had its turn. */
const LEAST = 5
/** How long one action takes, in milliseconds; and of how many the shares are taken. */
const LONG = 50
const COUNTED = 800

/** Until threads have been given on: ten seconds, and more on a busy machine. */
const PATIENT = { timeout: 120_000 }

/** Has so many of an app's actions waiting or running, until all is over. */
async function keepBusy(
  { runtime }: Owner,
  atOnce: number,
  isOver: () => boolean,
  done: () => void,
): Promise<void> {
  const one = async (): Promise<void> => {
    while (!isOver()) {
      await runtime.run(whereaboutsLater, LONG)
      done()
    }
  }
  await Promise.all(Array.from({ length: atOnce }, one))
}

/** How many threads two apps hold, looked at whenever an action of theirs has ended, from some moment on. */
class Shares {
  readonly #apps: readonly Owner[]
  readonly #held = [0, 0]
  #looks: number | undefined

  constructor(apps: readonly Owner[]) {
    this.#apps = apps
  }

  begin(): void {
    this.#looks = 0
  }

  readonly look = (): void => {
    if (this.#looks === undefined || this.areCounted) return
    this.#looks += 1
    for (const [at, app] of this.#apps.entries()) this.#held[at] = (this.#held[at] ?? 0) + lanesOf(app).open
  }

  get areCounted(): boolean {
    return this.#looks !== undefined && this.#looks >= COUNTED
  }

  /** Of each app: 0 to 1. */
  list(): number[] {
    const all = this.#held.reduce((sum, held) => sum + held, 0)
    return this.#held.map((held) => held / all)
  }
}

/** How many threads an app holds, and how many more it would. */
const lanesOf = ({ cluster }: Owner): { readonly open: number; readonly wanted: number } => {
  const { open, wanted } = cluster.stats().lanes
  return { open, wanted }
}

describe.skipIf(!hasRedis)(
  `threads that two apps want all the time${redisNote}`,
  { concurrent: true, timeout: 300_000 },
  () => {
    // Alone: what else this machine does makes one turn longer than another.
    it.sequential('are given to them in turn, where there is one: each has it for 40 % of the time, and more', async ({
      expect,
    }) => {
      await using fixture = await ClusterFixture.start()
      await fixture.worker()
      const turns: { readonly app: string; readonly from: number; until: number; done: number }[] = []
      const apps = ['a', 'b'].map((name) => ({ name, ...fixture.connect({ maxLanes: 1 }) }))
      // Whole turns, and the beginning of another one.
      const isOver = (): boolean => turns.length > TURNS
      await Promise.all(
        apps.map(async ({ name, runtime }) => {
          while (!isOver()) {
            await runtime.run(whereaboutsLater, LONG)
            const last = turns.at(-1)
            const now = performance.now()
            // The last end of one may be heard after the first one of the other.
            if (last !== undefined && last.app !== name && last.done < LEAST) continue
            if (last?.app === name) Object.assign(last, { done: last.done + 1, until: now })
            else turns.push({ app: name, from: now, until: now, done: 1 })
          }
        }),
      )
      const whole = turns.slice(0, TURNS)
      const timeOf = (app?: string): number =>
        whole.reduce(
          (sum, { app: by, from, until }) => sum + (app === undefined || app === by ? until - from : 0),
          0,
        )
      for (const { name } of apps) expect(timeOf(name) / timeOf()).toBeGreaterThanOrEqual(0.4)
    })

    it('are shared on several hosts, also with who comes when another one holds all, and wants ten times as many', async ({
      expect,
    }) => {
      await using fixture = await ClusterFixture.start()
      await Promise.all([fixture.worker({ threads: 2 }), fixture.worker({ threads: 2 })])
      const [a, b] = [fixture.connect(), fixture.connect()]
      const shares = new Shares([a, b])
      const isOver = (): boolean => shares.areCounted
      const first = keepBusy(a, 200, isOver, shares.look)
      await expect.poll(() => lanesOf(a), PATIENT).toEqual({ open: 4, wanted: 60 })
      const second = keepBusy(b, 20, isOver, shares.look)
      await expect.poll(() => [lanesOf(a), lanesOf(b)], PATIENT).toMatchObject([{ open: 2 }, { open: 2 }])
      shares.begin()
      await Promise.all([first, second])
      for (const share of shares.list()) expect(share).toBeGreaterThanOrEqual(0.4)
    })

    it('are shared by who come at the same time, one of whom wants ten times as many', async ({ expect }) => {
      await using fixture = await ClusterFixture.start()
      await Promise.all([fixture.worker({ threads: 2 }), fixture.worker({ threads: 2 })])
      const [a, b] = [fixture.connect(), fixture.connect()]
      const shares = new Shares([a, b])
      const isOver = (): boolean => shares.areCounted
      const both = [keepBusy(a, 200, isOver, shares.look), keepBusy(b, 20, isOver, shares.look)]
      await expect.poll(() => [lanesOf(a), lanesOf(b)], PATIENT).toMatchObject([{ open: 2 }, { open: 2 }])
      shares.begin()
      await Promise.all(both)
      for (const share of shares.list()) expect(share).toBeGreaterThanOrEqual(0.4)
    })
  },
)
