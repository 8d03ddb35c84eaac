/**
 * The authorization codes and tokens that the sandbox has issued, and their state.
 *
 * **Details**
 *
 * Each operation first reads the clock and draws its random values, and then works on the ledger synchronously. Two
 * requests at the same instant therefore cannot both use a code, or a refresh token that rotates.
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
import * as RefreshCounts from "../../RefreshCounts.ts"
import { defaults } from "../../Settings.ts"
import * as BoundedMap from "../BoundedMap.ts"
import { CurrentSettings } from "../CurrentSettings.ts"
import * as RefreshTokens from "./RefreshTokens.ts"

// =============================================================================
// Errors
// =============================================================================

/** An error response of the token endpoint (RFC 6749 §5.2). */
export class TokenRefusal extends Schema.TaggedError<TokenRefusal>("@app/sandbox/TokenRefusal")("TokenRefusal", {
  error: Schema.String,
  description: Schema.optionalKey(Schema.String)
}) {
  override get message(): string {
    return this.description === undefined ? this.error : `${this.error}: ${this.description}`
  }
}

// =============================================================================
// Model
// =============================================================================

/** An authorization that a person gave to an app. */
export interface Authorization {
  readonly clientId: string
  /** Id of the person. */
  readonly person: string
  readonly redirectUri: string
  readonly scope: string
  /** `code_challenge` of RFC 7636, method S256. */
  readonly challenge: string | undefined
}

/** The client of a token request. */
export interface Caller {
  readonly clientId: string
  /** True for a request with the client's secret. */
  readonly isAuthenticated: boolean
}

/** A token response (RFC 6749 §5.1) before it is written as JSON. */
export interface TokenResponse {
  readonly accessToken: string
  readonly expiresIn: number
  readonly scope?: string
  readonly refreshToken?: string
}

/** The app and the person that an access token belongs to. */
export interface Bearer {
  readonly clientId: string
  /** Id of the person; absent for a token of the client credentials grant. */
  readonly person: string | undefined
  readonly scopes: ReadonlyArray<string>
}

/**
 * Computes the limits for codes, for access tokens and for refresh tokens, each: fewer than the capacity where their texts
 * have more than 671 characters on average.
 */
export const limitsOf = (capacity: number): BoundedMap.Limits => ({ entries: capacity, weight: capacity * 671 })

/** The limits by default. */
export const limits: BoundedMap.Limits = limitsOf(defaults.tokenCapacity)

// RFC 6749 §4.1.2 recommends ten minutes at most. Spotify's own figure is not published.
const codeLifetime = Duration.toMillis("10 minutes")

interface CodeEntry {
  readonly authorization: Authorization
  readonly issuedAt: number
}

interface AccessEntry extends Bearer {
  expiresAt: number
}

interface RefreshEntry extends RefreshTokens.RefreshToken<TokenResponse> {
  readonly authorization: Authorization
}

const refusalTexts = {
  Revoked: "Refresh token revoked",
  Replaced: "Refresh token revoked",
  // Spotify's text for this case is not known, so the response has none.
  Expired: undefined
}

const lengthOf = ({ redirectUri, scope }: Authorization): number => redirectUri.length + scope.length

// =============================================================================
// Service
// =============================================================================

