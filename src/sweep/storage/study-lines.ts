// The lines of a study's file. The file is a log: a study is rebuilt by reading it from the start.

import type { Annotation } from '../trials/annotations.js'
import {
  TRIAL_STATES,
  type Direction,
  type FlatParameters,
  type Objective,
  type ParameterDescription,
  type StoppedBy,
  type TrialState,
} from '../results/progress.js'

/** How a trial may have ended. */
type EndState = Exclude<TrialState, 'running' | 'paused'>

/**
 * Which format the lines have. A version reads the files of all formats up to its own, and refuses those of later ones. A file
 * of an earlier format that is gone on with says so by its sessions.
 *
 * - 1: `study`, `session`, `start`, `report`, `retry`, `end`
 * - 2: also `space`, `enqueue`, `earlier`, `note`; `objective` of a study; notes and attributes; labels of choices
 * - 3: also `pause`; `from` and `copyOf` of a start; `metrics` of a study, `values`, `constraints`
 * - 4: also `stop`
 */
export const STUDY_FORMAT = 4

/** The first line: what the study is about. */
export interface StudyHeader {
  readonly type: 'study'
  readonly format: number
  readonly metric: string
  readonly direction: Direction
  /** All of them, where there are several; `metric` is the first. */
  readonly metrics?: Readonly<Record<string, Direction>>
  /** Left out for `best`. */
  readonly objective?: Objective
  readonly stepKey: string
  readonly parameters: readonly ParameterDescription[]
  readonly at: number
}

/** Numbers that a trial has reported; `null` stands for one that isn't finite. */
export type StoredNumbers = Readonly<Record<string, number | null>>

/** One line. `at` is in epoch milliseconds. */
export type StudyLine =
  | StudyHeader
  /** A process has begun to work on it. `toVerdict`: what a trial reported after its verdict isn't among the lines. */
  | {
      readonly type: 'session'
      readonly format?: number
      readonly at: number
      readonly toVerdict?: true
      /** What it was called, and how it searched; since format 2. */
      readonly study?: string
      readonly sampler?: string
      readonly pruner?: string
      readonly trials?: number
      readonly concurrency?: number
    }
  /** From here on, the space is this one: every value of the one before is a value of it. */
  | { readonly type: 'space'; readonly parameters: readonly ParameterDescription[]; readonly at: number }
  /** A point waits to be tried; of its values those that are known. */
  | {
      readonly type: 'enqueue'
      readonly id: number
      readonly parameters: FlatParameters
      readonly at: number
    }
  /** A trial of another study, that the sampler was told of. */
  | {
      readonly type: 'earlier'
      readonly parameters: FlatParameters
      readonly value: number | null
      readonly values?: readonly number[]
      readonly constraints?: readonly (number | null)[]
      readonly complete: boolean
      readonly step: number
      readonly at: number
    }
  | {
      readonly type: 'start'
      readonly trial: number
      readonly attempt: number
      readonly parameters: FlatParameters
      /** The `id` of the point that it was made of. */
      readonly queued?: number
      /** It goes on from a checkpoint that was made after the report of this step. */
      readonly from?: number
      /** The trial that it goes on from, where that is another one, and how far that had come. */
      readonly copyOf?: number
      readonly at: number
    }
  | {
      readonly type: 'report'
      readonly trial: number
      readonly attempt: number
      readonly step: number
      readonly numbers: StoredNumbers
      readonly constraints?: readonly (number | null)[]
      readonly at: number
    }
  /** What was said of a trial: by itself, in a report, or by others. */
  | ({
      readonly type: 'note'
      readonly trial: number
      readonly attempt: number
      readonly from: 'trial' | 'others'
      readonly at: number
    } & Annotation)
  /** An attempt was stopped, and another one may go on from its checkpoint. */
  | {
      readonly type: 'pause'
      readonly trial: number
      readonly attempt: number
      readonly reason: string
      readonly threadMs: number
      readonly at: number
    }
  /** An attempt has failed, and another one follows. */
  | {
      readonly type: 'retry'
      readonly trial: number
      readonly attempt: number
      readonly reason: string
      /** It was lost through another action: it isn't counted as tried. */
      readonly uncounted?: true
      readonly threadMs: number
      readonly at: number
    }
  | {
      readonly type: 'end'
      readonly trial: number
      readonly attempt: number
      readonly state: EndState
      /** What the trial returned, as far as it is numbers. */
      readonly numbers: StoredNumbers
      readonly constraints?: readonly (number | null)[]
      readonly annotation?: Annotation
      readonly reason?: string
      readonly failure?: string
      readonly threadMs: number
      readonly at: number
    }

  /** The session begins no trial any more: by a rule, or because somebody asked for it. */
  | ({ readonly type: 'stop'; readonly at: number } & StoppedBy)

