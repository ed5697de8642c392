// Reads what a request asks for out of its query and body, and refuses what is wrong by name. Nothing here ends up in
// anything but a comparison: no code, no path and no pattern language is taken from a request.

import type { LogLevel } from '../../../protocol/messages.js'
import { isActionId } from '../../../protocol/ids.js'
import { PHASES, type Phase } from '../../../protocol/outcome.js'
import type { StopRequest } from '../../../stoppable.js'
import type { RunStartRequest } from '../../api.js'
import type { AbortOrder } from '../mirror/abort-operations.js'
import { LOG_LEVELS } from '../mirror/log-history.js'
import { ApiError } from '../api-error.js'
import { CURSOR_LENGTH, isCursor } from '../mirror/pages.js'
import type { Pruned, Selection } from '../mirror/selection.js'
import type { Include } from '../mirror/views.js'
import { choicesOf, countOf, IDS, NAMES, TEXT_LENGTH, type Queries } from './route-queries.js'

const PHASES_OR_PRUNED: readonly (Phase | Pruned)[] = [...PHASES, 'pruned']

/** Refuses all parameters, where a route has none. */
export function refuseQuery(url: string): void {
  refuseOthers(parametersIn(url), new Set())
}

/** The parameters of a query, each read once; `end` refuses those that nobody has asked for. */
export class Query<Name extends keyof Queries> {
  readonly #name: Name
  readonly #parameters: URLSearchParams
  readonly #known = new Set<string>()

  constructor(url: string, name: Name) {
    this.#name = name
    this.#parameters = parametersIn(url)
  }

  text(name: string, most: number = TEXT_LENGTH): string | undefined {
    this.#known.add(name)
    const values = this.#parameters.getAll(name)
    if (values.length > 1) throw invalid(name, `is given ${values.length} times, but may be given once`)
    const [value] = values
    if (value !== undefined && value.length > most) {
      throw invalid(name, `has ${value.length} characters, but may have ${most}`)
    }
    return value === '' ? undefined : value
  }

