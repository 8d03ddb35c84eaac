/** The handlers of tokens. */
import type { AccessToken } from "@app/auth/AccessToken"
import type { AuthError } from "@app/auth/AuthError"
import * as Grant from "@app/auth/Grant"
import { SharedTokenStore } from "@app/auth/SharedTokenStore"
import * as TokenService from "@app/auth/TokenService"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import { type Authorization, Authorized, TokenResponse } from "../../contract/TokensApi.ts"
import { FleetApi } from "../../FleetApi.ts"
import { InvalidRequest, NotFound } from "../../FleetError.ts"
import * as FleetMetrics from "../../FleetMetrics.ts"
import * as Names from "../../Names.ts"
import * as Access from "../Access.ts"
import * as Audit from "../Audit.ts"
import * as Fingerprint from "../Fingerprint.ts"
import * as Translation from "../Translation.ts"

// =============================================================================
// Tokens of an account
// =============================================================================

/** Runs an effect with the tokens of an account. */
export const withTokens = <A, R>(
  { app, key }: Access.AccountPlace,
  use: (tokens: TokenService.Service) => Effect.Effect<A, AuthError, R>
) => Effect.provide(TokenService.TokenService.use(use), app.accounts.get(key.account))

/** The names of a place for the audit log. */
export const factsOf = ({ account, app, tenant }: Access.AccountPlace) => ({ tenant, app: app.name, account })

/** Whether a token lasts long enough. More than half of a life would have it refreshed for each request. */
const lasts = (token: AccessToken, seconds: number, now: DateTime.Utc): boolean => {
  const wanted = Option.match(token.lifetime, {
    onNone: () => 0,
    onSome: (lifetime) => Math.min(seconds, Duration.toSeconds(lifetime) / 2)
  })
  return Option.match(token.remaining(now), {
    onNone: () => true,
    onSome: (left) => Duration.toSeconds(left) >= wanted
  })
}

const tokenWith = (tokens: TokenService.Service, minTtl: number) =>
  Effect.flatMap(tokens.get, (token) =>
    Effect.flatMap(DateTime.now, (now) =>
      lasts(token, minTtl, now)
        ? Effect.succeed(token)
        // The token is still good, so a provider that is away is no reason to withhold it.
        : Effect.catchIf(tokens.refresh, ({ isRetryable }) => isRetryable, () => Effect.succeed(token))))

const responseOf = (token: AccessToken) =>
  new TokenResponse({
    access_token: token.value,
    token_type: "Bearer",
    issued_at: token.issuedAt,
    ...(token.expiresAt !== undefined && { expires_at: token.expiresAt }),
    scope: token.scopes.join(" "),
    ...(token.authorizationId !== undefined && { authorization_id: token.authorizationId })
  })

/** Reads with the tokens of an account. One that never had any is not there; of one that had, the sign-in is over. */
const read = <A, R>(
  place: Access.AccountPlace,
  use: (tokens: TokenService.Service) => Effect.Effect<A, AuthError, R>
) =>
  Effect.catchTag(
    Translation.whileReading(withTokens(place, use)),
    "SignInRequired",
    Effect.fnUntraced(function*(error) {
      if (error.kind !== "NoRefreshToken") return yield* error
      const found = yield* SharedTokenStore.use(({ peek }) => Translation.ofStore(peek(place.key)))
      if (Option.isSome(found) && Option.isSome(found.value.record)) return yield* error
      return yield* NotFound.account()
    })
  )

/** Reports a refused token. A process that has not seen the token looks at the store once. */
const refuse = (place: Access.AccountPlace, sha256: string) => {
  const attempt = withTokens(place, (tokens) =>
    Effect.gen(function*() {
      const token = yield* tokens.get
      if ((yield* Fingerprint.of(token.value)) !== sha256) return false
      yield* tokens.invalidate(token)
      return true
    }))
  return Effect.flatMap(attempt, (isDone) =>
    isDone
      ? Effect.succeed(true)
      : Effect.andThen(place.app.accounts.release(place.key.account), attempt))
}

const grantOf = (given: typeof Authorization.Type): Grant.Grant =>
  "code" in given
    ? Grant.AuthorizationCode({
      code: given.code,
      redirectUri: given.redirect_uri,
      codeVerifier: given.code_verifier
    })
    : Grant.RefreshToken({ refreshToken: given.refresh_token, authorizedAt: given.authorized_at })

// =============================================================================
// Handlers
// =============================================================================

const outcomes: Readonly<Record<string, string>> = {
  Misconfigured: "misconfigured",
  NotFound: "not_found",
  SignInRequired: "sign_in_required",
  TryLater: "try_later"
}

const count = (app: string, outcome: string) =>
  Metric.update(Metric.withAttributes(FleetMetrics.reads, { app, outcome }), 1)

export const layer = HttpApiBuilder.group(FleetApi, "tokens", (handlers) =>
  handlers.handleAll({
    get: Effect.fnUntraced(function*({ params, query }) {
      const place = yield* Access.account(params, "tokens:read")
      const token = yield* read(place, (tokens) => tokenWith(tokens, query.min_ttl ?? 0)).pipe(
        Effect.tapError(({ _tag }) => count(place.app.name, outcomes[_tag] ?? "failed"))
      )
      yield* count(place.app.name, "served")
      const fingerprint = yield* Fingerprint.of(token.value)
      yield* Audit.log("Token handed out", place.principal, { ...factsOf(place), fingerprint })
      return responseOf(token)
    }),
    refuse: Effect.fnUntraced(function*({ params, payload }) {
      const place = yield* Access.account(params, "tokens:read")
      // Without a token there is none to refuse.
      const isDone = yield* Effect.orElseSucceed(refuse(place, payload.sha256), () => false)
      if (isDone) {
        yield* Audit.log("Token refused", place.principal, { ...factsOf(place), fingerprint: payload.sha256 })
      }
    }),
    authorize: Effect.fnUntraced(function*({ params, payload }) {
      const app = yield* Access.app(params, "accounts:write")
      if (!Names.isAccountName(params.account)) {
        return yield* new InvalidRequest({
          message:
            "The name of an account has 1 to 192 bytes in UTF-8 and no control character, and is neither . nor .."
        })
      }
      const place = Access.placeOf(app, params.account)
      const token = yield* Translation.whileSigningIn(
        withTokens(place, ({ authorize }) => authorize(grantOf(payload)))
      )
      yield* Audit.log("Account signed in", place.principal, factsOf(place))
      return new Authorized({
        scope: token.scopes.join(" "),
        ...(token.expiresAt !== undefined && { expires_at: token.expiresAt }),
        ...(token.authorizationId !== undefined && { authorization_id: token.authorizationId })
      })
    }),
    signOut: Effect.fnUntraced(function*({ params }) {
      const place = yield* Access.account(params, "accounts:write")
      const found = yield* SharedTokenStore.use(({ peek }) => Translation.ofStore(peek(place.key)))
      if (Option.isNone(found)) return yield* NotFound.account()
      yield* withTokens(place, ({ signOut }) => signOut).pipe(
        Translation.whileReading,
        Effect.catchTag("SignInRequired", () => Effect.void)
      )
      yield* Audit.log("Account signed out", place.principal, factsOf(place))
    }),
    retry: Effect.fnUntraced(function*({ params }) {
      const place = yield* Access.account(params, "accounts:write")
      yield* read(place, ({ retryEndedSignIn }) => retryEndedSignIn)
      yield* Audit.log("Ended sign-in tried again", place.principal, factsOf(place))
    })
  }))
