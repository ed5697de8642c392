// The body of a command's action, in the app's own thread: it has the supervisor start the program, puts out what that
// writes, and ends when nothing is left of its group. An abort asks the group to end; the end of the grace kills it.

import { mkdir, rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { ActionContext } from '../context.js'
import { LONGEST_TIMER_MS } from '../options.js'
import type { CommandSpec } from '../protocol/resolved-options.js'
import { ActionInputError } from '../protocol/errors/errors.js'
import { cutText } from '../protocol/values/describe-value.js'
import { CommandFailedError } from './command-failed-error.js'
import { CommandOutput } from './command-output.js'
import { copyFolder } from './copy-folder.js'
import type { ExitedNews, FailedNews, GoneNews } from './frames.js'
import { shapeInput } from './shape-input.js'
import {
  letGoOfSupervisor,
  supervisorFor,
  type CommandListener,
  type StartedCommand,
} from './supervisor-client.js'

/** How a command has ended: all of it is gone. */
type End =
  | ({ readonly kind: 'exited' } & ExitedNews)
  | ({ readonly kind: 'failed' } & FailedNews)
  | { readonly kind: 'lost'; readonly why: string }

/** Of a trial; none where its study has no file. `refusal`: why it can't be a program. */
export interface CommandFolders {
  readonly folder: string | undefined
  readonly resumedFolder: string | undefined
  readonly refusal: string | undefined
}

/** What a body is called with. */
type CommandContext = ActionContext<{ reports: unknown }>

/** A command may start another time, if the machine has room again. */
const MAY_PASS: ReadonlySet<string | undefined> = new Set(['EAGAIN', 'ENOMEM', 'EMFILE', 'ENFILE'])

/** Runs the commands of one runtime. */
export class CommandRunner {
  readonly #graceMsOf: (run: string, id: string) => number

  /** `graceMsOf`: how long an action of the runtime may clean up, in milliseconds. */
  constructor(graceMsOf: (run: string, id: string) => number) {
    this.#graceMsOf = graceMsOf
  }

  /** Resolves when commands can be started. */
  async ready(): Promise<void> {
    await supervisorFor(this).ready()
  }

  /** No command of the runtime lives any more. */
  async close(): Promise<void> {
    await letGoOfSupervisor(this)
  }

  /** The body of an action. */
  async run(
    spec: CommandSpec,
    input: unknown,
    ctx: CommandContext,
    folders: CommandFolders | undefined,
  ): Promise<unknown> {
    const { run, id } = ctx.info
    const inherited = { ...process.env, ...(await checkpointVariables(folders, ctx.signal)) }
    const shaped = shapeInput(spec, input, ctx.info.resources, inherited, ctx.info)
    const cwd = resolve(spec.cwd ?? process.cwd())
    const graceMs = Math.min(this.#graceMsOf(run, id), LONGEST_TIMER_MS)
    const output = new CommandOutput(ctx)
    // The shield goes on after an abort, and its signal says when the grace is over.
    const end = await ctx.shield(Infinity, (grace) => {
      return new Promise<End>((settle) => {
        const listener = new Listener(ctx, output, graceMs, settle)
        const command = supervisorFor(this).start({ ...shaped, cwd, graceMs }, listener)
        listener.command = command
        whenAborted(ctx.signal, () => command.signal('SIGTERM'))
        whenAborted(grace.signal, () => command.signal('SIGKILL'))
      })
    })
    if (end.kind === 'exited' && end.exitCode === 0 && !ctx.signal.aborted) return output.lastReport
    if (ctx.signal.aborted && isStopped(end)) throw ctx.signal.reason
    throw failureOf(end, spec, cwd, output)
  }
}

/**
 * What tells a trial of a sweep where its checkpoints belong, and whether it goes on from those that are there. Those of another
 * trial are copied, which goes on meanwhile; of one that begins anew, nothing is there. What the app itself was told, as a trial of
 * another sweep, is nothing to its own.
 */
async function checkpointVariables(
  folders: CommandFolders | undefined,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string | undefined>>> {
  if (folders === undefined) return {}
  const { folder, resumedFolder, refusal } = folders
  if (refusal !== undefined) throw new ActionInputError(refusal)
  if (folder === undefined) return { HEDDLE_CHECKPOINT_DIR: undefined, HEDDLE_RESUME_DIR: undefined }
  if (resumedFolder === undefined) await rm(folder, { recursive: true, force: true })
  else if (resumedFolder !== folder) await copyFolder(resumedFolder, folder, signal)
  await mkdir(folder, { recursive: true })
  return {
    HEDDLE_CHECKPOINT_DIR: folder,
    HEDDLE_RESUME_DIR: resumedFolder === undefined ? undefined : folder,
  }
}

/** Hears of one command. */
class Listener implements CommandListener {
  readonly #ctx: CommandContext
  readonly #output: CommandOutput
  readonly #graceMs: number
  readonly #settle: (end: End) => void
  command: StartedCommand | undefined
  #exited: ExitedNews | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(ctx: CommandContext, output: CommandOutput, graceMs: number, settle: (end: End) => void) {
    this.#ctx = ctx
    this.#output = output
    this.#graceMs = graceMs
    this.#settle = settle
  }

  output(stream: 'stdout' | 'stderr', bytes: Buffer, until: number): boolean {
    return this.#output.take(stream, bytes, until)
  }

  /** That is the end. What it has left behind has been asked to end, too, and has the grace for it. */
  exited(news: ExitedNews): void {
    this.#exited = news
    this.#timer = setTimeout(() => this.command?.signal('SIGKILL'), this.#graceMs)
  }

  gone({ isBeyondReach }: GoneNews): void {
    if (isBeyondReach)
      this.#ctx.log.warn('something that the command has started runs on: it belongs to another user')
    this.#end({ kind: 'exited', ...(this.#exited as ExitedNews) })
  }

  failed(news: FailedNews): void {
    this.#end({ kind: 'failed', ...news })
  }

  lost(why: string): void {
    this.#end({ kind: 'lost', why })
  }

  #end(end: End): void {
    clearTimeout(this.#timer)
    this.#output.finish()
    this.#settle(end)
  }
}

function whenAborted(signal: AbortSignal, act: () => void): void {
  if (signal.aborted) act()
  else signal.addEventListener('abort', act, { once: true })
}

/** Whether a command that was stopped has ended as one does: by the signal, or well, or as a shell says that. */
function isStopped(end: End): boolean {
  if (end.kind !== 'exited') return true
  const { exitCode, signal } = end
  if (signal !== undefined) return signal === 'SIGTERM' || signal === 'SIGKILL'
  return exitCode === 0 || exitCode === 143 || exitCode === 137
}

function failureOf(end: End, { argv }: CommandSpec, cwd: string, output: CommandOutput): CommandFailedError {
  const { stderr } = output
  const shown = `'${cutText(argv.join(' '), 200)}'`
  if (end.kind === 'lost') {
    const message = `the command ${shown} was stopped, because the process that supervises it has ended: ${end.why}`
    return new CommandFailedError(message, { exitCode: undefined, signal: undefined, stderr })
  }
  if (end.kind === 'failed') {
    const failure = { exitCode: undefined, signal: undefined, stderr }
    const cause = Object.assign(new Error(end.message), end.code !== undefined && { code: end.code })
    const error = new CommandFailedError(describeStart(end, argv[0] as string, cwd), failure, { cause })
    return MAY_PASS.has(end.code) ? error : Object.assign(error, { retriable: false })
  }
  const { exitCode, signal } = end
  const how = signal === undefined ? `exited with code ${exitCode}` : `was ended by ${signal}`
  const words = stderr.trimEnd().split('\n').at(-1) ?? ''
  const message = `the command ${shown} ${how}${words === '' ? '' : `: ${cutText(words, 500)}`}`
  return new CommandFailedError(message, { exitCode, signal, stderr })
}

/** Why a program couldn't be started. */
function describeStart({ code, message }: FailedNews, program: string, cwd: string): string {
  const what = `the program '${cutText(program, 200)}'`
  switch (code) {
    case 'ENOENT':
      return program.includes('/')
        ? `${what} doesn't exist, seen from the folder '${cwd}', or what its first line names doesn't (ENOENT)`
        : `${what} wasn't found in PATH (ENOENT; the folder is '${cwd}'): install it, or give its path`
    case 'ENOCWD':
      return `${what} can't be started: the folder '${cwd}' doesn't exist (option cwd)`
    case 'EACCES':
      return `${what} can't be started in the folder '${cwd}': it may not be executed (EACCES)`
    case 'E2BIG':
      return `${what} can't be started: its arguments and environment are too long (E2BIG); give the input by input: 'json'`
    default:
      return `${what} can't be started in the folder '${cwd}': ${message}`
  }
}
