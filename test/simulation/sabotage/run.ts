// Plays the sabotages, each on a copy of the package, and says what has found them: the simulation or the tests, and how soon.
// A copy without any comes first: the simulation is to find nothing in it, and a test file that fails there finds nothing elsewhere.
//
//   node build/test/simulation/sabotage/run.js [--only 'TEXT|TEXT'] [--part 3/10] [--jobs N] [--histories N] [--simulation-only]

import { execFile, execFileSync, type ChildProcess } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { parseArgs, stripVTControlCharacters } from 'node:util'
import ts from 'typescript'
import type { Sabotage } from './sabotage.js'
import { SABOTAGES } from './sabotages.js'

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
const NOT_OF_A_COPY = [
  'architecture',
  'bench-figures',
  'example-manifests',
  'package',
  'rules',
  'sabotages',
].map((name) => `test/unit/${name}.test.ts`)
/** How many histories with other machines are played for each one without: they take so much longer. */
const NETWORKED_SHARE = 0.3
/** Longer than anything takes that doesn't hang, also on a busy machine; and than the test files that are named beside a sabotage. */
const LONGEST_MS = 1_200_000
const LONGEST_NAMED_MS = 120_000
/** So often tests are run of which one fails that doesn't fail again. */
const ROUNDS = 3

/** What has come of one. */
interface Verdict {
  readonly sabotage: Sabotage
  readonly by: 'simulation' | 'tests' | 'nothing' | 'does not apply' | 'does not run'
  /** How long it took to find it, of processor time where the simulation has. */
  readonly seconds: number
  /** What was said of it. */
  readonly said: string
}

