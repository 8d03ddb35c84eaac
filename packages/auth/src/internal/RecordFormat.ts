/** How a token record is written down: versioned JSON that says whose it is. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as AuthError from "../AuthError.ts"
import { type TokenKey, TokenRecord } from "../TokenStore.ts"

const format = "@app/auth token record"
const version = 1

const Header = Schema.fromJsonString(Schema.Struct({ format: Schema.Literal(format), version: Schema.Int }))

const Document = Schema.fromJsonString(Schema.Struct({
  format: Schema.Literal(format),
  version: Schema.Literal(version),
  issuer: Schema.String,
  clientId: Schema.String,
  account: Schema.String,
  record: TokenRecord
}))

const decodeHeader = Schema.decodeUnknownOption(Header)
const decodeDocument = Schema.decodeUnknownOption(Document)
const encodeDocument = Schema.encodeSync(Document)

/** The text of a record. Encoding cannot fail: a `TokenRecord` is valid from the moment it exists. */
export const encode = (key: TokenKey, record: TokenRecord): string =>
  encodeDocument({ format, version, issuer: key.issuer, clientId: key.clientId, account: key.account, record })

/** The record in a text, or why it is not one that may be used or overwritten. */
export const decode = (
  key: TokenKey,
  place: string,
  text: string
): Effect.Effect<TokenRecord, AuthError.AuthError> => {
  const header = Option.getOrUndefined(decodeHeader(text))
  if (header === undefined) {
    return unreadable(place, "Corrupt", "it is not a token record. Move it away, or restore it from a backup")
  }
  if (header.version > version) {
    return unreadable(
      place,
      "NewerVersion",
      `it was written by a later release (version ${header.version}, this one reads ${version}). Update this program`
    )
  }
  const document = Option.getOrUndefined(decodeDocument(text))
  if (document === undefined) {
    return unreadable(place, "Corrupt", "parts of it are missing or damaged. Move it away, or restore it from a backup")
  }
  return document.issuer === key.issuer && document.clientId === key.clientId && document.account === key.account
    ? Effect.succeed(document.record)
    : unreadable(
      place,
      "Foreign",
      `it belongs to account "${document.account}" of client "${document.clientId}" at ${document.issuer}. Move it away`
    )
}

const unreadable = (place: string, kind: AuthError.StoreFailed["kind"], issue: string) =>
  Effect.fail(
    new AuthError.AuthError({ reason: new AuthError.StoreFailed({ operation: "read", kind, place, issue }) })
  )
