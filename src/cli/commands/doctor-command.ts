// `heddle doctor`: tries what Heddle needs of this machine, and says what doesn't work and what to do about it.

import { lstatSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createConnection, createServer } from 'node:net'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { stdout } from 'node:process'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { Command } from 'commander'
import { packageFile } from '../../package-root.js'
import { listProcesses } from '../../control/client/processes.js'
import { discoveryFolders } from '../../control/discovery.js'
import { describeValue, messageOf } from '../../protocol/values/describe-value.js'
import { formatDuration } from '../display/duration.js'
import { EXIT_FAILED, EXIT_OK } from '../input/exit-codes.js'
import { loadPackageFor, packageIndex } from '../loading/module-location.js'
import { padTo, printable } from '../display/printable.js'
import { reportOutput } from '../display/report-output.js'
import { spin } from '../loading/spin.js'
import { titleOf } from '../input/target.js'
import { findTypeScriptLoading } from '../loading/typescript-loading.js'

/** One thing that was tried. `advice`: works, but not as well as it could. */
interface Finding {
  readonly check: string
  readonly state: 'ok' | 'advice' | 'broken'
  readonly text: string
}

const SIGNS = { ok: '✔', advice: '!', broken: '✘' } as const
const FORMATS = { ok: 'green', advice: 'yellow', broken: 'red' } as const
const OLDEST_NODE = [20, 19] as const

/** Makes the command; `onExit` is called with the exit code. */
export function doctorCommand(onExit: (code: number) => void): Command {
  return new Command('doctor')
    .summary('try what works here')
    .description(
      'Tries what Heddle needs: this Node, its threads, TypeScript, sockets; and says what to do about what doesn’t work.',
    )
    .option('--json', 'write NDJSON')
    .action(async ({ json }: { readonly json?: boolean }) => {
      const output = reportOutput()
      let code = EXIT_OK
      for (const check of [
        checkNode,
        checkPackage,
        checkThreads,
        checkTypeScript,
        checkSockets,
        checkDiscovery,
        checkTerminal,
      ]) {
        for (const finding of await tried(check)) {
          if (finding.state === 'broken') code = EXIT_FAILED
          if (json === true) output.json(finding)
          else
            output.line(
              `${output.style(FORMATS[finding.state], SIGNS[finding.state])} ${padTo(finding.check, 12)}${finding.text}`,
            )
        }
      }
      onExit(code)
    })
}

type Check = () => Promise<readonly Finding[]> | readonly Finding[]

/** A check that itself fails is a finding. */
async function tried(check: Check): Promise<readonly Finding[]> {
  try {
    return await check()
  } catch (error) {
    return [{ check: check.name.replace('check', '').toLowerCase(), state: 'broken', text: messageOf(error) }]
  }
}

function checkNode(): readonly Finding[] {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const isOldEnough = major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])
  const text = `${process.version} on ${process.platform} ${process.arch}`
  return [
    isOldEnough
      ? { check: 'Node', state: 'ok', text }
      : { check: 'Node', state: 'broken', text: `${text}: Heddle needs ${OLDEST_NODE.join('.')} or newer` },
  ]
}

function checkPackage(): readonly Finding[] {
  const own = packageFile('')
  const here = pathToFileURL(join(process.cwd(), 'noop.js')).href
  const index = packageIndex(here)
  const version = versionOf(own)
  const findings: Finding[] = [{ check: 'heddle', state: 'ok', text: `${version}, ${fileURLToPath(own)}` }]
  if (index === undefined) {
    findings.push({
      check: 'project',
      state: 'advice',
      text: `modules in ${process.cwd()} find no heddle to import: npm install heddle xstate`,
    })
    return findings
  }
  const project = new URL('../../', index)
  if (project.href !== own.href) {
    findings.push({
      check: 'project',
      state: 'ok',
      text: `heddle run uses the project’s copy: ${versionOf(project)}, ${fileURLToPath(project)}`,
    })
  }
  return findings
}

function versionOf(folder: URL): string {
  return (JSON.parse(readFileSync(new URL('package.json', folder), 'utf8')) as { readonly version: string })
    .version
}

