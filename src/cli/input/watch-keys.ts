// What keys do to `heddle watch`: from one state of the screen to the next, and what is to be done besides. Pure.

import type { Phase } from '../../protocol/outcome.js'

/** A key: its name where it has one (`up`, `return`, `escape`), else the character that it gives. */
export interface Key {
  readonly name: string
  readonly text: string
}

/** What is being typed at the foot of the screen. */
export type Prompt =
  | { readonly kind: 'filter'; readonly text: string; readonly before: string }
  | {
      readonly kind: 'abort'
      readonly text: string
      readonly id: string
      readonly name: string
      /** It is being aborted already: this takes the rest of its grace away. */
      readonly force: boolean
      /** How many actions it stops, once that is known. */
      readonly requested?: number
    }

/** What is shown in place of the list. */
type Sheet = 'action' | 'logs' | 'help'

/** How the screen stands. */
export interface WatchState {
  /** Id of the chosen action; at first the first one, whichever that is. */
  readonly selected: string
  /** Where it stood in the list when it was last seen there. */
  readonly place: number
  /** Only what contains all of these words is listed. */
  readonly filter: string
  readonly sheet: Sheet | undefined
  /** How many lines a sheet is scrolled down; of logs, up from their end. */
  readonly scroll: number
  readonly prompt: Prompt | undefined
}

/** What a key asks for besides. */
export type WatchEffect =
  | { readonly type: 'leave' | 'interrupt' }
  | { readonly type: 'open' | 'logs' | 'action' | 'preview'; readonly id: string }
  | { readonly type: 'abort'; readonly id: string; readonly reason: string; readonly force: boolean }

/** What there is to choose from. */
export interface Choice {
  readonly id: string
  readonly name: string
  readonly phase: Phase
}

/** What is on the screen. */
export interface Shown {
  /** The rows, in their order; those out of sight, too. */
  readonly rows: readonly Choice[]
  /** How many lines a page has. */
  readonly page: number
}

/** The state after a key, and what is to be done. */
export interface Pressed {
  readonly state: WatchState
  readonly effect?: WatchEffect
}

/** At the beginning. */
export const FIRST_STATE: WatchState = {
  selected: '',
  place: 0,
  filter: '',
  sheet: undefined,
  scroll: 0,
  prompt: undefined,
}

/** The state with rows that may be others: where the chosen one has gone, the one that has come to its place is chosen. */
export function followRows(state: WatchState, rows: readonly Choice[]): WatchState {
  if (state.selected === '' || state.sheet !== undefined) return state
  const at = rows.findIndex(({ id }) => id === state.selected)
  if (at !== -1) return { ...state, place: at }
  const place = Math.min(state.place, rows.length - 1)
  const row = rows[place]
  return row === undefined ? state : { ...state, selected: row.id, place }
}

/** Takes a key in. */
export function pressKey(before: WatchState, key: Key, shown: Shown): Pressed {
  const state = followRows(before, shown.rows)
  if (key.name === 'ctrl-c') return { state, effect: { type: 'interrupt' } }
  if (state.prompt !== undefined) return inPrompt(state, state.prompt, key)
  if (state.sheet !== undefined) return inSheet(state, state.sheet, key, shown)
  return inList(state, key, shown)
}

/** The place of the chosen row; that of the first one where it isn't among them. */
export function placeOf(selected: string, rows: readonly Choice[]): number {
  return Math.max(
    0,
    rows.findIndex(({ id }) => id === selected),
  )
}

