// `heddle get` and `heddle ps`: what runs, as tables or as NDJSON.

import { stdout } from 'node:process'
import { Command, Option } from 'commander'
import type { RunSummary } from '../../control/api.js'
import { isPruning } from '../../control/shown/pruned.js'
import { ROOT_ID } from '../../protocol/ids.js'
import { LIVE_PHASES, PHASES, isTerminal } from '../../protocol/outcome.js'
import { describeAction, describeRun, FACT_INDENT } from '../display/describe-detail.js'
import { formatDuration } from '../display/duration.js'
import { describeEnd, describeError, describeReason } from '../display/event-lines.js'
import { hyperlink, isInteractive, linkTo } from './links.js'
import { printable } from '../display/printable.js'
import { reportOutput, type ReportOutput } from '../display/report-output.js'
import { showReport } from '../display/show-value.js'
import { inPhase, PHASE_SIGNS } from '../display/style.js'
import type { Column } from '../display/table.js'
import {
  addTargetOptions,
  askAll,
  findRun,
  findTargets,
  nearestName,
  describeSilent,
  SilentError,
  titleOf,
  warnOfSilent,
  type Target,
  type TargetOptions,
} from '../input/target.js'
import { parseCount } from '../input/parse-count.js'
import { UsageError } from '../input/usage-error.js'

const LIVE = LIVE_PHASES.join(',')
/** The column that is there where anything runs on other machines: which one, or how many. */
const HOST = 'HOST'

interface ListFlags extends TargetOptions {
  readonly phase?: string
  readonly limit: number
  readonly json?: boolean
}

interface ActionFlags extends ListFlags {
  readonly name?: string
  readonly under?: string
  readonly search?: string
}

/** Makes `heddle get`. */
export function getCommand(): Command {
  const run = new Command('run')
    .alias('runs')
    .summary('list runs, or show one')
    .description(
      'Lists the runs of all served processes, newest first, those that have ended included as long as they are remembered; or shows one.',
    )
    .argument('[run]', 'name of a run')
    .action(async (name: string | undefined, flags: ListFlags) => {
      const output = reportOutput()
      if (name === undefined) return listRuns(flags, output)
      const { client, process } = await findRun(name, flags, output.warn)
      const detail = await client.run(name)
      const link =
        process === undefined || !isInteractive(stdout) ? undefined : linkTo(client.url, name, process.token)
      if (flags.json === true) output.json(detail)
      else output.lines(describeRun(detail, output.style, link), FACT_INDENT)
    })
  const action = new Command('action')
    .alias('actions')
    .summary('list the actions of a run, or show one')
    .description(
      'Lists the actions of a run as a tree, or shows one of them: attempts, times, error, reason, reports and logs.',
    )
    .argument('<run>', 'name of a run')
    .argument('[action]', 'id of an action, such as a0.3')
    .option('--name <name>', 'only actions of this name; * stands for any text')
    .option('--under <action>', 'only this action and what is under it')
    .option('--search <text>', 'only where id, name, last report or error contains it')
    .action(async (name: string, id: string | undefined, flags: ActionFlags) => {
      const output = reportOutput()
      const { client } = await findRun(name, flags, output.warn)
      if (id === undefined) return listActions(name, client, flags, output)
      const detail = await client.action(name, id)
      if (flags.json === true) output.json(detail)
      else output.lines(describeAction(detail, output.style), FACT_INDENT)
    })
  const get = new Command('get')
    .summary('show runs and actions')
    .description('Shows runs and actions of served processes.')
  get.addCommand(addTargetOptions(addListOptions(run)))
  get.addCommand(addTargetOptions(addListOptions(action, [...PHASES, 'pruned'])))
  return get
}

/** Makes `heddle ps`. */
export function psCommand(): Command {
  const command = new Command('ps')
    .summary('list served processes and their live runs')
    .description('Lists the processes of yours that serve their runs, with the runs that live.')
    .action(async (flags: ListFlags) => listProcessesAndRuns(flags, reportOutput()))
  return addTargetOptions(addListOptions(command))
}

/** `phases`: those that can be asked for. */
function addListOptions(command: Command, phases: readonly string[] = PHASES): Command {
  return command
    .option('--phase <phases>', `only those in these phases: ${phases.join(', ')}`, (text) =>
      checkPhases(text, phases),
    )
    .addOption(
      new Option('--limit <count>', 'how many are listed at most')
        .default(100)
        .argParser((text) => parseCount('--limit', text)),
    )
    .option('--json', 'write NDJSON')
}

function checkPhases(text: string, phases: readonly string[]): string {
  for (const one of text.split(',')) {
    if (!phases.includes(one)) {
      throw new UsageError(
        `--phase is '${text}', but must be one or more of ${phases.join(', ')}, separated by commas`,
      )
    }
  }
  return text
}

