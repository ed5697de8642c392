// Runs a program in a process of its own, under plain Node: for what only a whole process can show.

import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
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
}

/** Where it is run, and with which options of Node's. */
export interface ProgramOptions {
  readonly args?: readonly string[]
  readonly execArgv?: readonly string[]
  readonly cwd?: string
}

/** Starts a file. Nothing of the test runner's environment reaches it. */
export function startFile(file: string | URL, options: ProgramOptions = {}): Program {
  const { PATH, HOME, TMPDIR } = process.env
  const path = typeof file === 'string' ? file : fileURLToPath(file)
  const child = spawn(process.execPath, [...(options.execArgv ?? []), path, ...(options.args ?? [])], {
    env: { ...(PATH && { PATH }), ...(HOME && { HOME }), ...(TMPDIR && { TMPDIR }) },
    ...(options.cwd && { cwd: options.cwd }),
  })
  let stdout = ''
  let stderr = ''
  const waiting = new Map<string, () => void>()
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    for (const [wanted, resolve] of waiting) if (stdout.includes(wanted)) resolve()
  })
  const ended = new Promise<ProgramEnd>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
  const says = async (text: string): Promise<void> => {
    if (stdout.includes(text)) return
    const said = new Promise<void>((resolve) => waiting.set(text, resolve))
    await Promise.race([said, ended])
    waiting.delete(text)
    if (!stdout.includes(text))
      throw new Error(`the program ended without saying '${text}': ${stdout}${stderr}`)
  }
  return { child, ended, says }
}

/** Starts one of the fixtures in `programs`. */
export function startProgram(name: string, options: ProgramOptions = {}): Program {
  return startFile(new URL(`../../build/test/fixtures/programs/${name}.js`, import.meta.url), options)
}

/** Runs one of the fixtures in `programs` to its end. */
export function runProgram(name: string, options: ProgramOptions = {}): Promise<ProgramEnd> {
  return startProgram(name, options).ended
}
