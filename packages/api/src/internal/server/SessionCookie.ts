/** The cookies of a web application: one while a person signs in, and one for the session after it. */
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Base64Url from "effect/encoding/Base64Url"
import * as Cookies from "effect/http/Cookies"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"

export interface SessionCookie {
  /** Reads the secret out of a header `Cookie`; none when it is not in it. */
  readonly read: (header: string | undefined) => Option.Option<Redacted.Redacted<string>>
  /** Writes the header `Set-Cookie` for a secret. */
  readonly set: (secret: Redacted.Redacted<string>, lifetime: Duration.Duration) => string
  /** The header `Set-Cookie` that deletes the cookie. */
  readonly clear: string
}

/** Makes the cookies of an app, which only https gets where the app is served over it. */
export const make = (redirectUri: string): { readonly signIn: SessionCookie; readonly session: SessionCookie } => {
  const secure = URL.parse(redirectUri)?.protocol !== "http:"
  const prefix = secure ? "__Host-" : ""
  return { signIn: named(`${prefix}oauth-sign-in`, secure), session: named(`${prefix}oauth-session`, secure) }
}

const named = (name: string, secure: boolean): SessionCookie => {
  const write = (value: string, maxAge: Duration.Duration) =>
    Cookies.serializeCookie(
      Cookies.makeCookieUnsafe(name, value, { httpOnly: true, sameSite: "lax", secure, path: "/", maxAge })
    )
  return {
    read: (header) =>
      Option.map(
        Option.filter(Option.fromUndefinedOr(Cookies.parseHeader(header ?? "")[name]), (value) => isSecret.test(value)),
        (value) => Redacted.make(value, { label: "session" })
      ),
    set: (secret, lifetime) => write(Redacted.value(secret), lifetime),
    clear: write("", Duration.zero)
  }
}

/** Anything else was not set by this app. */
const isSecret = /^[\w-]{43}$/

/** Makes the secret of a sign-in: 256 random bits. */
export const random = Effect.flatMap(
  SecureRandom.SecureRandom,
  ({ randomBytes }) =>
    Effect.map(randomBytes(32), (bytes) => Redacted.make(Base64Url.encode(bytes), { label: "session" }))
)
