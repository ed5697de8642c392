// The form in which errors, and whatever else can be thrown, cross to another thread: data that every structured clone
// takes, how much of it there may be, and the classes that are made again as themselves. The clone of a platform keeps
// little of an error: custom classes, `code`, own fields and `AggregateError.errors` are lost, a `DOMException` becomes
// `{}` on Node 20, and one function in one field loses the whole message.

import type { AbortReason } from './abort-reason.js'
import { LONGEST_TEXT } from '../values/describe-value.js'
import {
  ActionAbortedError,
  ActionFailedError,
  ActionInputError,
  ActionNotFoundError,
  ActionTimedOutError,
  HeddleError,
  NotCloneableError,
  QueueFullError,
  RunEndedError,
  RuntimeClosedError,
  ThreadLostError,
} from './errors.js'
import type { CodeMap } from './is-heddle-error.js'
import { SweepStorageError } from './sweep-storage-error.js'

/** How much of a thrown value crosses; what lies beyond is replaced by a text that says so. */
export interface ErrorCodecLimits {
  /** Levels of causes and fields. Two per level of actions that each wrap the error of the one below. */
  readonly depth: number
  /** Causes, fields, items and entries, all together. */
  readonly values: number
  /** Characters of one string. */
  readonly stringLength: number
  /** Characters of all strings together; once they are used up, each further one keeps its beginning. */
  readonly totalLength: number
  /** Bytes of all buffers together. A view counts with the whole buffer behind it: that is what a clone copies. */
  readonly bytes: number
}

/** The limits that `encodeError` keeps to. */
export const errorCodecLimits: ErrorCodecLimits = Object.freeze({
  depth: 100,
  values: 10_000,
  stringLength: LONGEST_TEXT,
  totalLength: 16 * 1024 * 1024,
  bytes: 1024 * 1024,
})

/** What stands for itself. Functions, symbols and what can't be cloned become a string that describes them. */
export type EncodedPrimitive = string | number | boolean | bigint | null | undefined

/** A field, item or cause: a primitive, or a node for an object. */
export type EncodedValue = EncodedPrimitive | EncodedNode

/** An object. One that occurs again has an `id`, and stands as a `ref` to it in the later places. */
export type EncodedNode =
  | EncodedErrorObject
  | { kind: 'object'; id?: number; fields: EncodedFields }
  | { kind: 'array'; id?: number; items: EncodedValue[] }
  | { kind: 'map'; id?: number; entries: [EncodedValue, EncodedValue][] }
  | { kind: 'set'; id?: number; items: EncodedValue[] }
  | { kind: 'clone'; id?: number; value: unknown }
  | { kind: 'ref'; id: number }

/** Pairs, not an object: a field may be called `__proto__`. */
export type EncodedFields = [key: string, value: EncodedValue][]

/** An error of any class. */
export interface EncodedErrorObject {
  kind: 'error'
  id?: number
  /** The nearest class that the other side knows too. */
  class: ErrorClassName
  /** Left out where it is inherited from the class. */
  name?: string
  message: string
  stack?: string
  cause?: EncodedValue
  /** Of an `AggregateError`. */
  errors?: EncodedValue[]
  fields?: EncodedFields
  /** Which of its standard parts are enumerable: `this.name = …` in a constructor makes one so. */
  enumerable?: ErrorPart[]
  /** The brand of an error of Heddle's whose class this copy of the package doesn't know. */
  brand?: string
}

/** A part that every error may have, and that isn't among its fields. */
export type ErrorPart = 'name' | 'message' | 'stack' | 'cause'

/** What `encodeError` makes: always an object, always cloneable. */
export type EncodedError = EncodedNode | { kind: 'primitive'; value: EncodedPrimitive }

/** An abort reason whose cause is encoded. */
export type EncodedReason = Omit<AbortReason, 'cause'> & { cause?: EncodedError }

/** A class of the platform that is decoded as itself. */
export type BuiltinName =
  | 'Error'
  | 'TypeError'
  | 'RangeError'
  | 'SyntaxError'
  | 'ReferenceError'
  | 'EvalError'
  | 'URIError'
  | 'AggregateError'
  | 'DOMException'

/** A class of Heddle's. */
type HeddleName = 'HeddleError' | 'ActionFailedError' | keyof CodeMap

/** The classes that are decoded as themselves. */
type ErrorClassName = BuiltinName | HeddleName

/** The platform's, by name. */
export const builtinClasses: Record<BuiltinName, { prototype: Error }> = {
  Error,
  TypeError,
  RangeError,
  SyntaxError,
  ReferenceError,
  EvalError,
  URIError,
  AggregateError,
  DOMException,
}

/** Heddle's, by name. */
export const heddleClasses: Record<HeddleName, { prototype: HeddleError }> = {
  HeddleError,
  ActionFailedError,
  ActionAbortedError,
  ActionTimedOutError,
  ThreadLostError,
  RunEndedError,
  ActionNotFoundError,
  ActionInputError,
  NotCloneableError,
  QueueFullError,
  RuntimeClosedError,
  SweepStorageError,
}

/** Whether a class of that name is Heddle's, of this copy of the package. */
export function isHeddleName(name: string): name is HeddleName {
  return Object.hasOwn(heddleClasses, name)
}