/** A line as text, with its end. */
export function encodeLine(line: StudyLine): string {
  return `${JSON.stringify(line)}\n`
}

/** The line of a text, without its end; `undefined` if it isn't one. */
export function decodeLine(text: string): StudyLine | undefined {
  let line: unknown
  try {
    line = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!isRecord(line) || !Number.isFinite(line.at)) return undefined
  const known = line as StudyLine
  return isWhole(known) ? known : undefined
}

/** Whether it has all that is read of it. */
function isWhole(line: StudyLine): boolean {
  switch (line.type) {
    case 'study':
      return Array.isArray(line.parameters) && (line.metrics === undefined || isRecord(line.metrics))
    case 'session':
      return true
    case 'space':
      return Array.isArray(line.parameters)
    case 'enqueue':
      return Number.isSafeInteger(line.id) && isRecord(line.parameters)
    case 'earlier':
      return (
        isRecord(line.parameters) &&
        Number.isFinite(line.step) &&
        isNumbers({ value: line.value }) &&
        areNumbers(line.values) &&
        areNumbers(line.constraints)
      )
    case 'note':
      return isOfTrial(line) && isAnnotation(line)
    case 'stop':
      return (
        typeof line.rule === 'string' &&
        typeof line.reason === 'string' &&
        (line.by === undefined || typeof line.by === 'string') &&
        (line.running === undefined || line.running === 'finish')
      )
    case 'start':
      return (
        isOfTrial(line) &&
        isRecord(line.parameters) &&
        (line.from === undefined || Number.isFinite(line.from)) &&
        (line.copyOf === undefined || Number.isSafeInteger(line.copyOf))
      )
    case 'report':
      return (
        isOfTrial(line) &&
        Number.isFinite(line.step) &&
        isNumbers(line.numbers) &&
        areNumbers(line.constraints)
      )
    case 'pause':
    case 'retry':
      return isOfTrial(line) && Number.isFinite(line.threadMs)
    case 'end':
      return (
        isOfTrial(line) &&
        isEnd(line.state) &&
        (line.annotation === undefined || isAnnotation(line.annotation)) &&
        isNumbers(line.numbers) &&
        areNumbers(line.constraints) &&
        Number.isFinite(line.threadMs)
      )
    default:
      return false
  }
}

function isEnd(state: unknown): state is EndState {
  return state !== 'running' && state !== 'paused' && TRIAL_STATES.some((known) => known === state)
}

function isAnnotation({ notes, attributes }: Partial<Annotation>): boolean {
  return Array.isArray(notes) && notes.every((note) => typeof note === 'string') && isRecord(attributes)
}

function isNumbers(value: unknown): boolean {
  return isRecord(value) && Object.values(value).every((one) => one === null || typeof one === 'number')
}

/** A list of numbers, or none. */
function areNumbers(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && isNumbers(Object.fromEntries(value.entries())))
}

function isOfTrial({ trial, attempt }: { readonly trial: number; readonly attempt: number }): boolean {
  return Number.isSafeInteger(trial) && trial >= 1 && Number.isSafeInteger(attempt) && attempt >= 1
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The format that a line says; 0 if it says none. */
export function formatSaid(text: string): number {
  try {
    const line: unknown = JSON.parse(text)
    return isRecord(line) && typeof line['format'] === 'number' ? line['format'] : 0
  } catch {
    return 0
  }
}
