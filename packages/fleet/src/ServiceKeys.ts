/**
 * The keys by which services sign in to a fleet: made, checked, rotated and revoked.
 *
 * **Details**
 *
 * At rest there is the SHA-256 of a secret, which needs no salt and no slow hash since a secret has 256 random bits. A key
 * that was valid is taken for valid for 5 seconds without another look at the store, and for 5 minutes while the store is
 * away.
 */
import * as AuthError from "@app/auth/AuthError"
import * as Context from "effect/Context"
import * as Digest from "effect/crypto/Digest"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Hex from "effect/encoding/Hex"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { FleetStore, StoredKey } from "./FleetStore.ts"
import * as KeyRules from "./internal/KeyRules.ts"
import * as ServiceKey from "./ServiceKey.ts"

// =============================================================================
// Service
// =============================================================================

/**
 * A service key to make.
 *
 * @category models
 * @since 0.1.0
 */
export interface NewKey {
  /** The name of the service, for people and the audit log. */
  readonly name: string
  readonly tenants: ServiceKey.Tenants
  readonly rights: ReadonlyArray<ServiceKey.Right>
  /** The time at which the key ends. Default: never. */
  readonly expiresAt?: DateTime.Utc | undefined
}

/**
 * A key with a new secret, which nobody can read again.
 *
 * @category models
 * @since 0.1.0
 */
export interface Issued {
  readonly key: Redacted.Redacted<string>
  readonly stored: StoredKey
}

/**
 * The service keys of a fleet.
 *
 * **Details**
 *
 * Fails with `StoreFailed` when the store cannot be reached.
 *
 * @category services
 * @since 0.1.0
 */
export class ServiceKeys extends Context.Service<ServiceKeys, {
  /** Returns whom a key belongs to; none for a text that is no valid key. */
  readonly authenticate: (
    key: Redacted.Redacted<string>
  ) => Effect.Effect<Option.Option<ServiceKey.Principal>, AuthError.AuthError>
  readonly create: (key: NewKey) => Effect.Effect<Issued, AuthError.AuthError>
  /**
   * Gives a key a new secret beside the former one, which ends after `overlap`, by default a day; none when there is no
   * such key.
   *
   * **Details**
   *
   * Two secrets are valid at most: a third ends the oldest.
   */
  readonly rotate: (
    id: string,
    options?: { readonly overlap?: Duration.Input | undefined }
  ) => Effect.Effect<Option.Option<Issued>, AuthError.AuthError>
  /** Deletes a key, and returns whether there was one. */
  readonly revoke: (id: string) => Effect.Effect<boolean, AuthError.AuthError>
  readonly find: (id: string) => Effect.Effect<Option.Option<StoredKey>, AuthError.AuthError>
  readonly list: Effect.Effect<ReadonlyArray<StoredKey>, AuthError.AuthError>
}>()("@app/fleet/ServiceKeys") {}

/**
 * Options for `layer`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /**
   * The key of an administrator for all tenants, with all rights, that is in no store: the one to make the others with.
   *
   * **Details**
   *
   * To replace it, start the processes anew with another one.
   */
  readonly adminKey?: Redacted.Redacted<string> | undefined
}

// =============================================================================
// Constructor
// =============================================================================

const freshFor = Duration.toMillis("5 seconds")
const usableFor = Duration.toMillis("5 minutes")
const maxCached = 10_000

/** The longest wait for the store where a key is in memory. */
const patience = Duration.seconds(1)

interface Cached {
  readonly key: StoredKey
  readonly readAt: number
  /** The last attempt to read it. */
  readonly lookedAt: number
}

const principalOf = ({ id, name, rights, tenants }: StoredKey): ServiceKey.Principal =>
  new ServiceKey.Principal({ id, name, rights, tenants })

const storeFailed = (
  operation: "read" | "write",
  kind: AuthError.StoreFailed["kind"],
  issue: string
): AuthError.AuthError =>
  new AuthError.AuthError({
    reason: new AuthError.StoreFailed({ operation, kind, place: "the service keys", issue })
  })

const conflict = storeFailed("write", "Conflict", "somebody else has changed the key meanwhile")

const hanging = storeFailed("read", "Unavailable", "the store did not answer in time")

/** The administrator's key that is in no store. */
const adminOf = Effect.fnUntraced(function*(
  key: Redacted.Redacted<string>,
  digestOf: (secret: Redacted.Redacted<string>) => Effect.Effect<Uint8Array>
) {
  const parts = ServiceKey.parse(Redacted.value(key))
  if (parts === undefined) {
    return yield* new AuthError.AuthError({
      reason: new AuthError.InvalidConfiguration({
        setting: "adminKey",
        issue: "it is no service key. Make one with `token-fleet new-key`."
      })
    })
  }
  const createdAt = yield* DateTime.now
  return new StoredKey({
    id: parts.id,
    name: "admin",
    tenants: "*",
    rights: ServiceKey.Right.literals,
    createdAt,
    secrets: [{ sha256: Hex.encode(yield* digestOf(parts.secret)), createdAt }]
  })
})

