// Notes on trials. A sweep takes notes only from its own program, so these are the reader's: this browser keeps them.

const PREFIX = 'heddle.note'

/** The notes on the trials of one run; another one of the same name, begun at another time, has its own. */
export class TrialNotes {
  readonly #key: string

  constructor(run: string, begunAt: number) {
    this.#key = `${PREFIX} ${run} ${Math.round(begunAt)}`
  }

  read(): ReadonlyMap<string, string> {
    try {
      const kept = JSON.parse(localStorage.getItem(this.#key) ?? '{}') as Record<string, unknown>
      return new Map(
        Object.entries(kept).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
      )
    } catch {
      // A browser that keeps nothing, or something else under that name.
      return new Map()
    }
  }

  /** Keeps a note on a trial; an empty one is forgotten. Whether the browser does. */
  write(trial: string, note: string): boolean {
    const notes = new Map(this.read())
    if (note.trim() === '') notes.delete(trial)
    else notes.set(trial, note)
    try {
      if (notes.size === 0) localStorage.removeItem(this.#key)
      else localStorage.setItem(this.#key, JSON.stringify(Object.fromEntries(notes)))
      return true
    } catch {
      return false
    }
  }
}
