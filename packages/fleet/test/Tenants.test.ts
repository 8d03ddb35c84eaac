/** Tenants do not see each other, and nothing but health answers without a service key. */
import * as FleetApi from "@app/fleet/FleetApi"
import * as FleetServer from "@app/fleet/FleetServer"
import { assert, describe, it, layer } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as TenantAccount from "../src/internal/TenantAccount.ts"
import { isAccountName, TenantName } from "../src/Names.ts"
import * as RawRequest from "./support/RawRequest.ts"
import * as RunningFleet from "./support/RunningFleet.ts"

const { pathOf } = RunningFleet

// =============================================================================
// Generated requests
// =============================================================================

const routes = Object.entries(FleetApi.openApi().paths).flatMap(([path, operations]) =>
  Object.keys(operations ?? {}).map((method) => ({ method: method.toUpperCase(), path }))
)

/** A route of the contract, with texts in the place of its parameters. */
const Route = Schema.Struct({
  route: Schema.Literals(routes.map((_, index) => index)),
  account: Schema.Union([Schema.String, Schema.Literals(["ann", "b/c", "..", ""])]),
  id: Schema.String
})

const pathFor = ({ account, id, route }: typeof Route.Type, tenant: string) =>
  (routes[route]?.path ?? "")
    .replace("{tenant}", encodeURIComponent(tenant.toWellFormed()))
    .replace("{app}", "spotify")
    .replace("{account}", encodeURIComponent(account.toWellFormed()))
    .replace("{id}", encodeURIComponent(id.toWellFormed()))

const methodFor = ({ route }: typeof Route.Type) => routes[route]?.method ?? "GET"

/** Any path that a request line can have. */
const AnyPath = Schema.String.check(Schema.isPattern(/^[!-~]*$/))

const Method = Schema.Literals(["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "QUERY"])

/** What stands in `Authorization`; a key is taken from the fleet where there is one. */
const Credential = Schema.Literals([
  "",
  "Bearer",
  "Bearer ",
  "Basic YTpi",
  "bearer fk_root_",
  "wrong secret",
  "revoked"
])

const body = JSON.stringify({
  refresh_token: "token",
  sha256: "0".repeat(64),
  account: "ann",
  redirect_uri: "https://example.com/",
  callback_url: "https://example.com/?code=a&state=b",
  name: "worker",
  tenants: "*",
  rights: ["admin"],
  ended_for_seconds: 0
})

/** A key with all rights for `acme` alone, beside another tenant that has accounts. */
class Acme extends Context.Service<Acme, { readonly key: Redacted.Redacted<string> }>()("test/Acme") {}

const TwoTenants = Layer.effect(
  Acme,
  Effect.gen(function*() {
    for (const account of ["ann", "b/c"]) yield* RunningFleet.signIn("other", account)
    return { key: yield* RunningFleet.keyFor(["acme"], "tokens:read", "accounts:read", "accounts:write", "admin") }
  }).pipe(Effect.orDie)
).pipe(Layer.provideMerge(RunningFleet.layer()))

layer(TwoTenants, { excludeTestServices: true })("a fleet with two tenants", (it) => {
  it.effect.prop(
    "answers no request without a valid service key but with 401, whatever it is for",
    {
      route: Route,
      path: Schema.Union([Schema.Null, AnyPath]),
      method: Method,
      credential: Credential,
      tenant: TenantName
    },
    ({ credential, method, path, route, tenant }) =>
      Effect.gen(function*() {
        const { url } = yield* FleetServer.FleetServer
        const header = credential === "wrong secret"
          ? `Bearer fk_root_${"B".repeat(43)}`
          : credential === "revoked"
          ? `Bearer fk_${"0".repeat(16)}_${"B".repeat(43)}`
          : credential
        const sent = {
          method: path === null ? methodFor(route) : method,
          path: path === null ? pathFor(route, tenant) : `/${path}`,
          headers: { "content-type": "application/json", ...(header !== "" && { authorization: header }) },
          body: method === "GET" || method === "HEAD" ? undefined : body
        }
        const { status, text } = yield* RawRequest.send(url, sent)
        assert.strictEqual(status, 401, `${sent.method} ${sent.path} ${text}`)
      }),
    { arbitrary: { runs: 400 } }
  )

  it.effect.prop(
    "answers a tenant alike about another one's accounts, about what is not there, and about what cannot be",
    { route: Route, nobody: TenantName, strange: Schema.String },
    ({ nobody, route, strange }) =>
      Effect.gen(function*() {
        if (nobody === "acme" || strange === "acme") return
        const { url } = yield* FleetServer.FleetServer
        const { key } = yield* Acme
        const headers = { "content-type": "application/json", authorization: `Bearer ${Redacted.value(key)}` }
        const about = (tenant: string) =>
          RawRequest.send(url, { method: methodFor(route), path: pathFor(route, tenant), headers, body })
        if (!(routes[route.route]?.path ?? "").includes("{tenant}")) return
        const [others, nobodys, stranges] = yield* Effect.all([about("other"), about(nobody), about(strange)])
        assert.deepStrictEqual(others, nobodys)
        if (strange !== "") assert.deepStrictEqual(others, stranges)
        assert.include([400, 404], others.status)
      }),
    { arbitrary: { runs: 300 } }
  )

  it.effect("has left the other tenant's accounts as they were", () =>
    Effect.gen(function*() {
      const key = yield* RunningFleet.keyFor(["other"], "tokens:read", "accounts:read")
      const { json } = yield* RunningFleet.send(pathOf("other"), { key })
      assert.lengthOf(Object(json["accounts"]), 2)
      const foreign = yield* RunningFleet.send(pathOf("other"), { key: (yield* Acme).key })
      assert.strictEqual(foreign.status, 404)
    }))

  it.effect("answers about health without a key, and shows no account there", () =>
    Effect.gen(function*() {
      yield* RunningFleet.signIn("acme", "a person")
      for (const path of ["/livez", "/readyz"]) assert.strictEqual((yield* RunningFleet.health(path)).status, 200)
      const metrics = yield* RunningFleet.health("/metrics")
      assert.include(metrics.text, "oauth_fleet_accounts{phase=\"Valid\"}")
      assert.notMatch(metrics.text, /acme|a person/)
      assert.strictEqual((yield* RunningFleet.health("/v1/service-keys")).status, 404)
    }))
})

describe("the name of an account in the token store", () => {
  /** Names with slashes, and names like the ends of tenants. */
  const account = Schema.Union([
    Schema.String.check(Schema.isPattern(/^[!-~]{1,40}$/)),
    Schema.Literals(["a/b", "/", "//a", "acme/ann", "-2/ann", "zoë", "x".repeat(192)])
  ])
  const Pair = { tenant: TenantName, account }

  it.prop("reads back as its tenant and account, so that no two pairs have the same", Pair, (pair) => {
    if (!isAccountName(pair.account)) return
    const text = TenantAccount.encode(pair)
    assert.deepStrictEqual(TenantAccount.decode(text), pair)
    assert.isAtMost(new TextEncoder().encode(text).length, 256)
  }, { arbitrary: { runs: 1000 } })

  it.prop(
    "begins with the prefix of its own tenant alone",
    { one: Schema.Struct(Pair), other: TenantName },
    ({ one, other }) => {
      assert.strictEqual(
        TenantAccount.encode(one).startsWith(TenantAccount.prefixOf(other)),
        one.tenant === other
      )
    },
    { arbitrary: { runs: 1000 } }
  )
})