const RUN_COLUMNS: readonly Column[] = [
  { title: 'RUN', shrinks: true },
  { title: 'ACTION', shrinks: true, isExtra: true },
  { title: 'PHASE' },
  { title: 'TIME', align: 'right' },
  { title: 'LIVE', align: 'right' },
  { title: 'ENDED', align: 'right', isExtra: true },
  { title: 'PID', align: 'right', isExtra: true },
  { title: 'REPORT OR REASON', shrinks: true },
]

async function listRuns(flags: ListFlags, output: ReportOutput): Promise<void> {
  const { limit } = flags
  const targets = await findTargets(flags)
  const query = { ...(flags.phase && { phase: flags.phase }), limit: Math.min(limit, 1000) }
  const { answers: pages, silent } = await askAll(
    targets,
    (client, limits) => client.runs(query, limits),
    output.warn,
  )
  if (pages.length === 0 && silent.length > 0) throw new SilentError(describeSilent(silent))
  warnOfSilent(silent, output.warn)
  const all = pages
    .flatMap(({ target, answer }) => answer.items.map((summary) => ({ target, summary })))
    .toSorted((a, b) => b.summary.queuedAt - a.summary.queuedAt)
  const shown = all.slice(0, limit)
  if (flags.json === true) {
    for (const { target, summary } of shown) output.json({ ...pidOf(target), ...summary })
    return
  }
  if (shown.length === 0) return output.note(nothingFound(targets.length, flags.phase))
  output.table(
    RUN_COLUMNS,
    shown.map(({ target, summary }) => runRow(target, summary, output)),
  )
  if (all.length > limit || pages.some(({ answer }) => answer.next !== undefined))
    output.note(output.style('dim', `the newest ${shown.length}: --limit shows more`))
}

function runRow({ process }: Target, summary: RunSummary, { style }: ReportOutput): string[] {
  const { counts, phase } = summary
  const live = counts.queued + counts.running + counts.aborting
  return [
    printable(summary.run),
    printable(summary.name),
    inPhase(style, phase, `${PHASE_SIGNS[phase]} ${phase}`),
    formatDuration((summary.settledAt ?? Date.now()) - summary.queuedAt),
    String(live),
    endedOf(summary, live),
    process === undefined ? '' : String(process.pid),
    whyOf(summary, ROOT_ID),
  ]
}

/** How many have ended: `320, 241 pruned` of a sweep. */
function endedOf({ total, pruned }: RunSummary, live: number): string {
  return `${total - live}${pruned > 0 ? `, ${pruned} pruned` : ''}`
}

/** What a list says of a run or an action: `id` is what its line is about. */
function whyOf(
  { reason, error, phase, lastReport }: Pick<RunSummary, 'reason' | 'error' | 'phase' | 'lastReport'>,
  id: string,
): string {
  if (reason !== undefined) return describeReason(reason)
  if (error !== undefined) return describeError(error, id)
  return isTerminal(phase) || lastReport === undefined ? '' : showReport(lastReport.value)
}

function nothingFound(processes: number, phase: string | undefined): string {
  if (processes === 0)
    return 'No process of yours serves its runs. (heddle run does, and an app that calls runtime.serve().)'
  return phase === undefined ? 'No runs.' : `No runs that are ${phase.replaceAll(',', ', ')}.`
}

const ACTION_COLUMNS: readonly Column[] = [
  { title: 'ID' },
  { title: 'NAME', shrinks: true },
  { title: 'PHASE' },
  { title: 'TIME', align: 'right' },
  { title: 'ATTEMPT', align: 'right', isExtra: true },
  { title: 'THREAD', align: 'right', isExtra: true },
  { title: HOST, shrinks: true },
  { title: 'REPORT OR REASON', shrinks: true },
]

