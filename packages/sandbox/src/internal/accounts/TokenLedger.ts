/**
 * The authorization codes and tokens that the sandbox has issued, and their state.
 *
 * **Details**
 *
 * Each operation first reads the clock and draws its random values, and then works on the ledger synchronously: between
 * the decision about a code or a refresh token and its use, nothing is yielded. Two requests at the same instant therefore
 * cannot both use a code, or a refresh token that rotates.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Digest from "effect/crypto/Digest"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Base64Url from "effect/encoding/Base64Url"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import type { RefreshCounts } from "../../RefreshCounts.ts"
import { defaults } from "../../Settings.ts"
import * as BoundedMap from "../BoundedMap.ts"
import { CurrentSettings } from "../CurrentSettings.ts"
import * as AccessTokens from "./AccessTokens.ts"
import { type Authorization, type Caller, lengthOf, TokenRefusal, type TokenResponse } from "./Authorization.ts"
import * as AuthorizationCode from "./AuthorizationCode.ts"
import * as RefreshCounter from "./RefreshCounter.ts"
import * as RefreshTokens from "./RefreshTokens.ts"

// =============================================================================
// Limits
// =============================================================================

/**
 * Computes the limits for codes, for access tokens and for refresh tokens, each: fewer than the capacity where their texts
 * have more than 671 characters on average.
 */
export const limitsOf = (capacity: number): BoundedMap.Limits => ({ entries: capacity, weight: capacity * 671 })

/** The limits by default. */
export const limits: BoundedMap.Limits = limitsOf(defaults.tokenCapacity)

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
  readonly refreshCounts: Effect.Effect<RefreshCounts>
  /** Sets the numbers of refresh requests to zero. */
  readonly clearRefreshCounts: Effect.Effect<void>
  /** Issues an access token to the app itself (RFC 6749 §4.4). */
  readonly clientCredentials: (caller: Caller) => Effect.Effect<TokenResponse, TokenRefusal>
  /** Looks up a live access token; `undefined` for any other. */
  readonly bearer: (accessToken: string) => Effect.Effect<AccessTokens.Bearer | undefined>
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
  const codes = BoundedMap.make<string, AuthorizationCode.AuthorizationCode>(
    bounds,
    ({ authorization }, code) => code.length + lengthOf(authorization)
  )
  const accessTokens = AccessTokens.make(bounds)
  const refreshTokens = RefreshTokens.make(bounds)
  const counter = RefreshCounter.make()

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

  const issueAccess = (drawn: Effect.Success<typeof draw>, authorization: Authorization): TokenResponse => ({
    ...accessTokens.issue(drawn, AccessTokens.bearerOf(authorization)),
    scope: authorization.scope
  })

  return TokenLedger.of({
    issueCode: Effect.fnUntraced(function*(authorization) {
      const code = yield* opaque("AQ", 120)
      codes.set(code, { authorization, issuedAt: yield* Clock.currentTimeMillis })
      return code
    }),
    exchangeCode: Effect.fnUntraced(function*(caller, { code, redirectUri, verifier }) {
      const hash = verifier === undefined ? undefined : yield* digest.digest(Digest.sha256, encoder.encode(verifier))
      const challenge = hash === undefined ? undefined : Base64Url.encode(hash)
      const drawn = yield* draw
      const exchange = AuthorizationCode.decide(codes.get(code), { caller, challenge, redirectUri }, drawn.now)
      if (Result.isFailure(exchange)) return yield* exchange.failure
      const { authorization, issuedAt } = exchange.success
      codes.delete(code)
      const { refreshToken } = drawn
      refreshTokens.issue(refreshToken, authorization, { authorizedAt: issuedAt, issued: 0, inFlight: 0 })
      return { ...issueAccess(drawn, authorization), refreshToken }
    }),
    refresh: Effect.fnUntraced(function*(caller, refreshToken) {
      const drawn = yield* draw
      const decision = RefreshTokens.decide(refreshTokens.find(refreshToken), caller, drawn)
      counter.decided(decision)
      if (decision._tag === "Refuse") return yield* RefreshTokens.refusal(decision.because)
      if (decision._tag === "Repeat") {
        const { response } = decision
        return { ...response, expiresIn: accessTokens.secondsLeft(response.accessToken, drawn.now) }
      }
      const { token } = decision
      const issued = issueAccess(drawn, token.authorization)
      if (decision._tag === "Accept" && !drawn.settings.rotateRefreshTokens) return issued
      const response = { ...issued, refreshToken: drawn.refreshToken }
      refreshTokens.issue(drawn.refreshToken, token.authorization, token.line)
      refreshTokens.replace(refreshToken, token, { at: drawn.now, response })
      return response
    }),
    issueRefreshTokens: Effect.fnUntraced(function*(authorization, count) {
      const authorizedAt = yield* Clock.currentTimeMillis
      return yield* Effect.forEach(Array.from({ length: count }), () =>
        Effect.map(opaque("AQ", 96), (refreshToken) => {
          // With a challenge, a client needs no secret to refresh.
          const each = { ...authorization, redirectUri: "", challenge: "" }
          refreshTokens.issue(refreshToken, each, { authorizedAt, issued: 0, inFlight: 0 })
          return refreshToken
        }))
    }),
    clientCredentials: Effect.fnUntraced(function*(caller) {
      const drawn = yield* draw
      if (!caller.isAuthenticated) return yield* new TokenRefusal({ error: "invalid_client" })
      return accessTokens.issue(drawn, { clientId: caller.clientId, person: undefined, scopes: [] })
    }),
    bearer: (accessToken) => Effect.map(Clock.currentTimeMillis, (now) => accessTokens.find(accessToken, now)),
    endAccessTokens: Effect.map(Clock.currentTimeMillis, accessTokens.endAll),
    revokeRefreshTokens: Effect.map(
      Effect.all({ now: Clock.currentTimeMillis, settings: settings.get }),
      refreshTokens.revokeAll
    ),
    countRefresh: (refreshToken, request) =>
      counter.around(() => refreshToken === null ? undefined : refreshTokens.find(refreshToken)?.line, request),
    refreshCounts: counter.counts,
    clearRefreshCounts: counter.clear,
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
