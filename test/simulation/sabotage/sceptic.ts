// Sabotages as a reviewer would think of them who doesn't trust the rest: promises of single clauses, each broken by a line.

import type { Sabotage } from './sabotage.js'

const ATTEMPT_END = 'actors/attempt-end.ts'
const COMBINATORS = 'actors/inside/body/combinators.ts'
const HOST = 'actors/inside/host.ts'
const OUTBOX = 'actors/inside/port-outbox.ts'
const SHIELD = 'actors/inside/body/shield.ts'
const DRAINING = 'src/runtime/life/draining.ts'
const EVENT_LOG = 'src/runtime/observe/event-log.ts'
const FORCE = 'src/runtime/abort/force.ts'
const LINE = 'src/channels/line.ts'
const OBJECT_CLIENT = 'src/channels/object-client.ts'
const RECEIVE = 'src/runtime/life/receive.ts'
const RECORDS = 'src/runtime/tree/records.ts'
const APP_RUNS = 'src/runtime/app-runs.ts'
const SCHEDULER = 'src/scheduling/scheduler.ts'
const ALARMS = 'src/runtime/tree/alarm-clock.ts'
const MAILBOXES = 'src/runtime/messaging/mailboxes.ts'
const SUPERVISOR = 'src/runtime/life/supervisor.ts'

