// Kinds of numbers and texts that the API's types are made of. What is said here of a kind holds wherever it stands.

/**
 * A whole number.
 *
 * @asType integer
 * @minimum 0
 */
export type Count = number

/** Epoch milliseconds, fractional. */
export type Time = number

/**
 * What a request may be given as a text.
 *
 * @maxLength 1000
 */
export type GivenText = string

/**
 * Several of what a request may be given one of.
 *
 * @maxItems 1000
 */
export type Several<Item> = readonly Item[]
