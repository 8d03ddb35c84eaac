/** A service for one token that nothing here can replace. */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as PubSub from "effect/PubSub"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type * as Take from "effect/Take"
import { AccessToken } from "../../AccessToken.ts"
import * as AuthError from "../../AuthError.ts"
import type { TokenStatus } from "../../TokenStatus.ts"
import * as Credential from "../oauth/Credential.ts"
import { invalidSetting } from "../settings/InvalidSetting.ts"
import type { Service } from "./Lifecycle.ts"

/** The event that ended the token before its time. */
type End = "Revoked" | "SignedOut"

export const make = Effect.fnUntraced(function*(options: {
  readonly value: Redacted.Redacted<string>
  readonly expiresAt?: DateTime.Utc | undefined
  readonly scopes?: ReadonlyArray<string> | undefined
}): Effect.fn.Return<Service, AuthError.AuthError, Scope.Scope> {
  yield* Credential.check("value", options.value, Credential.accessToken)
  const issuedAt = yield* DateTime.now
  const token = new AccessToken({
    value: options.value,
    scopes: options.scopes ?? [],
    issuedAt,
    ...(options.expiresAt !== undefined && { expiresAt: options.expiresAt })
  })
  let end: End | undefined

  const error = Effect.map(DateTime.now, (now) => {
    const kind = end ?? (token.isExpired(now) ? "Expired" : undefined)
    return kind === undefined
      ? undefined
      : new AuthError.AuthError({ reason: new AuthError.ReauthorizationRequired({ kind }) })
  })

  const status = Effect.map(error, (error): TokenStatus => ({
    phase: error === undefined ? "Valid" : "SignInRequired",
    generation: 1,
    expiresAt: token.expiresAt,
    refreshAt: undefined,
    error,
    retryAt: undefined,
    unsaved: undefined,
    signInDueAt: undefined,
    isSignInDueSoon: false
  }))

  const statuses = yield* PubSub.unbounded<Take.Take<TokenStatus>>({ replay: 1 })
  yield* Effect.addFinalizer(() => PubSub.end(statuses, Exit.void))
  const announce = Effect.flatMap(status, (status) => PubSub.publish(statuses, [status]))

  const endAs = (kind: End) =>
    Effect.suspend(() => {
      end = kind
      return announce
    })

  const nothingElse = Effect.fail(
    new AuthError.AuthError({ reason: new AuthError.ReauthorizationRequired({ kind: "NoRefreshToken" }) })
  )

  yield* announce
  yield* Option.match(token.remaining(issuedAt), {
    onNone: () => Effect.void,
    onSome: (remaining) =>
      Effect.suspend(() => end === undefined ? announce : Effect.void).pipe(Effect.delay(remaining), Effect.forkScoped)
  })

  return {
    clientId: undefined,
    authorizationId: Effect.undefined,
    get: Effect.flatMap(error, (error) => error === undefined ? Effect.succeed(token) : Effect.fail(error)),
    refresh: nothingElse,
    invalidate: (other) =>
      token.isSameAs(other)
        ? Effect.as(endAs("Revoked"), false)
        : Effect.succeed(true),
    authorize: () =>
      invalidSetting(
        "TokenService.layerStatic",
        "it serves the one token it was given. Use TokenService.layer to sign in."
      ),
    retryEndedSignIn: nothingElse,
    signOut: Effect.asVoid(endAs("SignedOut")),
    status,
    changes: Stream.fromPubSubTake(statuses)
  }
})
