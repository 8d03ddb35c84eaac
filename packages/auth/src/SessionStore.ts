/**
 * Storage for the sessions of a web application: which account a browser has signed in to.
 *
 * **Details**
 *
 * A session is a random secret that only the browser has, in a cookie with `HttpOnly` and `SameSite=Lax`. The store finds it
 * by its SHA-256, so that whoever reads the store cannot take over a session. Tokens are not in it: they are those of the
 * account, in the `TokenStore`.
 *
 * **Example** (A session for whoever has signed in)
 *
 * ```ts
 * import * as SessionStore from "@app/auth/SessionStore"
 * import * as SecureRandom from "effect/crypto/SecureRandom"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * const program = Effect.gen(function*() {
 *   const sessions = yield* SessionStore.SessionStore
 *   const session = yield* sessions.begin("alice")
 *   return yield* sessions.accountOf(session)
 * })
 *
 * const Sessions = SessionStore.layerMemory().pipe(Layer.provide(SecureRandom.layerWebCrypto))
 *
 * export const runnable = Effect.provide(program, Sessions)
 * ```
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Base64Url from "effect/encoding/Base64Url"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as AuthError from "./AuthError.ts"
import * as Clocks from "./Clocks.ts"
import * as StoredName from "./internal/storage/StoredName.ts"

// =============================================================================
// Service
// =============================================================================

/**
 * A store of sessions.
 *
 * @category services
 * @since 0.1.0
 */
export class SessionStore extends Context.Service<SessionStore, {
  /** Begins a session of an account, and returns its secret. Fails with `StoreFailed` when it cannot be kept. */
  readonly begin: (account: string) => Effect.Effect<Redacted.Redacted<string>, AuthError.AuthError>
  /** Reads the account of a session; none when there is no such session, or it is over. */
  readonly accountOf: (
    session: Redacted.Redacted<string>
  ) => Effect.Effect<Option.Option<string>, AuthError.AuthError>
  /** Ends a session; nothing changes when there is none. */
  readonly end: (session: Redacted.Redacted<string>) => Effect.Effect<void, AuthError.AuthError>
  /** The time after which a session is over, which is that of its cookie, too. */
  readonly lifetime: Duration.Duration
}>()("@app/auth/SessionStore") {}

/**
 * Options of a store.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** The time after which a session is over. Default: 30 days. */
  readonly lifetime?: Duration.Input | undefined
}

// =============================================================================
// Constructor
// =============================================================================

/**
 * A place for texts that are over after a while.
 *
 * @category models
 * @since 0.1.0
 */
export interface Storage {
  /** Keeps a text under a name of 64 hexadecimal digits, until `lifetime` is over. */
  readonly write: (name: string, text: string, lifetime: Duration.Duration) => Effect.Effect<void, AuthError.AuthError>
  /** Reads the text of a name; none when there is none, or it is over. */
  readonly read: (name: string) => Effect.Effect<Option.Option<string>, AuthError.AuthError>
  /** Removes the text of a name. */
  readonly take: (name: string) => Effect.Effect<unknown, AuthError.AuthError>
}

/**
 * Makes a store of a place for texts.
 *
 * **When to use**
 *
 * Use to add a backend, such as Redis with `SET … EX`, `GET` and `DEL`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function*(
  { read, take, write }: Storage,
  options?: Options
): Effect.fn.Return<SessionStore["Service"], never, SecureRandom.SecureRandom> {
  const { randomBytes } = yield* SecureRandom.SecureRandom
  const lifetime = Duration.fromInputUnsafe(options?.lifetime ?? "30 days")
  return {
    begin: Effect.fnUntraced(function*(account) {
      const session = Redacted.make(Base64Url.encode(yield* randomBytes(32)), { label: "session" })
      yield* write(yield* StoredName.ofSecret(session), JSON.stringify(account), lifetime)
      return session
    }),
    accountOf: (session) =>
      Effect.map(Effect.flatMap(StoredName.ofSecret(session), read), Option.flatMap(decodeAccount)),
    end: (session) => Effect.asVoid(Effect.flatMap(StoredName.ofSecret(session), take)),
    lifetime
  }
})

/** Databases store no NUL, which JSON escapes. */
const decodeAccount = Schema.decodeOption(Schema.fromJsonString(Schema.String))

// =============================================================================
// Layers
// =============================================================================

/**
 * Layer that keeps sessions in the memory of this process, for as long as the layer lives.
 *
 * **When to use**
 *
 * Use in tests, and for servers of one process whose people may sign in again after a restart.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerMemory = (options?: Options): Layer.Layer<SessionStore, never, SecureRandom.SecureRandom> =>
  Layer.effect(
    SessionStore,
    Effect.gen(function*() {
      const clock = yield* Clock.Clock
      const texts = new Map<string, Clocks.Period & { readonly text: string }>()
      const isOver = (period: Clocks.Period) => Clocks.remaining(period, Clocks.now(clock)) <= 0
      return yield* make({
        write: (name, text, lifetime) =>
          Effect.sync(() => {
            // All have the same lifetime, so the oldest are over first.
            for (const [name, period] of texts) {
              if (!isOver(period)) break
              texts.delete(name)
            }
            texts.set(name, { text, since: Clocks.now(clock), lasts: Duration.toMillis(lifetime) })
          }),
        read: (name) =>
          Effect.sync(() => {
            const kept = texts.get(name)
            return kept === undefined || isOver(kept) ? Option.none() : Option.some(kept.text)
          }),
        take: (name) => Effect.sync(() => texts.delete(name))
      }, options)
    })
  )
