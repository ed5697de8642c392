import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ResourceCounts } from '../../src/protocol/resolved-options.js'
import { FairQueue, FairShare, type Queueable } from '../../src/scheduling/fair-queue.js'

interface Item extends Queueable {
  readonly label: string
}

class Run extends FairShare {
  readonly name: string

  constructor(name: string) {
    super()
    this.name = name
  }
}

let sequence = 0

function item(
  group: Run,
  { priority = 0, depth = 0, isCleanUp = false, needs = undefined as ResourceCounts | undefined } = {},
): Item {
  sequence += 1
  const label = `${group.name}${sequence}`
  return { group, priority, depth, isCleanUp, needs, sequence, rowIndex: -1, label }
}

function drain(queue: FairQueue<Item>, cost: (taken: Item) => number = () => 1): Item[] {
  const taken: Item[] = []
  for (let next = queue.peek(); next !== undefined; next = queue.peek()) {
    expect(queue.take(cost(next))).toBe(next)
    taken.push(next)
  }
  return taken
}

/** The order within a run (S14, S25). */
function inOrder(items: readonly Item[]): Item[] {
  return items.toSorted(
    (a, b) =>
      Number(b.isCleanUp) - Number(a.isCleanUp) ||
      b.priority - a.priority ||
      b.depth - a.depth ||
      a.sequence - b.sequence,
  )
}

