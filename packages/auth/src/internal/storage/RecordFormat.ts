/**
 * How a token record is written down: versioned JSON that says whose it is.
 *
 * A later release may add fields without a new version. This one does not know them, and leaves them where they are.
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { AccessToken } from "../../AccessToken.ts"
import type * as AuthError from "../../AuthError.ts"
import { TokenSet } from "../../TokenSet.ts"
import { type TokenKey, TokenRecord } from "../../TokenStore.ts"
import * as IssuedToken from "../oauth/IssuedToken.ts"
import * as GrantRecord from "./GrantRecord.ts"
import * as StoredName from "./StoredName.ts"
import * as StoreErrors from "./StoreErrors.ts"

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
const encodeJson = Option.liftThrowable((value: Fields) => JSON.stringify(value))
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
  // What nobody knows may be nested deeper than can be written down.
  return Option.flatMap(before, (before) => encodeJson(withUnknown(document, before, record))).pipe(
    Option.getOrElse(() => JSON.stringify(document))
  )
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
  if (text.length > StoreErrors.sizeLimit) return Effect.fail(StoreErrors.tooLarge("read", place))
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
  if (document.issuer !== key.issuer || document.clientId !== key.clientId || document.account !== key.account) {
    const { account, clientId, issuer } = document
    return unreadable(
      place,
      "Foreign",
      `it belongs to account ${StoredName.sanitize(account)} of client ${StoredName.sanitize(clientId)} at ${
        StoredName.sanitize(issuer)
      }. Move it away`
    )
  }
  if (!GrantRecord.all(document.record).every(canBeSent)) {
    return unreadable(
      place,
      "Corrupt",
      "a token in it has characters that no token has. Move it away, or restore it from a backup"
    )
  }
  return Effect.succeed(withinReach(document.record))
}

/** What is no token is neither shown to an API nor to a server, and a header with a line break in it would be printed. */
const canBeSent = (record: GrantRecord.GrantRecord): boolean => {
  const refreshToken = GrantRecord.refreshTokenOf(record)
  return (record.tokenSet === undefined || IssuedToken.isTokenText(Redacted.value(record.tokenSet.accessToken.value)))
    && (refreshToken === undefined || IssuedToken.isRefreshTokenText(Redacted.value(refreshToken)))
}

/** The years that RFC 3339 can write: from there any clock can still count on, forwards and back. */
const earliest = DateTime.makeUnsafe("0001-01-01T00:00:00.000Z")
const latest = DateTime.makeUnsafe("9999-12-31T23:59:59.999Z")

/** A date that nobody will live to see is the latest of all, so that whoever counts on from it never runs out of dates. */
const withinReach = (record: TokenRecord): TokenRecord =>
  new TokenRecord({
    ...grownWithinReach(record),
    ...(record.others !== undefined && { others: record.others.map(grownWithinReach) })
  })

const grownWithinReach = ({ pendingSince, tokenSet, ...record }: GrantRecord.GrantRecord): GrantRecord.GrantRecord => ({
  ...record,
  ...(pendingSince !== undefined && { pendingSince: reached(pendingSince) }),
  ...(tokenSet !== undefined && { tokenSet: tokenSetWithinReach(tokenSet) })
})

const tokenSetWithinReach = (tokenSet: TokenSet): TokenSet => {
  const { accessToken, authorizedAt } = tokenSet
  const { expiresAt, refreshAt } = accessToken
  const issuedAt = reached(accessToken.issuedAt)
  const end = IssuedToken.endOf(issuedAt, Duration.infinity)
  return new TokenSet({
    ...tokenSet,
    ...(authorizedAt !== undefined && { authorizedAt: reached(authorizedAt) }),
    accessToken: new AccessToken({
      ...accessToken,
      issuedAt,
      ...(expiresAt !== undefined && { expiresAt: DateTime.min(reached(expiresAt), end) }),
      ...(refreshAt !== undefined && { refreshAt: DateTime.min(reached(refreshAt), end) })
    })
  })
}

const reached = DateTime.clamp({ minimum: earliest, maximum: latest })

const unreadable = (place: string, kind: AuthError.StoreFailed["kind"], issue: string) =>
  Effect.fail(StoreErrors.make("read", kind, place, issue))