/** How a program of a copy has ended. */
interface Ran {
  readonly failed: boolean
  readonly hangs: boolean
  readonly output: string
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
/** Test files that fail without any sabotage. */
let failing: readonly string[] = []
failing = await playNone()
const verdicts: Verdict[] = []
const left = [...chosen]
await Promise.all(Array.from({ length: Math.max(1, Number(values.jobs)) }, () => work()))

const found = verdicts.filter(({ by }) => by === 'simulation' || by === 'tests').length
const bySimulation = verdicts.filter(({ by }) => by === 'simulation').length
console.log(`\n${found} of ${verdicts.length} were found, ${bySimulation} of them by the simulation`)
for (const { sabotage, by } of verdicts)
  if (by !== 'simulation' && by !== 'tests') console.log(`  ${by}: ${sabotage.name} (${sabotage.file})`)
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

/** Plays a copy that nothing was done to. It answers with the test files that fail in it all the same. */
async function playNone(): Promise<readonly string[]> {
  const folder = makeCopy()
  try {
    bundle(folder)
    const histories = [...new Set(chosen.map((one) => one.isNetworked === true))].map(async (isNetworked) => {
      const { failed, output } = await simulate(folder, isNetworked)
      if (failed) throw new Error(`the simulation finds something without any sabotage: ${saidIn(output)}`)
    })
    if (Number(values.jobs) === 1 || values['simulation-only']) await Promise.all(histories)
    if (values['simulation-only']) return []
    const report = join(folder, 'report.json')
    const tests = new Set(chosen.flatMap((one) => one.tests ?? TESTS))
    await runTests(folder, [...tests], ['--reporter', 'json', '--outputFile', report])
    const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as {
      testResults: readonly { name: string; status: string }[]
    }
    await Promise.all(histories)
    const failed = testResults.filter(({ status }) => status === 'failed')
    const names = failed.map(({ name }) => relative(realpathSync(folder), name))
    console.log(`without any: ${testResults.length} test files, ${names.length} fail ${names.join(', ')}`)
    return names
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Plays one on a copy. */
async function play(sabotage: Sabotage): Promise<Verdict> {
  const source = readFileSync(join(root, sabotage.file), 'utf8')
  const { tests = TESTS } = sabotage
  if (source.split(sabotage.find).length !== 2 || !tests.every((test) => existsSync(join(root, test))))
    return { sabotage, by: 'does not apply', seconds: 0, said: '' }
  const folder = makeCopy()
  try {
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

function makeCopy(): string {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-sabotage-'))
  for (const one of FOLDERS)
    if (existsSync(join(root, one))) cpSync(join(root, one), join(folder, one), { recursive: true })
  for (const one of FILES) if (existsSync(join(root, one))) cpSync(join(root, one), join(folder, one))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  return folder
}

async function bySimulating(sabotage: Sabotage, folder: string): Promise<Verdict | undefined> {
  const { failed, hangs, output } = await simulate(folder, sabotage.isNetworked === true)
  if (!failed) return undefined
  const took = /, ([\d.]+) s of processor time/.exec(output)?.[1]
  // A program that ends in any other way than with what it has found was broken itself.
  if (took === undefined && !hangs) return { sabotage, by: 'does not run', seconds: 0, said: saidIn(output) }
  return { sabotage, by: 'simulation', seconds: Number(took ?? NaN), said: hangs ? 'hangs' : saidIn(output) }
}

async function byTesting(sabotage: Sabotage, folder: string): Promise<Verdict | undefined> {
  if (values['simulation-only']) return undefined
  const { tests = TESTS } = sabotage
  try {
    bundle(folder)
  } catch (error) {
    return { sabotage, by: 'does not run', seconds: 0, said: saidIn((error as Error).message) }
  }
  const began = performance.now()
  const longestMs = sabotage.tests === undefined ? LONGEST_MS : LONGEST_NAMED_MS
  const options = ['--bail', '1', '--reporter', 'dot']
  for (let round = 0; round < ROUNDS; round += 1) {
    const { failed, hangs, output } = await runTests(folder, tests, options, longestMs)
    if (!failed) return undefined
    const seconds = (performance.now() - began) / 1000
    if (hangs) return { sabotage, by: 'tests', seconds, said: 'hangs' }
    // What fails once, on a busy machine, doesn't count: another one may, which it came ahead of.
    const file = /FAIL .*?(\S+\.test\.ts)/.exec(output)?.[1]
    const again = file === undefined ? undefined : await runTests(folder, [file], ['--reporter', 'dot'])
    if (again?.failed === true) return { sabotage, by: 'tests', seconds, said: saidIn(output) }
  }
  return undefined
}

function simulate(folder: string, isNetworked: boolean): Promise<Ran> {
  const histories = Math.ceil(Number(values.histories) * (isNetworked ? NETWORKED_SHARE : 1))
  return run(folder, [
    'build/test/simulation/main.js',
    ...['--seeds', `1..${histories}`, '--minutes', '60', '--failures', '1'],
    ...(isNetworked ? ['--network'] : []),
  ])
}

/** The simulation takes the package apart; the tests run what ships. */
function bundle(folder: string): void {
  execFileSync(process.execPath, ['node_modules/rolldown/bin/cli.mjs', '-c', '--logLevel', 'silent'], {
    cwd: folder,
  })
}

function runTests(
  folder: string,
  tests: readonly string[],
  options: readonly string[],
  longestMs = LONGEST_MS,
): Promise<Ran> {
  const excluded = [...NOT_OF_A_COPY, ...failing].flatMap((file) => ['--exclude', file])
  return run(folder, ['node_modules/vitest/vitest.mjs', 'run', ...options, ...excluded, ...tests], longestMs)
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
function run(folder: string, args: readonly string[], longestMs = LONGEST_MS): Promise<Ran> {
  return new Promise((done) => {
    const child = execFile(
      process.execPath,
      args,
      { cwd: folder, timeout: longestMs, killSignal: 'SIGKILL', maxBuffer: 2 ** 28 },
      (error, stdout, stderr) => {
        running.delete(child)
        done({
          failed: error !== null,
          hangs: error?.killed === true,
          output: stripVTControlCharacters(`${stdout}\n${stderr}`),
        })
      },
    )
    running.add(child)
  })
}