/** The ledger of codes and tokens. */
export class TokenLedger extends Context.Service<TokenLedger, {
  /** Issues a code for an authorization, valid once and for ten minutes. */
  readonly issueCode: (authorization: Authorization) => Effect.Effect<string>
  /** Exchanges a code for tokens (RFC 6749 §4.1.3, RFC 7636 §4.6); after a refusal the code stays valid. */
  readonly exchangeCode: (
    caller: Caller,
    input: { readonly code: string; readonly redirectUri: string; readonly verifier: string | undefined }
  ) => Effect.Effect<TokenResponse, TokenRefusal>
  /** Issues tokens for a refresh token (RFC 6749 §6). */
  readonly refresh: (caller: Caller, refreshToken: string) => Effect.Effect<TokenResponse, TokenRefusal>
  /** Issues refresh tokens as if a person had agreed as many times, for clients with and without a secret. */
  readonly issueRefreshTokens: (
    authorization: Omit<Authorization, "challenge" | "redirectUri">,
    count: number
  ) => Effect.Effect<ReadonlyArray<string>>
  /** Runs a refresh request, from its arrival to its response, and counts it; `refreshToken` is as sent. */
  readonly countRefresh: <A, E, R>(
    refreshToken: string | null,
    request: Effect.Effect<A, E, R>
  ) => Effect.Effect<A, E, R>
  /** The numbers of refresh requests. */
  readonly refreshCounts: Effect.Effect<RefreshCounts.RefreshCounts>
  /** Sets the numbers of refresh requests to zero. */
  readonly clearRefreshCounts: Effect.Effect<void>
  /** Issues an access token to the app itself (RFC 6749 §4.4). */
  readonly clientCredentials: (caller: Caller) => Effect.Effect<TokenResponse, TokenRefusal>
  /** Looks up a live access token; `undefined` for any other. */
  readonly bearer: (accessToken: string) => Effect.Effect<Bearer | undefined>
  /** Ends every live access token and returns their number. */
  readonly endAccessTokens: Effect.Effect<number>
  /** Revokes every live refresh token and returns their number. */
  readonly revokeRefreshTokens: Effect.Effect<number>
  /** Computes a short text that is the same for the same secret and does not reveal it. */
  readonly fingerprint: (secret: string) => Effect.Effect<string>
}>()("@app/sandbox/TokenLedger") {}

// =============================================================================
// Constructor
// =============================================================================

