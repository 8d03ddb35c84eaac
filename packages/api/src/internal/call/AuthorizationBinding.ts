/**
 * Binds calls to one authorization.
 *
 * **Details**
 *
 * The first token that is sent for a binding decides. From then on no token of another sign-in is sent for it, so that
 * nothing is done for one person that was begun for another. A call has a binding of its own unless it is part of something
 * larger that has one: a shared run, a list, an operation of several requests.
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
  /** The sign-in; undefined for tokens that come from none, such as those of a token source. */
  id: string | undefined
  /** Bindings that are bound together with this one. */
  parts: Array<AuthorizationBinding> | undefined
}

/** Creates an unbound binding. */
export const make = (): AuthorizationBinding => ({ isBound: false, id: undefined, parts: undefined })

/** Creates the binding of work that begins under a sign-in; without one the first token decides. */
export const begunUnder = (id: string | undefined): AuthorizationBinding => ({
  isBound: id !== undefined,
  id,
  parts: undefined
})

/** The binding of the larger work that a call is part of. */
export const Current = Context.Reference<AuthorizationBinding | undefined>(
  "@app/api/internal/call/AuthorizationBinding/Current",
  { defaultValue: () => undefined }
)

// =============================================================================
// Binding
// =============================================================================

/** Binds what is unbound, and returns whether the binding is to this authorization now. */
export const bind = (binding: AuthorizationBinding, id: string | undefined): boolean => {
  if (binding.isBound) return binding.id === id
  binding.isBound = true
  binding.id = id
  for (const part of binding.parts ?? []) bind(part, id)
  return true
}

/** Returns whether a token may be sent, and binds what is unbound to its authorization. */
export const admits = (binding: AuthorizationBinding, { authorizationId }: AccessToken): boolean =>
  bind(binding, authorizationId)

/** Binds `binding` as `leader` is bound, now or later. */
export const follow = (binding: AuthorizationBinding, leader: AuthorizationBinding): void => {
  if (leader.isBound) bind(binding, leader.id)
  else (leader.parts ??= []).push(binding)
}

/** Returns the binding of work that is done for several bindings at once, which are alike. */
export const ofAll = (bindings: ReadonlyArray<AuthorizationBinding>): AuthorizationBinding => {
  const bound = bindings.find(({ isBound }) => isBound)
  return bound ?? { ...make(), parts: [...bindings] }
}

/** Returns whether two bindings stay alike whatever token comes next, which holds for two unbound ones, too. */
export const areAlike = (a: AuthorizationBinding, b: AuthorizationBinding): boolean =>
  a.isBound === b.isBound && a.id === b.id

// =============================================================================
// Running
// =============================================================================

/** Runs `effect` so that all its calls go out under one authorization. */
export const together = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.flatMap(
    Current,
    (current) => current === undefined ? Effect.provideService(effect, Current, make()) : effect
  )

/**
 * Returns the sign-in of the current token.
 *
 * **Details**
 *
 * Undefined when there is none, or when a stand-in for the token service implements `get` alone.
 */
export const current = (tokens: TokenService["Service"]): Effect.Effect<string | undefined> =>
  Effect.catchDefect(tokens.authorizationId, () => Effect.undefined)

/** The failure of a call whose authorization was replaced. */
export const changed = (): Exit.Exit<never, AuthError.AuthError> =>
  Exit.fail(new AuthError.AuthError({ reason: new AuthError.AuthorizationChanged() }))
