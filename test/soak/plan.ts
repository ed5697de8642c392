// What the actions of a soak do: random trees of plans, data that travels to the bodies as their input.

import type { Random } from './random.js'

/** How a body spends its time once its children are spawned. Named, since an action is named after it. */
type Kind =
  // Polite: they end when they are aborted, or sooner.
  | 'return'
  | 'throw'
  | 'throwNull'
  | 'throwUncloneable'
  | 'returnUncloneable'
  | 'sleep'
  | 'poll'
  | 'awaitAll'
  | 'settleAll'
  | 'first'
  | 'map'
  | 'cancelSome'
  | 'shield'
  | 'swallow'
  | 'burst'
  | 'reject'
  // Talkative, and polite: mail, calls, logics.
  | 'read'
  | 'call'
  | 'remote'
  | 'count'
  | 'callBack'
  // Deaf: they don't end when they are aborted; for ever, or for a while.
  | 'spin'
  | 'ignore'
  | 'busy'
  | 'native'
  // Deadly: they end their thread.
  | 'exit'
  | 'crash'

/** Whether a body of that kind may have to be stopped by force. */
const DEAF: ReadonlySet<string> = new Set<Kind>(['spin', 'ignore', 'busy', 'native'])
/** Whether a body of that kind may hold its thread for so long that a ping isn't answered. */
export const COMPUTING: ReadonlySet<string> = new Set<Kind>(['spin', 'busy', 'native', 'poll'])
/** Whether a body of that kind never ends by itself, nor when it is aborted. */
export const ENDLESSLY_DEAF: ReadonlySet<string> = new Set<Kind>(['spin', 'ignore'])
/** Whether a body of that kind never ends by itself. */
export const ENDLESS: ReadonlySet<string> = new Set<Kind>(['spin', 'ignore', 'sleep', 'poll'])
/** Whether a body of that kind ends well or is stopped, where no thread is lost. */
export const POLITE_TO_THE_END: ReadonlySet<string> = new Set<Kind>([
  'return',
  'sleep',
  'poll',
  'settleAll',
  'cancelSome',
  'swallow',
  'burst',
  'read',
  'call',
  'remote',
  'count',
  'callBack',
])
/** The code with which a body of that kind fails where nothing else befalls it. */
export const FAILS_WITH: Readonly<Record<string, string>> = {
  throw: 'RangeError',
  throwNull: 'NonError',
  throwUncloneable: 'Error',
  returnUncloneable: 'NotCloneableError',
  reject: 'TypeError',
} satisfies Partial<Record<Kind, string>>
/** Whether a body of that kind takes its thread with it. */
export const DEADLY: ReadonlySet<string> = new Set<Kind>(['exit', 'crash'])

/** Which definition follows a plan. */
export type On = 'whole' | 'half' | 'shared' | 'retried'

/** A node of the tree. */
export interface Plan {
  readonly kind: Kind
  readonly on: On
  /** Where its entries are counted; unique within a run. */
  readonly slot: number
  readonly marks: Int32Array
  readonly ms: number
  readonly children: readonly Plan[]
  readonly detached: boolean
  /** What it cancels may get little time. */
  readonly isHasty: boolean
  readonly graceMs: number | undefined
  readonly timeoutMs: number | undefined
  readonly priority: number | undefined
  /** How many letters it is sent by its spawner, or by the app. */
  readonly letters: number
  /** By slot: the last letter that has been read. */
  readonly read: Int32Array
}

/** What is sent to a body of the kind `read`: numbered by its one sender. */
export interface Letter {
  readonly type: 'letter'
  readonly count: number
}

/** What such a body emits for each. */
export interface Receipt {
  readonly type: 'receipt'
  readonly count: number
  readonly of: number
}

/** The letters for a plan. */
export function* lettersFor({ letters }: Plan): Generator<Letter> {
  for (let count = 1; count <= letters; count += 1) yield { type: 'letter', count }
}

const KINDS: Readonly<Record<Kind, number>> = {
  return: 10,
  throw: 3,
  throwNull: 0.5,
  throwUncloneable: 0.5,
  returnUncloneable: 0.5,
  sleep: 8,
  poll: 6,
  awaitAll: 10,
  settleAll: 8,
  first: 4,
  map: 3,
  cancelSome: 4,
  shield: 2,
  swallow: 2,
  burst: 4,
  reject: 1,
  read: 8,
  call: 3,
  remote: 2,
  count: 2,
  callBack: 1,
  spin: 1,
  ignore: 1,
  busy: 2,
  native: 0.3,
  exit: 0.4,
  crash: 0.3,
}

/** At most so many actions in a run's plan; `map` and retries come on top. */
const MOST_PLANNED = 60

/** A random tree. `isFar`: its bodies run on several machines, which share no memory: nothing is counted. */
export function planTree(random: Random, calm: boolean, isFar: boolean): Plan {
  const counters = (): Int32Array =>
    isFar ? new Int32Array(MOST_PLANNED) : new Int32Array(new SharedArrayBuffer(4 * MOST_PLANNED))
  const marks = counters()
  const read = counters()
  let slots = 0
  const plan = (depth: number): Plan => {
    const slot = slots
    slots += 1
    let kind = random.weighted(KINDS)
    // In a calm run, nobody is killed: what is polite must then end politely. Threads of several machines share the cores of this
    // one: few of what computes, or takes a thread with it, leave room for the rest.
    const isRare = (): boolean => DEAF.has(kind) || DEADLY.has(kind) || (isFar && COMPUTING.has(kind))
    while (isRare() && (calm || (isFar && random.chance(0.9)))) kind = random.weighted(KINDS)
    const children: Plan[] = []
    const wanted = depth === 0 ? 0 : random.below(depth === 4 ? 6 : 4)
    for (let count = 0; count < wanted && slots < MOST_PLANNED; count += 1) children.push(plan(depth - 1))
    const endless =
      kind === 'spin' || kind === 'ignore' || kind === 'sleep' || kind === 'poll' || kind === 'swallow'
    const on = random.weighted({
      whole: 4,
      half: 2,
      shared: DEAF.has(kind) && kind !== 'ignore' ? 0.3 : 4,
      retried: 1,
    })
    return {
      kind,
      // What has been read by an attempt that was lost with its machine is known to nobody.
      on: isFar && kind === 'read' && on === 'retried' ? 'whole' : on,
      slot,
      marks,
      ms: random.pick([0, 1, 2, 5, 20, 50]),
      children,
      detached: random.chance(0.05),
      isHasty: !calm,
      graceMs: calm ? undefined : random.pick([undefined, 0, 1, 20, 100]),
      // What would never end gets a bound, so that a run ends though nobody aborts it.
      timeoutMs: endless
        ? 20 + random.below(calm ? 100 : 400)
        : random.chance(0.05)
          ? random.below(50)
          : undefined,
      priority: random.chance(0.1) ? random.below(5) - 2 : undefined,
      letters: kind === 'read' ? random.pick([1, 3, 20]) : 0,
      read,
    }
  }
  return plan(4)
}