describe('fair queue', () => {
  it('takes higher priority, then deeper, then first in, within one run (S25)', () => {
    const queue = new FairQueue<Item>()
    const run = new Run('a')
    const plain = item(run)
    const later = item(run)
    const deeper = item(run, { depth: 2 })
    const urgent = item(run, { priority: 1 })
    const urgentAndDeep = item(run, { priority: 1, depth: 1 })
    for (const one of [plain, later, deeper, urgent, urgentAndDeep]) queue.add(one)
    expect(drain(queue)).toEqual([urgentAndDeep, urgent, deeper, plain, later])
  })

  it('takes what cleans up ahead of all else, of whichever run, and runs take turns there, too (S14, S25)', () => {
    const queue = new FairQueue<Item>()
    const [a, b] = [new Run('a'), new Run('b')]
    const urgent = item(b, { priority: 9 })
    const ofA = [1, 2, 3].map(() => item(a, { isCleanUp: true }))
    const ofB = item(b, { isCleanUp: true })
    for (const one of [urgent, ...ofA, ofB]) queue.add(one)
    expect(queue.remove(ofA[2] as Item)).toBe(true)
    expect(queue.size).toBe(4)
    expect(drain(queue)).toEqual([ofA[0], ofB, ofA[1], urgent])
  })

  it('keeps that order whatever is added, removed and put back (S10, S25)', () => {
    const command = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({
          do: fc.constant('add' as const),
          run: fc.nat(2),
          priority: fc.integer({ min: -1, max: 1 }),
          depth: fc.nat(2),
          isCleanUp: fc.boolean(),
        }),
      },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('take' as const), cost: fc.nat(10) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('remove' as const), which: fc.nat(100) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('putBack' as const), which: fc.nat(100) }) },
      {
        weight: 1,
        arbitrary: fc.record({
          do: fc.constant('charge' as const),
          run: fc.nat(2),
          cost: fc.integer({ min: -10, max: 10 }),
        }),
      },
    )
    fc.assert(
      fc.property(fc.array(command, { maxLength: 300 }), (commands) => {
        const runs = [new Run('a'), new Run('b'), new Run('c')]
        const queue = new FairQueue<Item>()
        const waiting = new Set<Item>()
        const taken: Item[] = []
        for (const step of commands) {
          switch (step.do) {
            case 'add': {
              const added = item(runs[step.run] as Run, step)
              waiting.add(added)
              queue.add(added)
              break
            }
            case 'take': {
              const next = queue.take(step.cost)
              if (next === undefined) break
              // What cleans up goes ahead of all runs.
              expect(next.isCleanUp).toBe([...waiting].some(({ isCleanUp }) => isCleanUp))
              // Of its run, it is the best.
              expect(next).toBe(inOrder([...waiting].filter(({ group }) => group === next.group))[0])
              waiting.delete(next)
              taken.push(next)
              break
            }
            case 'remove': {
              const chosen = [...waiting][step.which % Math.max(1, waiting.size)]
              if (chosen === undefined) break
              expect(queue.remove(chosen)).toBe(true)
              expect(queue.remove(chosen)).toBe(false)
              waiting.delete(chosen)
              taken.push(chosen)
              break
            }
            case 'putBack': {
              const [chosen] = taken.splice(step.which % Math.max(1, taken.length), 1)
              if (chosen === undefined) break
              waiting.add(chosen)
              queue.add(chosen)
              break
            }
            case 'charge':
              queue.charge(runs[step.run] as Run, step.cost)
          }
          expect(queue.size).toBe(waiting.size)
          expect(queue.peek() === undefined).toBe(waiting.size === 0)
        }
        for (const run of runs) {
          const left = [...waiting].filter(({ group }) => group === run)
          const rest = new FairQueue<Item>()
          for (const one of left) expect(queue.remove(one)).toBe(true)
          for (const one of left) rest.add(one)
          expect(drain(rest)).toEqual(inOrder(left))
        }
        expect(queue.size).toBe(0)
      }),
    )
  })

  it('gives runs that wait equal time, to within one body each, whatever their bodies cost (S25)', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 5, maxLength: 40 }), {
          minLength: 2,
          maxLength: 5,
        }),
        (costsOfRuns) => {
          const queue = new FairQueue<Item>()
          const costs = new Map<Item, number>()
          const spent = new Map<FairShare, number>()
          const left = new Map<FairShare, number>()
          for (const [index, ofRun] of costsOfRuns.entries()) {
            const run = new Run(String(index))
            spent.set(run, 0)
            left.set(run, ofRun.length)
            for (const cost of ofRun) {
              const added = item(run)
              costs.set(added, cost)
              queue.add(added)
            }
          }
          while ([...left.values()].every((count) => count > 0)) {
            const next = queue.peek() as Item
            const cost = costs.get(next) as number
            queue.take(cost)
            spent.set(next.group, (spent.get(next.group) as number) + cost)
            left.set(next.group, (left.get(next.group) as number) - 1)
            const all = [...spent.values()]
            expect(Math.max(...all) - Math.min(...all)).toBeLessThanOrEqual(50)
          }
        },
      ),
    )
  })

  it('corrects an estimate: a run that was charged too little waits, one that was charged too much goes on', () => {
    const queue = new FairQueue<Item>()
    const [cheap, dear] = [new Run('cheap'), new Run('dear')]
    for (let count = 0; count < 4; count += 1) {
      queue.add(item(cheap))
      queue.add(item(dear))
    }
    expect(queue.take(1)?.group).toBe(cheap)
    expect(queue.take(1)?.group).toBe(dear)
    queue.charge(dear, 9)
    expect(drain(queue).map(({ group }) => (group as Run).name)).toEqual([
      'cheap',
      'cheap',
      'cheap',
      'dear',
      'dear',
      'dear',
    ])
  })

  it('gives a run that comes late no claim on what went before, nor one that was idle', () => {
    const queue = new FairQueue<Item>()
    const [early, late] = [new Run('early'), new Run('late')]
    for (let count = 0; count < 20; count += 1) queue.add(item(early))
    for (let count = 0; count < 10; count += 1) queue.take(10)
    for (let count = 0; count < 5; count += 1) queue.add(item(late))
    const next = Array.from({ length: 10 }, () => ((queue.take(10) as Item).group as Run).name)
    // The first body of the late one may come at once; then they alternate.
    expect(next.filter((name) => name === 'late')).toHaveLength(5)
    for (let at = 1; at < next.length - 2; at += 1) expect(next.slice(at, at + 3)).toContain('early')
  })

  it('lets no run starve, however many others come', () => {
    const queue = new FairQueue<Item>()
    const patient = item(new Run('patient'))
    queue.add(item(new Run('warm')))
    queue.take(5)
    queue.add(patient)
    let others = 0
    for (;;) {
      queue.add(item(new Run(`other${others}`)))
      if (queue.take(5) === patient) break
      others += 1
      expect(others).toBeLessThan(5)
    }
  })

  it('takes any of 100 000 out of the middle without looking through them', () => {
    const queue = new FairQueue<Item>()
    const run = new Run('a')
    const items = Array.from({ length: 100_000 }, () => item(run))
    for (const one of items) queue.add(one)
    for (let at = items.length - 1; at >= 0; at -= 2) expect(queue.remove(items[at] as Item)).toBe(true)
    expect(queue.size).toBe(50_000)
    expect(drain(queue)).toEqual(items.filter((_, at) => at % 2 === 0))
  })
})
