/**
 * Everything that a command line on the person's own machine needs to call Spotify, in one layer.
 *
 * **When to use**
 *
 * Use for scripts and programs that one person runs in a terminal. Servers use `ServerApp`, and pages
 * `BrowserApp`.
 *
 * **Details**
 *
 * The layer reads the variables of `TokenService.layerConfig` and `SpotifyClient.layerConfig`. On the first run it opens the
 * person's browser to sign in. The tokens are kept in files that all processes of this machine share, so later runs open no
 * browser. Requests go out over undici, on Bun over `fetch`.
 *
 * **Example** (A whole program)
 *
 * ```ts
 * import { Profile, Tracks } from "@app/api"
 * import * as CommandLine from "@app/api/node/CommandLine"
 * import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
 * import * as Console from "effect/Console"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function*() {
 *   const me = yield* Profile.me
 *   const track = yield* Tracks.get("https://open.spotify.com/track/11dFghVXANMlKmJXsNCbNl")
 *   yield* Console.log(`${me.displayName} listens to ${track.name}`)
 * })
 *
 * program.pipe(CommandLine.run({ app: "my-app", scopes: ["user-read-private"] }), NodeRuntime.runMain)
 * ```
 */
import type { AccessToken } from "@app/auth/AccessToken"
import * as AuthError from "@app/auth/AuthError"
import * as FileTokenStorage from "@app/auth/FileTokenStorage"
import * as Browser from "@app/auth/node/Browser"
import * as LoopbackSignIn from "@app/auth/node/LoopbackSignIn"
import * as NodeFileLock from "@app/auth/node/NodeFileLock"
import * as ProviderEnvironment from "@app/auth/ProviderEnvironment"
import * as TokenService from "@app/auth/TokenService"
import * as TokenStorage from "@app/auth/TokenStorage"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Console from "effect/Console"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as UserDirectories from "effect/persistence/UserDirectories"
import * as References from "effect/References"
import * as Runtime from "effect/Runtime"
import * as Tracer from "effect/Tracer"
import * as FetchHttpClient from "../FetchHttpClient.ts"
import type { Scope } from "../model/Scope.ts"
import type { ExtendedQuotaMode } from "../QuotaMode.ts"
import * as SpotifyClient from "../SpotifyClient.ts"
import type * as SpotifyError from "../SpotifyError.ts"
import * as UndiciHttpClient from "./UndiciHttpClient.ts"

// =============================================================================
// Service
// =============================================================================

/**
 * The sign-in of the person at this machine.
 *
 * @category services
 * @since 0.1.0
 */
export class CommandLine extends Context.Service<CommandLine, {
  /** Returns a token as `TokenService.get` does, and signs the person in when there is no sign-in. */
  readonly signInIfNeeded: Effect.Effect<AccessToken, AuthError.AuthError>
}>()("@app/api/node/CommandLine") {}

/**
 * The services that the layer provides.
 *
 * @category models
 * @since 0.1.0
 */
export type Services =
  | CommandLine
  | SpotifyClient.SpotifyClient
  | ExtendedQuotaMode
  | TokenService.TokenService
  | HttpClient.HttpClient

/**
 * The errors with which the layer fails to build.
 *
 * @category models
 * @since 0.1.0
 */
export type LayerError = AuthError.AuthError | SpotifyError.SpotifyError

// =============================================================================
// Options
// =============================================================================

/**
 * The options of a command line.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** The name of the program's folder in the person's configuration directory, such as `my-app`. */
  readonly app: string
  /** The scopes that the program needs. Default: none. */
  readonly scopes?: ReadonlyArray<Scope> | undefined
  /** The app's client id where `SPOTIFY_CLIENT_ID` is not set. Default: the variable is required. */
  readonly clientId?: string | undefined
  /**
   * The loopback address for the callback, exactly as registered, where `SPOTIFY_REDIRECT_URI` is not set. Default:
   * `http://127.0.0.1:8900/callback`.
   */
  readonly redirectUri?: string | undefined
  /** The program's own name for the account, for programs that have several. Default: `"default"`. */
  readonly account?: string | undefined
  /** The directory of the tokens. Default: `tokens` in the program's folder, as in `FileTokenStorage.layerUser`. */
  readonly directory?: string | undefined
  /**
   * Receives the address before the browser is opened. Default: prints it to standard error, with the redirect URI to
   * register.
   */
  readonly onUrl?: ((url: URL) => Effect.Effect<unknown>) | undefined
}

/** The port is not one of the sandbox's. */
const defaultRedirectUri = "http://127.0.0.1:8900/callback"

// =============================================================================
// Layers
// =============================================================================

