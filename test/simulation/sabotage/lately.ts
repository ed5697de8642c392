// Sabotages of what was parted, or made faster, of late: rows and tickets, slices, hosts that leave, links to peers.

import type { Sabotage } from './sabotage.js'

const BRIDGE = 'src/cluster/lanes/lane-bridge.ts'
const FAR_LANES = 'src/runtime/dispatch/far-lanes.ts'
const FORCE = 'src/threads/force.ts'
const LINKS = 'src/cluster/link/links.ts'
const HEARD = 'src/cluster/link/heard.ts'
const OWNER_LINK = 'src/cluster/host/owner-link.ts'
const ROW = 'src/collections/holed-row.ts'
const SETTLE_QUEUE = 'src/runtime/abort/settle-queue.ts'
const TICKETS = 'src/threads/lane-tickets.ts'
const UNBEGUN = 'src/cluster/lanes/unbegun.ts'
const WORKER = 'src/cluster/host/worker.ts'

export const LATELY: readonly Sabotage[] = [
  {
    name: 'a ticket is read as held by whoever has its slot now',
    rule: 'S9',
    file: TICKETS,
    find: '    return item?.ticket === ticket ? item : undefined\n',
    replace: '    return item\n',
    tests: ['test/unit/lane-tickets.test.ts'],
  },
  {
    name: 'what was released still holds its ticket',
    rule: 'S9',
    file: TICKETS,
    find: '    this.#items.delete(slotOf(ticket))\n    item.ticket = undefined\n',
    replace: '    this.#items.delete(slotOf(ticket))\n',
  },
  {
    name: 'a row that grows keeps to the places of the smaller one',
    rule: 'S25',
    file: ROW,
    find: '      this.#places[index & this.#mask] = former[index & formerMask]',
    replace: '      this.#places[index & formerMask] = former[index & formerMask]',
  },
  {
    name: 'the first of a row is the hole that was left there',
    rule: 'S25',
    file: ROW,
    find: '    else if (rowIndex === this.#head) this.#passHoles()\n',
    replace: '    else if (rowIndex === this.#head && this.#size > 1) this.#passHoles()\n',
  },
  {
    name: 'of a great many that are aborted, the last one of each slice is passed over',
    rule: 'I1',
    file: SETTLE_QUEUE,
    find: '        this.#settle(next.value)\n        if (count % BETWEEN_LOOKS === 0 && world.now() >= until) return\n',
    replace:
      '        if (count % BETWEEN_LOOKS === 0 && world.now() >= until) return\n        this.#settle(next.value)\n',
    tests: ['test/unit/settle-queue.test.ts'],
  },
  {
    name: 'after a slice of settling comes no other one',
    rule: 'I1',
    file: SETTLE_QUEUE,
    find: '      if (this.#rows.length > 0) world.setImmediate(this.#slice)\n',
    replace: '      if (this.#rows.length > 1) world.setImmediate(this.#slice)\n',
    tests: ['test/unit/settle-queue.test.ts'],
  },
  {
    name: 'a host that leaves goes on to announce itself',
    rule: 'I9',
    file: WORKER,
    find: '    this.#stopAnnouncing?.()\n    this.#stopAnnouncingSoon?.()\n',
    replace: '    this.#stopAnnouncingSoon?.()\n',
    isNetworked: true,
  },
  {
    name: 'what is being loaded at a host that leaves is told of an abort',
    rule: 'S7',
    file: BRIDGE,
    find: '    this.#giveBack([...this.#unbegun], (item) => this.#lane.withdraw(item))\n',
    replace: '    this.#giveBack([...this.#unbegun])\n',
    tests: ['test/unit/cluster/lane-bridge.test.ts'],
    isNetworked: true,
  },
  {
    name: 'a lane of an owner stays on his link when it is over',
    rule: 'D26',
    file: OWNER_LINK,
    find: '    this.watch.delete(lane)\n',
    replace: '',
    tests: ['test/unit/cluster/owner-link.test.ts'],
    isNetworked: true,
  },
  {
    name: 'an answer counts from when it comes, not from when what it answers was sent',
    rule: 'D26',
    file: HEARD,
    find: '    this.#answeredAt = Math.max(this.#answeredAt ?? heardSentAt, heardSentAt)',
    replace: '    this.#answeredAt = now',
    tests: ['test/simulation/links.test.ts'],
    isNetworked: true,
  },
  {
    name: 'what has begun elsewhere is told again and again',
    rule: 'S11',
    file: UNBEGUN,
    find: '    for (const item of begun) this.#items.delete(item)\n',
    replace: '',
    isNetworked: true,
  },
  {
    name: 'the wait for a lane that nobody needs any more holds the process',
    rule: 'I13',
    file: FAR_LANES,
    find: '  else backoff?.unref()\n',
    replace: '',
    tests: ['test/unit/cluster/far-lanes.test.ts'],
    isNetworked: true,
  },
  {
    name: 'each of many whose time is up is looked for among all',
    rule: 'S6',
    file: FORCE,
    find: "lane.life.state === 'terminating' || ",
    replace: '',
    tests: ['test/unit/force.test.ts'],
  },
  {
    name: 'a lane is asked for that was given back before it could be',
    rule: 'D17',
    file: 'src/cluster/owner/asking.ts',
    find: "    if (lane.state === 'gone') return\n",
    replace: '',
    tests: ['test/unit/cluster/asking.test.ts'],
  },
  {
    name: 'a request that came twice ends what the first one has',
    rule: 'D17',
    file: WORKER,
    find: '    if (this.#owners.get(owner)?.lane(lane) !== undefined) return Promise.resolve()\n',
    replace: '',
    tests: ['test/unit/cluster/worker.test.ts'],
  },
  {
    name: 'a shared thread is asked only while something starts there',
    rule: 'S6',
    file: 'src/threads/heartbeat.ts',
    find: '    if (isInUse) this.start()\n',
    replace: '',
    tests: ['test/unit/heartbeat.test.ts'],
  },
  {
    name: 'what a thread was sent may begin while it is being killed',
    rule: 'S6',
    file: FORCE,
    find: '  body.takeBackUnstarted()\n',
    replace: '',
    tests: ['test/unit/force.test.ts'],
  },
  {
    name: 'a link that answers is answered by a new one',
    rule: 'D23',
    file: LINKS,
    find: '    if (link === undefined && toLink !== 0) {',
    replace: '    if (link === undefined && toLink < 0) {',
    tests: ['test/simulation/links.test.ts'],
    isNetworked: true,
  },
  {
    name: 'a link that answers begins before it knows whom',
    rule: 'D23',
    file: LINKS,
    find: "    if (!link.receive(frame)) this.#refuse('malformed')\n    link.begin()\n",
    replace: "    link.begin()\n    if (!link.receive(frame)) this.#refuse('malformed')\n",
    tests: ['test/simulation/links.test.ts'],
    isNetworked: true,
  },
]
