// Runs a program in a process of its own, under plain Node: for what only a whole process can show.

import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** How a program ended, and what it wrote. */
export interface ProgramEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A program that runs. */
export interface Program {
  readonly child: ChildProcessWithoutNullStreams
  readonly ended: Promise<ProgramEnd>
  /** Resolves when its output contains a text. */
  says(text: string): Promise<void>
  /** Resolves when what it wrote to standard error contains a text. */
  warns(text: string): Promise<void>
}

/** Where it is run, and with which options of Node's. */
export interface ProgramOptions {
  readonly args?: readonly string[]
  readonly execArgv?: readonly string[]
  readonly cwd?: string
  /** What it has of an environment, besides where programs and temporary files are. */
  readonly env?: Readonly<Record<string, string>>
  /** On a pseudo terminal of 80 × 24: what is written to its standard input are keys, and all that it writes is in `stdout`. */
  readonly terminal?: boolean
}

/** Whether there is what makes pseudo terminals: `script` of util-linux. */
export function hasTerminals(): boolean {
  return process.platform === 'linux' && spawnSync('script', ['--version']).status === 0
}

/** Starts a file. Nothing of the test runner's environment reaches it. */
export function startFile(file: string | URL, options: ProgramOptions = {}): Program {
  const { PATH, HOME, TMPDIR } = process.env
  const path = typeof file === 'string' ? file : fileURLToPath(file)
  const words = [process.execPath, ...(options.execArgv ?? []), path, ...(options.args ?? [])]
  const quoted = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')
  const [command = '', ...args] =
    options.terminal === true
      ? ['script', '-qefc', `stty cols 80 rows 24; exec ${quoted}`, '/dev/null']
      : words
  const child = spawn(command, args, {
    env: {
      ...(PATH && { PATH }),
      ...(HOME && { HOME }),
      ...(TMPDIR && { TMPDIR }),
      ...(options.terminal === true && { TERM: 'xterm-256color' }),
      ...options.env,
    },
    ...(options.cwd && { cwd: options.cwd }),
  })
  const written = { stdout: '', stderr: '' }
  const waiting = new Set<() => void>()
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      written[stream] += text
      for (const look of waiting) look()
    })
  }
  const ended = new Promise<ProgramEnd>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, signal, ...written }))
  })
  const waitFor = async (stream: 'stdout' | 'stderr', text: string): Promise<void> => {
    const isThere = (): boolean => written[stream].includes(text)
    if (isThere()) return
    let look = (): void => {}
    const said = new Promise<void>((resolve) => {
      look = () => {
        if (isThere()) resolve()
      }
      waiting.add(look)
    })
    await Promise.race([said, ended])
    waiting.delete(look)
    if (!isThere())
      throw new Error(`the program ended without saying '${text}': ${written.stdout}${written.stderr}`)
  }
  return {
    child,
    ended,
    says: (text) => waitFor('stdout', text),
    warns: (text) => waitFor('stderr', text),
  }
}

/** Starts one of the fixtures in `programs`. */
export function startProgram(name: string, options: ProgramOptions = {}): Program {
  return startFile(new URL(`../../build/test/fixtures/programs/${name}.js`, import.meta.url), options)
}

/** Runs one of the fixtures in `programs` to its end. */
export function runProgram(name: string, options: ProgramOptions = {}): Promise<ProgramEnd> {
  return startProgram(name, options).ended
}
