/**
 * The text of a token record: versioned JSON that names the account of the record.
 *
 * **Details**
 *
 * A later release may add fields without a new version. Unknown fields are kept when a record is replaced.
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

/** Encodes a record, with the unknown fields of the text that it replaces. Cannot fail, because a `TokenRecord` is valid. */
export const encode = (key: TokenKey, record: TokenRecord, replaced: Option.Option<string>): string => {
  const { account, clientId, issuer } = key
  const document = encodeDocument({ format, version, issuer, clientId, account, record })
  // After a sign-out nothing may stay that this release cannot interpret: it may be a secret.
  const before = record.tokenSet === undefined ? Option.none() : Option.flatMap(replaced, decodeJson)
  // Unknown fields may be nested deeper than JSON.stringify can go.
  return Option.flatMap(before, (before) => encodeJson(withUnknown(document, before, record))).pipe(
    Option.getOrElse(() => JSON.stringify(document))
  )
}

/** Adds unknown fields. Those of a token set stay only while the token set stays the same. */
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

/** Decodes the record in a text. Fails when the text must be neither used nor overwritten. */
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

/** Reports whether all tokens of a record can be sent. One with a line break would end up in an error about its header. */
const canBeSent = (record: GrantRecord.GrantRecord): boolean => {
  const refreshToken = GrantRecord.refreshTokenOf(record)
  return (record.tokenSet === undefined || IssuedToken.isTokenText(Redacted.value(record.tokenSet.accessToken.value)))
    && (refreshToken === undefined || IssuedToken.isRefreshTokenText(Redacted.value(refreshToken)))
}

/** The range of RFC 3339, which leaves room on both sides for adding and subtracting durations. */
const earliest = DateTime.makeUnsafe("0001-01-01T00:00:00.000Z")
const latest = DateTime.makeUnsafe("9999-12-31T23:59:59.999Z")

/** Clamps the dates of a record, so that adding to one never leaves the range of dates. */
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
