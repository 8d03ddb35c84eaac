/**
 * How a token record is written down: versioned JSON that says whose it is.
 *
 * A later release may add fields without a new version. This one does not know them, and leaves them where they are.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { AccessToken } from "../AccessToken.ts"
import * as AuthError from "../AuthError.ts"
import { TokenSet } from "../TokenSet.ts"
import { type TokenKey, TokenRecord } from "../TokenStore.ts"

const format = "@app/auth token record"
const version = 1

const Header = Schema.fromJsonString(Schema.Struct({ format: Schema.Literal(format), version: Schema.Int }))

const Document = Schema.Struct({
  format: Schema.Literal(format),
  version: Schema.Literal(version),
  issuer: Schema.String,
  clientId: Schema.String,
  account: Schema.String,
  record: TokenRecord
})

const decodeHeader = Schema.decodeUnknownOption(Header)
const decodeJson = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Unknown))
const decodeDocument = Schema.decodeUnknownOption(Document)
const encodeDocument = Schema.encodeSync(Document)

// =============================================================================
// Writing
// =============================================================================

/**
 * The text of a record, over the text it replaces. Encoding cannot fail: a `TokenRecord` is valid from the moment it
 * exists.
 */
export const encode = (key: TokenKey, record: TokenRecord, replaced: Option.Option<string>): string => {
  const { account, clientId, issuer } = key
  const document = encodeDocument({ format, version, issuer, clientId, account, record })
  // Who signs out leaves nothing behind that this release cannot judge.
  const before = record.tokenSet === undefined ? Option.none() : Option.flatMap(replaced, decodeJson)
  return JSON.stringify(Option.match(before, {
    onNone: () => document,
    onSome: (before) => withUnknown(document, before, record)
  }))
}

/** What belongs to a token set goes with it; the rest stays as long as the record does. */
const withUnknown = (document: typeof Document.Encoded, before: unknown, { tokenSet }: TokenRecord): Fields => {
  const recordBefore = fieldsOf(fieldsOf(before)["record"])
  const tokenSetBefore = fieldsOf(recordBefore["tokenSet"])
  const accessTokenBefore = fieldsOf(tokenSetBefore["accessToken"])
  const isSameTokenSet = tokenSet !== undefined
    && accessTokenBefore["value"] === Redacted.value(tokenSet.accessToken.value)
  return {
    ...unknownIn(before, Document.fields),
    ...document,
    record: {
      ...unknownIn(recordBefore, TokenRecord.fields),
      ...document.record,
      ...(isSameTokenSet && {
        tokenSet: {
          ...unknownIn(tokenSetBefore, TokenSet.fields),
          ...document.record.tokenSet,
          accessToken: {
            ...unknownIn(accessTokenBefore, AccessToken.fields),
            ...document.record.tokenSet?.accessToken
          }
        }
      })
    }
  }
}

type Fields = Readonly<Record<string, unknown>>

const fieldsOf = (value: unknown): Fields => Predicate.isObject(value) ? value : {}

const unknownIn = (value: unknown, known: Fields): Fields =>
  Object.fromEntries(Object.entries(fieldsOf(value)).filter(([name]) => !Object.hasOwn(known, name)))

// =============================================================================
// Reading
// =============================================================================

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
  const document = Option.getOrUndefined(Option.flatMap(decodeJson(text), decodeDocument))
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
