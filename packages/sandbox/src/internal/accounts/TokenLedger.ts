/**
 * The codes and tokens the sandbox has given out, and what has become of them.
 *
 * Each operation reads the clock and draws its randomness first and then works on the ledger without a pause, so two
 * requests at the same instant cannot both use a code, or a refresh token that rotates.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Digest from "effect/crypto/Digest"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Base64Url from "effect/encoding/Base64Url"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Bounded from "../BoundedMap.ts"
import { CurrentSettings } from "../CurrentSettings.ts"

/**
 * An error answer of the token endpoint, in the words of RFC 6749 §5.2.
 *
 * @category errors
 * @since 0.1.0
 */
export class TokenRefusal extends Schema.TaggedError<TokenRefusal>()("TokenRefusal", {
  error: Schema.String,
  description: Schema.optionalKey(Schema.String)
}) {
  override get message(): string {
    return this.description === undefined ? this.error : `${this.error}: ${this.description}`
  }
}

/**
 * What a person agreed to.
 *
 * @category models
 * @since 0.1.0
 */
export interface Authorization {
  readonly clientId: string
  /** Who agreed, by id. */
  readonly person: string
  readonly redirectUri: string
  readonly scope: string
  /** `code_challenge` of RFC 7636, method S256. */
  readonly challenge: string | undefined
}

/**
 * Who asks at the token endpoint.
 *
 * @category models
 * @since 0.1.0
 */
export interface Caller {
  readonly clientId: string
  /** Whether the secret came along and was right. */
  readonly proved: boolean
}

/**
 * A token answer before it is written as JSON.
 *
 * @category models
 * @since 0.1.0
 */
export interface Issued {
  readonly accessToken: string
  readonly expiresIn: number
  readonly scope?: string
  readonly refreshToken?: string
}

/**
 * What an access token stands for: an app, and a person when one agreed.
 *
 * @category models
 * @since 0.1.0
 */
export interface Bearer {
  readonly clientId: string
  /** The id of the person it stands for; absent for a token of the client credentials grant. */
  readonly person: string | undefined
  readonly scopes: ReadonlyArray<string>
}

/**
 * What the ledger holds at most of codes, of access tokens and of refresh tokens each: the newest 50,000, or fewer where
 * their texts have more than 32 Mi characters together. What is older is unknown to it, as if it had never been given.
 *
 * @category constants
 * @since 0.1.0
 */
export const limits: Bounded.Limits = { entries: 50_000, weight: 33_554_432 }

/** RFC 6749 §4.1.2 recommends ten minutes at most; Spotify's own figure is not published. */
const codeLifetime = Duration.toMillis("10 minutes")

interface CodeEntry {
  readonly authorization: Authorization
  readonly issuedAt: number
}

interface AccessEntry extends Bearer {
  expiresAt: number
}

interface RefreshEntry {
  readonly authorization: Authorization
  readonly authorizedAt: number
  revoked: boolean
}

const textOf = ({ redirectUri, scope }: Authorization): number => redirectUri.length + scope.length

/**
 * The ledger.
 *
 * @category services
 * @since 0.1.0
 */
