/**
 * A Cloudflare Worker that calls Spotify for one person, and the Durable Object that keeps this person's tokens.
 *
 * **Details**
 *
 * A Worker serves many requests at the same time, and none of them may wait for the I/O of another: workerd ends one that
 * does. A `TokenService` lets callers wait for one token request, so one that is shared by the requests of a Worker fails
 * once its token has ended, for some of them. A Durable Object has no such limit:
 *
 * - `Tokens`, the Durable Object, holds the `TokenService` of one account, refreshes its tokens in time, and keeps them in
 *   its storage. There is one object of an account in the whole world, so there is one token request at a time.
 * - The Worker makes its layer for each request, and asks the object for a token. That is a message, and no token request.
 *
 * **Gotchas**
 *
 * Keep no layer, runtime, fiber or `Deferred` in a variable of a Worker's module. Data may stay there.
 *
 * @see https://developers.cloudflare.com/workers/observability/errors/#cannot-perform-io-on-behalf-of-a-different-request
 * @see https://developers.cloudflare.com/durable-objects/
 */
import * as FetchHttpClient from "@app/api/FetchHttpClient"
import * as Profile from "@app/api/Profile"
import * as SpotifyClient from "@app/api/SpotifyClient"
import * as AuthError from "@app/auth/AuthError"
import * as KeyValueTokenStorage from "@app/auth/KeyValueTokenStorage"
import * as TokenService from "@app/auth/TokenService"
import * as TokenSource from "@app/auth/TokenSource"
import * as TokenStorage from "@app/auth/TokenStorage"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as KeyValueStore from "effect/persistence/KeyValueStore"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

// =============================================================================
// Cloudflare
// =============================================================================

/** The parts of Cloudflare's types that the example needs; your own program has `@cloudflare/workers-types`. */
interface DurableObjectState {
  readonly storage: {
    readonly get: (key: string) => Promise<unknown>
    readonly put: (key: string, value: string) => Promise<void>
    readonly delete: (key: string) => Promise<boolean>
    readonly deleteAll: () => Promise<void>
    readonly list: () => Promise<ReadonlyMap<string, unknown>>
  }
}

/**
 * The bindings of the Worker.
 *
 * **Details**
 *
 * The settings are those of `TokenService.layerConfig`. `wrangler secret put SPOTIFY_REFRESH_TOKEN` sets a secret.
 */
export interface Env {
  readonly TOKENS: {
    readonly idFromName: (name: string) => unknown
    readonly get: (id: unknown) => { readonly fetch: (request: Request) => Promise<Response> }
  }
  readonly SPOTIFY_CLIENT_ID: string
  readonly SPOTIFY_REFRESH_TOKEN: string
  readonly SPOTIFY_ACCOUNTS_URL?: string
  readonly SPOTIFY_API_URL?: string
}

const settingsOf = (env: Env) => ConfigProvider.layer(ConfigProvider.fromUnknown(env))

// =============================================================================
// Durable Object
// =============================================================================

/** Layer that keeps texts in the storage of a Durable Object, which runs alone and needs no lock. */
const ObjectStorage = ({ storage }: DurableObjectState): Layer.Layer<KeyValueStore.KeyValueStore> => {
  const attempt = <A>(method: string, run: () => Promise<A>, key?: string) =>
    Effect.tryPromise({
      try: run,
      catch: (cause) =>
        new KeyValueStore.KeyValueStoreError({
          method,
          ...(key !== undefined && { key }),
          message: "The storage of the Durable Object failed",
          cause
        })
    })
  return Layer.succeed(
    KeyValueStore.KeyValueStore,
    KeyValueStore.makeStringOnly({
      get: (key) =>
        Effect.map(
          attempt("get", () => storage.get(key), key),
          (value) => (typeof value === "string" ? value : undefined)
        ),
      set: (key, value) => attempt("set", () => storage.put(key, value), key),
      remove: (key) => Effect.asVoid(attempt("remove", () => storage.delete(key), key)),
      clear: attempt("clear", () => storage.deleteAll()),
      keys: Effect.map(attempt("keys", () => storage.list()), (entries) => Array.from(entries.keys())),
      size: Effect.map(attempt("size", () => storage.list()), (entries) => entries.size)
    })
  )
}

/** The response of the object: a token, or the reason that there is none, which the Worker passes on. */
const Issued = Schema.fromJsonString(Schema.toCodecJson(Schema.Union([
  Schema.Struct({ value: Schema.String, expiresAt: Schema.NullOr(Schema.Finite) }),
  Schema.Struct({ error: AuthError.AuthError })
])))

/** A token for the Worker; `refused` is one that Spotify has refused. */
const tokenFor = Effect.fnUntraced(function*(refused: string) {
  const current = yield* TokenService.get
  if (Redacted.value(current.value) === refused) yield* TokenService.invalidate(current)
  const { expiresAt, value } = yield* TokenService.get
  return { value: Redacted.value(value), expiresAt: expiresAt?.epochMilliseconds ?? null }
})

/** The tokens of one account. */
export class Tokens {
  readonly #runtime

  constructor(state: DurableObjectState, env: Env) {
    this.#runtime = ManagedRuntime.make(
      TokenService.layerConfig().pipe(
        Layer.provide(TokenStorage.layerTokenStore),
        Layer.provide(KeyValueTokenStorage.layer()),
        Layer.provide([ObjectStorage(state), FetchHttpClient.layer, settingsOf(env)])
      )
    )
  }

  /** Responds to the Worker alone: a Durable Object has no address of its own. */
  async fetch(request: Request): Promise<Response> {
    const refused = await request.text()
    const issued = tokenFor(refused).pipe(
      Effect.catch((error) => Effect.succeed({ error })),
      Effect.flatMap(Schema.encodeEffect(Issued))
    )
    return new Response(await this.#runtime.runPromise(issued))
  }
}

// =============================================================================
// Worker
// =============================================================================

/** Layer for one request, with the tokens of an account. */
const Spotify = (env: Env, account: string) => {
  let last = ""
  const object = env.TOKENS.get(env.TOKENS.idFromName(account))
  const acquire = Effect.gen(function*() {
    const response = yield* Effect.promise(() =>
      object.fetch(new Request("https://tokens.invalid/", { method: "POST", body: last }))
    )
    const issued = yield* Schema.decodeEffect(Issued)(yield* Effect.promise(() => response.text()))
    if ("error" in issued) return yield* issued.error
    const { expiresAt, value } = issued
    last = value
    return { value: Redacted.make(value), expiresIn: expiresAt === null ? undefined : expiresAt - Date.now() }
  })
  return SpotifyClient.layerConfig().pipe(
    Layer.provide(TokenSource.layer({ acquire, name: "Durable Object" })),
    Layer.provide([FetchHttpClient.layer, settingsOf(env)])
  )
}

export default {
  async fetch(_request: Request, env: Env): Promise<Response> {
    const greeting = Effect.map(Profile.me, ({ displayName, id }) => `hello, ${displayName ?? id}`)
    return Effect.runPromise(
      Effect.match(Effect.provide(greeting, Spotify(env, "ann")), {
        onFailure: ({ message }) => new Response(message, { status: 502 }),
        onSuccess: (text) => new Response(text)
      })
    )
  }
}
