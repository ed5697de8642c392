// The queries of the routes with their limits, and the limits of requests otherwise. All of it is said in the API's types,
// by their tags; this is where the routes and the OpenAPI document look it up.

import type { ActionsQuery, EventsQuery, LogsQuery, routes, RunsQuery, SeriesQuery } from '../../api.js'
import type { Schema } from '../schema.js'
import { schemas } from '../schemas.generated.js'

/** The queries there are, by the names of their types. */
export interface Queries {
  readonly RunsQuery: RunsQuery
  readonly ActionsQuery: ActionsQuery
  readonly LogsQuery: LogsQuery
  readonly SeriesQuery: SeriesQuery
  readonly EventsQuery: EventsQuery
}

/** The query of each route; the others have none. */
export const routeQueries: Readonly<Partial<Record<keyof typeof routes, keyof Queries>>> = {
  runs: 'RunsQuery',
  actions: 'ActionsQuery',
  logs: 'LogsQuery',
  series: 'SeriesQuery',
  events: 'EventsQuery',
  runEvents: 'EventsQuery',
}

/** The longest text that a request may be given, in characters. */
export const TEXT_LENGTH: number = limitOf(schemas.GivenText, 'maxLength')
/** How many ids an abort may be given. */
export const IDS: number = limitOf(parametersOf('AbortRequest')['actions'], 'maxItems')
/** How many names, or phases, a filter may be given. */
export const NAMES: number = limitOf(
  parametersOf('ActionFilter')['name']?.anyOf?.find(({ type }) => type === 'array'),
  'maxItems',
)

/** The parameters of a query, or the members of a body. */
export function parametersOf(
  name: keyof Queries | 'AbortRequest' | 'ActionFilter',
): Readonly<Record<string, Schema>> {
  return schemas[name].properties ?? {}
}

/** How large a number of a query may be, and what it is if it isn't given. */
export function countOf(
  name: keyof Queries,
  parameter: string,
): { readonly most: number; readonly otherwise: number } {
  const schema = parametersOf(name)[parameter]
  return { most: limitOf(schema, 'maximum'), otherwise: limitOf(schema, 'default') }
}

/** What may be chosen, and what is if nothing is given. */
export function choicesOf(
  name: keyof Queries,
  parameter: string,
): { readonly choices: readonly string[]; readonly otherwise: string } {
  const { enum: choices, default: otherwise } = parametersOf(name)[parameter] ?? {}
  if (choices === undefined || typeof otherwise !== 'string') throw unsaid(`the choices of '${parameter}'`)
  return { choices: choices as readonly string[], otherwise }
}

function limitOf(schema: Schema | undefined, tag: 'default' | 'maximum' | 'maxItems' | 'maxLength'): number {
  const limit = schema?.[tag]
  if (typeof limit !== 'number') throw unsaid(`a limit '${tag}'`)
  return limit
}

function unsaid(what: string): Error {
  return new Error(`the types of the API don't say ${what}, which the routes need`)
}
