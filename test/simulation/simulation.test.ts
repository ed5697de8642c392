// Plays what has once been found, and some hundred histories more: whatever a world may do, the rules hold, and the same seed
// brings the same history.

import { readdirSync, readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { loadComlink } from '../../src/channels/comlink.js'
import { Random } from '../soak/random.js'
import { play, type Played } from './play.js'
import { drawStory } from './draw.js'
import type { Story } from './plan.js'

/** How many histories one test plays, and how many tests there are; and how many have other machines in them. */
const SEEDS = 40
const ROUNDS = 2
const NETWORKED = 24

interface Found {
  readonly seed: number
  readonly rule: string
  readonly story: Story
}

const FOUND = new URL('found/', import.meta.url)

// Its module is loaded by a turn of Node's own loop, which a simulation has none of.
beforeAll(async () => void (await loadComlink()))

function said({ broken }: Played): string[] {
  return broken.map(({ rule, what }) => `${rule}: ${what}`)
}

describe('a simulated world', () => {
  it.each(readdirSync(FOUND))('plays %s, which once broke a rule', async (file) => {
    const { seed, story } = JSON.parse(readFileSync(new URL(file, FOUND), 'utf8')) as Found
    expect(said(await play(seed, story))).toEqual([])
  })

  it.each(Array.from({ length: ROUNDS }, (_, round) => round * SEEDS + 1))(
    `breaks no rule in ${SEEDS} histories from %i on`,
    async (from) => {
      for (let seed = from; seed < from + SEEDS; seed += 1) {
        expect({
          seed,
          broken: said(await play(seed, drawStory(new Random(seed)), { isWeighed: seed % SEEDS === 0 })),
        }).toEqual({
          seed,
          broken: [],
        })
      }
    },
    60_000,
  )

  it(`breaks no rule in ${NETWORKED} histories with other machines`, async () => {
    for (let seed = 1; seed <= NETWORKED; seed += 1)
      expect({ seed, broken: said(await play(seed, drawStory(new Random(seed), true))) }).toEqual({
        seed,
        broken: [],
      })
  }, 60_000)

  it.each([false, true])(
    'plays the same history for the same seed (other machines: %s)',
    async (hasNetwork) => {
      for (let seed = 1; seed <= 8; seed += 1) {
        const [one, other] = [
          await play(seed, drawStory(new Random(seed), hasNetwork)),
          await play(seed, drawStory(new Random(seed), hasNetwork)),
        ]
        expect({ seed, hash: one.hash, steps: one.steps }).toEqual({
          seed,
          hash: other.hash,
          steps: other.steps,
        })
      }
    },
    60_000,
  )

  it('plays another one for another seed', async () => {
    const hashes = new Set<number>()
    for (let seed = 1; seed <= 5; seed += 1) hashes.add((await play(seed, drawStory(new Random(seed)))).hash)
    expect(hashes.size).toBe(5)
  })
})
