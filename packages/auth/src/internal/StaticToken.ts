/** A token that nothing here can replace. */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"
import { AccessToken } from "../AccessToken.ts"
import * as AuthError from "../AuthError.ts"
import type { Service } from "../TokenService.ts"
import { sameSecret } from "./HeldToken.ts"

/** What ended it before its time. */
type End = "Revoked" | "SignedOut"

export const make = Effect.fnUntraced(function*(options: {
  readonly value: Redacted.Redacted<string>
  readonly expiresAt?: DateTime.Utc | undefined
  readonly scopes?: ReadonlyArray<string> | undefined
}): Effect.fn.Return<Service> {
  const token = new AccessToken({
    value: options.value,
    scopes: options.scopes ?? [],
    issuedAt: yield* DateTime.now,
    ...(options.expiresAt !== undefined && { expiresAt: options.expiresAt })
  })
  const end = yield* SubscriptionRef.make<End | undefined>(undefined)

  const endedBy = (now: DateTime.Utc, end: End | undefined): AuthError.AuthError | undefined => {
    const kind = end ?? (token.isExpired(now) ? "Expired" : undefined)
    return kind === undefined
      ? undefined
      : new AuthError.AuthError({ reason: new AuthError.ReauthorizationRequired({ kind }) })
  }

  const get = Effect.flatMap(DateTime.now, (now) => {
    const error = endedBy(now, SubscriptionRef.getUnsafe(end))
    return error === undefined ? Effect.succeed(token) : Effect.fail(error)
  })

  const statusAfter = (end: End | undefined) =>
    Effect.map(DateTime.now, (now) => {
      const error = endedBy(now, end)
      return {
        phase: error === undefined ? "Valid" : "SignInRequired",
        generation: 1,
        expiresAt: token.expiresAt,
        refreshAt: undefined,
        error,
        retryAt: undefined,
        unsaved: undefined,
        signInDueAt: undefined,
        isSignInDueSoon: false
      } as const
    })

  return {
    clientId: undefined,
    get,
    refresh: Effect.fail(
      new AuthError.AuthError({
        reason: new AuthError.ReauthorizationRequired({ kind: "NoRefreshToken" })
      })
    ),
    invalidate: (other) =>
      sameSecret(token, other)
        ? Effect.as(SubscriptionRef.set(end, "Revoked"), false)
        : Effect.succeed(true),
    authorize: () =>
      Effect.fail(
        new AuthError.AuthError({
          reason: new AuthError.InvalidConfiguration({
            setting: "TokenService.layerStatic",
            issue: "it serves the one token it was given. Use TokenService.layer to sign in."
          })
        })
      ),
    signOut: SubscriptionRef.set(end, "SignedOut"),
    status: Effect.flatMap(SubscriptionRef.get(end), statusAfter),
    changes: Stream.mapEffect(SubscriptionRef.changes(end), statusAfter)
  }
})
