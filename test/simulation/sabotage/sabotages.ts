// Small sabotages of the product, each of which breaks a rule in a way that a hasty change might. What finds them is told by
// `run.ts`. `find` stands exactly once in the file.

/** One of them. */
export interface Sabotage {
  readonly name: string
  /** What it breaks. */
  readonly rule: string
  readonly file: string
  readonly find: string
  readonly replace: string
  /** Test files that are run where the simulation doesn't find it. */
  readonly tests?: readonly string[]
}

const ABORT = 'src/runtime/abort/abort.ts'
const FORCE = 'src/runtime/abort/force.ts'
const LIFE = 'actors/action.ts'
const ATTEMPT_END = 'actors/attempt-end.ts'
const ABORT_STATE = 'actors/abort-state.ts'
const SPAWNING = 'src/runtime/life/spawning.ts'
const RECEIVE = 'src/runtime/life/receive.ts'
const SUPERVISOR = 'src/runtime/life/supervisor.ts'
const EFFECTS = 'src/runtime/life/effects.ts'
const ADMISSION = 'src/runtime/life/admission.ts'
const STARTS = 'src/runtime/life/start-tracker.ts'
const CHILDREN = 'src/runtime/tree/children.ts'
const RECORDS = 'src/runtime/tree/records.ts'
const EVENT_LOG = 'src/runtime/observe/event-log.ts'
const MAILBOXES = 'src/runtime/messaging/mailboxes.ts'
const FLEET = 'src/runtime/dispatch/lane-fleet.ts'
const DISPATCHER = 'src/runtime/dispatch/dispatcher.ts'
const BLAME = 'src/runtime/dispatch/blame.ts'
const LANE = 'src/threads/lane.ts'
const INCOMING = 'src/threads/incoming.ts'
const OUTGOING = 'src/threads/outgoing.ts'
const CLAIMS = 'src/protocol/claims.ts'
const SCHEDULER = 'src/scheduling/scheduler.ts'
const FAIR_QUEUE = 'src/scheduling/fair-queue.ts'
const HOST = 'actors/inside/host.ts'
const START_QUEUE = 'actors/inside/start-queue.ts'
const PORT_LINK = 'actors/inside/port-link.ts'
const PINGS = 'src/threads/pings.ts'
const BODY = 'actors/inside/body/body.ts'
const SCOPE = 'actors/inside/body/abort-scope.ts'
const WAITS = 'actors/inside/body/waits.ts'
const BODY_CHILDREN = 'actors/inside/body/body-children.ts'

