// The limits on what is shown and kept of the app's values, wherever that is.

/** How much of one value is shown. */
export interface ShowLimits {
  /** Characters of all texts and keys, with some for each item. */
  readonly characters: number
  readonly stringLength: number
  /** Levels of nesting. */
  readonly depth: number
  /** Of one array, object, map or set. */
  readonly items: number
}

/** Of inputs, outputs and reports. */
export const VALUE_LIMITS: ShowLimits = { characters: 4096, stringLength: 1024, depth: 6, items: 100 }
/** The same in lists, which hold many. */
export const BRIEF_VALUE_LIMITS: ShowLimits = { characters: 1024, stringLength: 256, depth: 4, items: 30 }
/** Of the fields of errors and log entries. */
export const FIELD_LIMITS: ShowLimits = { characters: 2048, stringLength: 512, depth: 4, items: 50 }
/** Of one field of an error that is kept. */
export const KEPT_FIELD_LIMITS: ShowLimits = { characters: 512, stringLength: 512, depth: 3, items: 20 }

/** How much is kept of one value, one error or one reason once its action has ended, in characters or bytes. */
export const KEPT_SIZE = 4096
/** Of the errors and reasons that are kept: characters of texts, levels of causes, errors of an aggregate. */
export const KEPT_ERROR = { message: 1024, stack: 1024, depth: 16, aggregated: 10 } as const

/** How many events are kept for readers. */
export const KEPT_EVENTS = 16_384
/** How much memory what they carry may take, about, in bytes: reports, emits, fields of log entries, errors. */
export const KEPT_EVENT_BYTES: number = 32 * 1024 * 1024
/** How far into what one event carries is looked to say how much it takes. */
export const WEIGHED_BYTES: number = 64 * 1024
