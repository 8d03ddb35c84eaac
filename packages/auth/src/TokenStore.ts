/**
 * Where an authorization rests between token requests.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { type AuthError, ReauthorizationRequired } from "./AuthError.ts"
import * as KeyedLock from "./internal/storage/KeyedLock.ts"
import { TokenSet } from "./TokenSet.ts"

// =============================================================================
// Model
// =============================================================================

/**
 * Whose tokens: never a token itself, and never empty, so that no two accounts can meet.
 *
 * @category models
 * @since 0.1.0
 */
export interface TokenKey {
  readonly issuer: string
  readonly clientId: string
  /** The program's own name for the person, or `"default"` where there is one. */
  readonly account: string
}

/** What a grant has grown to. */
const grown = {
  /** Absent where no request has succeeded yet. */
  tokenSet: Schema.optionalKey(TokenSet),
  /** Stands in for the token set's where there is none: an answer that brought no usable access token brought this. */
  refreshToken: Schema.optionalKey(Schema.RedactedFromValue(Schema.String)),
  /**
   * The credential this grew from, so that a newly configured one is told from the one already used up.
   */
  origin: Schema.RedactedFromValue(Schema.String),
  /** Set once the server has ended the sign-in. The tokens stay beside it: servers have been wrong about this. */
  ended: Schema.optionalKey(ReauthorizationRequired),
  /**
   * A request with this refresh token left then, and what the server answered is not known. Written before the request
   * leaves: should the process die in between, the next one can tell a lost answer from a stolen token.
   */
  pendingSince: Schema.optionalKey(Schema.DateTimeUtcFromMillis)
}

/**
 * What a store keeps for a key.
 *
 * @category models
 * @since 0.1.0
 */
export class TokenRecord extends Schema.Class<TokenRecord>("@app/auth/TokenRecord")({
  ...grown,
  /**
   * What other configured grants of the same account have grown to, the latest first. During a rolling deployment programs
   * with an older and a newer grant share the record, and each goes on from its own.
   */
  others: Schema.optionalKey(Schema.Array(Schema.Struct(grown)))
}) {}

/**
 * A record under lock. Only `modify` hands one out, and only for as long as it runs.
 *
 * @category models
 * @since 0.1.0
 */
export interface Entry {
  /** The record as it stands now; none when there is none. */
  readonly read: Effect.Effect<Option.Option<TokenRecord>, AuthError>
  /** Replaces the record. It is kept once this succeeds. */
  readonly write: (record: TokenRecord) => Effect.Effect<void, AuthError>
}

// =============================================================================
// Service
// =============================================================================

/**
 * A token store: one operation, exclusive for its key among everyone who shares the store.
 *
 * @category services
 * @since 0.1.0
 */
export class TokenStore extends Context.Service<TokenStore, {
  /**
   * Runs `use` with the key's record under lock: no one else reads or writes that record until it ends, however it ends.
   * Other keys are not held up. Fails with `StoreFailed` when the lock cannot be had.
   */
  readonly modify: <A, E, R>(
    key: TokenKey,
    use: (entry: Entry) => Effect.Effect<A, E, R>
  ) => Effect.Effect<A, E | AuthError, R>
}>()("@app/auth/TokenStore") {}

// =============================================================================
// Layers
// =============================================================================

/**
 * Keeps records in this process's memory, for as long as the layer lives.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerMemory: Layer.Layer<TokenStore> = Layer.sync(TokenStore, () => {
  const records = new Map<string, TokenRecord>()
  const fibers = KeyedLock.make()
  return TokenStore.of({
    modify: (key, use) => {
      const name = JSON.stringify([key.issuer, key.clientId, key.account])
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
