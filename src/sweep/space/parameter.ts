// The types of search spaces: parameters, groups and constants; what a trial gets for them, and what may be known of it
// beforehand.

declare const valueOf: unique symbol
declare const pointOf: unique symbol

/**
 * One parameter of a space; `Value` is what a trial gets for it, `Point` what may be known of it beforehand. Made by
 * `uniform`, `int`, `choice` and the others.
 */
export interface Parameter<Value, Point = Value> {
  readonly kind: ParameterKind['kind']
  /** Never there: they only carry the types. */
  readonly [valueOf]?: Value
  readonly [pointOf]?: Point
}

/**
 * What a space has under a name: a parameter, a group of such entries (a plain object), or a constant, which each trial gets
 * as it is (anything else that can be cloned).
 */
export type SpaceEntry = Parameter<unknown, unknown> | string | number | bigint | boolean | null | object

/** The parameters of a trial, by name, with groups of them and constants. */
export type Space = Readonly<Record<string, SpaceEntry>>

/** A value as it is shown and stored: what JSON keeps as it is. Of a choice's other values it is their label. */
export type ChoiceValue = string | number | boolean | null

/** A number between two bounds. */
export interface NumberParameter extends Parameter<number> {
  readonly kind: 'number'
  readonly low: number
  /** Included, where `step` leads to it. */
  readonly high: number
  /** Whether the logarithm is what is evenly spread. */
  readonly log: boolean
  /** Distance of neighbours; `undefined`: any number. */
  readonly step: number | undefined
}

/** One of some values that have no order. */
export interface ChoiceParameter<Value = unknown> extends Parameter<Value> {
  readonly kind: 'choice'
  readonly values: readonly Value[]
}

/** One of some spaces: the parameters of the others don't exist in that trial. */
export interface VariantsParameter<Value = unknown, Point = unknown> extends Parameter<Value, Point> {
  readonly kind: 'variants'
  /** The property of the value that names the variant. */
  readonly key: string
  readonly spaces: Readonly<Record<string, Space>>
}

/** What parameters there are. */
export type ParameterKind = NumberParameter | ChoiceParameter | VariantsParameter

/** The same type, shown as one object. */
type Flat<Value> = { [Key in keyof Value]: Value[Key] }

/** The value of `variants`: a union told apart by the key. */
export type VariantOf<Key extends string, Spaces extends Readonly<Record<string, Space>>> = {
  [Name in keyof Spaces & string]: Flat<{ readonly [Property in Key]: Name } & ParametersOf<Spaces[Name]>>
}[keyof Spaces & string]

/** What may be known of `variants` beforehand: which one it is, and some of its parameters. */
export type VariantPointOf<Key extends string, Spaces extends Readonly<Record<string, Space>>> = {
  [Name in keyof Spaces & string]: Flat<{ readonly [Property in Key]: Name } & PointOf<Spaces[Name]>>
}[keyof Spaces & string]

type Scalar = string | number | bigint | boolean | null | undefined
/** Constants as a whole, though they are objects. */
type BuiltIn =
  | Date
  | RegExp
  | Error
  | ArrayBuffer
  | SharedArrayBuffer
  | ArrayBufferView
  | ReadonlyMap<unknown, unknown>
  | ReadonlySet<unknown>
type AnyFunction = (...args: never[]) => unknown

/** A value as a trial may take it: a copy of its own, so nothing of it is `readonly`. */
export type Writable<Value> = Value extends Scalar | BuiltIn | AnyFunction
  ? Value
  : { -readonly [Key in keyof Value]: Writable<Value[Key]> }

/** What a trial gets for an entry of a space: a parameter's value, a group's, or the constant. */
type ValueOf<Entry> =
  Entry extends Parameter<infer Value, unknown>
    ? Value
    : Entry extends AnyFunction
      ? never
      : Entry extends Scalar | BuiltIn | readonly unknown[]
        ? Writable<Entry>
        : { readonly [Name in keyof Entry]: ValueOf<Entry[Name]> }

/** The values that a trial gets for a space. */
export type ParametersOf<Entries> = { readonly [Name in keyof Entries]: ValueOf<Entries[Name]> }

/** What may be known of an entry. */
type KnownOf<Entry> =
  Entry extends Parameter<unknown, infer Point>
    ? Point
    : Entry extends Scalar | BuiltIn | readonly unknown[]
      ? ValueOf<Entry>
      : PointOf<Entry>

/** Some of the values for a space; the others are left open. */
export type PointOf<Entries> = { readonly [Name in keyof Entries]?: KnownOf<Entries[Name]> | undefined }

/** Some of a trial's parameters; of `variants`, which one it is must be among them. */
export type KnownParameters<Value> = unknown extends Value
  ? unknown
  : Value extends Scalar | BuiltIn | AnyFunction | readonly unknown[]
    ? Value
    : { readonly [Name in keyof Value]?: KnownParameters<Value[Name]> | undefined }
