/**
 * Values as one line of JSON.
 */

/** A value of JSON. */
export type Json = null | boolean | number | string | ReadonlyArray<Json> | { readonly [key: string]: Json }

/** Matches what JSON may hold as it is, and what a terminal would obey or a reader of lines would stop at. */
const unsafe = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

/** Writes a value on one line, with control characters as escapes: a reader of JSON gets them as they were. */
export const line = (value: Json): string =>
  JSON.stringify(value).replace(unsafe, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`)
