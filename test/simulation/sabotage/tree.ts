// Sabotages of what the main thread keeps and decides: records, events, messages, lanes, and which action is next.

import type { Sabotage } from './sabotage.js'

const CHILDREN = 'src/runtime/tree/children.ts'
const RECORDS = 'src/runtime/tree/records.ts'
const EVENT_LOG = 'src/runtime/observe/event-log.ts'
const MAILBOXES = 'src/runtime/messaging/mailboxes.ts'
const BLAME = 'src/runtime/dispatch/blame.ts'
const DISPATCHER = 'src/runtime/dispatch/dispatcher.ts'
const SCHEDULER = 'src/scheduling/scheduler.ts'
const LANE_SEARCH = 'src/scheduling/lane-search.ts'
const FAIR_QUEUE = 'src/scheduling/fair-queue.ts'
const FLEET = 'src/runtime/dispatch/lane-fleet.ts'
const KEPT = 'actors/kept-life.ts'
const ACTION = 'src/runtime/tree/action.ts'
const INSIDE_INSPECTOR = 'src/runtime/observe/inside-inspector.ts'

export const TREE: readonly Sabotage[] = [
  {
    name: 'a settled child counts as live',
    rule: 'I9',
    file: CHILDREN,
    find: 'if (this.#individual?.delete(child) === true) this.#shielded?.delete(child)',
    replace:
      'if (this.#individual?.has(child) === true && child.shield !== undefined) this.#shielded?.delete(child)\n    else if (this.#individual?.delete(child) === true) return',
  },
  {
    name: 'records are kept for ever',
    rule: 'S24',
    file: RECORDS,
    find: '    while (this.#settled.size > this.#retain.actions) {',
    replace: '    while (this.#settled.size > 1e9) {',
  },
  {
    name: 'an event is skipped in the log',
    rule: 'S23',
    file: EVENT_LOG,
    find: '    for (const observer of this.#observers) observer(event, subject)\n',
    replace:
      '    if (event.seq % 97 === 0) this.#seq += 1\n    for (const observer of this.#observers) observer(event, subject)\n',
  },
  {
    name: 'a message is read twice',
    rule: 'S25',
    file: MAILBOXES,
    find: 'this.#deliver(action, mailbox.first, [...mailbox.unread])',
    replace: 'this.#deliver(action, mailbox.first, [...mailbox.unread, ...mailbox.unread])',
  },
  {
    name: 'what an attempt has left unread is gone for the next',
    rule: 'S25',
    file: MAILBOXES,
    find: '    this.#deliver(action, mailbox.first, [...mailbox.unread])\n',
    replace: '    if (action.attempt === 1) this.#deliver(action, mailbox.first, [...mailbox.unread])\n',
  },
  {
    name: 'a kill is blamed on nobody',
    rule: 'S28',
    file: BLAME,
    find: '    this.#add(lane, guiltyOf(action))\n  }\n\n  /** A host has said',
    replace: '    void action\n    void lane\n  }\n\n  /** A host has said',
  },
  {
    name: 'what had not started is lost with its thread',
    rule: 'S10',
    file: DISPATCHER,
    find: 'if (!lane.takeBack(action)) lost.push(action)',
    replace: "if (!lane.takeBack(action) || action.phase === 'queued') lost.push(action)",
  },
  {
    name: 'what had not started stays on a lane that takes nothing new',
    rule: 'I10',
    file: DISPATCHER,
    find: 'if (!isInputGone(action, lane) && lane.takeBack(action)) this.#requeue(action)',
    replace: 'if (isInputGone(action, lane) && lane.takeBack(action)) this.#requeue(action)',
  },
  {
    name: 'the share of what has ended is not given back',
    rule: 'I10',
    file: SCHEDULER,
    find: '    else this.#unload(lane, item)\n    lane.inFlight -= 1',
    replace:
      "    else if (item.placement !== 'running' || item.priority === 0) this.#unload(lane, item)\n    lane.inFlight -= 1",
  },
  {
    name: 'what is parked holds its share',
    rule: 'I10',
    file: SCHEDULER,
    find: `    this.#unload(lane, item)
    lane.parked += 1`,
    replace: '    lane.parked += 1',
  },
  {
    name: 'something is sent to a lane that takes nothing new',
    rule: 'S6',
    file: LANE_SEARCH,
    find: '      if (!lane.accepting) continue\n',
    replace: '',
  },
  {
    name: 'lower priority goes first',
    rule: 'S25',
    file: FAIR_QUEUE,
    find: 'if (bucket.priority < item.priority) break',
    replace: 'if (bucket.priority > item.priority) break',
  },
  {
    name: 'clean-up waits its turn behind all else',
    rule: 'S14',
    file: FAIR_QUEUE,
    find: 'if (this.#cleanUps.size > 0) return this.#cleanUps\n',
    replace: 'if (this.#cleanUps.size > 0 && this.#others.size === 0) return this.#cleanUps\n',
  },
  {
    name: 'a lane that is not needed any more holds its thread for ever',
    rule: 'I13',
    file: FLEET,
    find: '    else if (!this.#warming.isPending) lane.life.restWhenIdle()',
    replace: '    else void lane.life',
  },
  {
    name: 'what only a record has told is forgotten with it',
    rule: 'S19',
    file: RECORDS,
    find: '      noteIfUntold(oldest)\n',
    replace: '',
    tests: ['test/unit/records.test.ts'],
  },
  {
    name: 'a thread that is ready leaves before the others are',
    rule: 'S22',
    file: FLEET,
    find: 'else if (!this.#warming.isPending) lane.life.restWhenIdle()',
    replace: 'else lane.life.restWhenIdle()',
    tests: ['test/simulation/simulation.test.ts'],
  },
  {
    name: 'a resource is given back twice',
    rule: 'I10',
    file: DISPATCHER,
    find: '    if (granted === undefined) return\n    action.granted = undefined\n',
    replace: '    if (granted === undefined) return\n',
  },
  {
    name: 'what an abandoned body held is lost',
    rule: 'I10',
    file: DISPATCHER,
    find: '    for (const granted of this.#leftBehind.get(load) ?? []) this.#resources.giveBack(granted)\n',
    replace: '',
    tests: ['test/threads/runtime/resources.test.ts'],
  },
  {
    name: 'a run is charged nothing',
    rule: 'S25',
    file: FAIR_QUEUE,
    find: '    group.account.virtualTime += cost\n',
    replace: '    group.account.virtualTime += cost * 0\n',
    tests: ['test/unit/fair-queue.test.ts'],
  },
  {
    name: 'what resumes counts for nothing',
    rule: 'S1',
    file: SCHEDULER,
    find: '    lane.parked -= 1\n    this.#load(lane, item)\n',
    replace: '    lane.parked -= 1\n',
  },
  {
    name: 'what was read leaves its number',
    rule: 'S25',
    file: MAILBOXES,
    find: '      this.first += 1\n',
    replace: '      this.first += this.size === 0 ? 1 : 0\n',
  },
  {
    name: 'a record that is kept no longer stays with its run',
    rule: 'S29',
    file: RECORDS,
    find: '      its.actions.remove(oldest)\n',
    replace: '',
  },
  {
    name: 'the run that ended first of those that are kept is kept on',
    rule: 'S24',
    file: RECORDS,
    find: 'while (this.#finished.size > this.#retain.runs)',
    replace: 'while (this.#finished.size > this.#retain.runs + 1)',
  },
  {
    name: 'a large last report is kept as it was',
    rule: 'S29',
    file: KEPT,
    find: 'return report === undefined ? undefined : keptValue(report)',
    replace: 'return report',
  },
  {
    name: 'an output is kept with the record',
    rule: 'S29',
    file: KEPT,
    find: '      return SUCCEEDED\n',
    replace: '      return ending\n',
  },
  {
    name: 'an outcome that somebody has asked for is kept with its output',
    rule: 'S29',
    file: ACTION,
    find: 'if (this.life.ending !== ending || this.life.abort !== abort) this.#outcome = undefined',
    replace: '',
  },
  {
    name: 'an input outlives its action',
    rule: 'S29',
    file: ACTION,
    find: '    this.input = undefined\n    if (this.#specials',
    replace: '    if (this.#specials',
  },
  {
    name: 'unread messages outlive their action',
    rule: 'S29',
    file: MAILBOXES,
    find: '    this.#mailboxes.delete(action)\n',
    replace: '',
  },
  {
    name: 'actors in a thread are never shown to end',
    rule: 'X6',
    file: INSIDE_INSPECTOR,
    find: "      inspectIn(system, { type: '@xstate.snapshot', actorRef: actor, event, snapshot: actor.snapshot })\n",
    replace: '      void event\n',
    tests: ['test/threads/actors/inspection.test.ts'],
  },
  {
    name: 'a thread is not told of what was taken back ahead of others',
    rule: 'S1',
    file: DISPATCHER,
    find: '      this.#wakeThreads()\n',
    replace: '',
    tests: ['test/threads/cancellation/stood-ahead.test.ts'],
  },
]
