import * as Accounts from "@app/auth/Accounts"
import * as AuthenticatedHttpClient from "@app/auth/AuthenticatedHttpClient"
import * as AuthorizationRequest from "@app/auth/AuthorizationRequest"
import * as AuthorizationServer from "@app/auth/AuthorizationServer"
import type { Client } from "@app/auth/Client"
import * as Discovery from "@app/auth/Discovery"
import * as EncryptedTokenStorage from "@app/auth/EncryptedTokenStorage"
import * as FileTokenStorage from "@app/auth/FileTokenStorage"
import * as Grant from "@app/auth/Grant"
import { Keychain } from "@app/auth/Keychain"
import * as KeyValueTokenStorage from "@app/auth/KeyValueTokenStorage"
import { Browser } from "@app/auth/node/Browser"
import * as LoopbackSignIn from "@app/auth/node/LoopbackSignIn"
import * as Providers from "@app/auth/Providers"
import * as TokenPromises from "@app/auth/TokenPromises"
import * as TokenService from "@app/auth/TokenService"
import * as TokenSource from "@app/auth/TokenSource"
import * as TokenStorage from "@app/auth/TokenStorage"
import * as TokenStore from "@app/auth/TokenStore"
import { Catalogue, Fault, Sandbox } from "@app/sandbox"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as KeyValueStore from "effect/persistence/KeyValueStore"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { LeakHunt } from "./support/LeakHunt.ts"
import * as TemporaryDirectory from "./support/TemporaryDirectory.ts"

/** With characters that look different in a URL, a form, JSON and a header. */
const clientSecret = "s3cret/+=&% \"of the app\""

const timeout = "300 millis"

/** What a program may do with a token service. */
const use = Effect.fnUntraced(function*(hunt: LeakHunt, tokens: TokenService.Service) {
  yield* tokens.changes.pipe(
    Stream.runForEach((status) => Effect.sync(() => hunt.print(status))),
    Effect.forkScoped
  )
  hunt.print(tokens)
  yield* hunt.observe(tokens.get)
  yield* hunt.observe(tokens.refresh)
  yield* hunt.observe(Effect.flatMap(tokens.get, tokens.invalidate))
  yield* hunt.observe(tokens.get)
  yield* hunt.observe(tokens.status)
})

// =============================================================================
// Spotify
// =============================================================================

/** As Spotify's are: its Accounts service takes a secret in HTTP Basic as it comes. */
const spotifySecret = "0123456789abcdef0123456789abcdef"

const clientId = "an-app"
const redirectUri = "http://127.0.0.1:8900/callback"

/** A sandbox with rotating refresh tokens, reached over a wire that the hunt listens to. */
const withSpotify = (hunt: LeakHunt) =>
  Effect.provide([
    hunt.wiretap.pipe(Layer.provide(NodeHttpClient.layerUndici)),
    TokenStore.layerMemory,
    NodeCrypto.layer,
    Sandbox.layer({
      rotateRefreshTokens: true,
      clients: [{
        clientId,
        clientSecret: Redacted.make(spotifySecret),
        redirectUris: [redirectUri, "http://127.0.0.1/callback"]
      }]
    })
  ])

const authorizationServer = Effect.map(
  Sandbox.Sandbox,
  ({ accountsUrl }) => Providers.spotify.at(accountsUrl)
)

/** What the server knows of an answer before it is secret here: the code in the callback. */
const approve = Effect.fnUntraced(function*(hunt: LeakHunt, url: URL) {
  const sandbox = yield* Sandbox.Sandbox
  const callback = yield* sandbox.approve(url)
  hunt.secret(callback.searchParams.get("code") ?? "")
  return callback
})

/** A person who signs in, up to the grant, and whatever else may come to the callback. */
const signIn = Effect.fnUntraced(function*(
  hunt: LeakHunt,
  options: Pick<AuthorizationRequest.Options, "client" | "server">
) {
  const request = yield* AuthorizationRequest.make({ ...options, redirectUri })
  const callback = yield* approve(hunt, request.url)
  yield* hunt.observe(request.handleCallback(`${redirectUri}?code=stray&state=wrong`))
  const grant = yield* request.handleCallback(callback)
  yield* hunt.observe(request.handleCallback(callback))
  hunt.print(grant)
  return grant
})

