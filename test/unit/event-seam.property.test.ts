import { EventEmitter } from 'node:events'
import type { ServerResponse } from 'node:http'
import { setImmediate as nextTurn } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ActionTable } from '../../src/console/model/runs/action-table.js'
import { applyEvent } from '../../src/console/model/runs/apply-event.js'
import { eachItem } from '../../src/console/model/each-item.js'
import { phaseOf } from '../../src/console/model/words/phases.js'
import type { StreamEvent } from '../../src/control/api.js'
import { Catalog } from '../../src/control/server/mirror/catalog.js'
import { EventStreams } from '../../src/control/server/streams/event-streams.js'
import { TimeSlices } from '../../src/control/server/mirror/time-slices.js'
import type { PhaseEvent } from '../../src/events.js'
import { EventLog } from '../../src/runtime/observe/event-log.js'
import type { Phase } from '../../src/protocol/outcome.js'
import type { Action } from '../../src/runtime/tree/action.js'
import { Records } from '../../src/runtime/tree/records.js'
import { Children } from '../../src/runtime/tree/children.js'
import { RunState } from '../../src/runtime/tree/run-state.js'
import type { RuntimeAccess } from '../../src/runtime/runtime-access.js'

const DETACHED = { include: { input: false, output: false }, view: 'actions', form: 'items' } as const

type FakeNode = { -readonly [Key in keyof Action]?: Action[Key] } & {
  id: string
  phase: Phase
  forceAt: number
}

/** The control server's half of a runtime, whose actions do as they are told. */
class Bench {
  readonly log = new EventLog(
    () => 1,
    () => ({ at: 1, runs: [] }),
  )
  readonly records = new Records({ runs: 10, actions: 1_000_000 })
  readonly run = new RunState<Action>({ tag: 'test', inspect: undefined }, 1, 'noOp', 'run')
  readonly nodes: FakeNode[] = []
  readonly catalog: Catalog
  readonly streams: EventStreams

  constructor() {
    const access = { events: this.log, runs: this.records } as unknown as RuntimeAccess
    this.catalog = new Catalog(access, () => {})
    this.streams = new EventStreams({
      catalog: this.catalog,
      instance: 'one',
      now: () => 1,
      stallMs: 1e9,
      slices: new TimeSlices(),
    })
    this.log.observe((event) => this.streams.take(event, this.catalog.take(event)))
    this.spawn()
    this.records.addRun(this.run)
  }

  spawn(): void {
    const place = this.nodes.length
    const [root] = this.nodes
    const node: FakeNode = {
      id: place === 0 ? 'a0' : `a0.${place}`,
      name: 'one',
      run: this.run,
      sequence: place + 1,
      phase: 'queued',
      queuedAt: 1,
      attempt: 1,
      cpu: 1,
      graceMs: 5000,
      forceAt: Infinity,
      children: new Children(),
      definition: { url: 'file:///one.js', name: 'one' } as never,
      ...(root && { parent: root as unknown as Action }),
    }
    this.nodes.push(node)
    if (root === undefined) this.run.root = node as unknown as Action
    else this.run.actions.set(node.id, node as unknown as Action)
    this.catalog.spawned(node as unknown as Action)
    this.#publish(node)
  }

  /** The next thing that can happen to it. */
  advance(place: number): void {
    const node = this.nodes[place % this.nodes.length] as FakeNode
    const next: Partial<Record<Phase, Phase>> = {
      queued: 'running',
      running: 'aborting',
      aborting: 'aborted',
    }
    const phase = next[node.phase]
    if (phase === undefined) return
    node.phase = phase
    if (phase === 'aborting') node.forceAt = 1000 + place
    this.#publish(node)
  }

  #publish(node: FakeNode): void {
    const make = (subject: FakeNode, _: undefined, seq: number, at: number): PhaseEvent => ({
      type: 'phase',
      seq,
      at,
      run: 'run',
      id: subject.id,
      name: 'one',
      phase: subject.phase,
      attempt: 1,
      ...(subject.parent && { parent: 'a0' }),
    })
    this.log.publish(make, node, undefined)
  }
}

/** A reader that takes what it is sent, or lets it wait; and what it knows, as the page does. */
class Reader extends EventEmitter {
  #text = ''
  #isSlow = false
  #loading: ActionTable | undefined
  table = new ActionTable()
  last: number | undefined
  isOver = false
  readonly problems: string[] = []
  readonly socket = undefined

  writeHead(): void {}

  write(part: string | Buffer): boolean {
    this.#text += String(part)
    const events = this.#text.split('\n\n')
    this.#text = events.pop() as string
    for (const event of events) {
      const data = /^data: (.*)$/m.exec(event)?.[1]
      if (data !== undefined) this.#take(JSON.parse(data) as StreamEvent)
    }
    return !this.#isSlow
  }

