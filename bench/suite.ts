// What a suite is and gives.

import type { Group, Row } from './measure.js'

/** The peer that most users would take instead, as its best users run it. */
export const TUNED_PISCINA = 'piscina, tuned'

/** What a suite was to reach, and whether it did. */
export interface Goal {
  readonly text: string
  /** What was measured, as it is shown. */
  readonly measured: string
  readonly holds: boolean
}

/** What a suite has found. */
export interface Findings {
  readonly groups: readonly Group[]
  readonly goals: readonly Goal[]
}

/** A suite: one question. */
export interface Suite {
  readonly name: string
  readonly question: string
  /** It runs only where it is asked for by name. */
  readonly isOnDemand?: boolean
  run(): Promise<Findings>
}

/** The row of that name. */
export function rowOf(group: Group, name: string): Row {
  const row = group.rows.find((one) => one.name === name)
  if (row === undefined) throw new Error(`there is no '${name}' in '${group.title}'`)
  return row
}

/** The peers of a group, in all their set-ups, by their medians; not what has no pool's services. */
export function peersOf(group: Group): Row[] {
  return group.rows
    .filter(({ kind }) => kind === 'peer' || kind === 'tuned')
    .toSorted((a, b) => a.p50 - b.p50)
}

/** The fastest peer of a group, tuned or not. */
export function fastestPeer(group: Group): Row {
  const [fastest] = peersOf(group)
  if (fastest === undefined) throw new Error(`there is no peer in '${group.title}'`)
  return fastest
}

/** The group with what is said of it first: the row beside tuned Piscina, the fastest peer, and the floors. */
export function headlined(group: Group, row: string, floors: readonly string[]): Group {
  const fastest = fastestPeer(group).name
  const against = [...new Set([TUNED_PISCINA, fastest, ...floors])]
  return { ...group, headline: { row, against, fastestPeer: fastest } }
}

/** Whether it is a Node for which there are lower goals, since its promises and ports cost more. */
export const isOldNode: boolean = Number(process.versions.node.split('.')[0]) < 24

/** A goal for how many times as fast as something a row must be. */
export function atLeastTimes(group: Group, name: string, other: string, least: number): Goal {
  const times = rowOf(group, name).times[other] ?? Number.NaN
  return {
    text: `${group.title}: '${name}' at least ${Number(least.toPrecision(3))} × '${other}'`,
    measured: `${times.toFixed(2)} ×`,
    holds: times >= least,
  }
}

/** A goal that a figure doesn't exceed a bound. */
export function atMost(text: string, value: number, bound: number, unit: string): Goal {
  return {
    text: `${text}: at most ${Number(bound.toPrecision(3))} ${unit}`,
    measured: `${shown(value)} ${unit}`,
    holds: value <= bound,
  }
}

/** A goal that a figure reaches a bound. */
export function atLeast(text: string, value: number, bound: number, unit: string): Goal {
  return {
    text: `${text}: at least ${bound} ${unit}`,
    measured: `${shown(value)} ${unit}`,
    holds: value >= bound,
  }
}

/** A figure with three digits that count. */
export function shown(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.max(Math.abs(value), 1e-3))))
  return value.toFixed(Math.min(3, digits))
}
