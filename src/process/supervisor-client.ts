// The app's side of its supervisor: one small process, which is the parent of all commands. It is started with the first one,
// never keeps the app alive, and ends with the last runtime that has had a command.

import { spawn, type ChildProcess } from 'node:child_process'
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { Queue } from '../collections/queue.js'
import { packageFile } from '../package-root.js'
import { inNobodysContext } from '../protocol/async-context.js'
import {
  documentOf,
  encodeFrame,
  FrameReader,
  SOCKET_FD,
  ToApp,
  ToSupervisor,
  type ExitedNews,
  type FailedNews,
  type Frame,
  type GoneNews,
  type SignalOrder,
  type StartedNews,
  type StartOrder,
} from './frames.js'
import { lookAtGroups, signalGroup } from './process-group.js'

/** How long what came is handled before the app's loop gets its turn, in milliseconds. */
const TURN_MS = 4
/** How much of what a supervisor has said on its standard error is kept. */
const LAST_WORDS = 2048
/** How often, and how often at most, it is looked whether what a lost supervisor has left has ended. */
const LOOK_MS = 20
const LOOKS = 250

/** Whom a command's news are for. */
export interface CommandListener {
  failed(news: FailedNews): void
  /** Output; `false` if not all of it has been taken by that time: it is given the same again. */
  output(stream: 'stdout' | 'stderr', bytes: Buffer, until: number): boolean
  exited(news: ExitedNews): void
  /** Nothing is left of its group; but for what can't be signalled, if so. */
  gone(news: GoneNews): void
  /** Nobody supervises it any more, and it has been killed. */
  lost(why: string): void
}

/** A command that was started. */
export interface StartedCommand {
  signal(signal: SignalOrder['signal']): void
}

interface Live {
  readonly listener: CommandListener
  leader: number | undefined
  isReaped: boolean
}

/** One supervisor process. */
export class Supervisor {
  readonly #child: ChildProcess
  readonly #socket: Socket
  readonly #live = new Map<number, Live>()
  readonly #reader = new FrameReader()
  readonly #frames = new Queue<Frame>()
  #state: 'open' | 'closing' | 'lost' = 'open'
  #count = 0
  #lastWords = ''
  #turn: NodeJS.Immediate | undefined