/** Trouble at the token endpoint, some of it with all secrets so far in it. */
const troubles = (hunt: LeakHunt) => [
  Fault.Status({ status: 503 }),
  Fault.RateLimited({ retryAfter: 1 }),
  Fault.Hang({}),
  Fault.Reset({}),
  Fault.Truncated({}),
  Fault.Html({ status: 200 }),
  Fault.Redirect({ location: "https://example.com" }),
  ...["invalid_scope", "invalid_grant", "invalid_client", hunt.echo()].map((error) =>
    Fault.Body({ body: JSON.stringify({ error, error_description: hunt.echo() }), status: 400 })
  ),
  Fault.Body({ body: hunt.echo(), status: 200 }),
  ...["access_token", "token_type", "refresh_token", "expires_in"].map((name) =>
    Fault.Body({
      body: JSON.stringify({ access_token: "unheard-of", token_type: "Bearer", [name]: hunt.echo() }),
      status: 200
    })
  )
]

// =============================================================================
// Another provider
// =============================================================================

const someServer = new AuthorizationServer.AuthorizationServer({
  issuer: "https://login.example.com",
  authorizationEndpoint: "https://login.example.com/authorize",
  tokenEndpoint: "https://login.example.com/token",
  revocationEndpoint: "https://login.example.com/revoke"
})

type Trouble = "none" | "echo" | "unreachable"

/** A provider that can be discovered, and that hands out tokens until it is in trouble. */
const provider = (hunt: LeakHunt, trouble: () => Trouble = () => "none") => {
  let serial = 0
  const answer = (path: string): Response => {
    serial += 1
    if (path.includes("/.well-known/")) {
      return Response.json({
        issuer: trouble() === "none" ? someServer.issuer : "https://elsewhere.example.com",
        authorization_endpoint: someServer.authorizationEndpoint,
        token_endpoint: someServer.tokenEndpoint,
        revocation_endpoint: someServer.revocationEndpoint
      })
    }
    if (trouble() === "echo") {
      return Response.json({ error: "invalid_client", error_description: hunt.echo() }, { status: 400 })
    }
    return path === "/token"
      ? Response.json({
        access_token: `access-token-of-twenty-four-letters-${serial}`,
        refresh_token: `refresh-token-of-twenty-four-letters-${serial}`,
        token_type: "Bearer",
        expires_in: 3600
      })
      : new Response("")
  }
  const httpClient = HttpClient.make((request, { pathname }) =>
    trouble() === "unreachable"
      ? Effect.fail(
        new HttpClientError.HttpClientError({
          reason: new HttpClientError.TransportError({ request, cause: { code: "ECONNREFUSED" } })
        })
      )
      : Effect.succeed(HttpClientResponse.fromWeb(request, answer(pathname)))
  )
  return hunt.wiretap.pipe(Layer.provide(Layer.succeed(HttpClient.HttpClient, httpClient)))
}

const someClient = (hunt: LeakHunt): Client => ({
  clientId,
  clientSecret: Redacted.make(hunt.secret(clientSecret))
})

const someGrant = (hunt: LeakHunt) =>
  Grant.RefreshToken({ refreshToken: Redacted.make(hunt.secret("refresh-token-of-twenty-four-letters-0")) })

/** A token service over a storage, used and signed out of. */
const useOver = <E>(hunt: LeakHunt, storage: Layer.Layer<TokenStorage.TokenStorage, E>) =>
  Effect.gen(function*() {
    const services = yield* Layer.build(
      TokenService.layer({ server: someServer, client: someClient(hunt), grant: someGrant(hunt), timeout }).pipe(
        Layer.provide(TokenStorage.layerTokenStore),
        Layer.provide([Layer.fresh(storage), provider(hunt)])
      )
    )
    const tokens = Context.get(services, TokenService.TokenService)
    yield* use(hunt, tokens)
    yield* hunt.observe(tokens.signOut)
  }).pipe(Effect.scoped, hunt.observe)

// =============================================================================
// Hunts
// =============================================================================

class SourceFailed extends Data.TaggedError("SourceFailed")<{ readonly message: string }> {}

