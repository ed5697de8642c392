// The life of one thread's lane as a statechart: where the lane stands, what it waits for and for how long, and what is done on
// the way. A machine of XState, since lanes are few and their life has many states. What it says is to be done it emits; the
// lane does it (`src/threads/lane-life.ts`), and tells it what has come of that.

import type { AnyStateMachine } from 'xstate'
import type { LaneLoss, ThreadEffect, ThreadEvent } from './thread-events.js'
import { xstate } from './xstate.js'

/** How long a thread may take to come up, in milliseconds, before it counts as failed; and when it isn't needed any more. */
const START_MS = 30_000
const START_FOR_CLOSE_MS = 5000

/** How long a thread may take to close its lane before it is killed, in milliseconds. */
const CLOSE_MS = 1000

/** How late the exit of a killed thread may be before its lane says so, in milliseconds: a native call delays it. */
const EXIT_LATE_MS = 200

/** What the life of a lane depends on. */
export interface ThreadInput {
  /** Whether it has a thread of its own, which can be killed. */
  readonly canBeKilled: boolean
  /** Whether it can stay open without work, and not keep the process alive. */
  readonly canRest: boolean
  /** How long it rests before it may be closed, in milliseconds. */
  readonly restMs: number
  /** Whether a lane that has rested for so long may be closed, and its thread ended. */
  mayEnd(): boolean
  /** Whether its host answers for handles that somebody still holds. */
  hasHandles(): boolean
  now(): number
}

/** What is known of a lane on the way. */
export interface ThreadContext {
  readonly lane: ThreadInput
  /** Id of its thread; `undefined` while it starts. */
  readonly thread: number | undefined
  readonly killedAt: number | undefined
  readonly loss: LaneLoss | undefined
  readonly endsThread: boolean
}

/** How far a lane is in its life. */
export type ThreadStage =
  | 'starting'
  | { readonly open: 'busy' | 'idle' }
  | 'resting'
  | 'closing'
  | { readonly terminating: 'killed' | 'killedElsewhere' | 'exitLate' | 'lost' }

/** Where a lane stands. */
export type ThreadValue =
  | {
      readonly alive: {
        readonly stage: ThreadStage
        /** Whether new work may come onto it. */
        readonly intake: 'taking' | 'paused' | 'retiring'
        /** Whether the loop of its thread answers. */
        readonly loop: 'answering' | 'silent'
      }
    }
  | 'gone'

const KILLED = { type: 'noteKill', params: { whileStarting: false } } as const
const LOST = { type: 'noteLoss', params: { whileStarting: false } } as const

/** `starting → open ⇄ resting → closing → gone`, or by force, or by its own death, `terminating → gone`. */
export function threadMachine(): AnyStateMachine {
  machine ??= makeMachine()
  return machine
}

let machine: AnyStateMachine | undefined

