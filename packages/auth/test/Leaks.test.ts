/** Secrets of sign-ins, accounts, sources and calls. */
import * as Accounts from "@app/auth/Accounts"
import * as AuthenticatedHttpClient from "@app/auth/AuthenticatedHttpClient"
import * as AuthorizationRequest from "@app/auth/AuthorizationRequest"
import * as AuthorizationServer from "@app/auth/AuthorizationServer"
import * as Discovery from "@app/auth/Discovery"
import * as Grant from "@app/auth/Grant"
import { Browser } from "@app/auth/node/Browser"
import * as LoopbackSignIn from "@app/auth/node/LoopbackSignIn"
import * as TokenPromises from "@app/auth/TokenPromises"
import * as TokenService from "@app/auth/TokenService"
import * as TokenSource from "@app/auth/TokenSource"
import * as TokenStore from "@app/auth/TokenStore"
import { Catalogue, Fault, Sandbox } from "@app/sandbox"
import { describe, it } from "@effect/vitest"
import * as Data from "effect/Data"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { LeakHunt } from "./support/LeakHunt.ts"
import type { Trouble } from "./support/LeakyPrograms.ts"
import {
  approve,
  authorizationServer,
  clientId,
  provider,
  redirectUri,
  signIn,
  someClient,
  someGrant,
  someServer,
  spotifySecret,
  timeout,
  troubles,
  use,
  withSpotify
} from "./support/LeakyPrograms.ts"

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
})
