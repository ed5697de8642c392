// The checkpoints of a trial, inside: what it goes on from, and what it leaves for another attempt or trial to go on from.

import { deserialize, serialize } from 'node:v8'
import type { ActionInfo } from '../../../src/context.js'
import { ActionInputError, NotCloneableError } from '../../../src/protocol/errors/errors.js'
import { CHECKPOINT, type CheckpointEvent, type TrialParts } from '../../../src/protocol/trial-parts.js'
import { describeValue, messageOf } from '../../../src/protocol/values/describe-value.js'
import { refuseLossy } from '../../../src/protocol/values/lossy-objects.js'

/** The folders of a program that is a trial; none where it isn't one, or its study has no file. `refusal`: why it can't be one. */
export interface TrialFolders {
  readonly folder: string | undefined
  readonly resumedFolder: string | undefined
  readonly refusal: string | undefined
}

/** The checkpoints of one body. */
export class TrialCheckpoints {
  readonly #parts: TrialParts
  readonly #info: ActionInfo
  #resumed: { readonly value: unknown } | undefined
  /** The step of its last report. */
  #step: number

  constructor(parts: TrialParts, info: ActionInfo) {
    this.#parts = parts
    this.#info = info
    this.#step = parts.step
  }

  /** What a program gets: a folder to leave files in, and one of files to go on from. */
  get folders(): TrialFolders {
    const { folder, resumedFolder, programRefusal } = this.#parts
    return { folder, resumedFolder, refusal: programRefusal }
  }

  /** What it goes on from, the same object each time. */
  get resumed(): unknown {
    const { resumed } = this.#parts
    if (resumed === undefined) return undefined
    this.#resumed ??= { value: deserialize(resumed) as unknown }
    return this.#resumed.value
  }

  /** Notes how far it is. */
  reported(report: unknown): void {
    const step: unknown =
      typeof report === 'object' && report !== null
        ? (report as Readonly<Record<string, unknown>>)[this.#parts.stepKey]
        : undefined
    this.#step = typeof step === 'number' && Number.isFinite(step) ? step : this.#step + 1
  }

  /** The event of a checkpoint. @throws `NotCloneableError`, or `ActionInputError` for one that is too large. */
  eventOf(value: unknown): CheckpointEvent {
    const { run, id, name } = this.#info
    const of = `ctx.checkpoint in action ${id} '${name}'`
    const where = { run, action: id }
    if (value === undefined)
      throw new ActionInputError(`${of} was given undefined, which is what a trial without one has`, where)
    let bytes: Uint8Array
    try {
      refuseLossy(value)
      // A copy: what it has written may lie in a larger buffer, which would travel along.
      bytes = new Uint8Array(serialize(value))
    } catch (error) {
      throw new NotCloneableError(
        `${of} was given ${describeValue(value)}, which can't be cloned (${messageOf(error)}): give it plain data`,
        { ...where, cause: error },
      )
    }
    const { mostBytes } = this.#parts
    if (bytes.length > mostBytes) {
      throw new ActionInputError(
        `${of} was given ${bytes.length} bytes, but at most ${mostBytes} are kept: write what is large to a file and give its path, or raise the sweep's option checkpoints.mostBytes`,
        where,
      )
    }
    return { type: CHECKPOINT, bytes, after: this.#step }
  }
}

/** The error of an action that is no trial. */
export function noTrial({ run, id, name }: ActionInfo): ActionInputError {
  return new ActionInputError(
    `ctx.checkpoint in action ${id} '${name}': only a trial of a sweep has checkpoints, and this action is none. Of what a trial spawns, report or return what it is to keep`,
    { run, action: id },
  )
}