async function listActions(
  run: string,
  client: Target['client'],
  flags: ActionFlags,
  output: ReportOutput,
): Promise<void> {
  const { phase, name, under, search, limit } = flags
  const query = {
    view: 'tree' as const,
    limit: Math.min(limit, 5000),
    ...(phase !== undefined && { phase }),
    ...(name !== undefined && { name }),
    ...(under !== undefined && { under }),
    ...(search !== undefined && { search }),
  }
  const rows: string[][] = []
  let hasHosts = false
  let count = 0
  let isCut = false
  for await (const item of client.allActions(run, query)) {
    if (count === limit) {
      isCut = true
      break
    }
    count += 1
    if (flags.json === true) {
      output.json(item)
      continue
    }
    hasHosts ||= item.host !== undefined
    const { startedAt, settledAt, queuedAt } = item
    const phaseText = isTerminal(item.phase)
      ? describeEnd(item.phase, item.how, isPruning(item.reason))
      : item.phase
    rows.push([
      printable(item.id),
      `${'  '.repeat(item.depth ?? 0)}${printable(item.name)}`,
      inPhase(output.style, item.phase, `${PHASE_SIGNS[item.phase]} ${phaseText}`),
      formatDuration((settledAt ?? Date.now()) - (startedAt ?? queuedAt)),
      String(item.attempt),
      item.thread === undefined ? '' : String(item.thread),
      printable(item.host ?? ''),
      item.reason === undefined && item.error === undefined
        ? item.lastReport === undefined
          ? ''
          : showReport(item.lastReport.value)
        : whyOf(item, item.id),
    ])
  }
  if (flags.json === true) return
  if (rows.length === 0) {
    const hint = name === undefined ? undefined : await nearestName({ client, run }, [name])
    return output.note(hint === undefined ? 'No actions.' : `No actions. ${hint}`)
  }
  printTable(output, ACTION_COLUMNS, rows, hasHosts)
  if (isCut) output.note(output.style('dim', `the first ${limit}: --limit shows more`))
}

const PROCESS_COLUMNS: readonly Column[] = [
  { title: 'PID', align: 'right' },
  { title: 'PROCESS', shrinks: true },
  { title: 'UP', align: 'right' },
  { title: HOST, align: 'right' },
  { title: 'RUN', shrinks: true },
  { title: 'PHASE' },
  { title: 'LIVE', align: 'right' },
  { title: 'ENDED', align: 'right', isExtra: true },
  { title: 'URL', isExtra: true },
]

async function listProcessesAndRuns(flags: ListFlags, output: ReportOutput): Promise<void> {
  const targets = await findTargets(flags)
  const query = { phase: flags.phase ?? LIVE, limit: Math.min(flags.limit, 1000) }
  const { answers, silent } = await askAll(
    targets,
    async (client, limits) => {
      const [runs, { cluster }] = await Promise.all([client.runs(query, limits), client.stats(limits)])
      return { ...runs, cluster }
    },
    output.warn,
  )
  // A process that doesn't answer is there all the same: this command says which there are.
  const pages = targets.flatMap((target) => {
    const answer = answers.find((one) => one.target === target)?.answer
    return answer !== undefined || silent.includes(target) ? [{ target, answer }] : []
  })
  warnOfSilent(silent, output.warn)
  if (flags.json === true) {
    for (const { target, answer } of pages) {
      const { token: _, ...process } = target.process ?? { token: '', url: target.client.url }
      const { items = [], cluster } = answer ?? {}
      output.json({ ...process, responsive: answer !== undefined, ...(cluster && { cluster }), runs: items })
    }
    return
  }
  if (pages.length === 0) return output.note(nothingFound(0, undefined))
  const rows = pages.flatMap(({ target: { process, client }, answer }) => {
    const about = [
      process === undefined ? '' : String(process.pid),
      process === undefined ? '' : printable(titleOf(process)),
      process === undefined ? '' : formatDuration(Date.now() - process.startedAt),
      answer?.cluster === undefined ? '' : String(answer.cluster.hosts),
    ]
    const url =
      process === undefined || !isInteractive(stdout)
        ? client.url
        : hyperlink(client.url, linkTo(client.url, undefined, process.token))
    if (answer === undefined) return [[...about, output.style('yellow', 'doesn’t answer'), '', '', '', url]]
    if (answer.items.length === 0) return [[...about, output.style('dim', 'none'), '', '', '', url]]
    return answer.items.map((summary, index) => {
      const { phase, counts } = summary
      const live = counts.queued + counts.running + counts.aborting
      return [
        ...(index === 0 ? about : about.map(() => '')),
        printable(summary.run),
        inPhase(output.style, phase, `${PHASE_SIGNS[phase]} ${phase}`),
        String(live),
        endedOf(summary, live),
        index === 0 ? url : '',
      ]
    })
  })
  const hasHosts = pages.some(({ answer }) => answer?.cluster !== undefined)
  printTable(output, PROCESS_COLUMNS, rows.slice(0, flags.limit), hasHosts)
}

/** Without the column of hosts where there are none. */
function printTable(
  output: ReportOutput,
  columns: readonly Column[],
  rows: readonly string[][],
  hasHosts: boolean,
): void {
  const isShown = (_: unknown, index: number): boolean => hasHosts || columns[index]?.title !== HOST
  output.table(
    columns.filter(isShown),
    rows.map((row) => row.filter(isShown)),
  )
}

function pidOf({ process }: Target): { readonly pid?: number } {
  return process === undefined ? {} : { pid: process.pid }
}
