// Plays the sabotages, each on a copy of the package, and says what has found them: the simulation or the tests, and how soon.
//
//   node build/test/simulation/sabotage/run.js [--only 'TEXT|TEXT'] [--part 3/10] [--jobs N] [--histories N] [--simulation-only]

import { execFile, execFileSync, type ChildProcess } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import ts from 'typescript'
import { ELSEWHERE } from './elsewhere.js'
import { LIVES } from './lives.js'
import type { Sabotage } from './sabotage.js'
import { SCEPTIC } from './sceptic.js'
import { THREADS } from './threads.js'
import { TREE } from './tree.js'

const SABOTAGES: readonly Sabotage[] = [...LIVES, ...TREE, ...THREADS, ...SCEPTIC, ...ELSEWHERE]

/** What a copy needs of the package. */
const FOLDERS = ['dist', 'build', 'src', 'actors', 'test', 'docs']
const FILES = [
  'package.json',
  'rolldown.config.js',
  'vitest.config.ts',
  'tsconfig.json',
  'README.md',
  'ARCHITECTURE.md',
]
/** Where the tests are that know most of aborts; they are run where the simulation finds nothing. */
const TESTS = ['test/unit', 'test/threads/cancellation']
/** They look at all that is in the repository, of which a copy has a part. */
const NOT_OF_A_COPY = ['architecture', 'bench-figures', 'example-manifests', 'package', 'rules'].map(
  (name) => `test/unit/${name}.test.ts`,
)
/** Longer than anything takes that doesn't hang, also on a busy machine. */
const LONGEST_MS = 1_200_000

/** What has come of one. */
interface Verdict {
  readonly sabotage: Sabotage
  readonly by: 'simulation' | 'tests' | 'nothing' | 'does not apply'
  /** How long it took to find it, of processor time where the simulation has. */
  readonly seconds: number
  /** What was said of it. */
  readonly said: string
}

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    jobs: { type: 'string', default: String(availableParallelism()) },
    // What one core plays in a minute.
    histories: { type: 'string', default: '900' },
    part: { type: 'string', default: '1/1' },
    'simulation-only': { type: 'boolean', default: false },
  },
})
const root = resolve('.')
const running = new Set<ChildProcess>()
process.once('SIGINT', () => {
  for (const child of running) child.kill('SIGKILL')
  process.exit(130)
})

const texts = values.only.split('|')
const [part = 1, parts = 1] = values.part.split('/').map(Number)
const chosen = SABOTAGES.filter(({ name, file }) =>
  texts.some((text) => name.includes(text) || file.includes(text)),
).filter((_, at) => at % parts === part - 1)
const verdicts: Verdict[] = []
const left = [...chosen]
await Promise.all(Array.from({ length: Math.max(1, Number(values.jobs)) }, () => work()))

const found = verdicts.filter(({ by }) => by === 'simulation' || by === 'tests').length
const bySimulation = verdicts.filter(({ by }) => by === 'simulation').length
console.log(`\n${found} of ${verdicts.length} were found, ${bySimulation} of them by the simulation`)
for (const { sabotage, by } of verdicts)
  if (by === 'nothing' || by === 'does not apply') console.log(`  ${by}: ${sabotage.name} (${sabotage.file})`)
process.exitCode = found === verdicts.length ? 0 : 1

async function work(): Promise<void> {
  for (let sabotage = left.shift(); sabotage !== undefined; sabotage = left.shift()) {
    const verdict = await play(sabotage)
    verdicts.push(verdict)
    const { by, said } = verdict
    console.log(
      `${by.padEnd(14)} ${verdict.seconds.toFixed(1).padStart(6)} s  ${sabotage.rule.padEnd(4)} ${sabotage.name}${said === '' ? '' : `\n                           ${said}`}`,
    )
  }
}

/** Plays one on a copy. */
async function play(sabotage: Sabotage): Promise<Verdict> {
  const source = readFileSync(join(root, sabotage.file), 'utf8')
  const { tests = TESTS } = sabotage
  if (source.split(sabotage.find).length !== 2 || !tests.every((test) => existsSync(join(root, test))))
    return { sabotage, by: 'does not apply', seconds: 0, said: '' }
  const folder = mkdtempSync(join(tmpdir(), 'heddle-sabotage-'))
  try {
    for (const one of FOLDERS)
      if (existsSync(join(root, one))) cpSync(join(root, one), join(folder, one), { recursive: true })
    for (const one of FILES) if (existsSync(join(root, one))) cpSync(join(root, one), join(folder, one))
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    apply(sabotage, source, folder)
    // Where tests are named, the simulation isn't known to find it.
    const findings = sabotage.tests === undefined ? [bySimulating, byTesting] : [byTesting, bySimulating]
    for (const finding of findings) {
      const verdict = await finding(sabotage, folder)
      if (verdict !== undefined) return verdict
    }
    return { sabotage, by: 'nothing', seconds: 0, said: '' }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function bySimulating(sabotage: Sabotage, folder: string): Promise<Verdict | undefined> {
  const { failed, output } = await run(folder, [
    'build/test/simulation/main.js',
    ...['--seeds', `1..${values.histories}`, '--minutes', '60', '--failures', '1'],
    ...(sabotage.isNetworked === true ? ['--network'] : []),
  ])
  if (!failed) return undefined
  const took = /, ([\d.]+) s of processor time/.exec(output)?.[1]
  return { sabotage, by: 'simulation', seconds: Number(took ?? NaN), said: saidIn(output) }
}

async function byTesting(sabotage: Sabotage, folder: string): Promise<Verdict | undefined> {
  if (values['simulation-only']) return undefined
  const { tests = TESTS } = sabotage
  // The simulation takes the package apart; the tests run what ships.
  execFileSync(process.execPath, ['node_modules/rolldown/bin/cli.mjs', '-c', '--logLevel', 'silent'], {
    cwd: folder,
  })
  const began = performance.now()
  const { failed, output } = await run(folder, [
    'node_modules/vitest/vitest.mjs',
    ...['run', '--bail', '1', '--reporter', 'dot'],
    ...NOT_OF_A_COPY.flatMap((file) => ['--exclude', file]),
    ...tests,
  ])
  if (!failed) return undefined
  return { sabotage, by: 'tests', seconds: (performance.now() - began) / 1000, said: saidIn(output) }
}

function saidIn(output: string): string {
  const line = output.split('\n').find((text) => /^seed \d+: |^never: |FAIL|Error/.test(text))
  return (line ?? '').trim().slice(0, 160)
}

/** Changes the source of the copy, and the module that was compiled of it. */
function apply({ file, find, replace }: Sabotage, source: string, folder: string): void {
  const changed = source.replace(find, () => replace)
  writeFileSync(join(folder, file), changed)
  const { outputText } = ts.transpileModule(changed, {
    compilerOptions: {
      module: ts.ModuleKind.ESNext,
      target: ts.ScriptTarget.ES2022,
      verbatimModuleSyntax: true,
    },
  })
  writeFileSync(join(folder, 'build', file.replace(/\.ts$/, '.js')), outputText)
}

/** Runs a program of the copy to its end. One that takes far too long hangs, which is a finding, too. */
function run(folder: string, args: readonly string[]): Promise<{ failed: boolean; output: string }> {
  return new Promise((done) => {
    const child = execFile(
      process.execPath,
      args,
      { cwd: folder, timeout: LONGEST_MS, killSignal: 'SIGKILL', maxBuffer: 2 ** 28 },
      (error, stdout, stderr) => {
        running.delete(child)
        done({ failed: error !== null, output: `${stdout}\n${stderr}` })
      },
    )
    running.add(child)
  })
}
