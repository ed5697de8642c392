// The command line in processes of their own, that find each other in a folder of this test alone.

import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { connect, ControlError, listProcesses, type FoundProcess } from 'heddle/client'
import { startFile, type Program, type ProgramEnd } from './program.js'

const root = new URL('../../', import.meta.url)
const MAIN = new URL('dist/src/cli/main.js', root)

/** The fixture that is run. */
export const COMMANDED: string = fileURLToPath(new URL('build/test/fixtures/commanded.js', root))

/** What a Tab waits for comes when it comes: on a busy machine, later than anybody at a terminal would wait. */
const PATIENT = { HEDDLE_COMPLETION_MS: '5000' }

/** Where an example is. */
export function examplePath(name: string): string {
  return fileURLToPath(new URL(`build/examples/${name}/main.js`, root))
}

/** Several terminals of one user. What they started and didn't end is killed at the end. */
export interface CommandLine extends AsyncDisposable {
  readonly folder: string
  /** Starts a command. */
  start(...args: readonly string[]): Program
  /** Starts a command on a pseudo terminal, without colours. */
  startOnTerminal(...args: readonly string[]): Program
  /** Runs a command to its end. */
  run(...args: readonly string[]): Promise<ProgramEnd>
  /** The same, with more of an environment. */
  runWith(env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<ProgramEnd>
  /** The same with `--json`: what it wrote, line by line. */
  json<Line>(...args: readonly string[]): Promise<readonly Line[]>
  /** `heddle run`; resolves when the run can be found. */
  foreground(run: string, ...args: readonly string[]): Promise<Program>
  /** Waits until as many actions of a run run at a time. */
  running(run: string, count: number): Promise<void>
  processes(): Promise<readonly FoundProcess[]>
  /** Files that processes have left in the folder. */
  files(): Promise<readonly string[]>
}

/** Opens one. */
export async function createCommandLine(): Promise<CommandLine> {
  const folder = await mkdtemp(join(tmpdir(), 'heddle-cli-'))
  const started = new Set<Program>()
  const startWith = (
    env: Readonly<Record<string, string>>,
    args: readonly string[],
    terminal: boolean = false,
  ): Program => {
    const program = startFile(MAIN, { args, env: { ...PATIENT, HEDDLE_RUN_DIR: folder, ...env }, terminal })
    started.add(program)
    void program.ended.then(() => started.delete(program))
    return program
  }
  const start = (...args: readonly string[]): Program => startWith({}, args)
  const run = (...args: readonly string[]): Promise<ProgramEnd> => start(...args).ended
  return {
    folder,
    start,
    startOnTerminal: (...args) => startWith({ NO_COLOR: '1' }, args, true),
    run,
    runWith: (env, ...args) => startWith(env, args).ended,
    async json<Line>(...args: readonly string[]) {
      const { code, stdout, stderr } = await run(...args, '--json')
      if (code !== 0) throw new Error(`heddle ${args.join(' ')} exited with ${code}: ${stderr}`)
      return parseLines<Line>(stdout)
    },
    async foreground(name, ...args) {
      const program = start('run', ...args, '--run-name', name)
      if (args.includes('--json')) await program.says('"type":"run"')
      else await program.warns(`run ${name}`)
      return program
    },
    async running(name, count) {
      for (const process of await listProcesses({ folder })) {
        const ids = new Set<string>()
        const change = (id: string, phase: string): void =>
          void (phase === 'running' ? ids.add(id) : ids.delete(id))
        try {
          for await (const event of connect(process).events({ run: name, reconnect: false })) {
            if (event.type === 'actions') for (const { id, phase } of event.actions) change(id, phase)
            if (event.type === 'phase') change(event.id, event.phase)
            if (ids.size >= count) return
          }
        } catch (error) {
          if (!(error instanceof ControlError)) throw error
        }
      }
      throw new Error(`run '${name}' has ended before ${count} of its actions ran`)
    },
    processes: () => listProcesses({ folder }),
    files: () => readdir(folder),
    async [Symbol.asyncDispose]() {
      for (const { child } of started) child.kill('SIGKILL')
      await Promise.all([...started].map(({ ended }) => ended))
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The lines of NDJSON. */
export function parseLines<Line>(text: string): readonly Line[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line)
}
