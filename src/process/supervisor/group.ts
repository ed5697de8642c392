// One command, as the supervisor runs it: its leader, what is left of its group when that has exited, and its output.

import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { ToApp, type FailedNews, type FrameKind, type StartOrder } from '../frames.js'
import { signalGroup, type GroupState } from '../process-group.js'

/** How often it is looked whether output ends that somebody outside of the group may hold open, in milliseconds. */
const OUTPUT_LOOK_MS = 25
/** After how many such looks it isn't waited for any longer. */
const OUTPUT_LOOKS = 4

/** The way to the app. */
export interface GroupLink {
  /** Tells something. */
  tell(kind: FrameKind, document: object): void
  /** Hands on output. */
  pass(kind: FrameKind, bytes: Buffer): void
  /** Whether the app takes no output just now. */
  readonly isHeldUp: boolean
  /** Its leader has exited, and something is left of it: it is to be looked at until nothing is. */
  drains(group: Group): void
  /** Nothing is left of it, and of its output. */
  ended(group: Group): void
}

/** One command's group. */
export class Group {
  readonly graceMs: number
  readonly #link: GroupLink
  readonly #child: ChildProcess | undefined
  #state: 'running' | 'draining' | 'gone' = 'running'
  #wasTerminated = false
  #openStreams = 0
  #isBeyondReach = false
  #outputTimer: NodeJS.Timeout | undefined

  constructor(order: StartOrder, link: GroupLink) {
    this.graceMs = order.graceMs
    this.#link = link
    this.#child = this.#start(order)
  }

  /** The number of its leader, and so of the group. */
  get leader(): number | undefined {
    return this.#child?.pid
  }

  /** Sends all of it a signal. */
  signal(signal: 'SIGTERM' | 'SIGKILL'): void {
    const { leader } = this
    if (leader === undefined || this.#state === 'gone') return
    if (signal === 'SIGTERM') this.#wasTerminated = true
    if (process.platform === 'win32') endTree(leader, signal)
    else this.see(signalGroup(leader, signal, this.#state === 'draining'))
  }

  /** What is known of it: once its leader has exited, it ends when nothing is left of it. */
  see(state: GroupState): void {
    if (this.#state !== 'draining' || state === 'alive') return
    this.#state = 'gone'
    this.#isBeyondReach = state === 'beyond-reach'
    this.#awaitOutput(0)
  }

  /** Lets its output flow, or not. */
  hold(isHeld: boolean): void {
    for (const stream of [this.#child?.stdout, this.#child?.stderr]) {
      if (isHeld) stream?.pause()
      else stream?.resume()
    }
  }

  #start({ argv, cwd, env, stdin }: StartOrder): ChildProcess | undefined {
    const [program = '', ...rest] = argv
    try {
      const child = spawn(program, rest, {
        cwd,
        env,
        // A session, and so a group, of its own.
        detached: process.platform !== 'win32',
        stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
        windowsHide: true,
      })
      child.on('error', (error) => this.#failed(error, cwd))
      if (child.pid === undefined) return child
      this.#link.tell(ToApp.started, { pid: child.pid })
      // A program that doesn't read its input may close it, or have exited.
      child.stdin?.on('error', () => {})
      child.stdin?.end(stdin)
      this.#read(child.stdout as Readable, ToApp.stdout)
      this.#read(child.stderr as Readable, ToApp.stderr)
      child.on('exit', (exitCode, signal) => {
        this.#link.tell(ToApp.exited, { exitCode: exitCode ?? undefined, signal: signal ?? undefined })
        this.#leaderExited()
      })
      return child
    } catch (error) {
      this.#failed(error as Error, cwd)
      return undefined
    }
  }

  #read(stream: Readable, kind: FrameKind): void {
    this.#openStreams += 1
    stream.on('data', (bytes: Buffer) => this.#link.pass(kind, bytes))
    stream.on('error', () => {})
    stream.on('close', () => {
      this.#openStreams -= 1
      if (this.#state === 'gone' && this.#openStreams === 0) this.#end()
    })
    if (this.#link.isHeldUp) stream.pause()
  }

  #failed(error: NodeJS.ErrnoException, cwd: string): void {
    if (this.#child?.pid !== undefined) return
    // The system says the same of a folder that there isn't.
    const isFolder = error.code === 'ENOENT' && !existsSync(cwd)
    const news: FailedNews = { code: isFolder ? 'ENOCWD' : error.code, message: error.message }
    this.#link.tell(ToApp.failed, news)
    this.#link.ended(this)
  }

  /** That is the end: what it has left behind is asked to end, too. */
  #leaderExited(): void {
    this.#state = 'draining'
    const signal = this.#wasTerminated ? 0 : 'SIGTERM'
    this.#wasTerminated = true
    this.see(signalGroup(this.leader as number, signal, true))
    if (this.#state === 'draining') this.#link.drains(this)
  }

  /** What is in its pipes counts; what somebody who has left the group may still write doesn't. */
  #awaitOutput(looks: number): void {
    if (this.#openStreams === 0) {
      this.#end()
    } else if (looks < OUTPUT_LOOKS) {
      // While the app takes nothing, nothing can be said of what is there.
      const next = this.#link.isHeldUp ? 0 : looks + 1
      this.#outputTimer = setTimeout(() => this.#awaitOutput(next), OUTPUT_LOOK_MS)
    } else {
      this.#child?.stdout?.destroy()
      this.#child?.stderr?.destroy()
    }
  }

  #end(): void {
    clearTimeout(this.#outputTimer)
    this.#link.tell(ToApp.gone, { isBeyondReach: this.#isBeyondReach })
    this.#link.ended(this)
  }
}

/** Under Windows there is neither a signal nor a group: a process and those that it has started are ended. */
function endTree(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  const force = signal === 'SIGKILL' ? ['/F'] : []
  spawn('taskkill', ['/PID', String(pid), '/T', ...force], { stdio: 'ignore', windowsHide: true }).on(
    'error',
    () => {},
  )
}