async function checkThreads(): Promise<readonly Finding[]> {
  const { createRuntime } = await loadPackageFor(import.meta.url)
  const runtime = createRuntime({ threads: 1 })
  try {
    const startedAt = performance.now()
    const run = runtime.run(spin, undefined)
    for await (const _ of run.reports()) break
    const startMs = performance.now() - startedAt
    run.cancel('seen enough')
    const outcome = await run.settled()
    const count = availableParallelism()
    const cores = `${count} ${count === 1 ? 'core' : 'cores'}`
    if (outcome.status !== 'aborted' || outcome.how !== 'cooperative') {
      const how = 'error' in outcome ? outcome.error.message : outcome.status
      return [
        { check: 'threads', state: 'broken', text: `an action that computes didn’t hear its abort: ${how}` },
      ]
    }
    const heardMs = outcome.settledAt - (outcome.abortRequestedAt ?? outcome.settledAt)
    return [
      {
        check: 'threads',
        state: 'ok',
        text: `${cores}; the first one was up after ${formatDuration(startMs)}, and a computing action heard its abort after ${heardMs.toFixed(1)} ms`,
      },
    ]
  } finally {
    await runtime.close({ graceMs: 0 })
  }
}

function checkTypeScript(): readonly Finding[] {
  const loading = findTypeScriptLoading(pathToFileURL(join(process.cwd(), 'noop.ts')).href)
  switch (loading.how) {
    case 'native':
      return [
        {
          check: 'TypeScript',
          state: 'ok',
          text: 'modules load as they are (erasable syntax, ./x.ts specifiers)',
        },
      ]
    case 'tsx':
      return [{ check: 'TypeScript', state: 'ok', text: `modules load through tsx ${loading.version}` }]
    case 'none':
      return [
        {
          check: 'TypeScript',
          state: 'advice',
          text: 'modules don’t load: npm install --save-dev tsx, use Node 22.18 or newer, or compile them',
        },
      ]
  }
}

async function checkSockets(): Promise<readonly Finding[]> {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-doctor-'))
  try {
    const path =
      process.platform === 'win32' ? `\\\\.\\pipe\\heddle-doctor-${process.pid}` : join(folder, 'socket')
    const findings: Finding[] = []
    for (const [what, address] of [
      ['local', { path }],
      ['loopback', { host: '127.0.0.1', port: 0 }],
    ] as const) {
      const problem = await connectOnce(address)
      findings.push(
        problem === undefined
          ? { check: 'sockets', state: 'ok', text: `${what} sockets can be opened` }
          : {
              check: 'sockets',
              state: 'broken',
              text: `${what} sockets can’t be opened (${problem}): heddle abort and the console can’t reach a run`,
            },
      )
    }
    return findings
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Listens and connects once; gives what went wrong. */
function connectOnce(
  address: { readonly path: string } | { readonly host: string; readonly port: number },
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.end())
    const end = (problem: string | undefined): void => {
      server.close()
      resolve(problem)
    }
    server.once('error', (error) => end(messageOf(error)))
    server.listen(address, () => {
      const bound = server.address()
      const socket = createConnection(
        typeof bound === 'object' && bound !== null
          ? { host: '127.0.0.1', port: bound.port }
          : { path: String(bound) },
      )
      socket.once('error', (error) => end(messageOf(error)))
      socket.once('connect', () => {
        socket.destroy()
        end(undefined)
      })
    })
  })
}

async function checkDiscovery(): Promise<readonly Finding[]> {
  const processes = await listProcesses()
  const [folder = ''] = discoveryFolders()
  const about = lstatSync(folder, { throwIfNoEntry: false })
  if (about === undefined)
    return [{ check: 'processes', state: 'ok', text: `none served yet; they will be found in ${folder}` }]
  const isOwn = process.getuid === undefined || (about.isDirectory() && about.uid === process.getuid())
  if (!isOwn) {
    return [
      {
        check: 'processes',
        state: 'broken',
        text: `${folder} isn’t yours: set HEDDLE_RUN_DIR to a folder that is`,
      },
    ]
  }
  const isPrivate = process.platform === 'win32' || (about.mode & 0o077) === 0
  const served = `${processes.length} served now, found in ${folder}`
  const silent = processes
    .filter(({ responsive }) => !responsive)
    .map((process): Finding => ({
      check: 'processes',
      state: 'advice',
      text: `process ${process.pid} (${printable(titleOf(process))}) doesn’t answer: it is stopped (kill -CONT ${process.pid}), or its event loop is blocked`,
    }))
  return [
    ...silent,
    isPrivate
      ? { check: 'processes', state: 'ok', text: served }
      : {
          check: 'processes',
          state: 'advice',
          text: `${served}, which others may enter: chmod 700 ${folder}`,
        },
  ]
}

function checkTerminal(): readonly Finding[] {
  if (!stdout.isTTY) return [{ check: 'terminal', state: 'ok', text: 'none: plain lines, no animation' }]
  const depth = stdout.getColorDepth()
  return [
    {
      check: 'terminal',
      state: 'ok',
      text: `${stdout.columns} × ${stdout.rows}, ${describeValue(2 ** depth)} colours`,
    },
  ]
}
