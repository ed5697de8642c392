// How long a history may take to end once it is closed, as that follows from what is drawn in it: its graces, one level after
// the other, and what may be computed where nothing reaches it.

import type { Plan, Story } from './plan.js'

/** How long a thread may take to start, in milliseconds. */
const START_MS = 2100
/** How many pings go unanswered before a thread is killed for one that has neighbours, and how long each may take. */
const PINGS = 4
const PING_MS = 2500
/** How long close() waits for a thread to end its lane by itself. */
const CLOSE_MS = 5000
/** How many leases may pass, one after the other, and how long all else may take that goes by a network. */
const LEASES = 4
const FAR_MS = 30_000
/** What is drawn of stalls takes part of each thread's time. */
const STALLED = 1.5

interface Longest {
  depth: number
  graceMs: number
  computeMs: number
}

/** By when all has ended after the close and its drain, in milliseconds. */
export function settlesWithin(story: Story): number {
  const longest: Longest = { depth: 0, graceMs: story.graceMs, computeMs: 0 }
  measure(story.ops, 1, longest)
  const { depth, graceMs, computeMs } = longest
  // What other machines do is known a lease later at the latest, and they leave another one later.
  const elsewhereMs = story.network === undefined ? 0 : FAR_MS + LEASES * story.network.leaseMs + computeMs
  return (START_MS + PINGS * PING_MS + CLOSE_MS + depth * graceMs + computeMs + elsewhereMs) * STALLED
}

function measure(value: unknown, depth: number, longest: Longest): void {
  if (typeof value !== 'object' || value === null) return
  longest.depth = Math.max(longest.depth, depth)
  for (const [key, part] of Object.entries(value as Record<string, unknown>)) {
    if (key === 'graceMs' && typeof part === 'number') longest.graceMs = Math.max(longest.graceMs, part)
    else if (key === 'ms' && typeof part === 'number') longest.computeMs = Math.max(longest.computeMs, part)
    else measure(part, key === 'plan' ? depth + 1 : depth, longest)
  }
}

/** A body may wait for what its abort doesn't end: what its shields protect, or a detached child. */
export function waitsOn(plan: Plan | undefined): boolean {
  return (
    shields(plan) ||
    plan?.steps.some((step) => step.do === 'spawn' && step.calls.some(({ isDetached }) => isDetached)) ===
      true
  )
}

/** Whether a body may have children under a shield: none is within another step. */
export function shields(plan: Plan | undefined): boolean {
  return plan?.steps.some((step) => step.do === 'shield') === true
}