describe("I11: no secret gets out through logs, spans, metrics, errors, status, JSON, toString or inspect", () => {
  it.live.each(["client_secret_basic", "client_secret_post", "none"] as const)(
    "of sign-ins, refreshes and app tokens, where clients prove themselves by %s",
    (method) => {
      const hunt = new LeakHunt()
      return hunt.run(
        Effect.gen(function*() {
          const sandbox = yield* Sandbox.Sandbox
          const spotify = yield* authorizationServer
          const server = method === "none"
            ? spotify
            : new AuthorizationServer.AuthorizationServer({ ...spotify, clientAuthentication: method })
          const client = method === "none"
            ? { clientId }
            : { clientId, clientSecret: Redacted.make(hunt.secret(spotifySecret)) }
          const app = { server, client, timeout } as const
          hunt.print(app)

          const refused = yield* AuthorizationRequest.make({ ...app, redirectUri })
          yield* hunt.observe(refused.handleCallback(yield* sandbox.deny(refused.url)))
          const tokens = yield* TokenService.make({ ...app, grant: yield* signIn(hunt, app) })
          yield* use(hunt, tokens)
          yield* use(hunt, yield* TokenService.make({ ...app, grant: Grant.ClientCredentials({}), account: "app" }))

          for (const [index, trouble] of troubles(hunt).entries()) {
            const withGrant = yield* signIn(hunt, app)
            const signedIn = yield* TokenService.make({ ...app, grant: withGrant, account: `refresh ${index}` })
            yield* signedIn.get
            yield* sandbox.inject("POST /api/token", trouble)
            yield* hunt.observe(signedIn.refresh)
            yield* hunt.observe(signedIn.status)
            yield* sandbox.clearFaults
            const grant = yield* signIn(hunt, app)
            yield* sandbox.inject("POST /api/token", trouble)
            yield* hunt.observe(signedIn.authorize(grant))
            yield* sandbox.clearFaults
          }
          yield* sandbox.revokeRefreshTokens
          yield* use(hunt, tokens)
          yield* hunt.observe(tokens.signOut)
          yield* use(hunt, tokens)
        }).pipe(withSpotify(hunt)),
        ["TokenService.refresh", "TokenEndpoint.request", "oauth_token_requests", "no longer accepts this sign-in"]
      )
    },
    60_000
  )

  it.live("of sign-ins over loopback, also in what the browser shows", () => {
    const hunt = new LeakHunt()
    return hunt.run(
      Effect.gen(function*() {
        const { inject } = yield* Sandbox.Sandbox
        const client = { clientId, clientSecret: Redacted.make(hunt.secret(spotifySecret)) }
        const server = yield* authorizationServer
        const app = { server, client, timeout } as const
        const tokens = yield* TokenService.make({ ...app, grant: yield* signIn(hunt, app) })
        const services = yield* Effect.context<Sandbox.Sandbox>()
        for (const isRefused of [false, true]) {
          const shown = yield* Deferred.make<string>()
          const visit = Effect.fnUntraced(function*(url: URL) {
            const callback = yield* approve(hunt, url)
            if (isRefused) {
              const body = JSON.stringify({ error: "invalid_grant", error_description: hunt.echo() })
              yield* inject("POST /api/token", Fault.Body({ body, status: 400 }))
            }
            yield* Deferred.succeed(shown, yield* Effect.promise(async () => (await fetch(callback)).text()))
          }, Effect.orDie)
          const scope = yield* Effect.scope
          yield* hunt.observe(
            LoopbackSignIn.signIn({ server, client, redirectUri: "http://127.0.0.1/callback" }).pipe(
              Effect.provideService(TokenService.TokenService, tokens),
              Effect.provideService(Browser, {
                open: (url) => Effect.as(Effect.forkIn(Effect.provideContext(visit(url), services), scope), true)
              })
            )
          )
          hunt.show(yield* Deferred.await(shown))
        }
      }).pipe(withSpotify(hunt)),
      ["LoopbackSignIn.signIn", "TokenService.authorize", "</html>"]
    )
  })

  it.live("of providers that are discovered, and told of a sign-out", () => {
    const hunt = new LeakHunt()
    let trouble: Trouble = "none"
    return hunt.run(
      Effect.gen(function*() {
        const server = yield* Discovery.discover("https://login.example.com")
        const app = { server, client: someClient(hunt), grant: someGrant(hunt), timeout } as const
        for (const now of ["none", "echo", "unreachable"] as const) {
          const tokens = yield* TokenService.make({ ...app, account: now })
          yield* use(hunt, tokens)
          trouble = now
          yield* hunt.observe(Discovery.discover("https://login.example.com"))
          yield* use(hunt, tokens)
          yield* hunt.observe(tokens.signOut)
          yield* use(hunt, tokens)
          trouble = "none"
        }
      }).pipe(Effect.provide([provider(hunt, () => trouble), TokenStore.layerMemory])),
      ["RevocationEndpoint.revoke", "Discovery.discover", "could not be reached", "refused client", "signed out"]
    )
  })

  it.live("of many accounts, and of the programs that say what they begin with", () => {
    const hunt = new LeakHunt()
    return hunt.run(
      Effect.gen(function*() {
        const accounts = yield* Accounts.Accounts
        for (const account of ["fine", "failing", "dying", "hanging"]) {
          const services = yield* Effect.provide(Effect.context<TokenService.TokenService>(), accounts.get(account))
          yield* Effect.provideContext(
            Effect.flatMap(TokenService.TokenService, (tokens) => use(hunt, tokens)),
            services
          )
        }
        yield* accounts.release("fine")
        yield* Effect.provide(TokenService.TokenService.use((tokens) => use(hunt, tokens)), accounts.get("fine"))
      }).pipe(Effect.provide(
        Accounts.layer({
          server: someServer,
          client: someClient(hunt),
          timeout,
          grantFor: (account) => {
            const message = `${account}: ${hunt.secret("a-row-of-a-table-of-secrets")}`
            switch (account) {
              case "failing":
                return Effect.fail(new SourceFailed({ message }))
              case "dying":
                return Effect.die(new TypeError(message))
              case "hanging":
                return Effect.never
              default:
                return Effect.succeed(someGrant(hunt))
            }
          }
        }).pipe(Layer.provide([provider(hunt), TokenStore.layerMemory]))
      )),
      ["failed (SourceFailed)", "unexpected fault (TypeError)", "did not answer within", "oauth.account"]
    )
  })

  it.live("of sources, and of tokens from elsewhere", () => {
    const hunt = new LeakHunt()
    const value = Redacted.make(hunt.secret("token-of-a-metadata-service"))
    const message = `the vault has ${hunt.secret("what-a-vault-should-not-say")}`
    return hunt.run(
      Effect.gen(function*() {
        for (
          const acquire of [
            Effect.succeed({ value }),
            Effect.succeed({ value, expiresAt: DateTime.makeUnsafe(0) }),
            Effect.succeed({ value: Redacted.make(`${Redacted.value(value)}\r\n`) }),
            Effect.fail(new SourceFailed({ message })),
            Effect.fail(message),
            Effect.die(new RangeError(message)),
            Effect.never
          ]
        ) {
          yield* use(hunt, yield* TokenSource.make<SourceFailed | string>({ acquire, timeout }))
        }
        for (const expiresAt of [undefined, DateTime.makeUnsafe(0)]) {
          const services = yield* Layer.build(TokenService.layerStatic({ value, expiresAt }))
          yield* Effect.provideContext(TokenService.TokenService.use((tokens) => use(hunt, tokens)), services)
        }
      }),
      ["failed (SourceFailed)", "failed (string)", "unexpected fault (RangeError)", "not printable", "SignInRequired"]
    )
  })

  it.live("of calls to an API, with Effect and without", () => {
    const hunt = new LeakHunt()
    return hunt.run(
      Effect.gen(function*() {
        const { apiUrl, inject } = yield* Sandbox.Sandbox
        const client = { clientId, clientSecret: Redacted.make(hunt.secret(spotifySecret)) }
        const Tokens = TokenService.layer({
          server: yield* authorizationServer,
          client,
          grant: Grant.ClientCredentials({})
        })
        const track = `${apiUrl}/tracks/${Catalogue.ids.typhoons}`
        const services = yield* Layer.build(Tokens)
        yield* Effect.gen(function*() {
          const http = yield* AuthenticatedHttpClient.make({ origins: [new URL(apiUrl).origin] })
          hunt.print(http)
          yield* hunt.observe(http.get(track))
          for (const trouble of [Fault.Reset({}), Fault.Status({ status: 401, times: "always" })]) {
            yield* inject("GET /v1/tracks/{id}", trouble)
            yield* hunt.observe(http.get(track))
          }
          yield* hunt.observe(http.get("https://example.com"))
          const credentials = `https://someone:${hunt.secret("a-password-in-a-url")}@api.example.com`
          yield* hunt.observe(http.get(credentials))
          yield* hunt.observe(AuthenticatedHttpClient.make({ origins: [credentials] }))
          yield* hunt.observe(AuthenticatedHttpClient.make({ origins: [credentials.replace("https", "http")] }))
          yield* hunt.observe(AuthenticatedHttpClient.make({ origins: [credentials.replace("https", "ftp")] }))
        }).pipe(Effect.provideContext(services))

        const context = yield* Effect.context<HttpClient.HttpClient | TokenStore.TokenStore>()
        yield* Effect.promise(async () => {
          await using tokens = await TokenPromises.make(Layer.provide(Tokens, Layer.succeedContext(context)))
          hunt.print(tokens)
          hunt.print(await tokens.get())
          hunt.print(await tokens.refresh())
          hunt.print(await tokens.invalidate(await tokens.get()))
          hunt.print(await tokens.authorize(someGrant(hunt)).catch((error: unknown) => error))
          hunt.print(await tokens.signOut())
          hunt.print(await tokens.headers().catch((error: unknown) => error))
          hunt.print(await tokens.status())
        })
      }).pipe(withSpotify(hunt)),
      ["http.request.header.authorization", "was not sent", "Transport error", "SignedOut"]
    )
  })

  it.live("of files, whole and damaged", () => {
    const hunt = new LeakHunt()
    return hunt.run(
      Effect.gen(function*() {
        const directory = join(yield* TemporaryDirectory.temporaryDirectory, "tokens")
        const useFiles = useOver(
          hunt,
          FileTokenStorage.layer({ directory, lockTimeout: timeout }).pipe(Layer.provide(TemporaryDirectory.platform))
        )
        yield* useFiles
        const file = join(directory, readdirSync(directory).find((name) => name.endsWith(".token")) ?? "")
        const recordWith = (secret: string) =>
          readFileSync(file, "utf8").replace("\"record\":", `"note":"${hunt.secret(secret)}","record":`)
        for (
          const text of [
            recordWith("in-a-record-of-somebody-else").replace("login.example.com", "example.com"),
            recordWith("in-a-record-of-a-later-release").replace("\"version\":1", "\"version\":2"),
            recordWith("in-a-record-that-is-damaged").replace("\"origin\"", "\"0rigin\""),
            recordWith("in-half-a-record").slice(0, -1),
            hunt.secret("what-is-no-record-at-all")
          ]
        ) {
          writeFileSync(file, text)
          yield* useFiles
        }
        rmSync(file)
        symlinkSync("/dev/null", file)
        yield* useFiles
        rmSync(directory, { recursive: true })
        writeFileSync(directory, "")
        yield* useFiles
      }),
      ["Foreign", "NewerVersion", "Corrupt", "Insecure", "The token store could not lock"]
    )
  }, 60_000)

  it.live("of key-value stores, and of those that quote what they were given", () => {
    const hunt = new LeakHunt()
    const memory = new Map<string, string>()
    const quoting = KeyValueStore.makeStringOnly({
      get: (key) => Effect.sync(() => memory.get(key)),
      set: (key, text) =>
        Effect.fail(new KeyValueStore.KeyValueStoreError({ method: "set", key, message: `cannot keep ${text}` })),
      remove: () => Effect.void,
      clear: Effect.void,
      keys: Effect.succeed([]),
      size: Effect.succeed(0)
    })
    return hunt.run(
      Effect.gen(function*() {
        for (const store of [KeyValueStore.layerMemory, Layer.succeed(KeyValueStore.KeyValueStore, quoting)]) {
          yield* useOver(hunt, KeyValueTokenStorage.layer().pipe(Layer.provide(store)))
        }
      }),
      ["The token store could not write", "cannot keep"]
    )
  })

  it.live("of encrypted stores, their keys included, however those are written down", () => {
    const hunt = new LeakHunt()
    const [first, second] = [hunt.secret("A".repeat(43)), hunt.secret("E".repeat(43))]
    return hunt.run(
      Effect.gen(function*() {
        const storage = yield* Layer.build(KeyValueTokenStorage.layer().pipe(Layer.provide(KeyValueStore.layerMemory)))
        const platform = Layer.merge(Layer.succeedContext(storage), NodeCrypto.layer)
        for (
          const keys of [
            `first:${first}`,
            `second:${second}`,
            `second:${second},first:${first}`,
            first,
            `${first}=`,
            `${first}:first`,
            `first:${first},first:${second}`,
            `fi rst:${first}`,
            `first:${first}${second}`,
            `first ${first}`,
            ","
          ]
        ) {
          const environment = ConfigProvider.fromEnv({ env: { TOKEN_ENCRYPTION_KEYS: keys } })
          yield* useOver(
            hunt,
            EncryptedTokenStorage.layerConfig.pipe(Layer.provide([platform, ConfigProvider.layer(environment)]))
          )
        }
        for (const kept of [undefined, "what-a-keychain-has-kept", `${first}:${second}`]) {
          let pairs = kept === undefined ? kept : Redacted.make(hunt.secret(kept))
          const keychain = Layer.succeed(Keychain, {
            get: () => Effect.sync(() => Option.fromUndefinedOr(pairs)),
            set: (_item, secret) =>
              Effect.sync(() => {
                hunt.secret(Redacted.value(secret).split(":")[1] ?? "")
                pairs = secret
              })
          })
          yield* useOver(
            hunt,
            EncryptedTokenStorage.layerKeychain("an-app").pipe(Layer.provide([platform, keychain]))
          )
        }
      }),
      ["Undecryptable", "encryption keys cannot be used"]
    )
  })
})
