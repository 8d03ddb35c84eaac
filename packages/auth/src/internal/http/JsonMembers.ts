/** The members of a JSON object in a response body, to be read one by one, so that a wrong one does not affect the others. */
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"

export type JsonMembers = Readonly<Record<string, unknown>>

const decodeJson = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Unknown))

/** Parses the members; `undefined` when the text is no JSON object. */
export const read = (text: string): JsonMembers | undefined =>
  Option.getOrUndefined(Option.filter(decodeJson(text), Predicate.isReadonlyObject))
