/**
 * All operations for code without Effect: Promises, async iterables, `AbortSignal` and `await using`.
 *
 * **When to use**
 *
 * Use in a program of Promises, in a framework's handlers, and to bring the package into such a program step by step.
 *
 * **Details**
 *
 * Each section of Spotify's reference is a property, and has the operations of its module: `tracks.get` is `Tracks.get`. An
 * operation that is no function there, such as `Profile.me`, is one here. What they return is plain data:
 *
 * | in the models | here |
 * | --- | --- |
 * | `Duration`, such as `duration` | milliseconds, with the unit in the name: `durationMs` |
 * | `DateTime.Utc`, such as `addedAt` | text in ISO 8601: `"2026-05-01T12:00:00.000Z"` |
 * | `Option` | the value, or `null` |
 *
 * So `JSON.stringify` of a track is what one expects. Arguments take a `Date` where operations take a `DateTime.Utc`.
 *
 * Promises reject with the `SpotifyError` or the `AuthError` of the operation, whose `reason` tells failures apart. Its stack
 * is that of the caller.
 *
 * **Example** (A script)
 *
 * ```ts
 * import * as CommandLine from "@app/api/node/CommandLine"
 * import * as SpotifyPromises from "@app/api/SpotifyPromises"
 *
 * await using spotify = await SpotifyPromises.make(CommandLine.layer({ app: "my-app", scopes: ["user-library-read"] }))
 *
 * const { displayName } = await spotify.profile.me()
 * console.log(`${displayName} has saved:`)
 * for await (const { addedAt, track } of spotify.tracks.saved()) console.log(addedAt, track.name, track.durationMs)
 *
 * const latest = await spotify.tracks.saved().toArray({ limit: 20 })
 * console.log(JSON.stringify(latest))
 * ```
 *
 * **Example** (Telling failures apart, and giving up)
 *
 * ```ts
 * import { SpotifyError } from "@app/api/SpotifyError"
 * import type { SpotifyPromises } from "@app/api/SpotifyPromises"
 *
 * export const nameOf = async (spotify: SpotifyPromises, id: string) => {
 *   try {
 *     const track = await spotify.withSignal(AbortSignal.timeout(2000)).tracks.get(id, { market: "SE" })
 *     return track.name
 *   } catch (error) {
 *     if (error instanceof SpotifyError && error.reason._tag === "NotFound") return undefined
 *     return Promise.reject(error)
 *   }
 * }
 * ```
 */
import { AuthError } from "@app/auth/AuthError"
import * as TokenPromises from "@app/auth/TokenPromises"
import { TokenService } from "@app/auth/TokenService"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Albums from "./Albums.ts"
import * as Artists from "./Artists.ts"
import * as Audio from "./Audio.ts"
import { type Given, given, plain, type PlainValue } from "./internal/promises/Plain.ts"
import * as Library from "./Library.ts"
import type { Page } from "./model/Page.ts"
import * as Profile from "./Profile.ts"
import { ExtendedQuotaMode } from "./QuotaMode.ts"
import * as Recommendations from "./Recommendations.ts"
import * as Search from "./Search.ts"
import type * as SpotifyClient from "./SpotifyClient.ts"
import { SpotifyError } from "./SpotifyError.ts"
import * as Tracks from "./Tracks.ts"

// =============================================================================
// Model
// =============================================================================

const sections = {
  albums: Albums,
  artists: Artists,
  audio: Audio,
  library: Library,
  profile: Profile,
  recommendations: Recommendations,
  search: Search,
  tracks: Tracks
}

/**
 * The operations of all sections.
 *
 * @category models
 * @since 0.1.0
 */
export interface Operations {
  /** Operations on albums. */
  readonly albums: Section<typeof Albums>
  /** Operations on artists. */
  readonly artists: Section<typeof Artists>
  /** Measurements of tracks. */
  readonly audio: Section<typeof Audio>
  /** Operations on what a person has saved and whom they follow. */
  readonly library: Section<typeof Library>
  /** Operations on people. */
  readonly profile: Section<typeof Profile>
  /** Tracks that go with others. */
  readonly recommendations: Section<typeof Recommendations>
  /** Search of the catalogue. */
  readonly search: Section<typeof Search>
  /** Operations on tracks. */
  readonly tracks: Section<typeof Tracks>
}

/**
 * A client whose operations return Promises.
 *
 * @category models
 * @since 0.1.0
 */