export const SABOTAGES: readonly Sabotage[] = [
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
    file: LIFE,
    find: "if (ending === undefined || stage === 'settled' || subject.hasChildren) return",
    replace: "if (ending === undefined || stage === 'settled') return",
  },
  {
    name: 'children outlive their parent',
    rule: 'I2',
    file: LIFE,
    find: 'if (subject.hasChildren && (!wasAborting || subject.hasShieldedChildren))',
    replace: 'if (subject.hasChildren && wasAborting)',
  },
  {
    name: 'a retry keeps the number of the attempt',
    rule: 'S9',
    file: LIFE,
    find: '  life.attempt += 1\n',
    replace: '',
  },
  {
    name: "the grace of a parent starts ahead of its children's ends",
    rule: 'S5',
    file: LIFE,
    find: '    if (subject.hasUnshieldedChildren) return\n',
    replace: '',
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
    find: "const how = isHeddleError(ending.error, 'ThreadLostError') ? 'forced' : 'cooperative'",
    replace: "const how = 'cooperative' as const",
  },
  {
    name: 'a body that returns after its abort has succeeded',
    rule: 'S4',
    file: ATTEMPT_END,
    find: "  if (life.phase === 'aborting') {\n    const how",
    replace: "  if (life.phase === 'aborting' && !end.ok) {\n    const how",
  },
  {
    name: 'a lost thread of an aborting action is a failure',
    rule: 'S21',
    file: ATTEMPT_END,
    find: "return life.phase === 'aborting' ? { kind: 'stopped', how: 'forced' } : { kind: 'failed', error, uncounted }",
    replace: "return { kind: 'failed', error, uncounted }",
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
    find: '    if (parent.hasEndedByItself) return endReason(parent.life, parent, this.#life.now())\n',
    replace: '',
  },
  {
    name: 'a retried parent counts its children anew',
    rule: 'S9',
    file: SPAWNING,
    find: '    spawner.sawIndex(childIndex(message.id))\n',
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
    name: 'what is given up is still known by its ticket',
    rule: 'S6',
    file: LANE,
    find: "    this.send({ type: 'drop', ticket })\n    this.#items.delete(slotOf(ticket))\n    item.ticket = undefined\n  }",
    replace: "    this.send({ type: 'drop', ticket })\n  }",
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
    find: '    for (const observer of this.#observers) observer(numbered)\n',
    replace:
      '    if (numbered.seq % 97 === 0) this.#seq += 1\n    for (const observer of this.#observers) observer(numbered)\n',
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
    name: 'the innocent of a kill lose a retry',
    rule: 'S28',
    file: SUPERVISOR,
    find: "uncounted: error.blame === 'other'",
    replace: 'uncounted: false',
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
    find: 'if (lane.takeBack(action) && !isInputGone(action)) this.#requeue(action)',
    replace: 'if (!isInputGone(action) && lane.items === undefined) this.#requeue(action)',
  },
  {
    name: 'what had not started stays on a lane that takes nothing new',
    rule: 'I10',
    file: DISPATCHER,
    find: 'if (!isInputGone(action) && lane.takeBack(action)) this.#requeue(action)',
    replace: 'if (isInputGone(action) && lane.takeBack(action)) this.#requeue(action)',
  },
  {
    name: 'an innocent is killed with a thread that answers',
    rule: 'I7',
    file: FORCE,
    find: '    if (responsive) {\n      this.#abandon(action, line)',
    replace: '    if (responsive) {\n      this.#kill(action, line)',
  },
  {
    name: 'neighbours are not looked at before a kill',
    rule: 'I7',
    file: FORCE,
    find: 'return claim === ClaimState.running || claim === ClaimState.parked || claim === ClaimState.loading',
    replace: 'return claim === ClaimState.loading',
  },
  {
    name: 'a parked body is a reason to kill',
    rule: 'S6',
    file: FORCE,
    find: 'if (line.claim(action) === ClaimState.parked && isBlockedByOther && line.dropParked(action)) {',
    replace:
      'if (line.claim(action) === ClaimState.offered && isBlockedByOther && line.dropParked(action)) {',
  },
  {
    name: 'the end of a grace is late by a second',
    rule: 'S5',
    file: FORCE,
    find: 'const left = at - this.#life.now()',
    replace: 'const left = at - this.#life.now() + 1000',
  },
  {
    name: 'the port of a lane that has gone stays open',
    rule: 'I9',
    file: LANE,
    find: '        this.#outgoing.close()\n        this.#incoming.close()',
    replace: '        this.#outgoing.close()',
  },
  {
    name: 'an abort waits for its turn behind other messages',
    rule: 'S2',
    file: LANE,
    find: "if (tickets.length > 0) this.#outgoing.addPriority({ type: 'abort', tickets, reason })",
    replace: "if (tickets.length > 0) this.#outgoing.add({ type: 'abort', tickets, reason })",
  },
  {
    name: 'a claim is lost: what runs is taken back as if it had not started',
    rule: 'S10',
    file: LANE,
    find: `    if (ticket === undefined || !this.claims.exchange(ticket, ClaimState.offered, ClaimState.taken))
      return false
    this.release(item)`,
    replace: `    if (ticket === undefined) return false
    this.claims.exchange(ticket, ClaimState.offered, ClaimState.taken)
    this.release(item)`,
  },
  {
    name: 'a parked body that was dropped goes on',
    rule: 'S6',
    file: BODY,
    find: `    if (!this.host.claims.exchange(this.ticket, ClaimState.parked, ClaimState.running)) {
      this.drop()
      return false
    }`,
    replace: '    this.host.claims.exchange(this.ticket, ClaimState.parked, ClaimState.running)',
  },
  {
    name: 'a host enters a body without a claim',
    rule: 'S10',
    file: HOST,
    find: `      !this.claims.exchange(ticket, ClaimState.offered, isLoading ? ClaimState.loading : ClaimState.running)
    )
      return`,
    replace: `      !this.claims.exchange(ticket, ClaimState.offered, isLoading ? ClaimState.loading : ClaimState.running)
    )
      void ticket`,
  },
  {
    name: 'slots are given out again with the same generation',
    rule: 'S9',
    file: CLAIMS,
    find: 'const generation = ((this.#generations[slot] as number) % (GENERATIONS - 1)) + 1',
    replace: 'const generation = 1',
  },
  {
    name: 'the first message of a large batch is lost',
    rule: 'S26',
    file: INCOMING,
    find: '    this.#unhandled.append(readToRuntime(batch, this.#counted.payloads))',
    replace:
      '    const read = readToRuntime(batch, this.#counted.payloads)\n    this.#unhandled.append(read.length > 5 ? read.slice(1) : read)',
  },
  {
    name: 'a computing body is not shown that an abort has come',
    rule: 'I5',
    file: OUTGOING,
    find: 'Counter.raised, 1)',
    replace: 'Counter.raised, 0)',
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
    file: SCHEDULER,
    find: "if (!lane.accepting || lane.role === 'shared') continue\n      if (lane.held + item.cpu",
    replace: "if (lane.role === 'shared') continue\n      if (lane.held + item.cpu",
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
    name: 'an abort that comes again is seen again',
    rule: 'I3',
    file: HOST,
    find: 'if (body === undefined || body.scope.isNoted) continue',
    replace: 'if (body === undefined) continue',
  },
  {
    name: 'waits go on after the abort',
    rule: 'S12',
    file: SCOPE,
    find: '    for (const wait of this.#takeWaits()) wait.reject(reason)\n',
    replace: '',
  },
  {
    name: 'a wait can be begun after the abort',
    rule: 'I6',
    file: WAITS,
    find: '  return scope.poll()\n}',
    replace: '  return undefined\n}',
  },
  {
    name: 'a wait does not free the share',
    rule: 'S1',
    file: HOST,
    find: '    this.#starts.free(body.cpu)\n  }\n\n  resumed',
    replace: '  }\n\n  resumed',
  },
  {
    name: 'a listener to the signal of a spawn stays',
    rule: 'I9',
    file: BODY_CHILDREN,
    find: '    if (this.#links !== undefined) for (const unlink of this.#links.values()) unlink()\n',
    replace: '',
    tests: ['test/threads/cancellation/signals.test.ts'],
  },
  {
    name: 'a lane that is not needed any more holds its thread for ever',
    rule: 'I13',
    file: FLEET,
    find: '    else if (!this.#warming.isPending) lane.life.restWhenIdle()',
    replace: '    else if (!this.#warming.isPending) void lane.life',
  },
  {
    name: 'what was taken back stands in the way of what fits',
    rule: 'S1',
    file: START_QUEUE,
    find: ' && this.#isOffered(next)',
    replace: '',
    tests: ['test/unit/start-queue.test.ts'],
  },
  {
    name: 'a smaller share than was thought leaves no room',
    rule: 'S1',
    file: HOST,
    find: 'this.#starts.free(body.cpu - options.cpu)',
    replace: 'this.#starts.hold(options.cpu - body.cpu)',
    tests: ['test/simulation/simulation.test.ts'],
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
    find: 'else if (!this.#warming.isPending)',
    replace: 'else',
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
    find: '    group.virtualTime += cost\n',
    replace: '    group.virtualTime += cost * 0\n',
  },
  {
    name: 'what resumes counts for nothing',
    rule: 'S1',
    file: SCHEDULER,
    find: '    lane.parked -= 1\n    this.#load(lane, item)\n',
    replace: '    lane.parked -= 1\n',
  },
  {
    name: 'an answer to a ping is taken for silence',
    rule: 'I7',
    file: PINGS,
    find: 'this.#pending.get(sequence)?.(answer)',
    replace: 'this.#pending.get(sequence)?.(answer.written ? undefined : answer)',
  },
  {
    name: 'what a poll has taken from the port is lost',
    rule: 'S2',
    file: PORT_LINK,
    find: '        this.#polled.push(message)\n',
    replace: '        if (this.#polled.length > 8) this.#polled.push(message)\n',
  },
  {
    name: 'what was read leaves its number',
    rule: 'S25',
    file: MAILBOXES,
    find: '      this.first += 1\n',
    replace: '      this.first += this.size === 0 ? 1 : 0\n',
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
    find: '    if (isFailure && action.isUnlistened) publishUnheard(events, action)\n',
    replace: '',
  },
  {
    name: 'parents settle ahead of the children that were aborted with them',
    rule: 'S3',
    file: ABORT,
    find: 'walk.neverStarted.toReversed()',
    replace: 'walk.neverStarted',
  },
  {
    name: 'a lane on which a body was left behind takes more',
    rule: 'S6',
    file: SCHEDULER,
    find: '    lane.accepting = false\n    this.#leaveLane(item)',
    replace: '    this.#leaveLane(item)',
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
]
