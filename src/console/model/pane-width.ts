// How wide a resizable part of the page is: what was chosen for it, which this browser keeps, within what there is room for.

import { signal, type ReadonlySignal } from '@preact/signals'

/** The bounds of a part, in CSS pixels, and its width where none was chosen. */
export interface PaneBounds {
  readonly least: number
  readonly most: number
  readonly usual: number
}

/** The width that was chosen for one part. */
export class PaneWidth {
  readonly #key: string
  readonly #chosen: ReturnType<typeof signal<number | undefined>>

  /** `name` is what the browser keeps it by. */
  constructor(name: string) {
    this.#key = `heddle.width.${name}`
    this.#chosen = signal(read(this.#key))
  }

  /** What was chosen; `undefined`: nothing. */
  get chosen(): ReadonlySignal<number | undefined> {
    return this.#chosen
  }

  /** How wide it is within these bounds. */
  within({ least, most, usual }: PaneBounds): number {
    return clamp(this.#chosen.value ?? usual, least, most)
  }

  /** Chooses a width, here and for later visits; `undefined` chooses none. */
  choose(width: number | undefined): void {
    this.#chosen.value = width
    try {
      if (width === undefined) localStorage.removeItem(this.#key)
      else localStorage.setItem(this.#key, String(width))
    } catch {
      // A browser that keeps nothing: the choice holds for this page.
    }
  }
}

/** Of the tree beside its timeline, in so much room for both. */
export function treeBounds(room: number): PaneBounds {
  const [least, usual] =
    room < 640 ? [110, room * 0.56] : [180, clamp(room * 0.42, room < 1100 ? 240 : 300, 620)]
  return bounds(least, room - 160, usual)
}

/** Of the panel beside a view, in so much room for both. */
export function panelBounds(room: number): PaneBounds {
  return bounds(280, room - 320, clamp(room * 0.32, 360, 480))
}

function bounds(least: number, most: number, usual: number): PaneBounds {
  const highest = Math.max(least, Math.round(most))
  return { least, most: highest, usual: clamp(Math.round(usual), least, highest) }
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value))
}

function read(key: string): number | undefined {
  try {
    const kept = Number(localStorage.getItem(key) ?? Number.NaN)
    return Number.isFinite(kept) && kept > 0 ? kept : undefined
  } catch {
    return undefined
  }
}
