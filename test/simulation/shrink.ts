// Makes a history that breaks a rule smaller, as long as it still breaks it: what is left is what matters.

import { play } from './play.js'
import type { Call, Op, Plan, Step, Story } from './plan.js'
import { PLAIN_CALL } from './themes.js'

/** How long that may take, in milliseconds. */
const SHRINK_MS = 20_000

/** The smallest history found that breaks the same rule with the same seed. */
export async function shrink(seed: number, story: Story, rule: string): Promise<Story> {
  const until = performance.now() + SHRINK_MS
  let smallest = story
  for (let hasShrunk = true; hasShrunk && performance.now() < until;) {
    hasShrunk = false
    for (const smaller of smallerStories(smallest)) {
      if (performance.now() > until) break
      const { broken } = await play(seed, smaller)
      if (!broken.some((one) => one.rule === rule)) continue
      smallest = smaller
      hasShrunk = true
      break
    }
  }
  return smallest
}

function* smallerStories(story: Story): Generator<Story> {
  const { ops } = story
  for (let at = 0; at < ops.length; at += 1) {
    const op = ops[at] as Op
    if (op.do === 'close' && ops.filter((one) => one.do === 'close').length === 1) continue
    yield {
      ...story,
      ops: ops.filter(
        (other) => other !== op && !(op.do === 'run' && 'run' in other && other.run === op.run),
      ),
    }
  }
  for (const [key, value] of Object.entries(PLAIN)) {
    if ((story as unknown as Record<string, unknown>)[key] !== value) yield { ...story, [key]: value }
  }
  for (let at = 0; at < ops.length; at += 1) {
    const op = ops[at] as Op
    if (op.do !== 'run') continue
    for (const call of smallerCalls(op.call)) yield { ...story, ops: ops.with(at, { ...op, call }) }
  }
}

const PLAIN: Partial<Story> = {
  maxQueued: undefined,
  retain: undefined,
  idleTimeoutMs: undefined,
  minThreads: 0,
  isInspected: false,
  failToStart: 0,
  dieLater: 0,
  costMs: 0.0005,
  stallChance: 0,
  network: undefined,
}

const PLAIN_PLAN: Partial<Plan> = {
  onAbort: 'end',
  failures: 0,
  cleanUpMs: 0,
  end: 'return',
  on: 'whole',
  place: undefined,
}

function* smallerCalls(call: Call): Generator<Call> {
  for (const plan of smallerPlans(call.plan)) yield { ...call, plan }
  for (const [key, value] of Object.entries(PLAIN_CALL))
    if (call[key as keyof Call] !== value) yield { ...call, [key]: value }
}

function* smallerPlans(plan: Plan): Generator<Plan> {
  for (let at = 0; at < plan.steps.length; at += 1) yield { ...plan, steps: plan.steps.toSpliced(at, 1) }
  for (const [key, value] of Object.entries(PLAIN_PLAN))
    if (plan[key as keyof Plan] !== value) yield { ...plan, [key]: value }
  for (let at = 0; at < plan.steps.length; at += 1)
    for (const step of smallerSteps(plan.steps[at] as Step))
      yield { ...plan, steps: plan.steps.with(at, step) }
}

function* smallerSteps(step: Step): Generator<Step> {
  switch (step.do) {
    case 'spawn':
      for (let at = 0; at < step.calls.length; at += 1) yield { ...step, calls: step.calls.toSpliced(at, 1) }
      for (let at = 0; at < step.calls.length; at += 1)
        for (const call of smallerCalls(step.calls[at] as Call))
          yield { ...step, calls: step.calls.with(at, call) }
      return
    case 'map':
      if (step.count > 1) yield { ...step, count: step.count - 1 }
      for (const call of smallerCalls(step.call)) yield { ...step, call }
      return
    case 'shield':
      for (let at = 0; at < step.steps.length; at += 1) yield { ...step, steps: step.steps.toSpliced(at, 1) }
      for (let at = 0; at < step.steps.length; at += 1)
        for (const inner of smallerSteps(step.steps[at] as Step))
          yield { ...step, steps: step.steps.with(at, inner) }
      return
    case 'say':
      if (step.count > 1) yield { ...step, count: 1 }
      return
    case 'compute':
      if (step.isNative) yield { ...step, isNative: false }
      return
    default:
  }
}
