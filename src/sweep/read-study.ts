// Looks at a stored study: without the sweep that it is of, its lock or a runtime, and also while it is written to.

import { basename, extname, resolve } from 'node:path'
import { ActionInputError } from '../protocol/errors/errors.js'
import { SweepStorageError } from '../protocol/errors/sweep-storage-error.js'
import { describeValue } from '../protocol/values/describe-value.js'
import { Dimensions } from './space/dimensions.js'
import { resolveSweepOptions, type ResolvedOptions } from './resolve-options.js'
import { renderPage } from './page/render-page.js'
import type { Space } from './space/parameter.js'
import type { FlatParameters, ParameterDescription, StoppedBy, SweepProgress } from './results/progress.js'
import { none } from './pruners/pruner.js'
import type { Sampler } from './samplers/sampler.js'
import { readStudyLines } from './storage/read-study.js'
import { replayStudy } from './storage/replay-study.js'
import type { StudyLine } from './storage/study-lines.js'
import { joinStops } from './trials/stopped-by.js'
import { SweepResult } from './results/sweep-result.js'
import { TrialLedger } from './trials/trial-ledger.js'

/**
 * Reads what a study's file holds, as the result of a sweep: trials, best, importance, CSV, report. It takes no lock and changes
 * nothing, so the file may be that of a sweep that runs; a line that is just being written is left out. Trials that hadn't ended
 * are `running`, whether they still do or not. `parameters` are by name (`optimiser.sgd.momentum`), values of choices that JSON
 * doesn't keep are their labels, and constants aren't among them. Of a file of format 1, sampler and pruner aren't known.
 *
 * @throws `SweepStorageError` for what can't be read, or isn't a study's file.
 */
export async function readStudy(path: string): Promise<SweepResult<FlatParameters, string, string>> {
  if (typeof path !== 'string' || path === '')
    throw new ActionInputError(
      `readStudy was given ${describeValue(path)}, but needs the path of a study's file`,
    )
  const { ledger, study, stoppedBy } = await loadStudy(path)
  return new SweepResult(ledger, study, stoppedBy, renderPage)
}

/** How the study of a file stands: as its sweep would say it, as far as its last session has written it. */
export async function readStudyProgress(path: string): Promise<SweepProgress> {
  const { ledger, study, session, stoppedBy, lines } = await loadStudy(path)
  const startedAt = session?.at ?? lines[0]?.at ?? 0
  const at = lines.reduce((latest, line) => Math.max(latest, line.at), startedAt)
  const own = lines.slice(session === undefined ? 0 : lines.indexOf(session))
  const ended = own.filter(({ type }) => type === 'end').length
  const trialsPerSecond = ended / Math.max(1e-3, (at - startedAt) / 1000)
  const left = ledger.options.trials - ledger.ended
  return {
    ...ledger.progress(ledger.describe(study), at, stoppedBy),
    startedAt,
    trialsPerSecond,
    ...(ended > 0 && Number.isFinite(left) && { secondsLeft: Math.max(0, left) / trialsPerSecond }),
  }
}

interface LoadedStudy {
  readonly ledger: TrialLedger
  /** Its name. */
  readonly study: string
  readonly lines: readonly StudyLine[]
  /** The line of its last session. */
  readonly session: SessionLine | undefined
  /** What ended that session before its trials had. */
  readonly stoppedBy: StoppedBy | undefined
}

type SessionLine = Extract<StudyLine, { readonly type: 'session' }>

async function loadStudy(path: string): Promise<LoadedStudy> {
  const lines = await readStudyLines(resolve(path))
  const [header] = lines
  if (header?.type !== 'study') throw new SweepStorageError(`the study '${path}' is empty`, path)
  let { parameters } = header
  let session: SessionLine | undefined
  let stoppedBy: StoppedBy | undefined
  for (const line of lines) {
    if (line.type === 'space') parameters = line.parameters
    if (line.type === 'session') {
      session = line
      stoppedBy = undefined
    }
    if (line.type === 'stop') {
      const { type: _, at: __, ...stop } = line
      stoppedBy = joinStops(stoppedBy, stop) ?? stoppedBy
    }
  }
  const space = Object.fromEntries(parameters.map((parameter) => [parameter.name, parameterOf(parameter)]))
  const ledger = new TrialLedger(
    optionsOf(space, header, session),
    new Dimensions(space, `the study '${path}'`, parameters),
  )
  replayStudy(ledger, lines, path)
  return { ledger, study: session?.study ?? basename(path, extname(path)), lines, session, stoppedBy }
}

function parameterOf({
  kind,
  low = 0,
  high = 1,
  log = false,
  step,
  values = [],
}: ParameterDescription): Space[string] {
  return kind === 'choice' ? { kind, values } : { kind, low, high, log, step }
}

function optionsOf(
  space: Space,
  { metric, direction, metrics, objective, stepKey }: Extract<StudyLine, { readonly type: 'study' }>,
  session: SessionLine | undefined,
): ResolvedOptions {
  const { trials, concurrency, sampler = 'unknown', pruner = 'unknown' } = session ?? {}
  return resolveSweepOptions({
    space,
    ...(metrics === undefined ? { metric, direction, objective } : { metric: metrics }),
    step: stepKey,
    trials: trials ?? Infinity,
    concurrency,
    sampler: silent(sampler),
    pruner: metrics === undefined ? { ...none(), name: pruner } : none(),
    // Without it, nothing would seem to end it.
    stop: [{ name: 'never', start: () => ({ check: () => undefined }) }],
  })
}

/** One that is only told. */
function silent(name: string): Sampler {
  return {
    name,
    multiObjective: true,
    start: () => ({ suggest: () => undefined, restore: () => {}, tell: () => {} }),
  }
}
