// What seldom comes about by chance alone: some histories have a theme, which is a few runs that together bring it about.

import type { Random } from '../soak/random.js'
import type { Call, End, On, Op, Plan, Step } from './plan.js'

/** What a history may have beside its other runs. */
export type Theme =
  | 'none'
  | 'drain'
  | 'neighbours'
  | 'silent'
  | 'native'
  | 'deadly'
  | 'noStart'
  | 'shields'
  | 'surplus'
  | 'unheard'
  | 'letters'
  | 'ahead'
  | 'deaf'
  | 'logics'

/** How often each is drawn. */
export const THEMES: Readonly<Record<Theme, number>> = {
  none: 20,
  drain: 3,
  neighbours: 11,
  silent: 3,
  native: 5,
  deadly: 5,
  noStart: 1.5,
  shields: 3,
  surplus: 1.5,
  unheard: 2,
  letters: 2,
  ahead: 2,
  deaf: 2,
  logics: 4,
}

/** A call without any options. */
export const PLAIN_CALL: Omit<Call, 'plan'> = {
  isDetached: false,
  graceMs: undefined,
  timeoutMs: undefined,
  queuedMs: undefined,
  deadlineMs: undefined,
  priority: undefined,
  signalMs: undefined,
}

/** What takes little, and may come beside any other theme. */
export const SMALL_THEMES: readonly Theme[] = [
  'drain',
  'shields',
  'surplus',
  'unheard',
  'letters',
  'ahead',
  'deaf',
  'logics',
]

function planOf(on: On, end: End, steps: readonly Step[]): Plan {
  return { on, steps, end, onAbort: 'end', failures: 0, cleanUpMs: 0 }
}

function call(plan: Plan, options: Partial<Call> = {}): Call {
  return { ...PLAIN_CALL, plan, ...options }
}

