/** Names and records as they may be, for properties of token stores. */
import { AccessToken } from "@app/auth/AccessToken"
import { TokenSet } from "@app/auth/TokenSet"
import { TokenRecord } from "@app/auth/TokenStore"
import * as Arbitrary from "effect/Arbitrary"
import * as DateTime from "effect/DateTime"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

/** What people, programs and providers are called, and what no file system or database would expect. */
export const anyName = Arbitrary.map(
  Arbitrary.schema(Schema.Struct({
    pieces: Schema.NonEmptyArray(Schema.Literals(
      // dprint-ignore
      ["a", "B", "7", "さ", "Я", "é", "e\u0301", "ﬁ", "İ", "😀", "\ud800", "\udfff", "\0", "\n", "\u2028", " ", ".", "/", "..", "\\",
        "~", "%", "%6f", "=", ":", "'", "\"", "$1", "sha256:", "con"]
    )),
    length: Schema.Union([
      Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 300 })),
      Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 5000 }))
    ])
  })),
  ({ length, pieces }) => pieces.join("").repeat(length).slice(0, length)
)

/** What a careless place would take for the same name. */
export const lookAlikesOf = (name: string): ReadonlyArray<string> =>
  [
    `${name}x`,
    name.slice(0, -1),
    name.toLowerCase(),
    name.toUpperCase(),
    name.normalize("NFC"),
    name.normalize("NFKD"),
    name.toWellFormed(),
    name.replaceAll("\0", ""),
    name.trimEnd(),
    encodeURIComponent(name.toWellFormed())
  ].filter((name) => name !== "")

const near = (date: DateTime.Utc) => DateTime.makeUnsafe(date.epochMilliseconds % 1e12)

const printable = (secret: Redacted.Redacted<string>) =>
  Redacted.make(`-${Redacted.value(secret).replace(/[^\x21-\x7e]/g, "-")}`)

const sendable = ({ accessToken, authorizedAt, refreshToken, ...tokenSet }: TokenSet) => {
  const { expiresAt, issuedAt, refreshAt, value } = accessToken
  return new TokenSet({
    ...tokenSet,
    ...(refreshToken !== undefined && { refreshToken: printable(refreshToken) }),
    ...(authorizedAt !== undefined && { authorizedAt: near(authorizedAt) }),
    accessToken: new AccessToken({
      ...accessToken,
      value: printable(value),
      issuedAt: near(issuedAt),
      ...(expiresAt !== undefined && { expiresAt: near(expiresAt) }),
      ...(refreshAt !== undefined && { refreshAt: near(refreshAt) })
    })
  })
}

type Grown = Omit<typeof TokenRecord.Type, "others">

const grown = ({ pendingSince, refreshToken, tokenSet, ...record }: Grown): Grown => ({
  ...record,
  ...(pendingSince !== undefined && { pendingSince: near(pendingSince) }),
  ...(refreshToken !== undefined && { refreshToken: printable(refreshToken) }),
  ...(tokenSet !== undefined && { tokenSet: sendable(tokenSet) })
})

/** A record as it may be: with tokens that can be sent, and dates that somebody lives to see. */
export const anyRecord = Arbitrary.map(
  Arbitrary.schema(TokenRecord),
  ({ others, ...record }) =>
    new TokenRecord({ ...grown(record), ...(others !== undefined && { others: others.map(grown) }) })
)
