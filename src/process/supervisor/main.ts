// The program of the supervisor: one process per app, in a session of its own, which is the parent of all commands. It does
// what it is told, and when the app is gone, however that has ended, it ends all groups by itself, and then itself.

import { Socket } from 'node:net'
import {
  documentOf,
  encodeFrame,
  encodeHeader,
  FrameReader,
  SOCKET_FD,
  ToSupervisor,
  type Frame,
  type SignalOrder,
  type StartOrder,
} from '../frames.js'
import { lookAtGroups } from '../process-group.js'
import { Group } from './group.js'

/** How soon what drains is looked at again, in milliseconds: soon at first, then less often. */
const FIRST_LOOK_MS = 5
const LONGEST_LOOK_MS = 100

const groups = new Map<number, Group>()
const draining = new Set<Group>()
const app = new Socket({ fd: SOCKET_FD, readable: true, writable: true, allowHalfOpen: true })
const reader = new FrameReader()
let appState: 'there' | 'gone' = 'there'
let isHeldUp = false
let lookTimer: NodeJS.Timeout | undefined

// It ends with its app: what the app is sent, as a service that is stopped, isn't for it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})

app.on('data', (chunk: Buffer) => {
  for (const frame of reader.read(chunk)) handle(frame)
})
app.on('drain', () => hold(false))
app.on('error', appIsGone)
app.on('end', appIsGone)
app.on('close', appIsGone)

function handle(frame: Frame): void {
  const { kind, command } = frame
  if (kind === ToSupervisor.start) start(command, documentOf<StartOrder>(frame))
  else if (kind === ToSupervisor.signal) groups.get(command)?.signal(documentOf<SignalOrder>(frame).signal)
}

function start(command: number, order: StartOrder): void {
  let state: 'there' | 'over' = 'there'
  const group = new Group(order, {
    tell: (kind, document) => write(encodeFrame(kind, command, document)),
    pass(kind, bytes) {
      write(encodeHeader(kind, command, bytes.length))
      write(bytes)
    },
    get isHeldUp() {
      return isHeldUp
    },
    drains(one) {
      draining.add(one)
      lookSoon(FIRST_LOOK_MS)
    },
    ended(one) {
      state = 'over'
      groups.delete(command)
      draining.delete(one)
      endIfDone()
    },
  })
  if (state === 'there') groups.set(command, group)
}

/** What the app doesn't take stays with those who have written it: they wait. */
function write(bytes: Buffer): void {
  if (appState === 'gone' || app.write(bytes) || isHeldUp) return
  hold(true)
}

function hold(isHeld: boolean): void {
  isHeldUp = isHeld
  for (const group of groups.values()) group.hold(isHeld)
}

function lookSoon(ms: number): void {
  clearTimeout(lookTimer)
  lookTimer = setTimeout(() => {
    const leaders = [...draining].map(({ leader }) => leader as number)
    const states = lookAtGroups(leaders, true)
    for (const group of draining) group.see(states.get(group.leader as number) ?? 'gone')
    for (const group of draining) if (states.get(group.leader as number) !== 'alive') draining.delete(group)
    if (draining.size > 0) lookSoon(Math.min(LONGEST_LOOK_MS, ms * 1.5))
  }, ms)
}

function appIsGone(): void {
  if (appState === 'gone') return
  appState = 'gone'
  app.destroy()
  // What they still write goes nowhere, and holds up nobody.
  hold(false)
  for (const group of groups.values()) {
    group.signal('SIGTERM')
    setTimeout(() => group.signal('SIGKILL'), group.graceMs)
  }
  endIfDone()
}

function endIfDone(): void {
  if (appState === 'gone' && groups.size === 0) process.exit(0)
}
