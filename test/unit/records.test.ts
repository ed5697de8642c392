import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Action } from '../../src/runtime/tree/action.js'
import type { Retention } from '../../src/runtime.js'
import { Records } from '../../src/runtime/tree/records.js'
import { RunState } from '../../src/runtime/tree/run-state.js'

/** As much of an action as records look at. */
function addNode(run: RunState<Action>, id: string, parent?: Action): Action {
  const children = { isUnlistened: (): boolean => false }
  const node = { run, id, parent, phase: 'succeeded', children } as unknown as Action
  run.actions.set(id, node)
  return node
}

function startRun(records: Records, name: string): { run: RunState<Action>; root: Action } {
  const run = new RunState<Action>({ tag: 'test', inspect: undefined }, 0, 'noOp', name)
  const root = addNode(run, 'a0')
  run.root = root
  records.addRun(run)
  return { run, root }
}

function namesOf(records: Records): string[] {
  return [...records.runs()].map(({ name }) => name)
}

describe('records', () => {
  it('keep the finished runs that ended last, and all that live (S24)', () => {
    const records = new Records({ runs: 2, actions: 10 })
    const [a, , c, d] = ['a', 'b', 'c', 'd'].map((name) => startRun(records, name).root)
    for (const root of [c, a, d]) records.settled(root as Action)
    expect(namesOf(records)).toEqual(['a', 'b', 'd'])
    expect(records.run('c')).toBeUndefined()
  })

  it('drop the oldest settled actions first, also inside a live run, and count them by outcome (S24)', () => {
    const records = new Records({ runs: 10, actions: 2 })
    const { run, root } = startRun(records, 'a')
    const [first, second, third, , fifth] = Array.from({ length: 5 }, (_, at) =>
      addNode(run, `a0.${at + 1}`, root),
    ) as [Action, Action, Action, Action, Action]
    Object.assign(second, { phase: 'failed' })
    for (const child of [second, first, third, fifth]) records.settled(child)
    expect([...run.actions.keys()]).toEqual(['a0', 'a0.3', 'a0.4', 'a0.5'])
    expect(run.dropped).toEqual({ succeeded: 1, failed: 1, aborted: 0, timedOut: 0 })
  })

  it('leave a failure with the spawner whose body has not ended: it may not have been told (S19)', () => {
    const records = new Records({ runs: 10, actions: 0 })
    const { run, root } = startRun(records, 'a')
    const told: unknown[] = []
    Object.assign(root, {
      addUntold: (failure: unknown) => told.push(failure),
      children: { isUnlistened: (index: number) => index === 3 },
    })
    const fail = (id: string, phase: string): void => {
      const node = addNode(run, id, root)
      records.settled(Object.assign(node, { name: 'work', phase, outcome: { status: phase, error: id } }))
    }
    fail('a0.1', 'failed')
    fail('a0.2', 'aborted')
    // Of this one, all has been told as it came.
    fail('a0.3', 'failed')
    fail('a0.4', 'timedOut')
    Object.assign(root, { hasEnded: true })
    fail('a0.5', 'failed')
    expect(told).toEqual([
      { id: 'a0.1', name: 'work', status: 'failed', error: 'a0.1' },
      { id: 'a0.4', name: 'work', status: 'timedOut', error: 'a0.4' },
    ])
  })

  it('count actions of all runs together, and those of a forgotten run not at all', () => {
    const records = new Records({ runs: 1, actions: 2 })
    const first = startRun(records, 'a')
    const second = startRun(records, 'b')
    records.settled(addNode(first.run, 'a0.1', first.root))
    records.settled(first.root)
    records.settled(addNode(second.run, 'a0.1', second.root))
    records.settled(second.root)
    // The first run and its record are gone, so there is room for another one.
    const third = startRun(records, 'c')
    records.settled(addNode(third.run, 'a0.1', third.root))
    expect(second.run.actions.size).toBe(2)
    expect(second.run.dropped.succeeded).toBe(0)
  })

  it('forget a finished run when another of its name begins (S22)', () => {
    const records = new Records({ runs: 10, actions: 10 })
    const first = startRun(records, 'nightly')
    records.settled(first.root)
    const second = startRun(records, 'nightly')
    expect(records.run('nightly')).toBe(second.run)
    expect(namesOf(records)).toEqual(['nightly'])
  })

  it('keep nothing of what has ended where nothing is to be retained', () => {
    const records = new Records({ runs: 0, actions: 0 })
    const { run, root } = startRun(records, 'a')
    records.settled(addNode(run, 'a0.1', root))
    expect([...run.actions.keys()]).toEqual(['a0'])
    records.settled(root)
    expect(namesOf(records)).toEqual([])
  })

  it('never keep more than they should, nor lose what lives, in whatever order things end (I9)', () => {
    fc.assert(
      fc.property(
        fc.nat(5),
        fc.nat(20),
        fc.array(fc.tuple(fc.nat(7), fc.boolean()), { maxLength: 200 }),
        (runs, actions, steps) => {
          const retain: Retention = { runs, actions }
          const records = new Records(retain)
          const live = new Map<string, { run: RunState<Action>; root: Action; spawned: number }>()
          for (const [which, ends] of steps) {
            const name = `run${which}`
            const known = live.get(name)
            if (known === undefined) {
              live.set(name, { ...startRun(records, name), spawned: 0 })
            } else if (ends) {
              records.settled(known.root)
              live.delete(name)
            } else {
              known.spawned += 1
              records.settled(addNode(known.run, `a0.${known.spawned}`, known.root))
            }
            const kept = [...records.runs()]
            const settled = kept.reduce((sum, run) => sum + run.actions.size - 1, 0)
            expect(settled).toBeLessThanOrEqual(actions)
            expect(kept.filter((run) => live.get(run.name)?.run !== run).length).toBeLessThanOrEqual(runs)
            for (const [liveName, { run, spawned }] of live) {
              expect(records.run(liveName)).toBe(run)
              expect(run.actions.size - 1 + run.dropped.succeeded).toBe(spawned)
            }
          }
        },
      ),
    )
  })
})
