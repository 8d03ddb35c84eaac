/**
 * Storage for the tokens of accounts, with one holder of a record at a time.
 *
 * **When to use**
 *
 * Use `layerMemory` in tests, and in programs that can sign in at each start. To keep tokens longer, put
 * `TokenStorage.layerTokenStore` on top of `FileTokenStorage`, `SqlTokenStorage` or `KeyValueTokenStorage`.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { type AuthError, ReauthorizationRequired } from "./AuthError.ts"
import * as KeyedLock from "./internal/storage/KeyedLock.ts"
import { TokenSet } from "./TokenSet.ts"

// =============================================================================
// Model
// =============================================================================

/**
 * The key of a record: an account of a client at an issuer.
 *
 * **Details**
 *
 * A key holds no secret, and an account is never empty, so no two accounts can share a record.
 *
 * @category models
 * @since 0.1.0
 */
export interface TokenKey {
  /** `AuthorizationServer.issuer`. */
  readonly issuer: string
  /** `Client.clientId`. */
  readonly clientId: string
  /** The program's own name for the person, or `"default"` in a program with one account. */
  readonly account: string
}

/** The fields for one configured grant. */
const grown = {
  /** The tokens; absent until a request has succeeded. */
  tokenSet: Schema.optionalKey(TokenSet),
  /** A refresh token from a response without a usable access token; used when there is no token set. */
  refreshToken: Schema.optionalKey(Schema.RedactedFromValue(Schema.String)),
  /** The configured credential that these tokens come from, so that a newly configured one is told from one that is spent. */
  origin: Schema.RedactedFromValue(Schema.String),
  /** The end of the sign-in, once the server has ended it. The tokens are kept, because servers have been wrong about this. */
  ended: Schema.optionalKey(ReauthorizationRequired),
  /**
   * The time at which a refresh request was sent whose response is unknown.
   *
   * **Details**
   *
   * Written before the request. If the process dies, the next one reports `AnswerLost` rather than `Revoked` when the
   * server refuses the refresh token.
   */
  pendingSince: Schema.optionalKey(Schema.DateTimeUtcFromMillis)
}

/**
 * Schema for the record of a key.
 *
 * @category models
 * @since 0.1.0
 */
export class TokenRecord extends Schema.Class<TokenRecord>("@app/auth/TokenRecord")({
  ...grown,
  /**
   * The fields of other configured grants of the same account, the latest first. During a rolling deployment, programs with
   * an older and a newer grant share the record, and each continues from its own.
   */
  others: Schema.optionalKey(Schema.Array(Schema.Struct(grown)))
}) {}

/**
 * A locked record, valid while `modify` runs.
 *
 * @category models
 * @since 0.1.0
 */
export interface Entry {
  /** Reads the record; none when there is none. */
  readonly read: Effect.Effect<Option.Option<TokenRecord>, AuthError>
  /** Replaces the record. The record is stored once this succeeds. */
  readonly write: (record: TokenRecord) => Effect.Effect<void, AuthError>
}

// =============================================================================
// Service
// =============================================================================

/**
 * A token store.
 *
 * @category services
 * @since 0.1.0
 */
export class TokenStore extends Context.Service<TokenStore, {
  /**
   * Runs `use` with the locked record of a key.
   *
   * **Details**
   *
   * Nobody who shares the store reads or writes that record until `use` ends, in whatever way it ends. Other keys do not
   * wait. Fails with `StoreFailed` when the lock cannot be taken.
   */
  readonly modify: <A, E, R>(
    key: TokenKey,
    use: (entry: Entry) => Effect.Effect<A, E, R>
  ) => Effect.Effect<A, E | AuthError, R>
  /**
   * Runs `onChange` when somebody else may have written the record of a key, until the scope closes. Absent where nobody
   * tells.
   *
   * **Details**
   *
   * A token service then looks in the store, and takes over newer tokens, a new sign-in or a sign-out without a request.
   */
  readonly watch?: (key: TokenKey, onChange: Effect.Effect<void>) => Effect.Effect<void, never, Scope.Scope>
  /**
   * Reads the record of a key without its lock; none when there is none.
   *
   * **Details**
   *
   * Use to adopt tokens that somebody else has refreshed, which is most of what programs find that share a store. Whoever
   * wants to write reads again under the lock.
   */
  readonly peek: (key: TokenKey) => Effect.Effect<Option.Option<TokenRecord>, AuthError>
}>()("@app/auth/TokenStore") {}

// =============================================================================
// Layers
// =============================================================================

/**
 * Layer that keeps records in the memory of this process, for as long as the layer lives.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerMemory: Layer.Layer<TokenStore> = Layer.sync(TokenStore, () => {
  const records = new Map<string, TokenRecord>()
  const fibers = KeyedLock.make()
  const nameOf = ({ account, clientId, issuer }: TokenKey) => JSON.stringify([issuer, clientId, account])
  return TokenStore.of({
    peek: (key) => Effect.sync(() => Option.fromUndefinedOr(records.get(nameOf(key)))),
    modify: (key, use) => {
      const name = nameOf(key)
      return KeyedLock.holding(
        fibers.take(name),
        Effect.suspend(() =>
          use({
            read: Effect.sync(() => Option.fromUndefinedOr(records.get(name))),
            write: (record) =>
              Effect.sync(() => {
                records.set(name, record)
              })
          })
        )
      )
    }
  })
})
