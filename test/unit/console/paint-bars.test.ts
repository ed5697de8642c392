// The bars of the timeline, by what a canvas is told to draw.

import { describe, expect, it } from 'vitest'
import { ActionTable } from '../../../src/console/model/runs/action-table.js'
import { applyEvent } from '../../../src/console/model/runs/apply-event.js'
import type { Palette } from '../../../src/console/views/palette.js'
import { paintBars } from '../../../src/console/views/timeline/paint-bars.js'

const WIDTH = 1000
/** Of each text, in pixels. */
const WIDE = 80

interface Drawn {
  readonly what: string
  readonly numbers: readonly number[]
  readonly colour: string
  readonly text?: string
}

/** Everything that is drawn of the only row, with one pixel for each millisecond. */
function draw(table: ActionTable, now: number): readonly Drawn[] {
  const drawn: Drawn[] = []
  const state: Record<string, unknown> = {}
  const context = new Proxy(state, {
    get: (_, name: string) => {
      if (name === 'measureText') return () => ({ width: WIDE })
      if (name in state) return state[name]
      return (...given: unknown[]) => {
        const [text] = given
        drawn.push({
          what: name,
          numbers: given.filter((each) => typeof each === 'number'),
          colour: String(state['fillStyle']),
          ...(typeof text === 'string' && { text }),
        })
      }
    },
  }) as unknown as CanvasRenderingContext2D
  const phases = ['queued', 'running', 'aborting', 'succeeded', 'failed', 'timedOut', 'aborted', 'pruned']
  paintBars(context, {
    table,
    rows: [0],
    first: 0,
    densityOf: () => undefined,
    offset: 0,
    rowHeight: 26,
    width: WIDTH,
    height: 26,
    window: { from: 0, to: WIDTH },
    now,
    isLive: true,
    gridLines: [],
    hovered: -1,
    palette: { phases, surface: 'surface', textMuted: 'muted', text: 'text' } as unknown as Palette,
  })
  return drawn
}

/** The words of the row, and the ground that is laid under them. */
function labelOf(drawn: readonly Drawn[]): { text: string; right: number; hasGround: boolean } {
  const at = drawn.findIndex(({ what }) => what === 'fillText')
  const { text = '', numbers } = drawn[at]!
  const ground = drawn.findLast(({ what, colour }) => what === 'roundRect' && colour === 'surface')
  const right = numbers[0]!
  const [left = NaN, , wide = NaN] = ground?.numbers ?? []
  return { text, right, hasGround: left <= right - WIDE && left + wide >= right }
}

/** An action that has been tried and failed from 100 to 900. */
function retried(): ActionTable {
  const table = new ActionTable()
  const event = { seq: 0, run: 'r', id: 'a0' } as const
  const name = { type: 'phase', name: 'flaky', attempt: 1 } as const
  applyEvent(table, { ...event, ...name, at: 100, phase: 'queued' })
  applyEvent(table, { ...event, ...name, at: 110, phase: 'running' })
  const error = { name: 'Error', message: 'no answer' }
  applyEvent(table, { ...event, type: 'retry', at: 900, attempt: 1, error, delayMs: 9500 })
  return table
}

describe('the words of a bar', () => {
  it('stand beside it where there is nothing else, on no ground of their own', () => {
    const table = new ActionTable()
    const event = { seq: 0, run: 'r', id: 'a0', type: 'phase', name: 'new', attempt: 1 } as const
    applyEvent(table, { ...event, at: 980, phase: 'queued' })
    applyEvent(table, { ...event, at: 981, phase: 'running' })
    expect(labelOf(draw(table, 999))).toMatchObject({ right: 975, hasGround: false })
  })

  it('stand on a ground of their own where an attempt before is drawn', () => {
    const table = retried()
    const event = { seq: 0, run: 'r', id: 'a0', type: 'phase', name: 'flaky', attempt: 2 } as const
    applyEvent(table, { ...event, at: 901, phase: 'queued' })
    const label = labelOf(draw(table, 990))
    expect(label).toMatchObject({ hasGround: true })
    expect(label.text).toMatch(/^again in /)
    expect(label.right).toBeLessThan(901)
  })

  it('are left out of what has ended where they would lie over an attempt before', () => {
    const table = retried()
    const event = { seq: 0, run: 'r', id: 'a0', type: 'phase', name: 'flaky', attempt: 2 } as const
    applyEvent(table, { ...event, at: 950, phase: 'queued' })
    applyEvent(table, { ...event, at: 951, phase: 'running' })
    applyEvent(table, { ...event, at: 990, phase: 'succeeded' })
    expect(draw(table, 999).some(({ what }) => what === 'fillText')).toBe(false)
  })
})
