/**
 * Storage for service keys and for sign-ins that have begun, beside the store of tokens.
 *
 * **Details**
 *
 * `SqlFleetStore` keeps them in PostgreSQL; `layerMemory` is for tests. No secret is in it: of a service key there is the
 * SHA-256 of its secrets, and of a sign-in its account and its status.
 */
import type { AuthError } from "@app/auth/AuthError"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Right, Tenants } from "./ServiceKey.ts"

// =============================================================================
// Model
// =============================================================================

/**
 * Schema for a service key at rest.
 *
 * @category models
 * @since 0.1.0
 */
export class StoredKey extends Schema.Class<StoredKey>("@app/fleet/StoredKey")({
  id: Schema.String,
  name: Schema.String,
  tenants: Tenants,
  rights: Schema.Array(Right),
  createdAt: Schema.DateTimeUtcFromMillis,
  expiresAt: Schema.optionalKey(Schema.DateTimeUtcFromMillis),
  /** Its secrets, the newest first: two at most. */
  secrets: Schema.Array(Schema.Struct({
    /** In lower-case hex. */
    sha256: Schema.String,
    createdAt: Schema.DateTimeUtcFromMillis,
    expiresAt: Schema.optionalKey(Schema.DateTimeUtcFromMillis)
  }))
}) {}

/**
 * A sign-in that has begun.
 *
 * @category models
 * @since 0.1.0
 */
export interface StoredSignIn {
  readonly id: string
  readonly tenant: string
  readonly app: string
  readonly account: string
  readonly status: "pending" | "completed" | "failed"
  /** The error code of a sign-in that has failed. */
  readonly error: string | undefined
  /** The time until which the callback can come. */
  readonly expiresAt: DateTime.Utc
}

// =============================================================================
// Service
// =============================================================================

/**
 * A store of service keys and sign-ins.
 *
 * **Details**
 *
 * Fails with `StoreFailed`.
 *
 * @category services
 * @since 0.1.0
 */
export class FleetStore extends Context.Service<FleetStore, {
  readonly findKey: (id: string) => Effect.Effect<Option.Option<StoredKey>, AuthError>
  /** Writes a key; `false`, and nothing is written, when the key is no longer as `previous` was. */
  readonly putKey: (key: StoredKey, previous: StoredKey | undefined) => Effect.Effect<boolean, AuthError>
  /** Deletes a key, and returns whether there was one. */
  readonly removeKey: (id: string) => Effect.Effect<boolean, AuthError>
  readonly listKeys: Effect.Effect<ReadonlyArray<StoredKey>, AuthError>
  /** Keeps a sign-in for a day more than its callback may take. */
  readonly putSignIn: (signIn: StoredSignIn) => Effect.Effect<void, AuthError>
  readonly findSignIn: (id: string) => Effect.Effect<Option.Option<StoredSignIn>, AuthError>
  readonly finishSignIn: (
    id: string,
    status: "completed" | "failed",
    error: string | undefined
  ) => Effect.Effect<void, AuthError>
  /** Succeeds when the store answers. */
  readonly ping: Effect.Effect<void, AuthError>
}>()("@app/fleet/FleetStore") {}

// =============================================================================
// Layers
// =============================================================================

/** The text that tells one state of a key from another. */
const textOf = Schema.encodeSync(Schema.fromJsonString(StoredKey))

/** Days are the unit in which sign-ins are kept. */
const isKept = (signIn: StoredSignIn, now: DateTime.Utc): boolean =>
  DateTime.isGreaterThan(DateTime.addDuration(signIn.expiresAt, "1 day"), now)

/**
 * Layer that keeps keys and sign-ins in memory, for as long as the layer lives.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerMemory: Layer.Layer<FleetStore> = Layer.sync(FleetStore, () => {
  const keys = new Map<string, StoredKey>()
  const signIns = new Map<string, StoredSignIn>()
  return FleetStore.of({
    findKey: (id) => Effect.sync(() => Option.fromUndefinedOr(keys.get(id))),
    putKey: (key, previous) =>
      Effect.sync(() => {
        const current = keys.get(key.id)
        const isAsExpected = current === undefined || previous === undefined
          ? current === previous
          : textOf(current) === textOf(previous)
        if (isAsExpected) keys.set(key.id, key)
        return isAsExpected
      }),
    removeKey: (id) => Effect.sync(() => keys.delete(id)),
    listKeys: Effect.sync(() => Array.from(keys.values())),
    putSignIn: (signIn) => Effect.sync(() => void signIns.set(signIn.id, signIn)),
    findSignIn: (id) =>
      Effect.map(
        DateTime.now,
        (now) => Option.filter(Option.fromUndefinedOr(signIns.get(id)), (signIn) => isKept(signIn, now))
      ),
    finishSignIn: (id, status, error) =>
      Effect.sync(() => {
        const signIn = signIns.get(id)
        if (signIn !== undefined) signIns.set(id, { ...signIn, status, error })
      }),
    ping: Effect.void
  })
})
