// Reads the file of a study: its lines, and what a crash has left at its end, which alone may be cut off. All else that
// isn't a study's is refused by its line and left alone.

import { readFile } from 'node:fs/promises'
import { SweepStorageError } from '../../protocol/errors/sweep-storage-error.js'
import { messageOf } from '../../protocol/values/describe-value.js'
import { decodeLine, formatSaid, STUDY_FORMAT, type StudyLine } from './study-lines.js'
import { checkOrder } from './study-order.js'

/** How the file of a study begins. */
const FIRST_BYTES = '{"type":"study"'
/** How each of its lines begins. */
const FIRST_OF_LINE = '{"type":"'

/** What a file holds. */
export interface StoredStudy {
  readonly lines: readonly StudyLine[]
  /** How many bytes they take; what follows is a torn line. */
  readonly length: number
}

/**
 * The lines that a file has, as far as they are whole: it may be in use.
 *
 * @throws `SweepStorageError` for what can't be read, or isn't a study.
 */
export async function readStudyLines(path: string): Promise<readonly StudyLine[]> {
  try {
    return readStudy(await readFile(path), path).lines
  } catch (error) {
    if (error instanceof SweepStorageError) throw error
    throw new SweepStorageError(`the study '${path}' can't be read: ${messageOf(error)}`, path, {
      cause: error,
    })
  }
}

/** @throws `SweepStorageError` for what isn't a study, or is a damaged one. */
export function readStudy(bytes: Buffer, path: string): StoredStudy {
  const lines: StudyLine[] = []
  let start = 0
  for (;;) {
    const end = bytes.indexOf(0x0a, start)
    if (end === -1) break
    const text = bytes.toString('utf8', start, end)
    const line = decodeLine(text)
    // Said before anything that only a later version knows.
    checkFormat(line === undefined ? formatSaid(text) : formatOf(line), path)
    if (line === undefined) {
      // A crash of the machine can leave zeros at the end, and a line feed of its last line after them.
      const isLast = bytes.indexOf(0x0a, end + 1) === -1
      if (isLast && lines.length > 0 && bytes.subarray(start, end).includes(0)) break
      throw damaged(lines.length + 1, path)
    }
    lines.push(line)
    start = end + 1
  }
  const rest = bytes.subarray(start)
  if (lines.length === 0) {
    // It may be a first line that was torn; anything else isn't a sweep's.
    if (FIRST_BYTES.startsWith(rest.toString('utf8', 0, FIRST_BYTES.length))) return { lines, length: 0 }
    throw new SweepStorageError(`'${path}' isn't the file of a study: give this sweep another file`, path)
  }
  if (!isTorn(rest)) throw damaged(lines.length + 1, path)
  checkOrder(lines, path)
  return { lines, length: start }
}

function formatOf(line: StudyLine): number {
  return line.type === 'study' || line.type === 'session' ? (line.format ?? 1) : 0
}

function checkFormat(format: number, path: string): void {
  if (format <= STUDY_FORMAT) return
  throw new SweepStorageError(
    `the study '${path}' has format ${format}, and this version of Heddle reads formats up to ${STUDY_FORMAT}: ` +
      'it was written by a later version. Use that, or give this sweep another file',
    path,
  )
}

/** Whether it can be what is left of a line that was being written: its beginning, zeros, or nothing. */
function isTorn(rest: Buffer): boolean {
  const zeros = rest.indexOf(0)
  const text = rest.toString('latin1', 0, Math.min(FIRST_OF_LINE.length, zeros === -1 ? Infinity : zeros))
  return FIRST_OF_LINE.startsWith(text)
}

function damaged(line: number, path: string): SweepStorageError {
  return new SweepStorageError(
    `line ${line} of '${path}' isn't one of a study: the file is damaged, or it is another kind of file. ` +
      'Remove that line, or give this sweep another file',
    path,
  )
}