  end(part: string, done?: () => void): void {
    this.write(part)
    this.isOver = true
    done?.()
  }

  destroy(): void {
    this.isOver = true
    this.emit('close')
  }

  slow(): void {
    this.#isSlow = true
  }

  drain(): void {
    this.#isSlow = false
    this.emit('drain')
  }

  #take(event: StreamEvent): void {
    switch (event.type) {
      case 'snapshot':
        this.#loading = new ActionTable()
        this.last = undefined
        break
      case 'actions':
        for (const action of event.actions) this.#loading?.put(action)
        break
      case 'columns':
        eachItem(event, (item) => this.#loading?.put(item))
        break
      case 'live':
        if (this.#loading !== undefined) this.table = this.#loading
        this.#loading = undefined
        this.last = event.seq
        break
      case 'phase':
        if (event.seq !== (this.last ?? Number.NaN) + 1) this.problems.push(`${event.seq} after ${this.last}`)
        this.last = event.seq
        applyEvent(this.table, event)
        break
      case 'grace':
        applyEvent(this.table, event)
        break
      default:
    }
  }
}

type Step =
  | { readonly kind: 'spawn'; readonly count: number }
  | { readonly kind: 'advance'; readonly from: number; readonly count: number }
  | { readonly kind: 'open' | 'slow' | 'drain' | 'break' | 'turn'; readonly which: number }

const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('spawn' as const), count: fc.integer({ min: 1, max: 150 }) }),
    fc.record({
      kind: fc.constant('advance' as const),
      from: fc.nat(400),
      count: fc.integer({ min: 1, max: 300 }),
    }),
    fc.record({
      kind: fc.constantFrom(
        'open' as const,
        'slow' as const,
        'drain' as const,
        'break' as const,
        'turn' as const,
      ),
      which: fc.nat(10),
    }),
  ),
  { minLength: 5, maxLength: 40 },
)

async function play(plan: readonly Step[]): Promise<void> {
  const bench = new Bench()
  const readers: Reader[] = []
  const open = (after: number | undefined, table?: ActionTable): void => {
    const reader = new Reader()
    if (table !== undefined) reader.table = table
    reader.last = after
    readers.push(reader)
    const form = readers.length % 2 === 1 ? 'columns' : 'items'
    bench.streams.open(reader as unknown as ServerResponse, { ...DETACHED, form, run: 'run', after })
  }
  open(undefined)
  for (const step of plan) {
    if (step.kind === 'spawn') for (let count = 0; count < step.count; count += 1) bench.spawn()
    else if (step.kind === 'advance') {
      for (let count = 0; count < step.count; count += 1) bench.advance(step.from + count)
    } else {
      const place = step.which % readers.length
      const reader = readers[place] as Reader
      if (step.kind === 'open') open(undefined)
      else if (step.kind === 'slow') reader.slow()
      else if (step.kind === 'drain') reader.drain()
      else if (step.kind === 'turn') await nextTurn()
      else if (reader.last !== undefined) {
        // It comes back, with what it knows, behind the last event that it has seen.
        reader.destroy()
        readers.splice(place, 1)
        open(reader.last, reader.table)
      }
    }
  }
  for (const reader of readers) reader.drain()
  await bench.streams.close('the end', 60_000)
  const phases = bench.nodes.map(({ id, phase }) => `${id} ${phase}`)
  for (const { table, problems } of readers) {
    expect(problems).toEqual([])
    expect(bench.nodes.map(({ id }) => `${id} ${phaseOf(table.phase[table.rowOf(id)] as number)}`)).toEqual(
      phases,
    )
  }
}

describe('the seam between a snapshot and what follows it', () => {
  it('loses no event, whatever happens while a snapshot is told, a reader is slow or comes back (S23)', async () => {
    await fc.assert(fc.asyncProperty(steps, play), { numRuns: 150 })
  }, 120_000)

  it('tells of a grace also the reader that was behind when it began', async () => {
    const bench = new Bench()
    const open = (after?: number): Reader => {
      const reader = new Reader()
      bench.streams.open(reader as unknown as ServerResponse, { ...DETACHED, run: 'run', after })
      return reader
    }
    const forceAt = ({ table }: Reader): number => table.forceAt[table.rowOf('a0')] as number
    const [quick, slow] = [open(), open()]
    while (quick.last === undefined || slow.last === undefined) await nextTurn()
    slow.slow()
    bench.advance(0)
    bench.advance(0)
    while (forceAt(quick) !== 1000) await nextTurn()
    // One comes back that was away meanwhile.
    const late = open(slow.last)
    late.table = slow.table
    slow.drain()
    await bench.streams.close('the end', 60_000)
    expect([forceAt(slow), forceAt(late)]).toEqual([1000, 1000])
  })
})
