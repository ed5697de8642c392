import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { GrantedResources, ResourceCounts } from '../../src/protocol/resolved-options.js'
import { FairShare } from '../../src/scheduling/fair-queue.js'
import { Resources, type Needing } from '../../src/scheduling/resources.js'

let sequence = 0

interface ItemOptions {
  readonly group?: FairShare
  readonly priority?: number
  readonly isCleanUp?: boolean
}

class Item implements Needing {
  readonly group: FairShare
  readonly priority: number
  readonly depth = 0
  readonly isCleanUp: boolean
  readonly needs: ResourceCounts
  readonly sequence: number
  rowIndex = -1
  isWithdrawn = false
  granted: GrantedResources | undefined

  constructor(needs: ResourceCounts, { group, priority = 0, isCleanUp = false }: ItemOptions = {}) {
    sequence += 1
    this.sequence = sequence
    this.needs = needs
    this.group = group ?? new FairShare()
    this.priority = priority
    this.isCleanUp = isCleanUp
  }
}

function end(resources: Resources<Item>, item: Item): void {
  resources.giveBack(item.granted as GrantedResources)
  item.granted = undefined
}

function add(resources: Resources<Item>, needs: ResourceCounts, options?: ItemOptions): Item {
  const item = new Item(needs, options)
  resources.add(item)
  return item
}

describe('resources', () => {
  it('give the lowest free indices, and what was given back again', () => {
    const resources = new Resources<Item>({ gpu: 3 })
    const [a, b, c] = [{ gpu: 1 }, { gpu: 2 }, { gpu: 1 }].map((needs) => add(resources, needs))
    expect(resources.grant()).toEqual([a, b])
    expect([a, b].map((item) => item?.granted)).toEqual([{ gpu: [0] }, { gpu: [1, 2] }])
    expect(resources.waiting).toBe(1)
    end(resources, b as Item)
    expect(resources.grant()).toEqual([c])
    expect(c?.granted).toEqual({ gpu: [1] })
  })

  it('give all that one needs, or nothing', () => {
    const resources = new Resources<Item>({ gpu: 1, licence: 1 })
    const first = add(resources, { licence: 1 })
    const both = add(resources, { gpu: 1, licence: 1 })
    expect(resources.grant()).toEqual([first])
    expect(both.granted).toBeUndefined()
    end(resources, first)
    expect(resources.grant()).toEqual([both])
    expect(both.granted).toEqual({ gpu: [0], licence: [0] })
  })

  it("let who waits neither hold up those that don't need it, nor starve", () => {
    const resources = new Resources<Item>({ gpu: 2, disk: 1 })
    const one = add(resources, { gpu: 1 })
    const two = add(resources, { gpu: 2 })
    const later = add(resources, { gpu: 1 })
    const other = add(resources, { disk: 1 })
    // There is a gpu for `later`, but `two` is ahead of it.
    expect(resources.grant()).toEqual([one, other])
    end(resources, one)
    expect(resources.grant()).toEqual([two])
    end(resources, two)
    expect(resources.grant()).toEqual([later])
  })

  it('are shared fairly between runs, by priority within one, and clean-ups go first (S14, S25)', () => {
    const resources = new Resources<Item>({ gpu: 1 })
    const [many, few] = [new FairShare(), new FairShare()]
    const first = add(resources, { gpu: 1 }, { group: many })
    const second = add(resources, { gpu: 1 }, { group: many })
    const urgent = add(resources, { gpu: 1 }, { group: many, priority: 1 })
    const others = add(resources, { gpu: 1 }, { group: few })
    const cleanUp = add(resources, { gpu: 1 }, { group: few, isCleanUp: true })
    const order: Item[] = []
    for (let [next] = resources.grant(); next !== undefined; [next] = resources.grant()) {
      order.push(next)
      end(resources, next)
    }
    // What cleans up is its run's doing, too.
    expect(order).toEqual([cleanUp, urgent, first, others, second])
  })

  it('drop those that were withdrawn when they come to them, and give up one that is taken out', () => {
    const resources = new Resources<Item>({ gpu: 1 })
    const [gone, out, next] = [1, 1, 1].map((gpu) => add(resources, { gpu })) as [Item, Item, Item]
    gone.isWithdrawn = true
    expect(resources.remove(out)).toBe(true)
    expect(resources.remove(out)).toBe(false)
    expect(resources.grant()).toEqual([next])
    expect(resources.waiting).toBe(0)
  })

  it('say whether one that comes next would wait', () => {
    const resources = new Resources<Item>({ gpu: 2, disk: 1 })
    expect(resources.hasFree({ gpu: 2 })).toBe(true)
    expect(resources.hasFree({ gpu: 3 })).toBe(false)
    add(resources, { gpu: 1 })
    resources.grant()
    add(resources, { gpu: 2 })
    resources.grant()
    // One is free, but another is ahead.
    expect(resources.hasFree({ gpu: 1 })).toBe(false)
    expect(resources.hasFree({ disk: 1 })).toBe(true)
  })

  it('are never held by two, are never idle for nothing, and come to everyone', () => {
    const needs = fc.record(
      { gpu: fc.integer({ min: 1, max: 3 }), disk: fc.integer({ min: 1, max: 2 }) },
      { requiredKeys: [] },
    )
    const step = fc.oneof(
      fc.record({ kind: fc.constant('add' as const), needs, run: fc.nat(2), priority: fc.nat(2) }),
      fc.record({ kind: fc.constant('end' as const), which: fc.nat() }),
      fc.record({ kind: fc.constant('remove' as const), which: fc.nat() }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const counts: Record<string, number> = { gpu: 3, disk: 2 }
        const resources = new Resources<Item>(counts)
        const runs = [new FairShare(), new FairShare(), new FairShare()]
        const waiting = new Set<Item>()
        const holding: Item[] = []
        const grant = (): void => {
          for (const item of resources.grant()) {
            expect(waiting.delete(item)).toBe(true)
            holding.push(item)
            for (const [name, count] of Object.entries(item.needs))
              expect(item.granted?.[name]).toHaveLength(count)
          }
          for (const [name, count] of Object.entries(counts)) {
            const held = holding.flatMap(({ granted }) => granted?.[name] ?? [])
            expect(new Set(held).size).toBe(held.length)
            expect(held.every((index) => index >= 0 && index < count)).toBe(true)
          }
          expect(resources.waiting).toBe(waiting.size)
          // Who is first of all that need the same gets it.
          if (holding.length === 0) expect(waiting.size).toBe(0)
        }
        for (const one of steps) {
          if (one.kind === 'add') {
            if (Object.keys(one.needs).length === 0) continue
            const { run, priority } = one
            waiting.add(add(resources, one.needs, { group: runs[run] as FairShare, priority }))
          } else if (one.kind === 'end') {
            const [item] = holding.length === 0 ? [] : holding.splice(one.which % holding.length, 1)
            if (item !== undefined) end(resources, item)
          } else {
            const item = [...waiting][one.which % Math.max(1, waiting.size)]
            if (item === undefined) continue
            expect(resources.remove(item)).toBe(true)
            waiting.delete(item)
          }
          grant()
        }
        for (let item = holding.shift(); item !== undefined; item = holding.shift()) {
          end(resources, item)
          grant()
        }
        expect(waiting.size).toBe(0)
      }),
    )
  })
})