export interface SpotifyPromises extends Operations, AsyncDisposable {
  /**
   * Returns the same operations, which give up when the signal is aborted.
   *
   * **Details**
   *
   * They then reject with the signal's `reason`, as `fetch` does. A request that is under way is aborted; one that Spotify
   * has already received may have taken effect.
   */
  readonly withSignal: (signal: AbortSignal) => Operations
  /**
   * Ends the client, after a token request in flight has been answered and its tokens stored. Calls and iterations under way
   * reject.
   */
  readonly close: () => Promise<void>
}

/**
 * A client together with the tokens that it uses.
 *
 * @category models
 * @since 0.1.0
 */
export interface WithTokens {
  /** The token service of the same layer: sign-in, sign-out, status. */
  readonly tokens: TokenPromises.TokenPromises
}

/**
 * The operations of one section.
 *
 * @category models
 * @since 0.1.0
 */
export type Section<Module> = { readonly [Name in keyof Module]: Operation<Module[Name]> }

/**
 * One operation: a function that returns a Promise, or a list.
 *
 * @category models
 * @since 0.1.0
 */
export type Operation<Value> = Value extends
  (...args: infer Args) => Stream.Stream<infer Item, infer _Error, infer _Services>
  ? (...args: Arguments<Args>) => List<PlainValue<Item>>
  : Value extends (...args: infer Args) => Effect.Effect<infer Result, infer _Error, infer _Services>
    ? (...args: Arguments<Args>) => Promise<PlainValue<Result>>
  : Value extends Effect.Effect<infer Result, infer _Error, infer _Services> ? () => Promise<PlainValue<Result>>
  : never

type Arguments<Args extends ReadonlyArray<unknown>> = { [Index in keyof Args]: Given<Args[Index]> }

/**
 * The fields of a model as plain data, which `JSON.stringify` writes as they are.
 *
 * @category models
 * @since 0.1.0
 */
export type { Plain } from "./internal/promises/Plain.ts"

/**
 * A list operation: an async iterable of items, which requests a page when the one before it has been used.
 *
 * **Details**
 *
 * Each iteration begins at the first page. Leaving a `for await` loop ends it.
 *
 * @category models
 * @since 0.1.0
 */
export interface List<Item> extends AsyncIterable<Item> {
  /** Collects the items, at most `limit` of them where it is given. */
  readonly toArray: (options?: { readonly limit?: number | undefined }) => Promise<ReadonlyArray<Item>>
  /** Returns the same list as pages, which tell how many rows there are, and where the list goes on. */
  readonly pages: () => AsyncIterable<Page<Item>>
}

// =============================================================================
// Constructor
// =============================================================================

/**
 * Builds a client from its layer.
 *
 * **Details**
 *
 * Rejects when the layer cannot be built. A layer that provides its `TokenService`, too, as `CommandLine.layer` does, adds
 * `tokens`. Where the layer names no quota mode, operations that Development Mode is not served reject with `Forbidden`.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make: {
  <E>(
    layer: Layer.Layer<SpotifyClient.SpotifyClient | TokenService, E>
  ): Promise<SpotifyPromises & WithTokens>
  <E>(layer: Layer.Layer<SpotifyClient.SpotifyClient, E>): Promise<SpotifyPromises>
} = async <E>(layer: Layer.Layer<SpotifyClient.SpotifyClient, E>): Promise<SpotifyPromises & WithTokens> => {
  const caller = callerOf(make)
  const runtime = ManagedRuntime.make(layer)
  const context = await runtime.context().catch((error: unknown) => Promise.reject(calledBy(error, caller)))
  // Without it, the layer is for Development Mode, and such operations fail before anything is sent.
  const services = Context.merge(Context.make(ExtendedQuotaMode, { isCertain: false }), context)
  const run = <A>(effect: Effect.Effect<A, unknown, Services>) =>
    runtime.runPromise(Effect.provideContext(effect, services))
  const ending = new AbortController()
  // The runtime ends what it runs, and an iteration runs by itself.
  const end = Effect.sync(() => ending.abort(new Error("The client has been closed.")))
  await runtime.runPromise(Scope.addFinalizer(runtime.scope, end))
  const operations = (signal?: AbortSignal) => operationsOf({ run, services, signal, ending: ending.signal })
  const close = () => runtime.dispose()
  return {
    ...operations(),
    get tokens() {
      return TokenPromises.of(runtime, Context.getUnsafe(context, TokenService))
    },
    withSignal: operations,
    close,
    [Symbol.asyncDispose]: close
  }
}

// =============================================================================
// Operations
// =============================================================================

type Services = SpotifyClient.SpotifyClient | ExtendedQuotaMode

type Call = Effect.Effect<unknown, SpotifyClient.Failure, Services>

interface Runner {
  readonly run: <A>(effect: Effect.Effect<A, unknown, Services>) => Promise<A>
  readonly services: Context.Context<Services>
  readonly signal: AbortSignal | undefined
  /** Aborted when the client is closed. */
  readonly ending: AbortSignal
}

