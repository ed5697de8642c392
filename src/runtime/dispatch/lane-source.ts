// Where the lanes of a runtime come from that aren't threads of its own process. It knows only this of them.

import type { ClusterHost, ClusterStats } from '../../cluster.js'
import type { ActionPlace, ResourceCounts } from '../../protocol/resolved-options.js'
import type { OpenLine } from '../../threads/lane-line.js'

/** Where an action's lanes are asked for, or why it can't leave this process. */
export type Destination =
  | {
      readonly destination: string
      /** Its lanes hold the resources that the action needs: for one at a time. Otherwise, and if left out, it takes the runtime's. */
      readonly takesOne?: boolean
    }
  | { readonly refused: string }

/** What the place of an action depends on. */
export interface PlacedDefinition {
  readonly module: string
  readonly name: string
  readonly isCommand: boolean
  /** Which resources it needs. */
  readonly needs?: ResourceCounts | undefined
}

/** How many lanes that were asked for by one label stand where. */
export interface LabelledLanes {
  /** `'any'`: by none. */
  readonly label: string
  readonly lanes: ClusterStats['lanes']
}

/** What a source tells of itself. */
export interface ClusterView {
  /** Counts, as of now. */
  stats(): ClusterStats
  /** Of lanes, by each label that there ever was. */
  lanesByLabel(): readonly LabelledLanes[]
  /** The hosts that are there. Connects, if it isn't; rejects where they can't be asked for. */
  hosts(): Promise<readonly ClusterHost[]>
  /** The same, without connecting for it or waiting long: `undefined` where that isn't enough. */
  hostsAtHand(): Promise<readonly ClusterHost[] | undefined>
  /** Why nobody could serve a destination, if so, and that is known without connecting for it. */
  whyUnserved(destination: string): Promise<string | undefined>
}

/** Opens lines to hosts on other machines. */
export interface LaneSource {
  /** How many lanes may be open there, or on their way, at a time. */
  readonly most: number
  /** Whether it has been closed: nothing can be opened there any more, and what was open is lost. */
  readonly isClosed: boolean
  /** Calls back when it is closed; gives what ends that. */
  onClose(tell: () => void): () => void
  /** Where what has a cpu share runs if it doesn't say. */
  readonly defaultOn: ActionPlace
  /**
   * The queue that lanes for an action are asked for in: those of commands in others than those of bodies in threads. The same for
   * the same definition and label at any time.
   */
  destinationOf(definition: PlacedDefinition, label: string | undefined): Destination
  /**
   * A line to one more thread that serves that destination, which may take any time to come up. `epochOffset`: of the clock by
   * which it is to tell times.
   */
  open(destination: string, epochOffset: number): OpenLine
  /** Left out where there is nothing that anybody could be told. */
  readonly view?: ClusterView
}

/** Under this key a cluster has its source. */
export const LANE_SOURCE: unique symbol = Symbol.for('heddle.laneSource')