const make = Effect.gen(function*() {
  const settings = yield* CurrentSettings
  const random = yield* SecureRandom.SecureRandom
  const digest = yield* Digest.Digest
  const encoder = new TextEncoder()
  const bounds = limitsOf((yield* settings.get).tokenCapacity)
  const codes = BoundedMap.make<string, CodeEntry>(
    bounds,
    ({ authorization }, code) => code.length + lengthOf(authorization)
  )
  const accessTokens = BoundedMap.make<string, AccessEntry>(
    bounds,
    ({ scopes }, token) => token.length + scopes.join(" ").length
  )
  const refreshTokens = BoundedMap.make<string, RefreshEntry>(
    bounds,
    ({ authorization }, token) => token.length + lengthOf(authorization)
  )
  let counts = RefreshCounts.none
  const count = (name: keyof RefreshCounts.RefreshCounts) => {
    counts = { ...counts, [name]: counts[name] + 1 }
  }

  const opaque = (prefix: string, size: number) =>
    Effect.map(random.randomBytes(size), (bytes) => prefix + Base64Url.encode(bytes))

  /** All values that a response may need, drawn before the ledger is read. */
  const draw = Effect.gen(function*() {
    const current = yield* settings.get
    return {
      now: yield* Clock.currentTimeMillis,
      accessToken: yield* opaque("BQ", 150),
      refreshToken: yield* opaque("AQ", 96),
      lifetime: Duration.toMillis(current.accessTokenLifetime),
      settings: current
    }
  })

  const issueAccess = (
    drawn: { readonly now: number; readonly accessToken: string; readonly lifetime: number },
    bearer: Bearer
  ): TokenResponse => {
    accessTokens.set(drawn.accessToken, { ...bearer, expiresAt: drawn.now + drawn.lifetime })
    return { accessToken: drawn.accessToken, expiresIn: Math.floor(drawn.lifetime / 1000) }
  }

  const issueRefresh = (refreshToken: string, authorization: Authorization, line: RefreshTokens.Line): void => {
    line.issued += 1
    refreshTokens.set(refreshToken, { authorization, line, position: line.issued, replaced: undefined, revoked: false })
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
    if (authorization.challenge === undefined && !caller.isAuthenticated) {
      return yield* new TokenRefusal({ error: "invalid_client" })
    }
    codes.delete(code)
    issueRefresh(drawn.refreshToken, authorization, { authorizedAt: entry.issuedAt, issued: 0, inFlight: 0 })
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
    if (authorization.challenge === undefined && !caller.isAuthenticated) {
      return yield* new TokenRefusal({ error: "invalid_client" })
    }
    const decision = RefreshTokens.decide(entry, drawn)
    if (decision._tag === "Refuse") {
      if (decision.because === "Replaced") count("reused")
      const description = refusalTexts[decision.because]
      return yield* new TokenRefusal({ error: "invalid_grant", ...(description !== undefined && { description }) })
    }
    if (decision._tag !== "Accept") count("resent")
    if (decision._tag === "Repeat") {
      const expiresAt = accessTokens.get(decision.response.accessToken)?.expiresAt ?? 0
      return { ...decision.response, expiresIn: Math.max(0, Math.floor((expiresAt - drawn.now) / 1000)) }
    }
    const issued: TokenResponse = { ...issueAccess(drawn, forPerson(authorization)), scope: authorization.scope }
    if (decision._tag === "Accept" && !drawn.settings.rotateRefreshTokens) return issued
    const response = { ...issued, refreshToken: drawn.refreshToken }
    issueRefresh(drawn.refreshToken, authorization, entry.line)
    // The grace is counted from the first refresh, or resending would prolong it.
    refreshTokens.set(refreshToken, { ...entry, replaced: entry.replaced ?? { at: drawn.now, response } })
    return response
  })

  return TokenLedger.of({
    exchangeCode,
    refresh,
    issueCode: Effect.fnUntraced(function*(authorization) {
      const code = yield* opaque("AQ", 120)
      codes.set(code, { authorization, issuedAt: yield* Clock.currentTimeMillis })
      return code
    }),
    issueRefreshTokens: Effect.fnUntraced(function*(authorization, count) {
      const authorizedAt = yield* Clock.currentTimeMillis
      return yield* Effect.forEach(Array.from({ length: count }), () =>
        Effect.map(opaque("AQ", 96), (refreshToken) => {
          // With a challenge, a client needs no secret to refresh.
          const each = { ...authorization, redirectUri: "", challenge: "" }
          issueRefresh(refreshToken, each, { authorizedAt, issued: 0, inFlight: 0 })
          return refreshToken
        }))
    }),
    clientCredentials: Effect.fnUntraced(function*(caller) {
      const drawn = yield* draw
      if (!caller.isAuthenticated) return yield* new TokenRefusal({ error: "invalid_client" })
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
      const at = { now: yield* Clock.currentTimeMillis, settings: yield* settings.get }
      const tokens = refreshTokens.entries()
      for (const [token, entry] of tokens) refreshTokens.set(token, { ...entry, revoked: true })
      return tokens.filter(([, entry]) => entry.replaced === undefined && !RefreshTokens.hasEnded(entry, at)).length
    }),
    countRefresh: (refreshToken, request) =>
      Effect.suspend(() => {
        count("requests")
        const line = refreshToken === null ? undefined : refreshTokens.get(refreshToken)?.line
        if (line === undefined) return request
        if (line.inFlight > 0) count("overlapping")
        line.inFlight += 1
        return Effect.ensuring(request, Effect.sync(() => line.inFlight -= 1))
      }),
    refreshCounts: Effect.sync(() => counts),
    clearRefreshCounts: Effect.sync(() => {
      counts = RefreshCounts.none
    }),
    fingerprint: (secret) =>
      Effect.map(digest.digestHex(Digest.sha256, encoder.encode(secret)), (hex) => hex.slice(0, 12))
  })
})

// =============================================================================
// Layers
// =============================================================================

/** Layer with an empty ledger. */
export const layer: Layer.Layer<TokenLedger, never, CurrentSettings | SecureRandom.SecureRandom | Digest.Digest> = Layer
  .effect(TokenLedger, make)