/** The runs of a theme, from a time on, numbered from `first` on. */
export function themed(theme: Theme, random: Random, from: number, first: number): Op[] {
  const ops: Op[] = []
  const run = (at: number, called: Call): number => {
    const number = first + ops.length
    ops.push({ do: 'run', at, run: number, call: called, isScope: false })
    return number
  }
  const cancel = (at: number, number: number, graceMs: number | undefined): void =>
    void ops.push({ do: 'cancel', at, run: number, graceMs, force: false })
  switch (theme) {
    case 'neighbours': {
      // One that never yields is stopped on a thread on which others live, which hold their shares.
      const isParked = random.chance(0.45)
      const others: readonly On[] = isParked
        ? ['half']
        : random.pick([
            ['named', 'half'],
            ['named', 'named'],
          ])
      // What the first one needs is known once its module is there, and so what the next one does.
      for (const [at, on] of others.entries())
        run(from + at * 220, call(planOf(on, 'ignore', []), { timeoutMs: 2800, graceMs: 1 }))
      const spins = call(planOf(isParked ? 'half' : 'named', 'spin', []), { timeoutMs: 4000, graceMs: 5 })
      const spinning = run(from + (isParked ? 380 : 320), spins)
      // Or one that is parked there meanwhile, which is never a reason to kill: each holds its share for a moment only.
      const waits = call(planOf('half', 'sleepForever', []), { timeoutMs: 2800, graceMs: 5 })
      const stopped = isParked ? [100, 110, 120].map((ms) => run(from + ms, waits)) : [spinning]
      const at = from + (isParked ? 600 : 480)
      for (const one of stopped) cancel(at + random.next() * 100, one, random.pick([undefined, 20]))
      break
    }
    case 'silent': {
      for (let count = 0; count < 2; count += 1)
        run(from, call(planOf('shared', 'return', [{ do: 'await', ms: 3000 }]), { timeoutMs: 4000 }))
      const ms = random.pick([1300, 2500])
      run(from + 50, call(planOf('shared', 'return', [{ do: 'compute', ms, isNative: false, polls: false }])))
      // By then it has been silent for long: these go to a second one.
      for (let count = 0; count < 2; count += 1)
        run(from + 1150 + random.next() * 200, call(planOf('shared', 'return', [{ do: 'await', ms: 60 }])))
      break
    }
    case 'native': {
      const steps: Step[] = [{ do: 'compute', ms: random.pick([3000, 6000]), isNative: true, polls: false }]
      const graceMs = random.pick([0, 10, 100])
      cancel(from + 150, run(from, call(planOf('whole', 'return', steps), { graceMs })), undefined)
      break
    }
    case 'deadly':
      for (let count = 0; count < 3; count += 1) {
        // It cleans up for a while: its parent isn't tried again before that, and may be aborted meanwhile.
        const child = call(
          {
            ...planOf(random.pick(['retried', 'half']), 'sleepForever', []),
            cleanUpMs: random.pick([0, 120]),
          },
          { timeoutMs: 300, graceMs: 300 },
        )
        const steps: Step[] = random.chance(0.5)
          ? [
              { do: 'spawn', calls: [child], join: 'none' },
              { do: 'await', ms: random.pick([3, 60]) },
            ]
          : [{ do: 'await', ms: random.pick([0, 3]) }]
        const dies = call(planOf(random.pick(['whole', 'retried']), random.pick(['exit', 'crash']), steps))
        const number = run(from + random.next() * 50, dies)
        const within = random.pick([150, 500])
        if (random.chance(0.6))
          cancel(from + 20 + random.next() * within, number, random.pick([undefined, 0]))
      }
      break
    case 'drain':
      for (let count = 0; count < 2; count += 1) {
        // Its body ends by itself, and what it has spawned takes its time: until somebody has less.
        const child = call(planOf(random.pick(['half', 'shared', 'shared']), 'ignore', []), {
          graceMs: 900,
          timeoutMs: 2500,
        })
        const steps: Step[] = [
          { do: 'spawn', calls: [child, child], join: 'none' },
          { do: 'await', ms: 120 },
        ]
        // From a shield, something is spawned for the root, which has ended by then.
        const late = call(planOf('shared', 'return', [{ do: 'await', ms: 30 }]), { isDetached: true })
        const inShield: Step[] = [
          { do: 'await', ms: 60 },
          { do: 'spawn', calls: [late], join: 'none' },
        ]
        const spawner = planOf('shared', 'return', [{ do: 'shield', ms: 1000, steps: inShield }])
        if (random.chance(0.5))
          steps.unshift({ do: 'spawn', calls: [call(spawner, { graceMs: 300 })], join: 'none' })
        const number = run(from, call(planOf(random.pick(['half', 'shared']), 'return', steps)))
        const at = from + 350 + random.next() * 300
        cancel(at, number, random.pick([40, 400, 800]))
        if (random.chance(0.6)) cancel(at + 20 + random.next() * 200, number, random.pick([10, 800]))
      }
      break
    case 'noStart':
      for (let count = 0; count < 2; count += 1)
        run(from, call(planOf(random.pick(['whole', 'retried']), 'return', []), { timeoutMs: 400 }))
      break
    case 'shields':
      for (let count = 0; count < 2; count += 1) {
        // What is protected lives longer, or shorter, than the grace; and comes with what isn't.
        const kept = call(planOf(random.pick(['shared', 'half']), 'return', [{ do: 'await', ms: 80 }]))
        const other = call(planOf('shared', 'sleepForever', []), { graceMs: 40 })
        const steps: Step[] = [
          { do: 'spawn', calls: [other], join: 'none' },
          {
            do: 'shield',
            ms: random.pick([60, 1000]),
            steps: [
              { do: 'spawn', calls: [kept, kept], join: random.pick(['settled', 'none', 'all']) },
              { do: 'await', ms: 50 },
            ],
          },
        ]
        // Or a block that nothing but the end of its time ends, long ahead of the grace.
        const isLong = random.chance(0.4)
        const stays = call(planOf('shared', 'ignore', []), { timeoutMs: 1500, graceMs: 20 })
        const lasting: Step = {
          do: 'shield',
          ms: random.pick([5, 60]),
          steps: [
            { do: 'spawn', calls: [stays], join: 'none' },
            { do: 'await', ms: 500 },
          ],
        }
        const graceMs = isLong ? 1000 : random.pick([20, 200, 500])
        const plan = planOf('shared', 'return', isLong ? [lasting] : steps)
        const number = run(from, call(plan, { graceMs }))
        if (isLong) {
          cancel(from + 250 + random.next() * 60, number, undefined)
          continue
        }
        const at = from + 20 + random.next() * 60
        cancel(at, number, random.pick([undefined, undefined, 300]))
        // Shorter ones, and longer ones, than before.
        if (random.chance(0.6)) cancel(at + random.next() * 30, number, random.pick([30, 800]))
      }
      break
    case 'surplus': {
      // What decides it comes soon; what isn't needed any more would go on for long.
      const join = random.pick(['first', 'all'] as const)
      const decides = call(planOf('shared', join === 'first' ? 'return' : 'throw', [{ do: 'await', ms: 20 }]))
      const rest = call(
        {
          ...planOf(random.pick(['shared', 'half']), 'return', [
            { do: 'sleep', ms: 2500 },
            { do: 'say', what: random.pick(['log', 'emit']), count: 2, isUncloneable: false },
          ]),
          // Each has a last word.
          onAbort: 'goOn',
        },
        { graceMs: 300 },
      )
      const steps: Step[] = [{ do: 'spawn', calls: [rest, decides, rest], join }]
      run(from, call(planOf('shared', 'return', steps)))
      break
    }
    case 'letters': {
      // What an attempt leaves unread, the next one reads.
      const receive: Step = { do: 'receive', timeoutMs: 60 }
      const report: Step = { do: 'say', what: 'report', count: 1, isUncloneable: false, isLarge: true }
      const isRead = random.chance(0.5)
      const plan: Plan = isRead
        ? planOf('retried', 'throw', [receive, receive])
        : { ...planOf('retried', 'return', [receive, receive, receive, receive, report]), failures: 1 }
      const number = run(from, call(plan))
      ops.push({ do: 'send', at: from, run: number, count: random.pick([3, 5]) })
      ops.push({ do: 'send', at: from + random.next() * 60, run: number, count: 2 })
      break
    }
    case 'deaf': {
      // One that hears nothing has a child that cleans up for longer than its own grace: which begins behind that.
      const cleans = call(
        { ...planOf('shared', 'sleepForever', []), cleanUpMs: 150 },
        { timeoutMs: 1500, graceMs: 400 },
      )
      const deaf = planOf('shared', 'ignore', [{ do: 'spawn', calls: [cleans], join: 'none' }])
      const steps: Step[] = [
        { do: 'spawn', calls: [call(deaf, { timeoutMs: 1500, graceMs: 20 })], join: 'none' },
      ]
      const number = run(from, call(planOf('shared', 'sleepForever', steps), { timeoutMs: 1500 }))
      cancel(from + 300 + random.next() * 200, number, undefined)
      break
    }
    case 'ahead': {
      // What needs a whole thread stands ahead of what fits beside the one that holds half of it; and goes. It waits in the
      // queue, or was sent ahead of need, which what is known to be short is.
      const isSent = random.chance(0.5)
      const before: readonly On[] = isSent ? ['brief', 'briefWhole', 'brief', 'briefWhole'] : ['half']
      // By then, their thread has started, and their module is there.
      for (const [at, on] of before.entries()) run(from + at * 8, call(planOf(on, 'return', [])))
      const begin = from + 350
      const stays = isSent
        ? planOf('brief', 'return', [{ do: 'await', ms: 600 }])
        : planOf('half', 'ignore', [])
      run(begin, call(stays, { timeoutMs: 900, graceMs: 1 }))
      // Or the lane that it was sent to takes nothing new, for a body that is left behind there.
      if (isSent && random.chance(0.3)) {
        const left = run(begin + 10, call(planOf('brief', 'ignore', []), { timeoutMs: 900 }))
        cancel(begin + 80, left, 0)
      }
      const queuedMs = random.pick([undefined, undefined, 60])
      const large = run(begin + 30, call(planOf(isSent ? 'briefWhole' : 'whole', 'return', []), { queuedMs }))
      // Behind one that is sent, another may have been sent, too.
      const isFollowed = isSent && random.chance(0.5)
      for (let count = 0; count < 2; count += 1)
        run(begin + 35, call(planOf(isFollowed && count === 0 ? 'brief' : 'half', 'return', [])))
      if (queuedMs === undefined) cancel(begin + 60 + random.next() * 60, large, random.pick([undefined, 0]))
      break
    }
    case 'logics':
      for (let count = 0; count < 2; count += 1) {
        // Machines whose states are work in other threads: letters move them on, or go to that.
        const lasts = call({ ...planOf(random.pick(['half', 'shared']), 'sleepForever', []), cleanUpMs: 40 })
        const short = call(planOf('shared', random.pick(['return', 'throw']), [{ do: 'await', ms: 20 }]))
        const says: Step = { do: 'say', what: 'emit', count: 2, isUncloneable: false }
        const steps: Step[] = [
          says,
          { do: 'spawn', calls: [lasts], join: 'none' },
          says,
          { do: 'spawn', calls: random.chance(0.5) ? [lasts, lasts] : [short], join: 'none' },
          { do: 'receive', timeoutMs: 60 },
        ]
        const end = random.pick(['return', 'throw', 'sleepForever'] as const)
        const number = run(from, call(planOf('logic', end, steps), { timeoutMs: 1200 }))
        for (let letter = 0; letter < 5; letter += 1)
          ops.push({ do: 'send', at: from + 20 + random.next() * 200, run: number, count: 1 })
        if (random.chance(0.4)) cancel(from + random.next() * 250, number, random.pick([undefined, 0, 50]))
        if (random.chance(0.4)) ops.push({ do: 'actor', at: from + 5, run: number, act: 'look' })
      }
      break
    case 'unheard':
      for (let count = 0; count < 2; count += 1) {
        const fails = call(
          planOf(random.pick(['shared', 'half', 'retried']), random.pick(['throw', 'throwNull']), []),
        )
        const steps: Step[] = [
          { do: 'spawn', calls: [fails, { ...fails, isDetached: random.chance(0.5) }], join: 'none' },
          { do: 'await', ms: random.pick([0, 60]) },
        ]
        run(from, call(planOf('shared', random.pick(['return', 'throw']), steps)))
        // Or it fails when its spawner has ended, and the root lives.
        const late = call(planOf('shared', 'throw', [{ do: 'await', ms: 60 }]), { isDetached: true })
        const leaves = call(planOf('shared', 'return', [{ do: 'spawn', calls: [late], join: 'none' }]))
        const inRoot: Step[] = [
          { do: 'spawn', calls: [leaves], join: 'settled' },
          { do: 'await', ms: 400 },
        ]
        run(from, call(planOf('shared', 'return', inRoot)))
      }
      break
    default:
  }
  return ops
}
