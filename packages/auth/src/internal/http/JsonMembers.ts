/** A JSON object that somebody else sends, whose members are read one by one: no odd one takes the others with it. */
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"

export type JsonMembers = Readonly<Record<string, unknown>>

const decodeJson = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Unknown))

/** The members of the object; `undefined` where the text is none. */
export const read = (text: string): JsonMembers | undefined =>
  Option.getOrUndefined(Option.filter(decodeJson(text), Predicate.isReadonlyObject))
