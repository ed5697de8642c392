// What is said of a trial besides numbers: notes, and attributes by name. They come in reports, in what a trial returns, and
// from the app; they are shown and stored, and no sampler or pruner sees them.

import { ActionInputError } from '../../protocol/errors/errors.js'
import { refuseUnknown } from '../../checks/refuse-unknown.js'
import { wrongOption } from '../../checks/wrong-value.js'
import { cutText } from '../../protocol/values/describe-value.js'
import { isPlain } from '../space/check-space.js'

/** Notes and attributes. */
export interface Annotation {
  readonly notes: readonly string[]
  readonly attributes: Readonly<Record<string, unknown>>
}

/** What `study.annotate` takes. */
export interface AnnotateOptions {
  /** Is added to the trial's notes; of each, the first 1000 characters are kept. */
  readonly notes?: string | readonly string[] | undefined
  /** Are added to the trial's attributes, or replace those of the same names. Values are what JSON keeps, up to 4 KiB each. */
  readonly attributes?: Readonly<Record<string, unknown>> | undefined
}

/** Nothing was said. */
export const NO_ANNOTATION: Annotation = Object.freeze({ notes: [], attributes: Object.freeze({}) })

const MOST_NOTES = 100
const LONGEST_NOTE = 1000
const MOST_ATTRIBUTES = 100
const LONGEST_NAME = 200
const LONGEST_ATTRIBUTE = 4096

const OPTIONS: ReadonlySet<string> = new Set<keyof AnnotateOptions>(['notes', 'attributes'])

/**
 * The annotation in what a trial reported or returned: its properties `notes` (a text, or an array of texts) and `attributes`
 * (an object). What is neither, or too long, isn't taken in.
 */
export function annotationIn(value: unknown): Annotation | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { notes, attributes } = value as { readonly notes?: unknown; readonly attributes?: unknown }
  const annotation = { notes: readNotes(notes) ?? [], attributes: readAttributes(attributes) ?? {} }
  return isNothing(annotation) ? undefined : annotation
}

/** The same of what the app has said. @throws `ActionInputError` for what can't be kept. */
export function readAnnotation(options: AnnotateOptions, of: string): Annotation {
  refuseUnknown(options, OPTIONS, of)
  const { notes, attributes } = options
  const annotation = { notes: readNotes(notes), attributes: readAttributes(attributes) }
  if (annotation.notes === undefined) throw wrongOption(of, 'notes', notes, 'a text or an array of texts')
  const lost = Object.keys(attributes ?? {}).find((name) => annotation.attributes?.[name] === undefined)
  if (annotation.attributes === undefined || lost !== undefined) {
    const subject = lost === undefined ? 'attributes' : `attributes.${cutText(lost, LONGEST_NAME)}`
    const value = lost === undefined ? attributes : attributes?.[lost]
    throw wrongOption(of, subject, value, `what JSON keeps, in at most ${LONGEST_ATTRIBUTE} characters`)
  }
  const read = { notes: annotation.notes, attributes: annotation.attributes }
  if (isNothing(read)) throw new ActionInputError(`${of}: give notes, attributes or both`)
  return read
}

/** Both, the later ones last; of too many notes the first ones go. */
export function joinAnnotations(a: Annotation, b: Annotation): Annotation {
  if (isNothing(a)) return b
  if (isNothing(b)) return a
  const attributes = Object.entries({ ...a.attributes, ...b.attributes })
  return {
    notes: [...a.notes, ...b.notes].slice(-MOST_NOTES),
    attributes: Object.fromEntries(attributes.slice(-MOST_ATTRIBUTES)),
  }
}

function isNothing({ notes, attributes }: Annotation): boolean {
  return notes.length === 0 && Object.keys(attributes).length === 0
}

function readNotes(notes: unknown): readonly string[] | undefined {
  if (notes === undefined) return []
  const list: readonly unknown[] = Array.isArray(notes) ? notes : [notes]
  if (!list.every((note) => typeof note === 'string')) return undefined
  return list.slice(-MOST_NOTES).map((note) => cutText(note, LONGEST_NOTE))
}

function readAttributes(attributes: unknown): Readonly<Record<string, unknown>> | undefined {
  if (attributes === undefined) return {}
  if (typeof attributes !== 'object' || attributes === null || !isPlain(attributes)) return undefined
  const kept = Object.entries(attributes).flatMap(([name, value]) => {
    if (name === '__proto__' || name.length > LONGEST_NAME) return []
    const text = textOf(value)
    return text === undefined || text.length > LONGEST_ATTRIBUTE ? [] : [[name, JSON.parse(text) as unknown]]
  })
  return Object.fromEntries(kept.slice(-MOST_ATTRIBUTES)) as Record<string, unknown>
}

/** What JSON makes of a value; `undefined` for what it can't keep. */
function textOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}