export class TokenLedger extends Context.Service<TokenLedger, {
  /** A code for what the person agreed to; good once, for ten minutes. */
  readonly issueCode: (authorization: Authorization) => Effect.Effect<string>
  /** RFC 6749 §4.1.3 with RFC 7636 §4.6. A refused attempt leaves the code usable. */
  readonly exchangeCode: (
    caller: Caller,
    input: { readonly code: string; readonly redirectUri: string; readonly verifier: string | undefined }
  ) => Effect.Effect<Issued, TokenRefusal>
  /** RFC 6749 §6. */
  readonly refresh: (caller: Caller, refreshToken: string) => Effect.Effect<Issued, TokenRefusal>
  /** RFC 6749 §4.4. */
  readonly clientCredentials: (caller: Caller) => Effect.Effect<Issued, TokenRefusal>
  /** What a live access token stands for. */
  readonly bearer: (accessToken: string) => Effect.Effect<Bearer | undefined>
  /** Ends every live access token; how many there were. */
  readonly endAccessTokens: Effect.Effect<number>
  /** Revokes every live refresh token; how many there were. */
  readonly revokeRefreshTokens: Effect.Effect<number>
  /** The same short text for the same secret, and no way back. */
  readonly fingerprint: (secret: string) => Effect.Effect<string>
}>()("@app/sandbox/TokenLedger") {
  /** An empty ledger. */
  static readonly layer = Layer.effect(
    TokenLedger,
    Effect.gen(function*() {
      const settings = yield* CurrentSettings
      const random = yield* SecureRandom.SecureRandom
      const digest = yield* Digest.Digest
      const encoder = new TextEncoder()
      const codes = Bounded.make<string, CodeEntry>(
        limits,
        ({ authorization }, code) => code.length + textOf(authorization)
      )
      const accessTokens = Bounded.make<string, AccessEntry>(
        limits,
        ({ scopes }, token) => token.length + scopes.join(" ").length
      )
      const refreshTokens = Bounded.make<string, RefreshEntry>(
        limits,
        ({ authorization }, token) => token.length + textOf(authorization)
      )

      const opaque = (prefix: string, size: number) =>
        Effect.map(random.randomBytes(size), (bytes) => prefix + Base64Url.encode(bytes))

      /** Everything an answer may need, drawn before the ledger is looked at. */
      const draw = Effect.gen(function*() {
        const { accessTokenLifetime, refreshTokenLifetime, rotateRefreshTokens } = yield* settings.get
        return {
          now: yield* Clock.currentTimeMillis,
          accessToken: yield* opaque("BQ", 150),
          refreshToken: yield* opaque("AQ", 96),
          lifetime: Duration.toMillis(accessTokenLifetime),
          refreshTokenLifetime: Duration.toMillis(refreshTokenLifetime),
          rotateRefreshTokens
        }
      })

      const issueAccess = (
        drawn: { readonly now: number; readonly accessToken: string; readonly lifetime: number },
        bearer: Bearer
      ): Issued => {
        accessTokens.set(drawn.accessToken, { ...bearer, expiresAt: drawn.now + drawn.lifetime })
        return { accessToken: drawn.accessToken, expiresIn: Math.floor(drawn.lifetime / 1000) }
      }

      const forPerson = (authorization: Authorization): Bearer => ({
        clientId: authorization.clientId,
        person: authorization.person,
        scopes: authorization.scope.split(" ").filter((scope) => scope !== "")
      })

      const exchangeCode = Effect.fnUntraced(function*(
        caller: Caller,
        { code, redirectUri, verifier }: {
          readonly code: string
          readonly redirectUri: string
          readonly verifier: string | undefined
        }
      ) {
        const hash = verifier === undefined ? undefined : yield* digest.digest(Digest.sha256, encoder.encode(verifier))
        const challenge = hash === undefined ? undefined : Base64Url.encode(hash)
        const drawn = yield* draw
        const entry = codes.get(code)
        if (
          entry === undefined || entry.authorization.clientId !== caller.clientId ||
          drawn.now >= entry.issuedAt + codeLifetime
        ) {
          return yield* new TokenRefusal({ error: "invalid_grant", description: "Invalid authorization code" })
        }
        const { authorization } = entry
        if (authorization.redirectUri !== redirectUri) {
          return yield* new TokenRefusal({ error: "invalid_grant", description: "Invalid redirect URI" })
        }
        if (authorization.challenge !== challenge) {
          return yield* new TokenRefusal({ error: "invalid_grant", description: "code_verifier was incorrect" })
        }
        if (authorization.challenge === undefined && !caller.proved) {
          return yield* new TokenRefusal({ error: "invalid_client" })
        }
        codes.delete(code)
        refreshTokens.set(drawn.refreshToken, { authorization, authorizedAt: entry.issuedAt, revoked: false })
        return {
          ...issueAccess(drawn, forPerson(authorization)),
          scope: authorization.scope,
          refreshToken: drawn.refreshToken
        }
      })

      const refresh = Effect.fnUntraced(function*(caller: Caller, refreshToken: string) {
        const drawn = yield* draw
        const entry = refreshTokens.get(refreshToken)
        if (entry === undefined || entry.authorization.clientId !== caller.clientId) {
          return yield* new TokenRefusal({ error: "invalid_grant", description: "Invalid refresh token" })
        }
        const { authorization } = entry
        if (authorization.challenge === undefined && !caller.proved) {
          return yield* new TokenRefusal({ error: "invalid_client" })
        }
        if (entry.revoked) {
          return yield* new TokenRefusal({ error: "invalid_grant", description: "Refresh token revoked" })
        }
        if (drawn.now >= entry.authorizedAt + drawn.refreshTokenLifetime) {
          // Spotify's text for this case is not known, so there is none: only `error` can be relied on.
          return yield* new TokenRefusal({ error: "invalid_grant" })
        }
        const issued: Issued = { ...issueAccess(drawn, forPerson(authorization)), scope: authorization.scope }
        if (!drawn.rotateRefreshTokens) return issued
        entry.revoked = true
        refreshTokens.set(drawn.refreshToken, { ...entry, revoked: false })
        return { ...issued, refreshToken: drawn.refreshToken }
      })

      return TokenLedger.of({
        exchangeCode,
        refresh,
        issueCode: Effect.fnUntraced(function*(authorization) {
          const code = yield* opaque("AQ", 120)
          codes.set(code, { authorization, issuedAt: yield* Clock.currentTimeMillis })
          return code
        }),
        clientCredentials: Effect.fnUntraced(function*(caller) {
          const drawn = yield* draw
          if (!caller.proved) return yield* new TokenRefusal({ error: "invalid_client" })
          return issueAccess(drawn, { clientId: caller.clientId, person: undefined, scopes: [] })
        }),
        bearer: Effect.fnUntraced(function*(accessToken) {
          const now = yield* Clock.currentTimeMillis
          const entry = accessTokens.get(accessToken)
          return entry !== undefined && now < entry.expiresAt ? entry : undefined
        }),
        endAccessTokens: Effect.gen(function*() {
          const now = yield* Clock.currentTimeMillis
          const live = accessTokens.values().filter((entry) => now < entry.expiresAt)
          for (const entry of live) entry.expiresAt = now
          return live.length
        }),
        revokeRefreshTokens: Effect.gen(function*() {
          const now = yield* Clock.currentTimeMillis
          const lifetime = Duration.toMillis((yield* settings.get).refreshTokenLifetime)
          const live = refreshTokens.values()
            .filter((entry) => !entry.revoked && now < entry.authorizedAt + lifetime)
          for (const entry of live) entry.revoked = true
          return live.length
        }),
        fingerprint: (secret) =>
          Effect.map(digest.digestHex(Digest.sha256, encoder.encode(secret)), (hex) => hex.slice(0, 12))
      })
    })
  )
}