  constructor() {
    const { NODE_OPTIONS: _options, ...env } = process.env
    this.#child = spawn(
      process.execPath,
      [fileURLToPath(packageFile('dist/src/process/supervisor/main.js'))],
      {
        // Of its own session: what a terminal sends its programs isn't for it. Its folder is nobody's to unmount.
        detached: true,
        ...(process.platform !== 'win32' && { cwd: '/' }),
        // In Electron it is Node all the same.
        env: { ...env, ELECTRON_RUN_AS_NODE: '1' },
        stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
        windowsHide: true,
      },
    )
    this.#socket = this.#child.stdio[SOCKET_FD] as Socket
    const { stderr } = this.#child
    stderr?.on('data', (text: Buffer) => {
      this.#lastWords = (this.#lastWords + text.toString()).slice(-LAST_WORDS)
    })
    this.#socket.on('data', (chunk: Buffer) => this.#received(chunk))
    // What has been written to one that is gone: its end says so.
    this.#socket.on('error', () => {})
    this.#child.on('error', (error) => this.#ended(error.message))
    this.#child.on('close', (exitCode, signal) =>
      this.#ended(signal === null ? `it exited with code ${exitCode}` : `it was killed by ${signal}`),
    )
    this.#child.unref()
    this.#socket.unref()
    ;(stderr as Socket | null)?.unref()
  }

  /** Whether it can start commands. */
  get isOpen(): boolean {
    return this.#state === 'open'
  }

  /** Resolves when it runs; rejects if it can't be started. */
  async ready(): Promise<void> {
    if (this.#child.pid !== undefined) return
    await new Promise((_, reject) => this.#child.once('error', reject))
  }

  /** Starts a command. What is heard of it comes in a later turn of the loop. */
  start(order: StartOrder, listener: CommandListener): StartedCommand {
    this.#count += 1
    const command = this.#count
    this.#live.set(command, { listener, leader: undefined, isReaped: false })
    this.#socket.write(encodeFrame(ToSupervisor.start, command, order))
    return {
      signal: (signal) => {
        if (this.#live.has(command) && this.isOpen)
          this.#socket.write(encodeFrame(ToSupervisor.signal, command, { signal }))
      },
    }
  }

  /** Ends it, and waits for that: of commands, nothing is left by then. */
  async close(): Promise<void> {
    if (this.#state !== 'open') return
    this.#state = 'closing'
    this.#child.ref()
    const closed = new Promise<void>((resolve) => this.#child.once('close', () => resolve()))
    this.#socket.end()
    this.#socket.resume()
    await closed
  }

  #received(chunk: Buffer): void {
    for (const frame of this.#reader.read(chunk)) this.#frames.push(frame)
    this.#handleFrames()
  }

  /** For one turn of the loop; what is left waits for the next one, and with it whoever writes more. */
  #handleFrames(): void {
    const until = performance.now() + TURN_MS
    for (let { first } = this.#frames; first !== undefined; first = this.#frames.first) {
      if (!this.#handle(first, until)) break
      this.#frames.shift()
      if (performance.now() >= until) break
    }
    if (this.#frames.length === 0) {
      this.#socket.resume()
      return
    }
    this.#socket.pause()
    this.#turn ??= setImmediate(() => {
      this.#turn = undefined
      this.#handleFrames()
    })
  }

  /** `false` if it is to be given again. */
  #handle(frame: Frame, until: number): boolean {
    const live = this.#live.get(frame.command)
    if (live === undefined) return true
    const { listener } = live
    switch (frame.kind) {
      case ToApp.started:
        live.leader = documentOf<StartedNews>(frame).pid
        return true
      case ToApp.stdout:
        return listener.output('stdout', frame.payload, until)
      case ToApp.stderr:
        return listener.output('stderr', frame.payload, until)
      case ToApp.exited:
        live.isReaped = true
        listener.exited(documentOf<ExitedNews>(frame))
        return true
      case ToApp.failed:
        this.#live.delete(frame.command)
        listener.failed(documentOf<FailedNews>(frame))
        return true
      case ToApp.gone:
        this.#live.delete(frame.command)
        listener.gone(documentOf<GoneNews>(frame))
        return true
      default:
        return true
    }
  }

  #ended(why: string): void {
    if (this.#state === 'closing' || this.#state === 'lost') return
    this.#state = 'lost'
    this.#socket.destroy()
    this.#frames.clear()
    clearImmediate(this.#turn)
    const words = this.#lastWords.trim()
    void this.#killOrphans(words === '' ? why : `${why}: ${words}`)
  }

  /** Somebody has ended it: what it has left is ended from here. */
  async #killOrphans(why: string): Promise<void> {
    const orphans = [...this.#live.values()]
    this.#live.clear()
    const leaders: number[] = []
    for (const { leader, isReaped } of orphans) {
      if (leader !== undefined && signalGroup(leader, 'SIGKILL', isReaped) === 'alive') leaders.push(leader)
    }
    for (let looks = 0; looks < LOOKS && leaders.length > 0; looks += 1) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
      // Whoever is the parent of the leaders now has or hasn't waited for them.
      const states = lookAtGroups(leaders, false)
      if ([...states.values()].every((state) => state !== 'alive')) break
    }
    for (const { listener } of orphans) listener.lost(why)
  }
}

let current: Supervisor | undefined
const users = new Set<object>()

/** The app's one supervisor, started if need be; in use by `user` until that lets go. */
export function supervisorFor(user: object): Supervisor {
  users.add(user)
  if (current?.isOpen !== true) current = inNobodysContext(() => new Supervisor())
  return current
}

/** It isn't needed by that user any more; it ends with the last one. */
export async function letGoOfSupervisor(user: object): Promise<void> {
  if (!users.delete(user) || users.size > 0) return
  const last = current
  current = undefined
  await last?.close()
}
