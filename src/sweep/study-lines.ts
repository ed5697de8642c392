// What the lines of a study's file say. The file is a log: a study is rebuilt by reading it from the start.

import type { Direction, FlatParameters, ParameterDescription, TrialState } from './progress.js'

/** Which format the lines have. */
export const STUDY_FORMAT = 1

/** The first line: what the study is about. */
export interface StudyHeader {
  readonly type: 'study'
  readonly format: number
  readonly metric: string
  readonly direction: Direction
  readonly stepKey: string
  readonly parameters: readonly ParameterDescription[]
  readonly at: number
}

/** Numbers that a trial has reported; `null` stands for one that isn't finite. */
export type StoredNumbers = Readonly<Record<string, number | null>>

/** One line. `at` is in epoch milliseconds. */
export type StudyLine =
  | StudyHeader
  /** A process has begun to work on it. */
  | { readonly type: 'session'; readonly at: number }
  | {
      readonly type: 'start'
      readonly trial: number
      readonly attempt: number
      readonly parameters: FlatParameters
      readonly at: number
    }
  | {
      readonly type: 'report'
      readonly trial: number
      readonly attempt: number
      readonly step: number
      readonly numbers: StoredNumbers
      readonly at: number
    }
  /** An attempt has failed, and another one follows. */
  | {
      readonly type: 'retry'
      readonly trial: number
      readonly attempt: number
      readonly reason: string
      readonly threadMs: number
      readonly at: number
    }
  | {
      readonly type: 'end'
      readonly trial: number
      readonly attempt: number
      readonly state: Exclude<TrialState, 'running'>
      /** What the trial returned, as far as it is numbers. */
      readonly numbers: StoredNumbers
      readonly reason?: string
      readonly failure?: string
      readonly threadMs: number
      readonly at: number
    }

/** A line as text, with its end. */
export function encodeLine(line: StudyLine): string {
  return `${JSON.stringify(line)}\n`
}

/** The line of a text, without its end; `undefined` if it isn't one. */
export function decodeLine(text: string): StudyLine | undefined {
  let line: Partial<StudyLine>
  try {
    line = JSON.parse(text) as Partial<StudyLine>
  } catch {
    return undefined
  }
  if (typeof line !== 'object' || line === null || typeof line.at !== 'number') return undefined
  const known = line as StudyLine
  switch (known.type) {
    case 'study':
      return Array.isArray(known.parameters) ? known : undefined
    case 'session':
      return known
    case 'start':
      return isOfTrial(known) && isRecord(known.parameters) ? known : undefined
    case 'report':
      return isOfTrial(known) && typeof known.step === 'number' && isRecord(known.numbers) ? known : undefined
    case 'retry':
      return isOfTrial(known) ? known : undefined
    case 'end':
      return isOfTrial(known) && typeof known.state === 'string' && isRecord(known.numbers)
        ? known
        : undefined
    default:
      return undefined
  }
}

function isOfTrial({ trial, attempt }: { readonly trial: number; readonly attempt: number }): boolean {
  return Number.isSafeInteger(trial) && trial >= 1 && Number.isSafeInteger(attempt) && attempt >= 1
}

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
