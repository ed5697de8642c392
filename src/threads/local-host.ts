// A host in this thread, at the other end of a line that has no port: for bodies of the app's own thread, and for commands.

import { holdCurrentBody } from '../../actors/inside/body/current-body.js'
import { Host, type HostOptions } from '../../actors/inside/host.js'
import { createClock } from '../protocol/clock.js'
import type { LinedLane } from './lane-line.js'
import { LocalLine } from './local-line.js'

/** What such a host is made of. */
export interface LocalHostOptions extends Pick<
  HostOptions,
  'commands' | 'localBodies' | 'machine' | 'phaseOf'
> {
  /** Of the clock by which its runtime tells times. */
  readonly epochOffset: number
}

/** One, with the line to it. */
export interface LinedHost {
  readonly line: LocalLine
  readonly host: Host
  /** Resolves when the lane is closed. */
  readonly ended: Promise<void>
}

/** Opens a line, and makes the host at its other end. */
export function hostHere(lane: LinedLane, { epochOffset, ...options }: LocalHostOptions): LinedHost {
  const line = new LocalLine(lane)
  const letGo = holdCurrentBody()
  let close: (() => void) | undefined
  const ended = new Promise<void>((resolve) => (close = resolve))
  const host = new Host({
    ...options,
    link: line.link,
    now: createClock(epochOffset),
    thread: 0,
    onClose() {
      letGo()
      close?.()
    },
  })
  return { line, host, ended }
}
