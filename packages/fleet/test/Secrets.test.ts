/** Secrets that pass through a fleet stand in no log line, span, metric, error or address. */
import * as Fault from "@app/sandbox/Fault"
import * as Sandbox from "@app/sandbox/Sandbox"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as Tracer from "effect/Tracer"
import { createHash } from "node:crypto"
import { inspect } from "node:util"
import * as SpanRecorder from "../../auth/test/support/SpanRecorder.ts"
import { adminKey, health, keyFor, layer, pathOf, send, signIn } from "./support/RunningFleet.ts"

/** All that leaves the process beside responses: lines and spans. */
const observed = () => {
  const texts: Array<string> = []
  const { spans, tracer } = SpanRecorder.make()
  const show = (value: unknown) => inspect(value, { depth: 20, showHidden: false })
  const logger = Logger.make((options) => {
    texts.push(
      Logger.formatJson.log(options),
      Logger.formatLogFmt.log(options),
      show(options.message),
      show(options.cause)
    )
  })
  const all = () => [
    ...texts,
    ...spans.map(({ attributes, events, name, status }) =>
      show([
        name,
        [...attributes],
        events,
        status._tag === "Ended" && Exit.isFailure(status.exit) ? status.exit.cause : ""
      ])
    )
  ]
  return { all, lines: texts, layer: Layer.merge(Logger.layer([logger]), Layer.succeed(Tracer.Tracer, tracer)) }
}

const { all, layer: Observed, lines } = observed()

describe("secrets", () => {
  it.live("leave a fleet in the responses that they are for, and nowhere else", () =>
    Effect.gen(function*() {
      const secrets = new Set([Redacted.value(adminKey)])
      const errors: Array<string> = []
      const keep = (secret: unknown) => secrets.add(String(secret))
      const fails = <A extends { readonly text: string }, E, R>(request: Effect.Effect<A, E, R>) =>
        Effect.map(request, ({ text }) => errors.push(text))
      const sandbox = yield* Sandbox.Sandbox
      keep(Redacted.value(sandbox.client.clientSecret))

      keep((yield* signIn("acme", "ann")).refreshToken)
      const key = yield* keyFor(["acme"], "tokens:read", "accounts:write", "accounts:read", "admin")
      keep(Redacted.value(key))
      const token = yield* send(`${pathOf("acme", "ann")}/token`, { key })
      keep(token.json["access_token"])
      yield* fails(send(`${pathOf("acme", "ann")}/token/refused`, {
        key,
        method: "POST",
        body: { sha256: createHash("sha256").update(String(token.json["access_token"])).digest("hex") }
      }))
      keep((yield* send(`${pathOf("acme", "ann")}/token`, { key })).json["access_token"])

      // Wrong requests, which have secrets in the wrong places.
      const misplaced = "a-refresh-token-in-the-wrong-place"
      keep(misplaced)
      const authorization = `${pathOf("acme", "bob")}/authorization`
      for (
        const body of [
          { refresh_token: [misplaced] },
          { code: misplaced },
          { refresh_token: misplaced, authorized_at: misplaced },
          { refresh_token: misplaced },
          misplaced
        ]
      ) {
        yield* fails(send(authorization, { key, method: "PUT", body }))
      }
      yield* fails(send(authorization, { key: Redacted.make(`${Redacted.value(key)}A`), method: "PUT", body: {} }))
      yield* fails(send("/v1/service-keys", { key, method: "POST", body: { name: misplaced, rights: [misplaced] } }))

      // A sign-in, with a provider that says again what it was sent.
      const start = yield* send("/v1/tenants/acme/apps/spotify/sign-ins", {
        key,
        method: "POST",
        body: { account: "zoe", redirect_uri: sandbox.client.redirectUri, session: "a-secret-of-a-browser" }
      })
      keep("a-secret-of-a-browser")
      const url = new URL(String(start.json["url"]))
      keep(url.searchParams.get("state"))
      const callback = yield* sandbox.approve(url)
      keep(callback.searchParams.get("code"))
      yield* sandbox.inject(
        "POST /api/token",
        Fault.Status({
          status: 400,
          body: { error: "invalid_grant", error_description: `no ${callback.searchParams.get("code")}` }
        })
      )
      yield* fails(send(`/v1/tenants/acme/apps/spotify/sign-ins/${String(start.json["id"])}/callback`, {
        key,
        method: "POST",
        body: { callback_url: callback.href, session: "a-secret-of-a-browser" }
      }))
      const rotated = yield* send(`/v1/service-keys/${Redacted.value(key).split("_")[1] ?? ""}/rotations`, {
        key,
        method: "POST",
        body: {}
      })
      keep(rotated.json["key"])
      yield* sandbox.inject("POST /api/token", Fault.Status({ status: 503, times: "always" }))
      yield* sandbox.expireAccessTokens
      yield* fails(send(`${authorization}`, { key, method: "PUT", body: { refresh_token: misplaced } }))
      yield* fails(send(`${pathOf("acme", "ann")}/authorization`, { key, method: "DELETE" }))

      const seen = [...all(), ...errors.filter((text) => text !== ""), (yield* health("/metrics")).text]
      for (const secret of secrets) {
        assert.isAbove(secret.length, 8)
        for (const text of seen) assert.notInclude(text, secret)
      }
      assert.isAbove(seen.length, 50)
    }).pipe(Effect.provide(Layer.provideMerge(layer({ minimumLogLevel: "All" }), Observed))))

  it("are named in the audit log by their fingerprints, with who had them and whose they are", () => {
    const line = lines.find((line) => line.startsWith("{") && line.includes("Token handed out")) ?? ""
    for (const name of ["principal", "service", "tenant", "app", "account", "fingerprint"]) {
      assert.match(line, new RegExp(`"${name}":"[^"]+"`))
    }
  })
})
