/** The tokens of one account as a client of a fleet has them: a copy that is asked for anew when its end is near. */
import { AccessToken } from "@app/auth/AccessToken"
import type * as AuthError from "@app/auth/AuthError"
import type { Grant } from "@app/auth/Grant"
import type * as TokenService from "@app/auth/TokenService"
import type { TokenStatus } from "@app/auth/TokenStatus"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Semaphore from "effect/Semaphore"
import * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"
import type { TokenResponse } from "../../contract/TokensApi.ts"

/** The requests about one account. */
export interface Requests {
  readonly get: (minTtl: number) => Effect.Effect<TokenResponse, AuthError.AuthError>
  readonly refuse: (token: AccessToken) => Effect.Effect<void, AuthError.AuthError>
  readonly authorize: (grant: Grant) => Effect.Effect<void, AuthError.AuthError>
  readonly retry: Effect.Effect<void, AuthError.AuthError>
  readonly signOut: Effect.Effect<void, AuthError.AuthError>
}

interface State {
  readonly token: AccessToken | undefined
  /** Whether the token has come in the place of one that an API had refused. */
  readonly isReplacement: boolean
  readonly generation: number
  readonly error: AuthError.AuthError | undefined
}

const tokenOf = (response: TokenResponse): AccessToken =>
  new AccessToken({
    value: response.access_token,
    scopes: response.scope.split(" ").filter((scope) => scope !== ""),
    issuedAt: response.issued_at,
    ...(response.expires_at !== undefined && { expiresAt: response.expires_at }),
    ...(response.authorization_id !== undefined && { authorizationId: response.authorization_id })
  })

/** The end of a token's life in which it is asked for anew: a tenth of it, and a minute at most. */
const marginOf = (token: AccessToken): Duration.Duration =>
  Option.match(token.lifetime, {
    onNone: () => Duration.zero,
    onSome: (lifetime) => Duration.min(Duration.minutes(1), Duration.times(lifetime, 0.1))
  })

const isFar = (token: AccessToken, now: DateTime.Utc): boolean =>
  Option.match(token.remaining(now), {
    onNone: () => true,
    onSome: (left) => Duration.isGreaterThan(left, marginOf(token))
  })

const retryAtOf = (error: AuthError.AuthError | undefined): DateTime.Utc | undefined =>
  error?.reason._tag === "TokenRequestFailed" ? error.reason.retryAt : undefined

const phaseOf = ({ error, token }: State): TokenStatus["phase"] => {
  switch (error?.reason._tag) {
    case undefined:
      return token === undefined ? "Empty" : "Valid"
    case "ReauthorizationRequired":
      return "SignInRequired"
    case "InvalidConfiguration":
      return "Misconfigured"
    default:
      return "Retrying"
  }
}

const statusOf = (state: State): TokenStatus => ({
  phase: phaseOf(state),
  generation: state.generation,
  expiresAt: state.token?.expiresAt,
  refreshAt: undefined,
  error: state.error,
  retryAt: retryAtOf(state.error),
  unsaved: undefined,
  signInDueAt: undefined,
  isSignInDueSoon: false
})

const empty: State = { token: undefined, isReplacement: false, generation: 0, error: undefined }

/** Makes the tokens of an account, which holds no resource. */
export const make = (requests: Requests): Effect.Effect<TokenService.Service> =>
  Effect.gen(function*() {
    const ref = yield* SubscriptionRef.make(empty)
    const oneAtATime = Semaphore.makeUnsafe(1).withPermits(1)
    const state = SubscriptionRef.get(ref)
    const set = (change: Partial<State>) => SubscriptionRef.update(ref, (state) => ({ ...state, ...change }))

    const ask = (minTtl: number, isReplacement: boolean) =>
      requests.get(minTtl).pipe(
        Effect.map(tokenOf),
        Effect.tap((token) =>
          SubscriptionRef.update(ref, (state): State => ({
            token,
            isReplacement,
            error: undefined,
            generation: state.token?.isSameAs(token) === true ? state.generation : state.generation + 1
          }))
        ),
        Effect.tapError((error) => set({ error }))
      )

    /** Asks anew, unless somebody just has; a token that is still good serves while the fleet is away. */
    const renew = oneAtATime(Effect.gen(function*() {
      const { error, token } = yield* state
      const now = yield* DateTime.now
      if (token !== undefined && isFar(token, now)) return token
      const retryAt = retryAtOf(error)
      const isPausing = error !== undefined && retryAt !== undefined && DateTime.isGreaterThan(retryAt, now)
      const asked = isPausing
        ? Effect.fail(error)
        : ask(token === undefined ? 0 : Math.ceil(Duration.toSeconds(marginOf(token))), false)
      if (token === undefined || token.isExpired(now)) return yield* asked
      return yield* Effect.catchIf(asked, ({ isRetryable }) => isRetryable, () => Effect.succeed(token))
    }))

    const get = Effect.gen(function*() {
      const { token } = yield* state
      return token !== undefined && isFar(token, yield* DateTime.now) ? token : yield* renew
    })

    const replace = (token: AccessToken) =>
      oneAtATime(Effect.gen(function*() {
        const current = yield* state
        if (current.token?.isSameAs(token) === false) return current.token
        yield* requests.refuse(token)
        yield* set({ token: undefined })
        return yield* ask(0, true)
      }))

    const forget = set({ token: undefined, error: undefined })

    return {
      clientId: undefined,
      authorizationId: Effect.map(state, ({ token }) => token?.authorizationId),
      get,
      refresh: Effect.flatMap(state, ({ token }) => token === undefined ? get : replace(token)),
      invalidate: (token) =>
        Effect.gen(function*() {
          const current = yield* state
          if (current.token?.isSameAs(token) === true && current.isReplacement) return false
          // The next `get` reports what is wrong.
          yield* Effect.ignore(replace(token))
          return true
        }),
      authorize: (grant) =>
        oneAtATime(requests.authorize(grant).pipe(Effect.andThen(forget), Effect.andThen(ask(0, false)))),
      retryEndedSignIn: oneAtATime(requests.retry.pipe(Effect.andThen(forget), Effect.andThen(ask(0, false)))),
      signOut: oneAtATime(Effect.andThen(requests.signOut, forget)),
      status: Effect.map(state, statusOf),
      changes: Stream.map(SubscriptionRef.changes(ref), statusOf)
    }
  })
