// How an abort is told on a terminal.

import { expect, it } from 'vitest'
import { describeProgress } from '../../../src/cli/display/describe-abort.js'
import type { AbortProgress } from '../../../src/control/api.js'

const plain = (_: unknown, text: string): string => text

it.each([
  [{ settled: 0 }, '3 requested, 2 acknowledged; 0 of 3 ended after'],
  [{ settled: 1, forced: 1 }, '3 requested, 2 acknowledged, 1 forced; 1 of 3 ended after'],
  [
    { settled: 3, cooperative: 1, forced: 1, abandoned: 1, settledAt: 1040 },
    '3 requested, 2 acknowledged, 1 cooperative, 1 forced, 1 abandoned; all ended after 40 ms',
  ],
])('says each number once: %j', (some, text) => {
  const none = { cooperative: 0, forced: 0, abandoned: 0, neverStarted: 0 }
  const progress = { requested: 3, acknowledged: 2, at: 1000, ...none, ...some } as AbortProgress
  expect(describeProgress(progress, plain).startsWith(text)).toBe(true)
})
