// The table of a study's file, drawn again as the file grows. The lock beside it says whether its sweep still runs.

import { stat } from 'node:fs/promises'
import { stdout } from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SweepDrawing } from '../../sweep/page/live-table.js'
import type { SweepProgress } from '../../sweep/results/progress.js'
import { EXIT_OK } from '../input/exit-codes.js'
import { printable } from '../display/printable.js'
import type { ReportOutput } from '../display/report-output.js'
import { Interrupts } from './interrupts.js'

/** How often the file is looked at, in milliseconds; less often if it takes long to read. */
const LOOK_MS = 300
/** At most this share of the time is spent reading. */
const READING_SHARE = 0.25

/** Watches it; gives the exit code. @throws `SweepStorageError` for what isn't a study. */
export async function watchStudy(file: string, isJson: boolean, output: ReportOutput): Promise<number> {
  const [{ createDrawing }, { readStudyProgress }, { whoWrites }] = await Promise.all([
    import('../../sweep/page/live-table.js'),
    import('../../sweep/read-study.js'),
    import('../../sweep/storage/study-place.js'),
  ])
  using interrupts = new Interrupts()
  const stop = new AbortController()
  interrupts.handle({ onFirst: () => stop.abort(), onSecond: () => {} })
  let drawing: SweepDrawing | undefined
  let progress: SweepProgress | undefined
  let seen: string | undefined
  try {
    for (;;) {
      // Asked first: what was written before the lock was let go is read below.
      const isLive = (await whoWrites(file)) !== undefined
      const version = await versionOf(file)
      const begun = performance.now()
      if (progress === undefined || version !== seen) {
        progress = await readStudyProgress(file)
        seen = version
      }
      const isFirst = drawing === undefined
      // Only now: a file that isn't a study's is an error like any other.
      drawing ??= isJson ? jsonLines(output) : createDrawing(stdout)
      drawing.show(isLive && !isJson ? { ...progress, at: Math.max(progress.at, Date.now()) } : progress)
      if (!isLive) {
        if (isFirst) output.note(`no sweep writes to '${printable(file)}' now`)
        return EXIT_OK
      }
      await sleep(LOOK_MS + (performance.now() - begun) / READING_SHARE, undefined, { signal: stop.signal })
    }
  } catch (error) {
    if (stop.signal.aborted) return interrupts.exitCode ?? EXIT_OK
    throw error
  } finally {
    drawing?.close()
  }
}

/** Changes with the file; `''` where there is none. */
async function versionOf(file: string): Promise<string> {
  const found = await stat(file).catch(() => undefined)
  return found === undefined ? '' : `${found.size} ${found.mtimeMs}`
}

/** One line for each change. */
function jsonLines(output: ReportOutput): SweepDrawing {
  let last: SweepProgress | undefined
  return {
    show(progress) {
      if (progress !== last) output.json(progress)
      last = progress
    },
    close: () => {},
  }
}
