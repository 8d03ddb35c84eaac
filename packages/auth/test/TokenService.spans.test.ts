/** The spans of a token service. */
import * as Accounts from "@app/auth/Accounts"
import * as Grant from "@app/auth/Grant"
import * as TokenService from "@app/auth/TokenService"
import * as TokenSource from "@app/auth/TokenSource"
import * as TokenStore from "@app/auth/TokenStore"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as Tracer from "effect/Tracer"
import { observed, watched, whileTimePasses } from "./support/Telemetry.ts"

const nameOf = (span: Tracer.AnySpan) => span._tag === "Span" ? span.name : "elsewhere"

describe("spans", () => {
  it.effect("tell a turn of the service from the wait for it, and whose tokens it is about", () =>
    watched(({ spans }) =>
      Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        yield* whileTimePasses(Effect.withSpan(tokens.get, "visit"))
        yield* Effect.withSpan(tokens.get, "next visit")
        yield* whileTimePasses(Effect.withSpan(tokens.refresh, "command"))
        yield* tokens.signOut
        const told = spans.map((span) => ({
          span: span.name,
          within: Option.getOrElse(Option.map(span.parent, nameOf), () => "nothing"),
          for: span.links.map((link) => nameOf(link.span)).join(),
          whose: ["issuer", "client_id", "account"].map((key) => span.attributes.get(`oauth.${key}`)).join(" ").trim(),
          ended: span.status._tag === "Ended" && span.status.exit._tag
        }))
        const ours = { whose: "https://accounts.spotify.com client ann", ended: "Success" }
        const theirs = { for: "", whose: "", ended: "Success" }
        const refresh = (cause: string) => [
          { span: "TokenService.refresh", within: "nothing", for: cause, ...ours },
          { span: "TokenEndpoint.request", within: "TokenService.refresh", for: "", ...ours },
          { span: "POST", within: "TokenEndpoint.request", for: "", ...ours }
        ]
        assert.sameDeepMembers(told, [
          { span: "start", within: "nothing", ...theirs, ended: false },
          ...refresh(""),
          { span: "visit", within: "start", ...theirs },
          { span: "TokenService.wait", within: "visit", for: "", ...ours },
          { span: "next visit", within: "start", ...theirs },
          { span: "command", within: "start", ...theirs },
          { span: "TokenService.wait", within: "command", for: "", ...ours },
          ...refresh("command"),
          { span: "TokenService.signOut", within: "nothing", for: "start", ...ours }
        ])
      })
    ))

  it.effect("tell each turn from the others, and what it was for", () =>
    watched(({ spans }) =>
      Effect.gen(function*() {
        const tokens = yield* TokenService.TokenService
        const grant = Grant.RefreshToken({ refreshToken: Redacted.make("AQ-new") })
        yield* whileTimePasses(tokens.get)
        yield* whileTimePasses(Effect.withSpan(tokens.refresh, "command"))
        yield* whileTimePasses(Effect.withSpan(tokens.authorize(grant), "sign-in"))
        yield* whileTimePasses(Effect.withSpan(tokens.retryEndedSignIn, "second thoughts"))
        yield* whileTimePasses(Effect.withSpan(tokens.signOut, "farewell"))
        assert.deepStrictEqual(
          spans.filter(({ name }) => /^TokenService.(?!wait)/.test(name)).map(({ links, name }) => [
            name,
            links.map(({ span }) => nameOf(span)).join()
          ]),
          [
            ["TokenService.refresh", ""],
            ["TokenService.refresh", "command"],
            ["TokenService.authorize", "sign-in"],
            ["TokenService.retryEndedSignIn", "second thoughts"],
            ["TokenService.signOut", "farewell"]
          ]
        )
      })
    ))

  it.effect("of a program's own sources are within the request, not within what the service was made in", () => {
    const { layer, spans } = observed()
    const asked = Effect.withSpan("asked")
    const Source = TokenSource.layer({ acquire: asked(Effect.succeed({ value: Redacted.make("token") })) })
    const People = Accounts.layer({ client: { clientId: "client" }, grantFor: () => asked(Effect.undefined) }).pipe(
      Layer.provide(TokenStore.layerMemory),
      Layer.provide(Layer.succeed(HttpClient.HttpClient, HttpClient.make(() => Effect.never)))
    )
    return Effect.gen(function*() {
      const services = yield* Effect.withSpan(Layer.build(Layer.merge(Source, People)), "start")
      const visits = Effect.gen(function*() {
        yield* TokenService.get
        yield* Effect.flip(Effect.provide(TokenService.get, Accounts.get("ann")))
      })
      yield* whileTimePasses(Effect.provideContext(visits, services))
      const parents = spans.filter(({ name }) => name === "asked").map(({ parent }) => Option.map(parent, nameOf))
      assert.deepStrictEqual(parents, ["TokenSource.acquire", "TokenService.refresh"].map(Option.some))
    }).pipe(Effect.scoped, Effect.provide(layer))
  })
})