export const SCEPTIC: readonly Sabotage[] = [
  {
    name: 'what a computing body says is told when it yields, but for the first word',
    rule: 'S11',
    file: OUTBOX,
    find: 'if (this.#writes < limit || world.now() - this.#lastWrite > WRITE_OUT_MS) {',
    replace: 'if (this.#writes < limit) {',
  },
  {
    name: 'a later, shorter drain shortens nothing',
    rule: 'S22',
    file: DRAINING,
    find: "if (this.#state === 'draining' && until >= this.#until) return",
    replace: "if (this.#state === 'draining') return",
    tests: ['test/threads/runtime/drain.test.ts'],
  },
  {
    name: 'what a body throws as it stops is dropped',
    rule: 'S4',
    file: ATTEMPT_END,
    find: "    : { kind: 'stopped', how, thrown: value }",
    replace: "    : { kind: 'stopped', how }",
  },
  {
    name: 'a failure that says it is final is tried again',
    rule: 'S8',
    file: ATTEMPT_END,
    find: 'return (error as { retriable?: boolean }).retriable !== false',
    replace: 'return true',
  },
  {
    name: 'what could not be cloned is tried again',
    rule: 'S8',
    file: ATTEMPT_END,
    find: "return isHeddleError(error, 'ThreadLostError') || isHeddleError(error, 'ActionTimedOutError')",
    replace:
      "return isHeddleError(error, 'ThreadLostError') || isHeddleError(error, 'ActionTimedOutError') || isHeddleError(error, 'NotCloneableError')",
  },
  {
    name: 'an attempt that has timed out is never tried again',
    rule: 'S8',
    file: ATTEMPT_END,
    find: 'return life.abort?.isAttemptTimeout === true && life.failures < limit',
    replace: 'return life.abort?.isAttemptTimeout === true && life.failures < limit && subject.isCommand',
  },
  {
    name: 'the time of a shield never passes',
    rule: 'S14',
    file: SHIELD,
    find: '      if (ms <= LONGEST_TIMER_MS) timer = world.setTimeout(() => shield.expire(true), ms)\n',
    replace: '      if (ms > LONGEST_TIMER_MS) timer = world.setTimeout(() => shield.expire(true), ms)\n',
  },
  {
    name: 'the time of a shield counts from its entry',
    rule: 'S14',
    file: SHIELD,
    find: '  return shield\n}',
    replace: '  shield.start()\n  return shield\n}',
  },
  {
    name: 'the children of a shield whose time has passed live on',
    rule: 'S14',
    file: SHIELD,
    find: '      if (shield.children.size > 0)\n',
    replace: '      if (shield.children.size > 9)\n',
  },
  {
    name: 'a shield ends with the grace, and its children live on',
    rule: 'S14',
    file: FORCE,
    find: '      else cancellation.abort(child, reason, { deadline })\n',
    replace: '',
  },
  {
    name: 'what a body still says is dropped once its action is aborting',
    rule: 'S12',
    file: RECEIVE,
    find: '        if (this.#noteStart(action)) life.events.publish(logEvent, action, message)\n',
    replace:
      "        if (this.#noteStart(action) && action.phase !== 'aborting') life.events.publish(logEvent, action, message)\n",
  },
  {
    name: 'a combinator leaves those running that it does not need any more',
    rule: 'S20',
    file: COMBINATORS,
    find: '        if (isOwn(handle, within) && !isTerminal(handle.phase)) {\n',
    replace: '        if (!isOwn(handle, within) && !isTerminal(handle.phase)) {\n',
  },
  {
    name: 'map keeps its inputs open when it stops',
    rule: 'S20',
    file: COMBINATORS,
    find: '    if (!stopped) void giveBack(iterator)\n',
    replace: '    if (stopped) void giveBack(iterator)\n',
  },
  {
    name: 'a combinator answers while what it has stopped still runs',
    rule: 'S12',
    file: COMBINATORS,
    find: '    await settleOwn(within, handles)\n  }\n}',
    replace: '  }\n}',
  },
  {
    name: 'the word of what a definition says goes with an action that was never entered',
    rule: 'S8',
    file: HOST,
    find: '    if (!body.enter()) return\n    known.parts = parts\n',
    replace: '    known.parts = parts\n    if (!body.enter()) return\n',
    tests: ['test/simulation/simulation.test.ts'],
  },
  {
    name: 'a line that is closed holds whoever it ran for',
    rule: 'I9',
    file: LINE,
    find: '    this.#around = PLAINLY\n',
    replace: '',
    tests: ['test/unit/line.test.ts'],
  },
  {
    name: 'the port of a line is made in the context of a body',
    rule: 'I9',
    file: OBJECT_CLIENT,
    find: 'inNobodysContext(() => world.createChannel())',
    replace: 'world.createChannel()',
    tests: ['test/unit/line.test.ts'],
  },
  {
    name: 'the name of a live run is given to another one',
    rule: 'S22',
    file: APP_RUNS,
    find: "      throw new ActionInputError(`a run '${name}' is live already: give this one another name, or none`)",
    replace: '      void name',
  },
  {
    name: 'a record that is dropped is counted nowhere',
    rule: 'S24',
    file: RECORDS,
    find: '      its.dropped[oldest.phase as TerminalPhase] += 1\n',
    replace: '',
  },
  {
    name: 'what needs no share is sent to a thread that does not answer',
    rule: 'S6',
    file: SCHEDULER,
    find: 'if (lane.accepting && !lane.silent) return lane',
    replace: 'if (lane.accepting) return lane',
  },
  {
    name: 'an alarm that is taken back rings',
    rule: 'I9',
    file: ALARMS,
    find: '    this.#timers.remove(timer)\n',
    replace: '    if (this.#timers.size > 1e9) this.#timers.remove(timer)\n',
  },
  {
    name: 'what was read is unread for the next attempt',
    rule: 'S25',
    file: MAILBOXES,
    find: '    mailbox.forget(through)\n    if (mailbox.size < action',
    replace: '    if (mailbox.size < action',
  },
  {
    name: 'what an event weighs is never given back',
    rule: 'S23',
    file: EVENT_LOG,
    find: '    this.#bytes -= this.#weights.get(seq) ?? 0\n',
    replace: '',
    tests: ['test/unit/events.test.ts', 'test/unit/event-seam.property.test.ts'],
  },
  {
    name: 'nobody is told that a killed thread does not exit',
    rule: 'S6',
    file: SUPERVISOR,
    find: '    for (const action of actions) this.events.publish(exitLateEvent, action, { thread, pendingMs })',
    replace: '    for (const action of actions) void [exitLateEvent, action, thread, pendingMs]',
  },
]
