// Sabotages of the lives of actions: how they come in, are aborted and forced, end, and are tried again.

import type { Sabotage } from './sabotage.js'

const ABORT = 'src/runtime/abort/abort.ts'
const ABORT_STATE = 'actors/abort-state.ts'
const LIFE = 'actors/action.ts'
const ATTEMPT_END = 'actors/attempt-end.ts'
const FINISH_ATTEMPT = 'actors/finish-attempt.ts'
const SPAWNING = 'src/runtime/life/spawning.ts'
const RECEIVE = 'src/runtime/life/receive.ts'
const EFFECTS = 'src/runtime/life/effects.ts'
const SUPERVISOR = 'src/runtime/life/supervisor.ts'
const ADMISSION = 'src/runtime/life/admission.ts'
const STARTS = 'src/runtime/life/start-tracker.ts'
const FORCE = 'src/runtime/abort/force.ts'
const FORCE_DECISION = 'src/threads/force.ts'

export const LIVES: readonly Sabotage[] = [
  {
    name: 'an abort is dropped: the last of several on a lane is not told',
    rule: 'S2',
    file: ABORT,
    find: 'for (const [line, onLine] of this.#byLine) line.abort(onLine, encoded)',
    replace:
      'for (const [line, onLine] of this.#byLine) line.abort(onLine.length > 1 ? onLine.slice(0, -1) : onLine, encoded)',
  },
  {
    name: 'an abort goes through a shield',
    rule: 'S14',
    file: ABORT,
    find: `        if (child.isShielded) continue
        child.send(event)`,
    replace: '        child.send(event)',
  },
  {
    name: 'a shorter deadline is put on record, and no time is set by it',
    rule: 'S5',
    file: ABORT,
    find: 'for (let at = actions.length - 1; at >= 0; at -= 1) (actions[at] as Action).send(AWAIT_END)',
    replace: '',
  },
  {
    name: 'what is taken back by an abort keeps its share of the lane',
    rule: 'S1',
    file: ABORT,
    find: '    this.#life.dispatch.withdraw(action)\n',
    replace: '',
  },
  {
    name: 'children that are aborted by derivation are not counted as aborting',
    rule: 'S2',
    file: ABORT,
    find: '    live.aborting += waiting.size\n',
    replace: '',
  },
  {
    name: 'a later reason replaces the first',
    rule: 'I3',
    file: ABORT_STATE,
    find: `    } else {
      this.escalations`,
    replace: `    } else {
      this.reason = reason
      this.escalations`,
  },
  {
    name: 'a later, longer deadline extends an earlier one',
    rule: 'S5',
    file: ABORT_STATE,
    find: 'if (this.deadline === undefined || deadline < this.deadline) this.deadline = deadline',
    replace: 'this.deadline = deadline',
  },
  {
    name: 'a parent settles ahead of its children',
    rule: 'S3',
    file: FINISH_ATTEMPT,
    find: "if (life.ending === undefined || life.stage === 'settled' || subject.hasChildren) return",
    replace: "if (life.ending === undefined || life.stage === 'settled') return",
  },
  {
    name: 'children outlive their parent',
    rule: 'I2',
    file: FINISH_ATTEMPT,
    find: '  if (subject.hasChildren) effects.abortChildren(subject, endReason(ending, subject, effects.now()))\n',
    replace: '',
  },
  {
    name: 'what a shield protects outlives an aborted parent',
    rule: 'I2',
    file: FINISH_ATTEMPT,
    find: '  if (subject.hasShieldedChildren) effects.abortChildren(subject, aborted.reason)\n',
    replace: '',
  },
  {
    name: 'a retry keeps the number of the attempt',
    rule: 'S9',
    file: FINISH_ATTEMPT,
    find: '  life.attempt += 1\n',
    replace: '',
  },
  {
    name: "the grace of a parent starts ahead of its children's ends",
    rule: 'S5',
    file: LIFE,
    find: '    if (subject.hasUnshieldedChildren) return\n',
    replace: '',
    tests: ['test/unit/action-life.test.ts'],
  },
  {
    name: 'an abort during a backoff is lost',
    rule: 'S8',
    file: LIFE,
    find: `    case 'backoff':
      withdraw(life, event, subject, effects)
      return`,
    replace: `      withdraw(life, event, subject, effects)
      return
    case 'backoff':
      return`,
  },
  {
    name: 'the end of a grace does not end shields',
    rule: 'S14',
    file: LIFE,
    find: '      effects.endShields(subject)\n',
    replace: '',
  },
  {
    name: 'what has lost its thread before another attempt is called cooperative',
    rule: 'S7',
    file: LIFE,
    find: "const how = isHeddleError(error, 'ThreadLostError') ? 'forced' : 'cooperative'",
    replace: "const how = 'cooperative' as const",
    tests: ['test/unit/action-life.test.ts'],
  },
  {
    name: 'a body that returns after its abort has succeeded',
    rule: 'S4',
    file: LIFE,
    find: "if (life.phase === 'aborting') stop(life, stopOf(life, event, subject), subject, effects)",
    replace:
      "if (life.phase === 'aborting' && !event.ok) stop(life, stopOf(life, event, subject), subject, effects)",
  },
  {
    name: 'a lost thread of an aborting action is a failure',
    rule: 'S21',
    file: LIFE,
    find: "      if (life.phase === 'aborting') stop(life, FORCED, subject, effects)\n      else end(",
    replace: '      end(',
  },
  {
    name: 'a retry too many',
    rule: 'S8',
    file: ATTEMPT_END,
    find: 'return ending.uncounted === true || life.failures < limit',
    replace: 'return ending.uncounted === true || life.failures <= limit',
  },
  {
    name: 'what was never begun is called cooperative',
    rule: 'S7',
    file: LIFE,
    find: "life.began ? { kind: 'stopped', how: 'cooperative' } : NEVER_STARTED",
    replace: "NEVER_STARTED.kind === 'stopped' ? { kind: 'stopped', how: 'cooperative' } : NEVER_STARTED",
  },
  {
    name: 'a detached child is bound to its spawner',
    rule: 'S18',
    file: SPAWNING,
    find: 'const parent = isDetached ? run.root : spawner',
    replace: 'const parent = spawner',
  },
  {
    name: 'the child of an aborted parent starts',
    rule: 'S12',
    file: SPAWNING,
    find: "if (parent.phase !== 'aborting') return undefined",
    replace: "if (parent.phase !== 'never') return undefined",
  },
  {
    name: 'the child of an ended parent starts',
    rule: 'I1',
    file: SPAWNING,
    find: "    if (ending !== undefined && ending.kind !== 'stopped') return endReason(ending, parent, this.#life.now())\n",
    replace: '',
  },
  {
    name: 'a retried parent counts its children anew',
    rule: 'S9',
    file: SPAWNING,
    find: '    spawner.noteIndex(childIndex(message.id))\n',
    replace: '',
  },
  {
    name: 'what resumes takes no share',
    rule: 'S1',
    file: RECEIVE,
    find: '        life.dispatch.resumed(action)\n',
    replace: '',
  },
  {
    name: 'another attempt does not wait',
    rule: 'S8',
    file: EFFECTS,
    find: "action.setTimer('backoff', delayMs,",
    replace: "action.setTimer('backoff', 0,",
  },
  {
    name: 'a slot is not given back at the end of a body',
    rule: 'I9',
    file: SUPERVISOR,
    find: '    action.line?.release(action)\n',
    replace: '',
  },
  {
    name: 'a parent is not told of the end of a child',
    rule: 'S3',
    file: EFFECTS,
    find: '    parent?.send(CHILD_SETTLED)\n',
    replace: "    if (parent?.phase !== 'aborting') parent?.send(CHILD_SETTLED)\n",
  },
  {
    name: 'who waits for room is forgotten',
    rule: 'S20',
    file: ADMISSION,
    find: '      this.#waitingForRoom.delete(action)\n      this.queue(action)\n',
    replace: '      this.#waitingForRoom.delete(action)\n',
  },
  {
    name: 'a full queue refuses nobody',
    rule: 'S27',
    file: ADMISSION,
    find: '    if (dispatch.queued < this.#maxQueued) return undefined\n    // What',
    replace: '    if (dispatch.queued >= 0) return undefined\n    // What',
    tests: ['test/threads/runtime/refusals.test.ts'],
  },
  {
    name: 'nobody looks at claim words',
    rule: 'S11',
    file: STARTS,
    find: '      this.noteIfClaimed(action)\n    }\n    if (this.#unstarted.size > 0) this.#sweepSoon()',
    replace: '    }\n    if (this.#unstarted.size > 0) this.#sweepSoon()',
  },
  {
    name: 'the innocent of a kill lose a retry',
    rule: 'S28',
    file: SUPERVISOR,
    find: "const uncounted = error.blame === 'other'",
    replace: 'const uncounted = error.blame === undefined',
  },
  {
    name: 'an innocent is killed with a thread that answers',
    rule: 'I7',
    file: FORCE_DECISION,
    find: "if (responsive) return 'abandon'",
    replace: "if (responsive) return 'kill'",
  },
  {
    name: 'neighbours are not looked at before a kill',
    rule: 'I7',
    file: FORCE_DECISION,
    find: 'return claim === ClaimState.running || claim === ClaimState.parked || claim === ClaimState.loading',
    replace: 'return claim === ClaimState.loading',
  },
  {
    name: 'a parked body is a reason to kill',
    rule: 'S6',
    file: FORCE_DECISION,
    find: 'if (lane.claim(item) === ClaimState.parked && isBlockedByOther && lane.dropParked(item))',
    replace: 'if (lane.claim(item) === ClaimState.offered && isBlockedByOther && lane.dropParked(item))',
  },
  {
    name: 'the end of a grace is late by a second',
    rule: 'S5',
    file: FORCE,
    find: 'const left = at - this.#life.now()',
    replace: 'const left = at - this.#life.now() + 1000',
  },
  {
    name: 'nobody looks at the deadline of an action',
    rule: 'S8',
    file: ADMISSION,
    find: "    action.watchBound('deadlineMs')\n",
    replace: '',
  },
  {
    name: 'nobody bounds the time of a body',
    rule: 'S8',
    file: STARTS,
    find: "action.watchBound('runMs', action.startedAt)",
    replace: "action.watchBound('runMs', action.startedAt + 500)",
  },
  {
    name: 'what fails after the end of its spawner is unheard of',
    rule: 'S19',
    file: EFFECTS,
    find: '    if (isUnheard) publishUnheard(events, action)\n',
    replace: '',
  },
  {
    name: 'an abort comes to children, and not to what is below them',
    rule: 'S2',
    file: ABORT,
    find: `        child.send(event)
        parents.push(child)`,
    replace: `        child.send(event)
        if (child.phase !== 'aborting') parents.push(child)`,
  },
  {
    name: 'a command of force gives no less time',
    rule: 'S5',
    file: ABORT,
    find: '  if (force === true) return now\n',
    replace: '  if (force === true) return now + 300\n',
  },
  {
    name: 'what is held by handles lets its lane rest',
    rule: 'S15',
    file: EFFECTS,
    find: '    line.handles -= 1\n',
    replace: '    line.handles -= 2\n',
  },
  {
    name: 'what stood behind one that has left the queue is forgotten',
    rule: 'S1',
    file: ADMISSION,
    find: `      // What stood behind it may have a place.
      this.#dispatch.schedule()
`,
    replace: '',
    tests: ['test/threads/cancellation/stood-ahead.test.ts'],
  },
  {
    name: 'what is taken back from a thread makes room, and nobody looks',
    rule: 'S1',
    file: ABORT,
    find: `    // What waits in the queue may have a place.
    this.#life.dispatch.schedule()
`,
    replace: '',
  },
  {
    name: 'a lane on which a body was left behind is never replaced',
    rule: 'S6',
    file: FORCE,
    find: '    if (line.hasOwnThread) this.#killing.retire(line)\n',
    replace: '',
  },
]
