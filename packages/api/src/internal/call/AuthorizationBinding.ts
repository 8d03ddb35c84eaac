/**
 * Which authorization calls go out under. The first token that is shown for a binding decides; from then on no token of
 * another sign-in is shown for it, so that nothing is done for one person that was begun for another.
 *
 * A call has a binding of its own, unless it is part of something larger that has one: a shared run, a list, an operation
 * of several requests.
 */
import type { AccessToken } from "@app/auth/AccessToken"
import * as AuthError from "@app/auth/AuthError"
import type { TokenService } from "@app/auth/TokenService"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"

// =============================================================================
// Model
// =============================================================================

export interface AuthorizationBinding {
  isBound: boolean
  /** Tokens that come from no sign-in, such as a token source's, have none, and so share this one. */
  id: string | undefined
  /** What is bound along with it. */
  parts: Array<AuthorizationBinding> | undefined
}

/** Unbound. */
export const make = (): AuthorizationBinding => ({ isBound: false, id: undefined, parts: undefined })

/**
 * What is begun while this is the sign-in at hand. Where none is named there may be no token yet: the first one decides.
 */
export const begunUnder = (id: string | undefined): AuthorizationBinding => ({
  isBound: id !== undefined,
  id,
  parts: undefined
})

/** The binding of what a call is part of. */
export const Current = Context.Reference<AuthorizationBinding | undefined>(
  "@app/api/internal/call/AuthorizationBinding/Current",
  { defaultValue: () => undefined }
)

// =============================================================================
// Binding
// =============================================================================

/** Binds what is unbound; answers whether it is bound to this authorization now. */
export const bind = (binding: AuthorizationBinding, id: string | undefined): boolean => {
  if (binding.isBound) return binding.id === id
  binding.isBound = true
  binding.id = id
  for (const part of binding.parts ?? []) bind(part, id)
  return true
}

/** Whether this token may be shown. */
export const admits = (binding: AuthorizationBinding, { authorizationId }: AccessToken): boolean =>
  bind(binding, authorizationId)

/** Binds one as the other is, or will be. */
export const follow = (binding: AuthorizationBinding, leader: AuthorizationBinding): void => {
  if (leader.isBound) bind(binding, leader.id)
  else (leader.parts ??= []).push(binding)
}

/** The binding of what is done for all of these at once, which are alike. */
export const ofAll = (bindings: ReadonlyArray<AuthorizationBinding>): AuthorizationBinding => {
  const bound = bindings.find(({ isBound }) => isBound)
  return bound ?? { ...make(), parts: [...bindings] }
}

/** Whether two are sure to go out alike, whatever token comes next: that is so as long as neither is bound, too. */
export const areAlike = (a: AuthorizationBinding, b: AuthorizationBinding): boolean =>
  a.isBound === b.isBound && a.id === b.id

// =============================================================================
// Running
// =============================================================================

/** All calls of `effect` go out under one authorization. */
export const together = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.flatMap(
    Current,
    (current) => current === undefined ? Effect.provideService(effect, Current, make()) : effect
  )

/** The sign-in of the token at hand. A stand-in for a token service that only gives tokens does not say. */
export const atHand = (tokens: TokenService["Service"]): Effect.Effect<string | undefined> =>
  Effect.catchDefect(tokens.authorizationId, () => Effect.undefined)

export const changed = (): Exit.Exit<never, AuthError.AuthError> =>
  Exit.fail(new AuthError.AuthError({ reason: new AuthError.AuthorizationChanged() }))
