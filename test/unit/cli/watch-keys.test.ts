import { describe, expect, it } from 'vitest'
import { keyOf } from '../../../src/cli/input/key-reader.js'
import {
  FIRST_STATE,
  followRows,
  pressKey,
  type Choice,
  type Pressed,
  type WatchState,
} from '../../../src/cli/input/watch-keys.js'

const rows: readonly Choice[] = [
  { id: 'a0', name: 'main', phase: 'running' },
  { id: 'a0.1', name: 'one', phase: 'running' },
  { id: 'a0.2', name: 'two', phase: 'aborting' },
]

/** Presses keys one after the other: names in full, or the characters of a text. */
function press(from: Partial<WatchState>, ...keys: string[]): Pressed {
  let pressed: Pressed = { state: { ...FIRST_STATE, ...from } }
  for (const name of keys) {
    const text = name.length === 1 ? name : ''
    pressed = pressKey(pressed.state, { name, text }, { rows, page: 10 })
  }
  return pressed
}

describe('keys in the list', () => {
  it('choose a row, and stay within the list', () => {
    expect(press({}, 'down').state.selected).toBe('a0.1')
    expect(press({}, 'down', 'down', 'down', 'down').state.selected).toBe('a0.2')
    expect(press({ selected: 'a0.2' }, 'up', 'up', 'up').state.selected).toBe('a0')
    expect(press({}, 'G').state.selected).toBe('a0.2')
    expect(press({ selected: 'a0.2' }, 'pageup').state.selected).toBe('a0')
    // What it was on has gone.
    expect(press({ selected: 'a0.9' }, 'down').state.selected).toBe('a0.1')
  })

  it('have what comes to the place of an action that has gone, and not the first, be acted on', () => {
    const at = press({}, 'down', 'down').state
    expect(at.selected).toBe('a0.2')
    const left = [...rows.slice(0, 2), { id: 'a0.3', name: 'three', phase: 'running' } as const]
    const asked = pressKey(at, { name: 'a', text: 'a' }, { rows: left, page: 10 })
    expect(asked.state.prompt).toMatchObject({ kind: 'abort', id: 'a0.3' })
    // At the end of the list, the last one; and it stays chosen wherever it goes.
    expect(followRows(at, rows.slice(0, 2))).toMatchObject({ selected: 'a0.1', place: 1 })
    expect(followRows(at, rows.toReversed())).toMatchObject({ selected: 'a0.2', place: 0 })
    // Its sheet goes on telling of it.
    const sheet = press(at, 'return').state
    expect(followRows(sheet, left).selected).toBe('a0.2')
    expect(followRows(FIRST_STATE, rows).selected).toBe('')
  })

  it('open sheets, which Escape closes', () => {
    const shown = press({ selected: 'a0.1' }, 'return')
    expect(shown.state.sheet).toBe('action')
    expect(shown.effect).toEqual({ type: 'action', id: 'a0.1' })
    expect(press(shown.state, 'l')).toMatchObject({
      state: { sheet: 'logs' },
      effect: { type: 'logs', id: 'a0.1' },
    })
    expect(press(shown.state, 'escape').state.sheet).toBeUndefined()
    // There it closes the sheet only.
    expect(press(shown.state, 'q').effect).toBeUndefined()
    expect(press({}, 'q').effect).toEqual({ type: 'leave' })
  })

  it('do nothing to a list that is empty', () => {
    const state = { ...FIRST_STATE, selected: 'a0.1' }
    for (const name of ['a', 'return', 'l', 'o', 'down'])
      expect(pressKey(state, { name, text: '' }, { rows: [], page: 10 })).toEqual({ state })
  })
})

describe('a sheet', () => {
  it('scrolls: an action down from its beginning, logs up from their end', () => {
    expect(press({ sheet: 'action', selected: 'a0' }, 'down', 'down', 'up').state.scroll).toBe(1)
    expect(press({ sheet: 'action', selected: 'a0' }, 'up').state.scroll).toBe(0)
    expect(press({ sheet: 'logs', selected: 'a0' }, 'up', 'pageup').state.scroll).toBe(11)
    expect(press({ sheet: 'logs', selected: 'a0' }, 'down').state.scroll).toBe(0)
  })
})

describe('an abort by keys', () => {
  it('takes a reason, and is sent by Enter alone', () => {
    const asked = press({ selected: 'a0.1' }, 'a')
    expect(asked.effect).toEqual({ type: 'preview', id: 'a0.1' })
    const typed = press(asked.state, ...'a q?', 'backspace')
    expect(typed.state.prompt).toMatchObject({ kind: 'abort', id: 'a0.1', text: 'a q', force: false })
    expect(typed.effect).toBeUndefined()
    expect(press(typed.state, 'return')).toMatchObject({
      state: { prompt: undefined },
      effect: { type: 'abort', id: 'a0.1', reason: 'a q', force: false },
    })
    expect(press(typed.state, 'escape')).toEqual({ state: { ...typed.state, prompt: undefined } })
  })

  it('forces what is being aborted already', () => {
    expect(press({ selected: 'a0.2' }, 'a', 'return').effect).toMatchObject({ id: 'a0.2', force: true })
  })

  it('is of the action it was asked for, whatever is chosen by then', () => {
    const asked = press({ selected: 'a0.1' }, 'a')
    const { effect } = pressKey(asked.state, { name: 'return', text: '' }, { rows: [rows[0]!], page: 10 })
    expect(effect).toMatchObject({ id: 'a0.1' })
  })
})

describe('a filter', () => {
  it('holds while it is typed, is kept by Enter, and dropped by Escape', () => {
    expect(press({}, '/', 't', 'w').state.filter).toBe('tw')
    expect(press({}, '/', 't', 'return').state).toMatchObject({ filter: 't', prompt: undefined })
    expect(press({ filter: 'one' }, '/', 'x', 'escape').state.filter).toBe('one')
    expect(press({ filter: 'one' }, '/', 'ctrl-u').state.filter).toBe('')
    expect(press({ filter: 'one two' }, '/', 'ctrl-w').state.filter).toBe('one ')
    expect(press({ filter: 'one' }, 'escape').state.filter).toBe('')
  })
})

describe('a key', () => {
  it('is named by Node where it gives no character', () => {
    expect(keyOf('G', { name: 'g' })).toEqual({ name: 'G', text: 'G' })
    expect(keyOf('ä', {})).toEqual({ name: 'ä', text: 'ä' })
    expect(keyOf(undefined, { name: 'up' })).toEqual({ name: 'up', text: '' })
    expect(keyOf('\r', { name: 'return' })).toEqual({ name: 'return', text: '' })
    expect(keyOf('\u0003', { name: 'c', ctrl: true })).toEqual({ name: 'ctrl-c', text: '' })
    expect(keyOf('\u007f', { name: 'backspace' })).toEqual({ name: 'backspace', text: '' })
    expect(press({ sheet: 'help' }, 'ctrl-c').effect).toEqual({ type: 'interrupt' })
  })
})
