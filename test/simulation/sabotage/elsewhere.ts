// Sabotages of what other machines are for, played in histories that have some.

import type { Sabotage } from './sabotage.js'

const ASKING = 'src/cluster/owner/asking.ts'
const BRIDGE = 'src/cluster/lanes/lane-bridge.ts'
const DESTINATIONS = 'src/runtime/dispatch/destinations.ts'
const DISPATCHER = 'src/runtime/dispatch/dispatcher.ts'
const FAR_LINE = 'src/cluster/lanes/far-line.ts'
const LEASE = 'src/cluster/link/lease.ts'
const LINK = 'src/cluster/link/link.ts'
const OWNER_LINK = 'src/cluster/host/owner-link.ts'
const OWNER = 'src/cluster/owner/owner.ts'
const SERVED_LANE = 'src/cluster/host/served-lane.ts'
const SUPERVISOR = 'src/runtime/life/supervisor.ts'
const TOLD_CLAIMS = 'src/cluster/lanes/reported-claims.ts'
const WATCHES = 'src/cluster/lanes/watches.ts'
const WORKER = 'src/cluster/host/worker.ts'

export const ELSEWHERE: readonly Sabotage[] = [
  {
    name: 'a host goes on that does not hear its owner',
    rule: 'D26',
    file: LEASE,
    find: "  { name: 'killed', share: 0.7 },",
    replace: "  { name: 'killed', share: 1.5 },",
    isNetworked: true,
  },
  {
    name: 'a host counts its lease from when it was heard, not from when what was heard was sent',
    rule: 'D26',
    file: WATCHES,
    find: `    const { answeredAt } = this.#link
    if (answeredAt !== undefined) this.#lease.heard(answeredAt)`,
    replace: `    const { heardAt: answeredAt } = this.#link
    if (answeredAt !== undefined) this.#lease.heard(answeredAt)`,
    tests: ['test/simulation/links.test.ts', 'test/unit/cluster'],
    isNetworked: true,
  },
  {
    name: 'a host that is silent is never lost',
    rule: 'D26',
    file: WATCHES,
    find: '          this.lose(silentMs)\n',
    replace: '',
    isNetworked: true,
  },
  {
    name: 'a lost host loses nothing of what was sent to it',
    rule: 'D12',
    file: FAR_LINE,
    find: '    this.#lane.lost({ killed: false',
    replace: '    this.claims.giveBackAll()\n    this.#lane.lost({ killed: false',
    isNetworked: true,
  },
  {
    name: 'what comes twice is heard twice',
    rule: 'D23',
    file: LINK,
    find: '    if (frame.seq === this.#received + 1) {',
    replace: '    if (frame.seq <= this.#received + 1) {',
    isNetworked: true,
  },
  {
    name: 'what is lost is not sent again',
    rule: 'D23',
    file: LINK,
    find: '      if (this.#clock.now() - this.#progressAt >= RESEND_MS) this.#sendAgain()\n      else this.#watchProgress()',
    replace: '      this.#watchProgress()',
    isNetworked: true,
  },
  {
    name: 'a request for a lane that is lost is not made again',
    rule: 'D17',
    file: ASKING,
    find: '        if (!isPending && this.#wanted.has(lane)) await this.#ask(lane)',
    replace: "        if (!isPending && lane.state === 'gone') await this.#ask(lane)",
    tests: ['test/unit/cluster/asking.test.ts'],
    isNetworked: true,
  },
  {
    name: 'an abort of what has begun elsewhere is not passed on',
    rule: 'D16',
    file: BRIDGE,
    find: '    if (begun.length > 0) this.#lane.abort(begun, reason)',
    replace: '    if (begun.length > 1) this.#lane.abort(begun, reason)',
    isNetworked: true,
  },
  {
    name: 'what has not begun elsewhere is not given back by who leaves',
    rule: 'D29',
    file: BRIDGE,
    find: '    this.#lane.life.retire()\n    this.#giveBack([...this.#unbegun])\n    this.#tidy()',
    replace: '    this.#lane.life.retire()\n    this.#tidy()',
    isNetworked: true,
  },
  {
    name: 'what is started at a host that takes nothing new is dropped',
    rule: 'D13',
    file: BRIDGE,
    find: "      this.#tell({ type: 'givenBack', tickets: [ticket] })\n      return",
    replace: '      return',
    tests: ['test/unit/cluster/lane-bridge.test.ts'],
    isNetworked: true,
  },
  {
    name: 'what was sent elsewhere is taken back without being asked for',
    rule: 'D13',
    file: TOLD_CLAIMS,
    find: '    if (!hasBegun && !this.#givenBack.has(ticket) && !this.isUnsent(ticket)) return false\n',
    replace: '',
    isNetworked: true,
  },
  {
    name: 'what was aborted ahead of the end of its lane goes into the queue',
    rule: 'I4',
    file: DISPATCHER,
    find: "      else if (action.phase === 'aborting') this.#life().neverBegan(action)\n",
    replace: '',
    tests: ['test/unit/cluster/far-actions.test.ts'],
    isNetworked: true,
  },
  {
    name: 'what may have begun on a lost machine never started',
    rule: 'S7',
    file: SUPERVISOR,
    find: 'mayHaveBegun: loss.withHost !== undefined })',
    replace: 'mayHaveBegun: false })',
    tests: ['test/unit/cluster/far-actions.test.ts'],
    isNetworked: true,
  },
  {
    name: 'a lane that two hosts offer goes to the last one',
    rule: 'D11',
    file: OWNER,
    find: '      lane.host === undefined &&\n',
    replace: '',
    tests: ['test/unit/cluster/owner.test.ts'],
    isNetworked: true,
  },
  {
    name: 'whoever is offered a thread and does not answer keeps it',
    rule: 'D19',
    file: SERVED_LANE,
    find: "    this.#stopWaiting = worldClock.after(withinMs, () => this.kill('host-lost'))\n",
    replace: '    this.#stopWaiting = worldClock.after(withinMs, () => {})\n',
    tests: ['test/unit/cluster/served-lane.test.ts'],
    isNetworked: true,
  },
  {
    name: 'what runs for an owner that is gone is aborted, and not killed',
    rule: 'D27',
    file: WATCHES,
    find: "    this.end()\n    this.#ends.each((end) => end.kill('host-lost'))",
    replace: '    this.end()',
    isNetworked: true,
  },
  {
    name: 'what runs for an owner that is gone is killed without having been aborted',
    rule: 'D27',
    file: WATCHES,
    find: "        else if (stage === 'aborted') this.#abort(silentMs)\n        else {",
    replace: "        else if (stage === 'killed') {",
    isNetworked: true,
  },
  {
    name: 'a host stays linked to an owner that is gone',
    rule: 'D27',
    file: OWNER_LINK,
    find: '    this.watch = new OwnerWatch(this.clock, this.link, () => this.close())',
    replace: '    this.watch = new OwnerWatch(this.clock, this.link, () => {})',
    isNetworked: true,
  },
  {
    name: 'a lane that is over is still known to its host',
    rule: 'D27',
    file: WORKER,
    find: '    this.#lanes.delete(lane)\n    over?.()',
    replace: "    if (lane.state !== 'gone') this.#lanes.delete(lane)\n    over?.()",
    isNetworked: true,
  },
  {
    name: 'what a call says of where is not asked for',
    rule: '§2.1',
    file: DESTINATIONS,
    find: '    if (on !== undefined) return this.#find(definition, on)\n',
    replace: '',
    isNetworked: true,
  },
  {
    name: 'what is to run elsewhere may run here',
    rule: '§2.1',
    file: DESTINATIONS,
    find: "whereOf(on === 'anywhere' && !takesOne,",
    replace: 'whereOf(!takesOne,',
    isNetworked: true,
  },
  {
    name: 'a label is dropped',
    rule: '§2.1',
    file: DESTINATIONS,
    find: '      labelOf(on),\n',
    replace: '      undefined,\n',
    isNetworked: true,
  },
  {
    name: 'what needs no share is sent elsewhere',
    rule: '§2.1',
    file: DESTINATIONS,
    find: '    if (options.cpu === 0 && options.command === undefined) {',
    replace: '    if (options.cpu < 0 && options.command === undefined) {',
    isNetworked: true,
  },
  {
    name: 'two lanes are lent the same of a resource',
    rule: 'I10',
    file: WORKER,
    find: '      granted = this.#resources.take(Object.entries(needs))\n',
    replace:
      '      granted = this.#resources.take(Object.entries(needs))\n      if (granted !== undefined) this.#resources.giveBack(granted)\n',
    tests: ['test/unit/cluster/worker.test.ts'],
    isNetworked: true,
  },
]