/**
 * Makes the service keys of the store in context.
 *
 * **Details**
 *
 * Fails with `InvalidConfiguration` when `adminKey` is no service key.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function*(options: Options = {}): Effect.fn.Return<
  ServiceKeys["Service"],
  AuthError.AuthError,
  Digest.Digest | FleetStore | SecureRandom.SecureRandom
> {
  const store = yield* FleetStore
  const { digest } = yield* Digest.Digest
  const random = yield* SecureRandom.SecureRandom
  const cache = new Map<string, Cached>()

  const digestOf = (secret: Redacted.Redacted<string>) =>
    digest(Digest.sha256, new TextEncoder().encode(Redacted.value(secret)))

  const configured = options.adminKey === undefined ? undefined : yield* adminOf(options.adminKey, digestOf)

  const keep = (id: string, key: StoredKey | undefined, now: number): StoredKey | undefined => {
    cache.delete(id)
    if (key !== undefined) cache.set(id, { key, readAt: now, lookedAt: now })
    const [oldest] = cache.keys()
    if (cache.size > maxCached && oldest !== undefined) cache.delete(oldest)
    return key
  }

  /** Reads a key, or takes the one in memory: a fresh one, and for a while an older one where the store is away. */
  const look = Effect.fnUntraced(function*(id: string, now: number) {
    const cached = cache.get(id)
    if (cached === undefined || Math.abs(now - cached.readAt) >= usableFor) {
      return keep(id, Option.getOrUndefined(yield* store.findKey(id)), now)
    }
    return yield* store.findKey(id).pipe(
      Effect.map((found) => keep(id, Option.getOrUndefined(found), now)),
      Effect.timeoutOrElse({ duration: patience, orElse: () => Effect.fail(hanging) }),
      Effect.catchIf((error) => error.isRetryable, () =>
        Effect.sync(() => {
          cache.set(id, { ...cached, lookedAt: now })
          return cached.key
        }))
    )
  })

  const issue = Effect.fnUntraced(function*(
    parts: ServiceKey.Parts,
    change: (sha256: string, now: DateTime.Utc) => StoredKey,
    previous: StoredKey | undefined
  ) {
    const stored = change(Hex.encode(yield* digestOf(parts.secret)), yield* DateTime.now)
    if (!(yield* store.putKey(stored, previous))) return yield* conflict
    cache.delete(stored.id)
    return { key: ServiceKey.print(parts), stored }
  })

  const generate = (id?: string) => Effect.provideService(ServiceKey.generate(id), SecureRandom.SecureRandom, random)

  return ServiceKeys.of({
    authenticate: Effect.fnUntraced(function*(text) {
      const parts = ServiceKey.parse(Redacted.value(text))
      if (parts === undefined) return Option.none()
      const given = yield* digestOf(parts.secret)
      const now = yield* DateTime.now
      const isValid = (key: StoredKey | undefined): key is StoredKey => KeyRules.accepts(key, given, now)
      if (configured !== undefined && configured.id === parts.id) {
        return isValid(configured) ? Option.some(principalOf(configured)) : Option.none()
      }
      const cached = cache.get(parts.id)
      const isFresh = cached !== undefined && Math.abs(now.epochMilliseconds - cached.lookedAt) < freshFor
      // Another process may have given the key a new secret just now.
      if (isFresh && isValid(cached.key)) return Option.some(principalOf(cached.key))
      const key = yield* look(parts.id, now.epochMilliseconds)
      return isValid(key) ? Option.some(principalOf(key)) : Option.none()
    }),
    create: ({ expiresAt, name, rights, tenants }) =>
      Effect.flatMap(generate(), (parts) =>
        issue(parts, (sha256, now) =>
          new StoredKey({
            id: parts.id,
            name,
            tenants,
            rights,
            createdAt: now,
            ...(expiresAt !== undefined && { expiresAt }),
            secrets: [{ sha256, createdAt: now }]
          }), undefined)),
    rotate: Effect.fnUntraced(function*(id, options) {
      const overlap = Duration.fromInputUnsafe(options?.overlap ?? "1 day")
      const found = yield* store.findKey(id)
      if (Option.isNone(found)) return Option.none()
      const parts = yield* generate(id)
      return Option.some(
        yield* issue(parts, (sha256, now) => KeyRules.rotate(found.value, sha256, now, overlap), found.value)
      )
    }),
    revoke: (id) => Effect.tap(store.removeKey(id), () => Effect.sync(() => cache.delete(id))),
    find: store.findKey,
    list: store.listKeys
  })
})

// =============================================================================
// Layers
// =============================================================================

/**
 * Layer that provides the service keys of the store in context, as `make` does.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  options?: Options
): Layer.Layer<
  ServiceKeys,
  AuthError.AuthError,
  Digest.Digest | FleetStore | SecureRandom.SecureRandom
> => Layer.effect(ServiceKeys, make(options))
