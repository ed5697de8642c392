// What a sweep gives the action of a trial besides its input, and what comes back: checkpoints, from which a trial goes on. At
// the bottom, since the runtime hands both through without a look at them.

/** What makes an action a trial. */
export interface TrialParts {
  /** What it goes on from: a checkpoint, as `v8.serialize` has written it. */
  readonly resumed?: Uint8Array
  /** How large a checkpoint may be, in bytes. */
  readonly mostBytes: number
  /** The property of its reports that says how far it is. */
  readonly stepKey: string
  /** How far it had come with what it goes on from. */
  readonly step: number
  /** Where a program may leave files to go on from, and where those are that it goes on from. */
  readonly folder?: string
  readonly resumedFolder?: string
  /** Why it can't be a program, if so. Whether it is one, a sweep of an `actionRef` doesn't know until it runs. */
  readonly programRefusal?: string
}

/** The key of `TrialParts` among the options of a spawn, the same in every copy of the package. */
export const TRIAL_PARTS: unique symbol = Symbol.for('heddle.trial')

/** The type of the event by which a checkpoint travels to the spawner. It is shown and recorded nowhere. */
export const CHECKPOINT = 'heddle.checkpoint'

/** A checkpoint on its way. */
export interface CheckpointEvent {
  readonly type: typeof CHECKPOINT
  /** As `v8.serialize` has written it. */
  readonly bytes: Uint8Array
  /** The step of the last report before it; 0 before the first. */
  readonly after: number
}

/** Whether an event is one. */
export function isCheckpoint(event: { readonly type: string }): event is CheckpointEvent {
  const { bytes, after } = event as Partial<CheckpointEvent>
  return event.type === CHECKPOINT && bytes instanceof Uint8Array && typeof after === 'number'
}

/** Those among the options of a spawn. */
export function trialPartsOf(options: object = {}): TrialParts | undefined {
  return (options as { readonly [TRIAL_PARTS]?: TrialParts })[TRIAL_PARTS]
}
