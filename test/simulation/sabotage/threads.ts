// Sabotages of what joins the threads, and of what is in them: lanes, ports, claims, hosts, bodies, actors.

import type { Sabotage } from './sabotage.js'

const LANE = 'src/threads/lane.ts'
const BODY = 'actors/inside/body/body.ts'
const HOST = 'actors/inside/host.ts'
const CLAIMS = 'src/protocol/claims.ts'
const INCOMING = 'src/threads/incoming.ts'
const OUTGOING = 'src/threads/outgoing.ts'
const SCOPE = 'actors/inside/body/abort-scope.ts'
const WAITS = 'actors/inside/body/waits.ts'
const BODY_CHILDREN = 'actors/inside/body/body-children.ts'
const START_QUEUE = 'actors/inside/start-queue.ts'
const PINGS = 'src/threads/pings.ts'
const PORT_LINK = 'actors/inside/port-link.ts'
const LOGIC_BODY = 'actors/inside/logic/logic-body.ts'
const FROM_ACTION = 'actors/from-action.ts'

export const THREADS: readonly Sabotage[] = [
  {
    name: 'what is given up is still known by its ticket',
    rule: 'S6',
    file: LANE,
    find: '    const ticket = this.#tickets.forget(item)\n',
    replace: '    const { ticket } = item\n',
  },
  {
    name: 'the port of a lane that has gone stays open',
    rule: 'I9',
    file: LANE,
    find: '        this.outgoing.close()\n        this.#incoming.close()',
    replace: '        this.outgoing.close()',
  },
  {
    name: 'an abort waits for its turn behind other messages',
    rule: 'S2',
    file: LANE,
    find: "if (tickets.length > 0) this.outgoing.addPriority({ type: 'abort', tickets, reason })",
    replace: "if (tickets.length > 0) this.outgoing.add({ type: 'abort', tickets, reason })",
  },
  {
    name: 'a claim is lost: what runs is taken back as if it had not started',
    rule: 'S10',
    file: LANE,
    find: '    if (!this.#tickets.take(item, ClaimState.offered)) return false\n',
    replace: '    this.#tickets.take(item, ClaimState.offered)\n',
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
    tests: ['test/threads/cancellation/force.test.ts'],
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
    tests: ['test/unit/body-children.test.ts'],
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
    name: 'an answer to a ping is taken for silence',
    rule: 'I7',
    file: PINGS,
    find: 'this.#pending.get(sequence)?.(answer)',
    replace: 'this.#pending.get(sequence)?.(answer.written ? undefined : answer)',
    tests: ['test/unit/pings.test.ts'],
  },
  {
    name: 'what a poll has taken from the port is lost',
    rule: 'S2',
    file: PORT_LINK,
    find: '        this.#polled.push(message)\n',
    replace: '        if (this.#polled.length > 8) this.#polled.push(message)\n',
    tests: ['test/unit/port-link.test.ts'],
  },
  {
    name: 'a machine goes on after the abort of its action',
    rule: 'X3',
    file: LOGIC_BODY,
    find: "      if (isActive(actor)) actor.send({ type: 'xstate.stop' })\n",
    replace: '',
    tests: ['test/threads/actors/logics.test.ts'],
  },
  {
    name: 'what a machine sends to its parent is lost',
    rule: 'S12',
    file: LOGIC_BODY,
    find: '      input: (event) => body.output.emit(event),\n',
    replace: '      input: () => {},\n',
    tests: ['test/threads/actors/logics.test.ts'],
  },
  {
    name: 'an action goes on whose state a machine has left',
    rule: 'X3',
    file: FROM_ACTION,
    find: "      own?.handle.cancel('the state that invoked it was left')\n",
    replace: '',
    tests: ['test/threads/actors/from-action.test.ts'],
  },
]
