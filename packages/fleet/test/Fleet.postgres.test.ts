/** Processes of a fleet over a real PostgreSQL, started by their environment. */
import * as Accounts from "@app/auth/Accounts"
import * as TokenService from "@app/auth/TokenService"
import * as FleetClient from "@app/fleet/FleetClient"
import * as ServiceKey from "@app/fleet/ServiceKey"
import * as Sandbox from "@app/sandbox/Sandbox"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as SqlClient from "effect/sql/SqlClient"
import * as PostgreSql from "../../auth/test/support/PostgreSql.ts"
import * as FleetProcess from "./support/FleetProcess.ts"
import * as RawRequest from "./support/RawRequest.ts"

const accounts = "/v1/tenants/acme/apps/spotify/accounts"

const Everything = Layer.mergeAll(
  Sandbox.layer({
    accessTokenLifetime: Duration.minutes(1),
    rotateRefreshTokens: true,
    refreshTokenGrace: { duration: Duration.seconds(30) }
  }),
  NodeHttpClient.layerNodeHttp,
  NodeCrypto.layer
)

describe("processes of a fleet over PostgreSQL", () => {
  it.live("share accounts, keys and sign-ins, go on when one is killed, and end when they are told to", () =>
    Effect.gen(function*() {
      const { accountsUrl, approve, client, issueRefreshTokens } = yield* Sandbox.Sandbox
      const database = yield* PostgreSql.ownServer
      const sql = Context.get(yield* Layer.build(PostgreSql.clientOf(database.url)), SqlClient.SqlClient)
      const adminKey = ServiceKey.print(yield* ServiceKey.generate("admin"))
      const environment = {
        DATABASE_URL: database.url,
        FLEET_PORT: "0",
        FLEET_HEALTH_PORT: "0",
        FLEET_ADMIN_KEY: Redacted.value(adminKey),
        FLEET_APPS: "spotify",
        FLEET_APP_SPOTIFY_CLIENT_ID: client.clientId,
        FLEET_APP_SPOTIFY_CLIENT_SECRET: Redacted.value(client.clientSecret),
        FLEET_APP_SPOTIFY_ACCOUNTS_URL: accountsUrl,
        FLEET_APP_SPOTIFY_REFRESH_TOKEN_GRACE: "30 seconds",
        FLEET_AHEAD: "always",
        TOKEN_ENCRYPTION_KEYS: `2026:${"A".repeat(43)}`
      }
      const start = Effect.gen(function*() {
        const started = yield* FleetProcess.start(environment)
        const { annotations } = yield* started.line("The fleet is listening")
        return { ...started, url: String(annotations["url"]), healthUrl: String(annotations["healthUrl"]) }
      })
      const [one, two] = yield* Effect.all([start, start], { concurrency: 2 })
      const send = (
        { url }: { readonly url: string },
        method: string,
        path: string,
        body?: unknown,
        key = adminKey
      ) =>
        Effect.map(
          RawRequest.send(url, {
            method,
            path,
            headers: { "content-type": "application/json", authorization: `Bearer ${Redacted.value(key)}` },
            body: body === undefined ? undefined : JSON.stringify(body)
          }),
          ({ status, text }): { readonly status: number; readonly json: Readonly<Record<string, unknown>> } => ({
            status,
            json: text === "" ? {} : JSON.parse(text)
          })
        )

      // A key that one process makes, and an account that it signs in, are there for the other.
      const made = yield* send(one, "POST", "/v1/service-keys", {
        name: "worker",
        tenants: ["acme"],
        rights: ["tokens:read", "accounts:read"]
      })
      const key = Redacted.make(String(made.json["key"]))
      const [refreshToken = Redacted.make("")] = yield* issueRefreshTokens(1)
      const signedIn = yield* send(one, "PUT", `${accounts}/ann/authorization`, {
        refresh_token: Redacted.value(refreshToken)
      })
      assert.strictEqual(signedIn.status, 201)
      const token = yield* send(two, "GET", `${accounts}/ann/token`, undefined, key)
      assert.strictEqual(token.status, 200)
      const audit = yield* two.line("Token handed out")
      assert.deepInclude(audit.annotations, { service: "worker", tenant: "acme", app: "spotify", account: "ann" })

      // A sign-in that begins in one process ends in the other.
      const started = yield* send(one, "POST", "/v1/tenants/acme/apps/spotify/sign-ins", {
        account: "zoë",
        redirect_uri: client.redirectUri
      })
      const callback = yield* approve(String(started.json["url"]))
      const signIn = `/v1/tenants/acme/apps/spotify/sign-ins/${String(started.json["id"])}`
      const finished = yield* send(two, "POST", `${signIn}/callback`, { callback_url: callback.href })
      assert.deepStrictEqual([finished.status, finished.json["status"]], [200, "completed"])
      assert.strictEqual((yield* send(one, "GET", signIn)).json["status"], "completed")

      // Nothing at rest is a key or a token.
      const rows = JSON.stringify([
        yield* sql`select record from fleet_service_keys`,
        yield* sql`select record from oauth_token_records`
      ])
      for (const secret of [Redacted.value(key), String(token.json["access_token"]), Redacted.value(refreshToken)]) {
        assert.notInclude(rows, secret.slice(-40))
      }

      // Rotation and revocation reach the other process.
      const id = ServiceKey.parse(Redacted.value(key))?.id ?? ""
      const rotated = yield* send(one, "POST", `/v1/service-keys/${id}/rotations`, { overlap_seconds: 3600 })
      const newKey = Redacted.make(String(rotated.json["key"]))
      assert.strictEqual((yield* send(two, "GET", `${accounts}/ann/token`, undefined, newKey)).status, 200)
      assert.strictEqual((yield* send(two, "GET", `${accounts}/ann/token`, undefined, key)).status, 200)

      // One dies; the other has all accounts, and is ready.
      one.child.kill("SIGKILL")
      yield* one.ended
      const listed = yield* send(two, "GET", accounts)
      assert.lengthOf(Object(listed.json["accounts"]), 2)
      const People = FleetClient.layer({ url: two.url, key: newKey, tenant: "acme", app: "spotify" })
      const through = yield* Effect.provide(TokenService.get, Layer.provide(Accounts.get("zoë"), People))
      assert.isFalse(through.isExpired(through.issuedAt))
      const ready = yield* HttpClient.get(`${two.healthUrl}/readyz`)
      assert.strictEqual(ready.status, 200)

      // The database goes away and comes back: what is in memory serves, and the process says that it is not ready.
      yield* database.stop
      assert.strictEqual((yield* send(two, "GET", `${accounts}/ann/token`, undefined, newKey)).status, 200)
      assert.strictEqual((yield* send(two, "GET", `${accounts}/nobody/token`, undefined, newKey)).status, 503)
      assert.strictEqual((yield* HttpClient.get(`${two.healthUrl}/readyz`)).status, 503)
      assert.strictEqual((yield* HttpClient.get(`${two.healthUrl}/livez`)).status, 200)
      yield* database.start

      two.child.kill("SIGTERM")
      assert.include([0, 130, 143], yield* two.ended)
    }).pipe(Effect.scoped, Effect.provide(Everything)))

  it.live("say in one line why they do not start", () =>
    Effect.gen(function*() {
      const started = yield* FleetProcess.start({ DATABASE_URL: "postgres://127.0.0.1:1/fleet", FLEET_APPS: "spotify" })
      const line = yield* started.line("FLEET_APP_SPOTIFY_CLIENT_ID is not set")
      assert.strictEqual(line.level, "FATAL")
      assert.strictEqual(yield* started.ended, 1)
    }).pipe(Effect.scoped))
})
