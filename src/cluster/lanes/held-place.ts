// Whether a lane to a lent thread holds one of the places of its machine. What is parked may wait for a child that needs one (D10): so a
// lane that takes nothing new, for now or for good, holds its place only as long as something computes there that wasn't given up; and
// one on which all has been parked for a while may be told to take nothing new, where others wait for a place.

import { world } from '../../protocol/world.js'
import type { FarItem } from './far-item.js'

/** For how long all must have been parked, in milliseconds: between a child's end and the next one, it mostly isn't. */
const PARKED_MS = 100

/** What it depends on. */
export interface HeldPlaceOptions {
  /** Its lane takes one at a time. */
  readonly takesOne: boolean
  /** Its thread is being killed. */
  readonly isEnding: () => boolean
  /** Whether it is held, or may be lent, has changed. */
  readonly onChange: () => void
}

/** The place of one lane. */
export class HeldPlace {
  readonly #options: HeldPlaceOptions
  /** What was sent there, hasn't ended and wasn't given up; and what of it isn't parked. */
  readonly #items = new Set<FarItem>()
  readonly #computing = new Set<FarItem>()
  /** The lane takes nothing new. */
  #isLeaving = false
  /** `lendable`: it is held, but others may have it once the lane is told to take nothing new. */
  #state: 'held' | 'lendable' | 'free' = 'held'
  #lendingSoon: NodeJS.Timeout | undefined

  constructor(options: HeldPlaceOptions) {
    this.#options = options
  }

  get isHeld(): boolean {
    return this.#state !== 'free'
  }

  /** Whether others may have it, though the lane would take something new: then it is to be told to take nothing. */
  get isLendable(): boolean {
    return this.#state === 'lendable'
  }

  /** It was sent there. */
  add(item: FarItem): void {
    this.#items.add(item)
    this.resumed(item)
  }

  parked(item: FarItem): void {
    this.#computing.delete(item)
    this.#look()
  }

  resumed(item: FarItem): void {
    this.#computing.add(item)
    this.#look()
  }

  /** It has ended, was given back or given up. */
  delete(item: FarItem): void {
    this.#items.delete(item)
    this.parked(item)
  }

  /** The lane takes nothing new from now on. */
  leaves(): void {
    this.#isLeaving = true
    this.#look()
  }

  /** The lane is gone. */
  end(): void {
    world.clearTimeout(this.#lendingSoon)
  }

  get #isParked(): boolean {
    return this.#items.size > 0 && this.#computing.size === 0
  }

  #look(): void {
    const isHeld = this.#find()
    const isParked = isHeld && this.#isParked
    if (isParked) this.#lendingSoon ??= world.setTimeout(() => this.#become('lendable'), PARKED_MS)
    else {
      world.clearTimeout(this.#lendingSoon)
      this.#lendingSoon = undefined
    }
    if (!isHeld) this.#become('free')
    else if (!isParked || this.#state === 'free') this.#become('held')
  }

  #find(): boolean {
    const { takesOne, isEnding } = this.#options
    if (isEnding()) return false
    if (this.#computing.size > 0) return true
    return this.#isParked ? !this.#isLeaving && !takesOne : !this.#isLeaving
  }

  #become(state: 'held' | 'lendable' | 'free'): void {
    if (this.#state === state) return
    this.#state = state
    this.#options.onChange()
  }
}
