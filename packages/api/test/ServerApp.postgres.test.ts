/** A web application of two processes that share a PostgreSQL database. */
import { People, Sandbox } from "@app/sandbox"
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as PostgreSql from "../../auth/test/support/PostgreSql.ts"
import * as Profile from "../src/Profile.ts"
import * as ServerApp from "../src/ServerApp.ts"
import { browser } from "./support/CookieJar.ts"

const redirectUri = "https://music.example/callback"

const client = { clientId: "a-web-application-on-postgresql", redirectUris: [redirectUri] }

/** A process of the application, which has nothing in memory that another one has. */
const startProcess = Effect.gen(function*() {
  const { accountsUrl, apiUrl } = yield* Sandbox.Sandbox
  const App = ServerApp.layer({ redirectUri, scopes: ["user-read-private"] }).pipe(
    Layer.provide(ConfigProvider.layer(ConfigProvider.fromUnknown({
      SPOTIFY_CLIENT_ID: client.clientId,
      SPOTIFY_ACCOUNTS_URL: accountsUrl,
      SPOTIFY_API_URL: apiUrl
    })))
  )
  return Context.get(yield* Layer.build(Layer.fresh(App)), ServerApp.ServerApp)
})

describe("a web application on PostgreSQL", () => {
  it.live("takes the callback, serves the session and ends it in whichever process is asked", () =>
    Effect.gen(function*() {
      const { approve } = yield* Sandbox.Sandbox
      const [first, second] = [yield* startProcess, yield* startProcess]
      const { cookie, take } = browser()
      const me = ({ person }: ServerApp.ServerApp["Service"]) =>
        Profile.me.pipe(Effect.map(({ id }) => id), Effect.provide(person(cookie())))

      const login = yield* first.login(cookie())
      take(login)
      const address = yield* approve(login.location, { as: People.quiet.id })
      take(yield* second.callback(address, cookie()))
      assert.strictEqual(yield* me(first), People.quiet.id)
      assert.strictEqual(yield* me(second), People.quiet.id)

      const copy = cookie()
      take(yield* first.logout(cookie()))
      assert.deepStrictEqual(yield* second.accountOf(copy), Option.none())
    }).pipe(
      Effect.scoped,
      Effect.provide(
        Layer.mergeAll(Sandbox.layer({ clients: [client] }), PostgreSql.layer, FetchHttpClient.layer)
      )
    ))
})