  list(name: string): string[] | undefined {
    return this.text(name)
      ?.split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '')
  }

  count(name: keyof Queries[Name] & string): number {
    const { most, otherwise } = countOf(this.#name, name)
    const text = this.text(name)
    if (text === undefined) return otherwise
    const value = Number(text)
    if (!/^\d+$/.test(text) || value < 1 || value > most) {
      throw invalid(name, `is '${text}', but must be a whole number from 1 to ${most}`)
    }
    return value
  }

  flag(name: string): boolean {
    const text = this.text(name)
    if (text === undefined || text === 'false') return false
    if (text === 'true') return true
    throw invalid(name, `is '${text}', but must be true or false`)
  }

  choice<Key extends keyof Queries[Name] & string>(name: Key): NonNullable<Queries[Name][Key]> {
    const { choices, otherwise } = choicesOf(this.#name, name)
    return (this.#oneOf(name, choices) ?? otherwise) as NonNullable<Queries[Name][Key]>
  }

  cursor(name: 'cursor' | 'before' = 'cursor'): string | undefined {
    const cursor = this.text(name, CURSOR_LENGTH)
    if (cursor === undefined || isCursor(cursor)) return cursor
    const origin = name === 'cursor' ? "'next' of the page before" : "'previous' of the page after"
    throw invalid(name, `is '${cursor}', but must be the ${origin}`)
  }

  phases(): ReadonlySet<Phase> | undefined {
    const phases = this.list('phase')
    return phases && phaseSet(phases, 'phase', PHASES)
  }

  #phasesOrPruned(): ReadonlySet<Phase | Pruned> | undefined {
    const phases = this.list('phase')
    return phases && phaseSet(phases, 'phase', PHASES_OR_PRUNED)
  }

  level(): LogLevel | undefined {
    return this.#oneOf('level', LOG_LEVELS)
  }

  selection(): Selection {
    return {
      phases: this.#phasesOrPruned(),
      names: this.list('name'),
      parent: this.id('parent'),
      under: this.id('under'),
      search: this.text('search'),
    }
  }

  include(): Include {
    const wanted = this.list('include') ?? []
    for (const one of wanted) {
      if (one !== 'input' && one !== 'output') {
        throw invalid('include', `has '${one}', but may have input and output`)
      }
    }
    return { input: wanted.includes('input'), output: wanted.includes('output') }
  }

  id(name: string): string | undefined {
    const text = this.text(name)
    if (text === undefined || isActionId(text)) return text
    throw invalid(name, `is '${text}', but must be the id of an action, such as a0.3`)
  }

  /** Refuses what isn't known: a filter that was misspelt would select all. */
  end(): void {
    refuseOthers(this.#parameters, this.#known)
  }

  #oneOf<Choice extends string>(name: string, choices: readonly Choice[]): Choice | undefined {
    const text = this.text(name)
    if (text === undefined || choices.includes(text as Choice)) return text as Choice | undefined
    throw invalid(name, `is '${text}', but must be one of ${choices.join(', ')}`)
  }
}

function parametersIn(url: string): URLSearchParams {
  return new URL(url, 'http://localhost').searchParams
}

function refuseOthers(parameters: URLSearchParams, known: ReadonlySet<string>): void {
  for (const name of parameters.keys()) {
    if (known.has(name)) continue
    throw invalid(name, `isn't known; there are ${[...known].join(', ') || 'none here'}`)
  }
}

/** The levels from one on. */
export function levelsFrom(level: LogLevel | undefined): ReadonlySet<LogLevel> {
  return new Set(LOG_LEVELS.slice(level === undefined ? 0 : LOG_LEVELS.indexOf(level)))
}

/** What an abort's body asks for. */
export interface AbortBody {
  readonly order: AbortOrder
  readonly ids: readonly string[] | undefined
  readonly where: Selection | undefined
}

/** Reads the body of an abort. */
export function readAbortBody(body: unknown, isOne: boolean): AbortBody {
  const { reason, by, graceMs, force, dryRun, actions, where } = fields(body, 'the body', [
    'reason',
    'by',
    'graceMs',
    'force',
    'dryRun',
    ...(isOne ? [] : ['actions', 'where']),
  ])
  if (graceMs !== undefined && !(typeof graceMs === 'number' && graceMs >= 0)) {
    throw invalid('graceMs', `is ${JSON.stringify(graceMs)}, but must be milliseconds, 0 or more`)
  }
  return {
    order: {
      reason: optionalText(reason, 'reason'),
      by: optionalText(by, 'by') ?? 'api',
      graceMs,
      force: optionalFlag(force, 'force'),
      dryRun: optionalFlag(dryRun, 'dryRun'),
    },
    ids: actions === undefined ? undefined : texts(actions, 'actions', IDS),
    where: where === undefined ? undefined : readFilter(where),
  }
}

/** Reads the body of a stop. */
export function readStopBody(body: unknown): StopRequest {
  const { reason, by, running } = fields(body, 'the body', ['reason', 'by', 'running'])
  if (running !== undefined && running !== 'finish' && running !== 'abort') {
    throw invalid('running', `is ${JSON.stringify(running)}, but must be finish or abort`)
  }
  return {
    reason: optionalText(reason, 'reason') ?? 'stopped from outside',
    by: optionalText(by, 'by') ?? 'api',
    running: running ?? 'finish',
  }
}

/** Reads the body of a start. */
export function readStartBody(body: unknown): RunStartRequest {
  const given = fields(body, 'the body', ['definition', 'input', 'name'])
  const definition = optionalText(given['definition'], 'definition')
  if (definition === undefined) throw invalid('definition', 'is missing: it says what is started')
  const name = optionalText(given['name'], 'name')
  if (name === '') throw invalid('name', 'is empty: leave it out, and the run gets one')
  return {
    definition,
    ...('input' in given && { input: given['input'] }),
    ...(name !== undefined && { name }),
  }
}

function readFilter(where: unknown): Selection {
  const { phase, name, parent, under, search } = fields(where, 'where', [
    'phase',
    'name',
    'parent',
    'under',
    'search',
  ])
  return {
    phases:
      phase === undefined ? undefined : phaseSet(texts(phase, 'where.phase', NAMES), 'where.phase', PHASES),
    names: name === undefined ? undefined : texts(name, 'where.name', NAMES),
    parent: optionalId(parent, 'where.parent'),
    under: optionalId(under, 'where.under'),
    search: optionalText(search, 'where.search'),
  }
}

function fields(value: unknown, where: string, known: readonly string[]): Record<string, unknown> {
  if (value === undefined) return {}
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ApiError(
      'invalid',
      `${where} must be an object, but is ${JSON.stringify(value).slice(0, 100)}`,
      {
        field: where === 'the body' ? '' : where,
      },
    )
  }
  for (const key of Object.keys(value)) {
    if (!known.includes(key))
      throw invalid(key.slice(0, 100), `isn't known in ${where}; there are ${known.join(', ')}`)
  }
  return value as Record<string, unknown>
}

function texts(value: unknown, field: string, most: number): string[] {
  const list: unknown[] = Array.isArray(value) ? value : [value]
  if (list.length > most) throw invalid(field, `has ${list.length} items, but may have ${most}`)
  for (const one of list) {
    if (typeof one !== 'string' || one.length > TEXT_LENGTH) {
      throw invalid(field, `must be made of texts of at most ${TEXT_LENGTH} characters`)
    }
  }
  return list as string[]
}

function phaseSet<Word extends string>(
  phases: readonly string[],
  field: string,
  known: readonly Word[],
): ReadonlySet<Word> {
  for (const phase of phases) {
    if (!known.includes(phase as Word)) {
      throw invalid(field, `has '${phase}', but may have ${known.join(', ')}`)
    }
  }
  return new Set(phases as readonly Word[])
}

function optionalText(value: unknown, field: string): string | undefined {
  if (value === undefined) return undefined
  if (typeof value !== 'string') throw invalid(field, `is ${JSON.stringify(value)}, but must be a text`)
  if (value.length > TEXT_LENGTH) {
    throw invalid(field, `has ${value.length} characters, but may have ${TEXT_LENGTH}`)
  }
  return value
}

function optionalId(value: unknown, field: string): string | undefined {
  const text = optionalText(value, field)
  if (text === undefined || isActionId(text)) return text
  throw invalid(field, `is '${text}', but must be the id of an action, such as a0.3`)
}

function optionalFlag(value: unknown, field: string): boolean {
  if (value === undefined) return false
  if (typeof value !== 'boolean')
    throw invalid(field, `is ${JSON.stringify(value)}, but must be true or false`)
  return value
}

function invalid(field: string, what: string): ApiError {
  return new ApiError('invalid', `'${field}' ${what}`, { field })
}