function inList(state: WatchState, key: Key, { rows, page }: Shown): Pressed {
  const at = placeOf(state.selected, rows)
  const chosen = rows[at]
  const go = (to: number): Pressed => {
    const place = Math.min(rows.length - 1, Math.max(0, to))
    const row = rows[place]
    return { state: row === undefined ? state : { ...state, selected: row.id, place } }
  }
  switch (key.name) {
    case 'up':
    case 'k':
      return go(at - 1)
    case 'down':
    case 'j':
      return go(at + 1)
    case 'pageup':
      return go(at - page)
    case 'pagedown':
      return go(at + page)
    case 'home':
    case 'g':
      return go(0)
    case 'end':
    case 'G':
      return go(rows.length - 1)
    case '/':
      return { state: { ...state, prompt: { kind: 'filter', text: state.filter, before: state.filter } } }
    case 'escape':
      return { state: { ...state, filter: '' } }
    case '?':
      return { state: { ...state, sheet: 'help', scroll: 0 } }
    case 'q':
      return { state, effect: { type: 'leave' } }
    default:
      return chosen === undefined ? { state } : onChosen({ ...state, selected: chosen.id }, key, chosen)
  }
}

/** Keys that act on the chosen action, in the list and on its sheets. */
function onChosen(state: WatchState, key: Key, { id, name, phase }: Choice): Pressed {
  switch (key.name) {
    case 'return':
    case 'right':
      return { state: { ...state, sheet: 'action', scroll: 0 }, effect: { type: 'action', id } }
    case 'l':
      return { state: { ...state, sheet: 'logs', scroll: 0 }, effect: { type: 'logs', id } }
    case 'o':
      return { state, effect: { type: 'open', id } }
    case 'a':
    case 'delete': {
      const prompt: Prompt = { kind: 'abort', text: '', id, name, force: phase === 'aborting' }
      return { state: { ...state, prompt }, effect: { type: 'preview', id } }
    }
    default:
      return { state }
  }
}

function inSheet(state: WatchState, sheet: Sheet, key: Key, { rows, page }: Shown): Pressed {
  // Logs are read from their end.
  const down = sheet === 'logs' ? -1 : 1
  const scrolled = (lines: number): Pressed => ({
    state: { ...state, scroll: Math.max(0, state.scroll + lines * down) },
  })
  switch (key.name) {
    case 'up':
    case 'k':
      return scrolled(-1)
    case 'down':
    case 'j':
      return scrolled(1)
    case 'pageup':
      return scrolled(-page)
    case 'pagedown':
    case ' ':
      return scrolled(page)
    case 'escape':
    case 'left':
    case 'q':
      return { state: { ...state, sheet: undefined, scroll: 0 } }
    case '?':
      return { state: { ...state, sheet: sheet === 'help' ? undefined : 'help', scroll: 0 } }
    default: {
      const chosen = rows.find(({ id }) => id === state.selected)
      return sheet === 'help' || chosen === undefined ? { state } : onChosen(state, key, chosen)
    }
  }
}

function inPrompt(state: WatchState, prompt: Prompt, key: Key): Pressed {
  const typed = typedInto(prompt.text, key)
  switch (key.name) {
    case 'return':
      return prompt.kind === 'filter'
        ? { state: { ...state, prompt: undefined } }
        : {
            state: { ...state, prompt: undefined },
            effect: { type: 'abort', id: prompt.id, reason: prompt.text.trim(), force: prompt.force },
          }
    case 'escape':
      return {
        state: {
          ...state,
          prompt: undefined,
          filter: prompt.kind === 'filter' ? prompt.before : state.filter,
        },
      }
    default:
      if (typed === undefined) return { state }
      // The list follows while it is typed.
      return {
        state: {
          ...state,
          prompt: { ...prompt, text: typed },
          // What isn't listed any more leaves the choice to the first one.
          ...(prompt.kind === 'filter' && { filter: typed, place: 0 }),
        },
      }
  }
}

/** A text after a key that edits it. */
function typedInto(text: string, { name, text: character }: Key): string | undefined {
  if (name === 'backspace') return text.slice(0, [...new Intl.Segmenter().segment(text)].at(-1)?.index ?? 0)
  if (name === 'ctrl-u') return ''
  if (name === 'ctrl-w') return text.replace(/\S*\s*$/, '')
  return character === '' ? undefined : text + character
}