function makeMachine(): AnyStateMachine {
  const { and, assign, emit, not, or, setup, stateIn } = xstate()
  return setup({
    types: {
      context: {} as ThreadContext,
      events: {} as ThreadEvent,
      emitted: {} as ThreadEffect,
      input: {} as ThreadInput,
    },
    guards: {
      canBeKilled: ({ context }) => context.lane.canBeKilled,
      /** It has a thread, but another machine's. */
      isElsewhere: ({ context: { lane } }) => !lane.canBeKilled && lane.canRest,
      hasNotComeUp: ({ context }) => context.thread === undefined,
      /** Closing it would leave the code there that was given up. */
      mustBeKilled: and(['canBeKilled', stateIn({ alive: { intake: 'retiring' } })]),
      mayEnd: ({ context }) => !context.lane.hasHandles() && context.lane.mayEnd(),
      canRest: ({ context }) => context.lane.canRest,
      isEnding: or([stateIn({ alive: { stage: 'closing' } }), stateIn({ alive: { stage: 'terminating' } })]),
      isUnneeded: ({ context }) => !context.lane.hasHandles(),
    },
    actions: {
      noteThread: assign(({ event }) => (event.type === 'up' ? { thread: event.thread } : {})),
      noteKill: assign(({ context }, { whileStarting }: { whileStarting: boolean }) => ({
        killedAt: context.lane.now(),
        loss: { killed: true, whileStarting },
      })),
      noteLoss: assign(({ event }, { whileStarting }: { whileStarting: boolean }) =>
        event.type === 'lost' ? { loss: { killed: false, whileStarting, error: event.error } } : {},
      ),
      noteFailedStart: assign(({ event }) => ({
        loss: {
          killed: false,
          whileStarting: true,
          error:
            event.type === 'failedToStart'
              ? event.error
              : new Error(`the thread hasn't come up within ${START_MS} ms`),
        },
      })),
      noteExit: assign(({ context: { loss }, event }) =>
        event.type === 'exited' && loss !== undefined
          ? {
              loss: {
                ...loss,
                ...(event.exitCode !== undefined && { exitCode: event.exitCode }),
                ...(event.error !== undefined && !loss.killed && { error: event.error }),
              },
            }
          : {},
      ),
      noteLossElsewhere: assign(({ event }) => (event.type === 'lostElsewhere' ? { loss: event.loss } : {})),
      noteEnd: assign({ endsThread: true }),
      forgetLoss: assign({ loss: undefined }),
    },
    delays: {
      start: START_MS,
      rest: ({ context }) => context.lane.restMs,
      close: ({ context }) => (context.thread === undefined ? START_FOR_CLOSE_MS : CLOSE_MS),
      exitLate: EXIT_LATE_MS,
    },
  }).createMachine({
    id: 'thread',
    context: ({ input }) => ({
      lane: input,
      thread: undefined,
      killedAt: undefined,
      loss: undefined,
      endsThread: false,
    }),
    initial: 'alive',
    states: {
      alive: {
        type: 'parallel',
        on: {
          up: { actions: 'noteThread' },
          closed: { target: 'gone', actions: 'forgetLoss' },
          exited: { target: 'gone', actions: 'noteExit' },
          lostElsewhere: { target: 'gone', actions: 'noteLossElsewhere' },
          failedToStart: {
            guard: 'hasNotComeUp',
            target: 'gone',
            actions: ['noteFailedStart', emit({ type: 'giveUpStart' })],
          },
        },
        states: {
          stage: {
            initial: 'starting',
            on: {
              close: [
                { guard: 'mustBeKilled', target: '.terminating', actions: KILLED },
                { target: '.closing' },
              ],
              kill: { guard: 'canBeKilled', target: '.terminating', actions: KILLED },
              killedElsewhere: {
                guard: 'isElsewhere',
                target: '.terminating.killedElsewhere',
                actions: KILLED,
              },
              lost: { target: '.terminating.lost', actions: LOST },
            },
            states: {
              starting: {
                after: {
                  start: {
                    guard: 'canBeKilled',
                    target: '#thread.gone',
                    actions: ['noteFailedStart', emit({ type: 'giveUpStart' })],
                  },
                },
                on: {
                  up: { target: 'open', actions: 'noteThread' },
                  kill: {
                    guard: 'canBeKilled',
                    target: 'terminating',
                    actions: { type: 'noteKill', params: { whileStarting: true } },
                  },
                  lost: {
                    target: 'terminating.lost',
                    actions: { type: 'noteLoss', params: { whileStarting: true } },
                  },
                },
              },
              open: {
                initial: 'busy',
                states: {
                  busy: {
                    on: {
                      quiet: [
                        { guard: 'canRest', target: 'idle' },
                        { guard: 'isUnneeded', target: '#thread.alive.stage.closing' },
                      ],
                    },
                  },
                  idle: {
                    entry: emit({ type: 'askToLetGo' }),
                    on: {
                      work: 'busy',
                      letGo: '#thread.alive.stage.resting',
                      stuck: '#thread.alive.stage.closing',
                    },
                  },
                },
              },
              resting: {
                entry: emit({ type: 'rest' }),
                on: {
                  work: { target: 'open', actions: emit({ type: 'wake' }) },
                  close: [
                    {
                      guard: 'mustBeKilled',
                      target: 'terminating',
                      actions: [emit({ type: 'wake' }), KILLED],
                    },
                    { target: 'closing', actions: emit({ type: 'wake' }) },
                  ],
                  kill: {
                    guard: 'canBeKilled',
                    target: 'terminating',
                    actions: [emit({ type: 'wake' }), KILLED],
                  },
                  killedElsewhere: {
                    guard: 'isElsewhere',
                    target: 'terminating.killedElsewhere',
                    actions: [emit({ type: 'wake' }), KILLED],
                  },
                },
                after: {
                  rest: [
                    { guard: 'mayEnd', target: 'closing', actions: ['noteEnd', emit({ type: 'wake' })] },
                    { target: 'resting', reenter: true },
                  ],
                },
              },
              closing: {
                entry: [emit({ type: 'refuseWork' }), emit({ type: 'askToClose' })],
                on: { close: {} },
                after: { close: { guard: 'canBeKilled', target: 'terminating', actions: KILLED } },
              },
              terminating: {
                entry: emit({ type: 'refuseWork' }),
                on: { close: {}, kill: {}, killedElsewhere: {}, lost: {} },
                initial: 'killed',
                states: {
                  killed: { entry: emit({ type: 'killThread' }), after: { exitLate: 'exitLate' } },
                  killedElsewhere: { on: { exitIsLateElsewhere: 'exitLate' } },
                  exitLate: { entry: emit({ type: 'notifyExitIsLate' }) },
                  lost: { entry: emit({ type: 'awaitExit' }) },
                },
              },
            },
          },
          intake: {
            initial: 'taking',
            states: {
              taking: { on: { pause: 'paused', retire: 'retiring' } },
              paused: {
                entry: emit({ type: 'refuseWork' }),
                on: {
                  resume: [
                    { guard: not('isEnding'), target: 'taking', actions: emit({ type: 'acceptWork' }) },
                    { target: 'taking' },
                  ],
                  retire: 'retiring',
                },
              },
              retiring: { entry: emit({ type: 'refuseWork' }) },
            },
          },
          loop: {
            initial: 'answering',
            states: {
              answering: {
                on: { fellSilent: { target: 'silent', actions: emit({ type: 'notifySilence' }) } },
              },
              silent: {
                on: { answersAgain: { target: 'answering', actions: emit({ type: 'notifyAnswering' }) } },
              },
            },
          },
        },
      },
      gone: {
        type: 'final',
        entry: emit(({ context: { loss, endsThread } }) => ({ type: 'over', loss, endsThread })),
      },
    },
  })
}

/** The running statechart of one lane. */
export interface ThreadActor {
  send(event: ThreadEvent): void
  getSnapshot(): { readonly value: ThreadValue; readonly context: ThreadContext }
}

/** Timers, as XState takes them. */
export interface ThreadClock {
  setTimeout(fire: (...args: unknown[]) => void, ms: number): unknown
  clearTimeout(timer: unknown): void
}

/** Starts the statechart of a lane that is being opened. `perform` does what it says, once it stands where that belongs. */
export function createThreadActor(
  input: ThreadInput,
  clock: ThreadClock,
  perform: (effect: ThreadEffect) => void,
): ThreadActor {
  const actor = xstate().createActor(threadMachine(), { input, clock })
  actor.on('*', (effect: ThreadEffect) => perform(effect))
  return actor.start()
}
