import { describe, expect, it } from 'vitest'
import { Force, type ForcedLife, type Killing } from '../../src/runtime/abort/force.js'
import type { Action } from '../../src/runtime/tree/action.js'
import { ClaimState, type ClaimStateValue } from '../../src/protocol/claims.js'
import { decideForce, type ForcedLane } from '../../src/threads/force.js'
import type { LaneItem } from '../../src/threads/lane-owner.js'

type Mutable = { -readonly [Key in keyof ForcedLane<LaneItem>['life']]: ForcedLane<LaneItem>['life'][Key] }

function laneOf(
  items: readonly LaneItem[],
  life: ForcedLane<LaneItem>['life'] = { state: 'open', isDying: false },
): ForcedLane<LaneItem> {
  return {
    life,
    items: () => items.values(),
    claim: () => ClaimState.parked,
    ping: () => Promise.resolve(false),
    dropParked: () => true,
  }
}

const bodies = (count: number): LaneItem[] => Array.from({ length: count }, () => ({ ticket: undefined }))

describe('force', () => {
  it('kills a thread for all whose time is up there, and looks at each of them twice at most (S6)', () => {
    const items = bodies(1000)
    const life: Mutable = { state: 'open', isDying: false }
    const lane = laneOf(items, life)
    const decided: string[] = []
    let looked = 0
    for (const item of items)
      decideForce(lane, item, {
        isThere: () => true,
        isDue: () => (looked += 1) > 0,
        takeBackUnstarted: () => {},
        decided: (decision) => {
          decided.push(decision)
          life.state = 'terminating'
        },
      })
    expect(new Set(decided)).toEqual(new Set(['kill']))
    expect(decided).toHaveLength(items.length)
    expect(looked).toBeLessThan(2 * items.length)
  })

  it('kills nobody who lives with one whose time is up and blocks nothing: that one is dropped (S6)', async () => {
    const [due, innocent] = bodies(2) as [LaneItem, LaneItem]
    const lane = laneOf([due, innocent])
    const claims = new Map([[innocent, ClaimState.running]])
    const decision = await new Promise((decided) => {
      decideForce({ ...lane, claim: (item) => claims.get(item) ?? ClaimState.parked }, due, {
        isThere: () => true,
        isDue: () => false,
        takeBackUnstarted: () => {},
        decided,
      })
    })
    expect(decision).toBe('dropped')
  })

  it.each([
    ['begins while its neighbours are looked at', true, 'abandon'],
    ['has not begun, and is taken back', false, 'kill'],
  ])('has no thread killed under one that was sent there and %s (S6)', async (_, hasBegun, expected) => {
    const [due, next] = bodies(2) as [LaneItem, LaneItem]
    const claims = new Map<LaneItem, ClaimStateValue>([
      [due, ClaimState.running],
      [next, ClaimState.offered],
    ])
    const decision = await new Promise((decided) => {
      const lane = laneOf([due, next])
      const claim = (item: LaneItem): ClaimStateValue => claims.get(item) as ClaimStateValue
      decideForce({ ...lane, claim, ping: () => Promise.resolve(true) }, due, {
        isThere: () => true,
        isDue: () => false,
        // The thread was ahead of it, or wasn't.
        takeBackUnstarted: () => void claims.set(next, hasBegun ? ClaimState.running : ClaimState.taken),
        decided,
      })
    })
    expect(decision).toBe(expected)
  })

  it.each(['before', 'while it is asked'])(
    'has no thread killed that dies by itself %s: it ends with that (S28)',
    async (when) => {
      const [due, culprit] = bodies(2) as [LaneItem, LaneItem]
      const life: Mutable = { state: 'open', isDying: false }
      const die = (): void => void Object.assign(life, { state: 'terminating', isDying: true })
      const lane = laneOf([due, culprit], life)
      const ping = (): Promise<boolean> => {
        die()
        return Promise.resolve(false)
      }
      if (when === 'before') die()
      const decided: string[] = []
      decideForce({ ...lane, ping }, due, {
        isThere: () => true,
        isDue: () => false,
        takeBackUnstarted: () => {},
        decided: (decision) => void decided.push(decision),
      })
      await new Promise(setImmediate)
      expect(decided).toEqual([])
    },
  )
})

describe('an action whose time is up', () => {
  it('has what its thread has not begun taken back before that is killed (S6)', () => {
    const done: string[] = []
    const action = {
      ticket: 1,
      isCommand: false,
      hasEnded: false,
      send: ({ type }: { type: string }) => void done.push(type),
    } as unknown as Action
    Object.assign(action, {
      line: { ...laneOf([action]), claim: () => ClaimState.running, hasOwnThread: true, isFar: false },
    })
    const dispatch = { requeueUnstarted: () => void done.push('taken back') }
    const killing = { kill: () => void done.push('thread killed') }
    new Force({ now: () => 0, dispatch } as unknown as ForcedLife, killing as unknown as Killing).force(
      action,
    )
    expect(done).toEqual(['taken back', 'killed', 'thread killed'])
  })
})