const operationsOf = (runner: Runner): Operations => {
  const entries = Object.entries(sections).map(([name, module]) => [name, sectionOf(module, runner)])
  // Each section is made of the exports of its module, which the types are mapped from.
  return Object.fromEntries(entries) as Operations
}

const sectionOf = (module: object, runner: Runner) =>
  Object.fromEntries(
    Object.entries(module).map(([name, operation]: [string, unknown]) => {
      const called = (...args: ReadonlyArray<unknown>) => {
        const caller = callerOf(called)
        const result: unknown = typeof operation === "function" ? operation(...args.map(given)) : operation
        return isList(result)
          ? listOf(result, caller, runner)
          : isCall(result)
          ? promiseOf(result, caller, runner)
          : result
      }
      return [name, called]
    })
  )

const isList = (result: unknown): result is SpotifyClient.PagedStream<unknown, Services> => Stream.isStream(result)

const isCall = (result: unknown): result is Call => Effect.isEffect(result)

const promiseOf = (call: Call, caller: Error, { run, signal }: Runner): Promise<unknown> =>
  Effect.mapError(call, (error) => calledBy(error, caller)).pipe(
    (call) =>
      signal === undefined ? call : Effect.raceFirst(Effect.andThen(unlessAborted(signal), call), aborted(signal)),
    Effect.map(plain),
    run
  )

const listOf = (
  list: SpotifyClient.PagedStream<unknown, Services>,
  caller: Error,
  { ending, run, services, signal }: Runner
): List<unknown> => {
  const ends = signal === undefined ? [ending] : [ending, signal]
  const plainly = <A>(stream: Stream.Stream<A, SpotifyClient.Failure, Services>) =>
    Stream.mapError(stream, (error) => calledBy(error, caller)).pipe(
      Stream.interruptWhen(Effect.raceAllFirst(ends.map(aborted))),
      Stream.map(plain),
      (stream) => Stream.unwrap(Effect.as(Effect.forEach(ends, unlessAborted), stream))
    )
  const items = plainly(list)
  return {
    [Symbol.asyncIterator]: () => Stream.toAsyncIterableWith(items, services)[Symbol.asyncIterator](),
    toArray: (options) =>
      run(Stream.runCollect(options?.limit === undefined ? items : Stream.take(items, options.limit))),
    pages: () => Stream.toAsyncIterableWith(plainly(list.pages), services) as AsyncIterable<Page<unknown>>
  }
}

// =============================================================================
// Failures
// =============================================================================

/** Fails with the signal's reason if it is aborted. */
const unlessAborted = (signal: AbortSignal): Effect.Effect<void, unknown> =>
  Effect.suspend(() => signal.aborted ? Effect.fail(signal.reason) : Effect.void)

/** Fails with the signal's reason once it is aborted. */
const aborted = (signal: AbortSignal): Effect.Effect<never, unknown> =>
  Effect.callback((resume) => {
    const abort = () => resume(Effect.fail(signal.reason))
    if (signal.aborted) return abort()
    signal.addEventListener("abort", abort, { once: true })
    return Effect.sync(() => signal.removeEventListener("abort", abort))
  })

/** Returns an error with the stack of whoever has called a function, where the platform can leave out the function itself. */
const callerOf = (called: (...args: ReadonlyArray<never>) => unknown): Error => {
  const caller = new Error()
  if ("captureStackTrace" in Error) Error.captureStackTrace(caller, called)
  return caller
}

/**
 * Returns a failure with the stack of the caller: its own is that of a scheduler. Other errors stay as they are.
 *
 * The reason loses its stack, which tells where the library has made it: Node prints that, too, of an error that nobody
 * catches.
 */
const calledBy = <E>(error: E, caller: Error): E | SpotifyClient.Failure => {
  if (!(error instanceof SpotifyError || error instanceof AuthError)) return error
  const copy = error instanceof SpotifyError ? new SpotifyError(error) : new AuthError(error)
  copy.reason.stack = `${copy.reason.name}: ${copy.reason.message}`
  copy.stack = `${copy.name}: ${copy.message}\n${caller.stack?.slice(caller.stack.indexOf("\n") + 1)}`
  return copy
}
