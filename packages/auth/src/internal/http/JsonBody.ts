/** The members of a JSON object in a response body, to be read one by one, so that a wrong one does not affect the others. */
import * as Effect from "effect/Effect"
import type * as HttpClientError from "effect/http/HttpClientError"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as ContentCoding from "../../ContentCoding.ts"

export type JsonMembers = Readonly<Record<string, unknown>>

/** Reads the members from a body of at most `maxSize` bytes; `undefined` when the body is no JSON object. */
export const read = (
  response: HttpClientResponse.HttpClientResponse,
  maxSize: number
): Effect.Effect<JsonMembers | undefined, ContentCoding.ContentCodingError | HttpClientError.HttpClientError> =>
  Effect.map(ContentCoding.read(response, { maxSize }), (bytes) => parse(new TextDecoder().decode(bytes)))

const decodeJson = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Unknown))

const parse = (text: string): JsonMembers | undefined =>
  Option.getOrUndefined(Option.filter(decodeJson(text), Predicate.isReadonlyObject))