/**
 * Layer that provides a client and the tokens of the person at this machine, who signs in when there is no sign-in.
 *
 * **Details**
 *
 * Building it waits for a token, and for the person where one has to sign in. With `SPOTIFY_REFRESH_TOKEN` nobody has to. The
 * program's own token (client credentials) is never used: a client secret serves to sign the person in.
 *
 * The layer logs nothing where `References.MinimumLogLevel` is `Info`, its default. With `Warn` it logs trouble with tokens,
 * as `TokenService` does.
 *
 * Fails with `InvalidConfiguration`, which names the variable, when a setting is missing or wrong, `HOME` among them where no
 * `directory` is given, and as `LoopbackSignIn.signInIfNeeded` does when the sign-in fails.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options: Options): Layer.Layer<Services, LayerError> =>
  layerNoBrowser(options).pipe(Layer.provide(Browser.layer), Layer.provide(NodeServices.layer))

/**
 * Layer that provides the same as `layer`, and shows the sign-in with the `Browser` in context.
 *
 * **When to use**
 *
 * Use where the page is opened in another way, and in tests.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerNoBrowser = (options: Options): Layer.Layer<Services, LayerError, Browser.Browser> =>
  Layer.unwrap(Effect.gen(function*() {
    const environment = yield* ProviderEnvironment.read(options)
    const redirectUri = (yield* ProviderEnvironment.redirectUri) ?? options.redirectUri ?? defaultRedirectUri
    const app = {
      client: environment.client,
      server: ProviderEnvironment.serverOf(environment),
      scopes: options.scopes ?? []
    }
    const { account, directory } = options
    const grant = environment.grant?._tag === "RefreshToken" ? environment.grant : undefined
    const Storage = directory === undefined
      ? FileTokenStorage.layerUser(options.app)
      : FileTokenStorage.layer({ directory })
    const Tokens = TokenService.layer({ ...app, account, grant }).pipe(
      Layer.provide(TokenStorage.layerTokenStore),
      Layer.provide(Storage),
      Layer.provide([NodeFileLock.layer, UserDirectories.layer])
    )
    const onUrl = options.onUrl ?? ((url: URL) =>
      Console.error(
        (environment.accountsUrl === undefined ? registration(redirectUri) : "") +
          `Sign in with your browser. If it does not open, open this address:\n  ${url}\n`
      ))
    return SignIn({ ...app, redirectUri, onUrl }).pipe(
      Layer.provideMerge(SpotifyClient.layerConfig()),
      Layer.provideMerge(Tokens),
      Layer.provideMerge(transport),
      Layer.provide([NodeCrypto.layer, NodeServices.layer]),
      Layer.provide(QuietLogs)
    )
  }))

const SignIn = (options: LoopbackSignIn.Options<Scope>) =>
  Layer.provide(
    Layer.effect(
      CommandLine,
      Effect.gen(function*() {
        const signIn = LoopbackSignIn.signInIfNeeded(options)
        // The span in which the layer is built is not the one of a sign-in later on.
        const context = Context.omit(Tracer.ParentSpan)(yield* Effect.context<Effect.Services<typeof signIn>>())
        yield* signIn
        return CommandLine.of({ signInIfNeeded: Effect.provideContext(signIn, context) })
      })
    ),
    AddressIsShown
  )

/** Keeps `LoopbackSignIn` from showing the address for a second time where no browser opens. */
const AddressIsShown = Layer.effect(
  Browser.Browser,
  Browser.Browser.useSync(({ open }) => ({ open: (url) => Effect.as(open(url), true) }))
)

/** Trouble reaches the person as the failure of a call, and once: a log entry would say the same before it. */
const QuietLogs = Layer.effect(
  References.MinimumLogLevel,
  Effect.map(References.MinimumLogLevel, (level) => level === "Info" ? "None" : level)
)

const registration = (redirectUri: string) =>
  `Your app at https://developer.spotify.com/dashboard must list this redirect URI, letter for letter:\n  ${redirectUri}\n\n`

/** Bun has an undici of its own, which lacks what the client needs. */
const transport = "bun" in process.versions ? FetchHttpClient.layer : UndiciHttpClient.layer()

// =============================================================================
// Running
// =============================================================================

/**
 * Runs an effect, and runs it once more with a new sign-in when the person's sign-in has ended in the middle of it.
 *
 * **When to use**
 *
 * Use around a part of a program that may be done twice. `run` does it for the whole program.
 *
 * **Details**
 *
 * Sign-ins end when the person or Spotify revokes them, and after six months. A sign-out by the program itself is not
 * followed by a sign-in.
 *
 * @category sign-in
 * @since 0.1.0
 */
export const signInAgain = <A, E, R>(
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E | AuthError.AuthError, R | CommandLine> =>
  Effect.catchIf(
    effect,
    hasEnded,
    () => Effect.andThen(CommandLine.use(({ signInIfNeeded }) => signInIfNeeded), effect)
  )

const hasEnded = (error: unknown): error is AuthError.AuthError =>
  error instanceof AuthError.AuthError && (
    error.reason._tag === "AuthorizationChanged"
    || (error.reason._tag === "ReauthorizationRequired" && error.reason.kind !== "SignedOut")
  )

/**
 * Runs a program with the layer, and prints a failure as one message without a stack trace.
 *
 * **Details**
 *
 * When the sign-in ends in the middle, the person signs in and the program runs once more from its beginning. The message
 * of a failure goes to standard error; `NodeRuntime.runMain` then ends the process with code 1 and prints nothing more.
 *
 * **Gotchas**
 *
 * A program that must not begin twice uses `layer`, with `signInAgain` around its parts.
 *
 * @category running
 * @since 0.1.0
 */
export const run =
  (options: Options) =>
  <A, E, R>(program: Effect.Effect<A, E, R>): Effect.Effect<A, ProgramFailed, Exclude<R, Services>> =>
    signInAgain(program).pipe(
      Effect.provide(layer(options)),
      Effect.mapError((cause) => new ProgramFailed({ cause })),
      Effect.tapError(({ message }) => Console.error(message))
    )

/**
 * The failure of a program, whose message has been printed.
 *
 * @category errors
 * @since 0.1.0
 */
export class ProgramFailed extends Data.TaggedError("ProgramFailed")<{
  /** The error of the program. */
  readonly cause: unknown
}> {
  /** Tells `runMain` that the failure needs no report. */
  override readonly [Runtime.errorReported] = false

  override get message(): string {
    return this.cause instanceof Error ? this.cause.message : String(this.cause)
  }
}
