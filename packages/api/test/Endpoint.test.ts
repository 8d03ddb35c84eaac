/** What this package writes itself is held against Effect's own client of the same contract. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as HttpApi from "effect/http-api/HttpApi"
import * as HttpApiClient from "effect/http-api/HttpApiClient"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiMiddleware from "effect/http-api/HttpApiMiddleware"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { AlbumsApi } from "../src/contract/AlbumsApi.ts"
import { ArtistsApi } from "../src/contract/ArtistsApi.ts"
import { AudioApi } from "../src/contract/AudioApi.ts"
import type * as EndpointGroup from "../src/contract/EndpointGroup.ts"
import { LibraryApi } from "../src/contract/LibraryApi.ts"
import { ProfileApi } from "../src/contract/ProfileApi.ts"
import { RecommendationsApi } from "../src/contract/RecommendationsApi.ts"
import { SearchApi } from "../src/contract/SearchApi.ts"
import { SpotifyApi } from "../src/contract/SpotifyApi.ts"
import { SpotifyMiddleware } from "../src/contract/SpotifyMiddleware.ts"
import { TracksApi } from "../src/contract/TracksApi.ts"
import * as SpotifyClient from "../src/SpotifyClient.ts"
import * as Answers from "./support/Answers.ts"
import * as ScriptedTransport from "./support/ScriptedTransport.ts"

/** The groups of the contract as operations call them. */
const contract: Readonly<Record<keyof typeof SpotifyApi.groups, EndpointGroup.Constraint>> = {
  albums: AlbumsApi,
  artists: ArtistsApi,
  audio: AudioApi,
  library: LibraryApi,
  profile: ProfileApi,
  recommendations: RecommendationsApi,
  search: SearchApi,
  tracks: TracksApi
}

const base = "https://api.spotify.com/v1"

interface Arguments {
  readonly params?: unknown
  readonly query?: unknown
  readonly payload?: unknown
}

type Methods = Readonly<Record<string, (given: Arguments) => Effect.Effect<unknown, SpotifyClient.Failure>>>

/** What is on the wire of a request. */
const wire = (request: HttpClientRequest.HttpClientRequest) => ({
  method: request.method,
  url: Option.getOrUndefined(Option.map(HttpClientRequest.toUrl(request), ({ href }) => href)),
  body: request.body._tag === "Uint8Array" ? new TextDecoder().decode(request.body.body) : request.body._tag,
  contentType: request.headers["content-type"]
})

/** What Effect's client sends. */
const sentByEffect = (group: HttpApiGroup.Constraint, name: string, given: Arguments) =>
  Effect.gen(function*() {
    const sent: Array<HttpClientRequest.HttpClientRequest> = []
    const httpClient = HttpClient.make((request) => {
      sent.push(request)
      return Effect.succeed(HttpClientResponse.fromWeb(request, new Response(null, { status: 500 })))
    })
    const client = yield* HttpApiClient.makeWith(
      HttpApi.make("spotify").add<[HttpApiGroup.Constraint]>(group),
      { httpClient, baseUrl: base }
    ).pipe(
      Effect.provide(HttpApiMiddleware.layerClient(SpotifyMiddleware, ({ next, request }) => next(request)))
    )
    const methods = (client as unknown as Readonly<Record<string, Methods>>)[group.identifier]
    yield* Effect.exit(methods?.[name]?.(given) ?? Effect.void)
    return sent.map(wire)
  })

/** What ours sends. */
const sentByUs = (group: EndpointGroup.Constraint, name: string, given: Arguments) =>
  Effect.gen(function*() {
    const { sent } = yield* ScriptedTransport.ScriptedTransport
    yield* Effect.exit(
      SpotifyClient.call(group, (operations) => (operations as unknown as Methods)[name]?.(given) ?? Effect.void)
    )
    return sent.map(({ request }) => wire(request))
  }).pipe(Effect.provide(ScriptedTransport.layer(ScriptedTransport.answer(400))))

/** What a method of an endpoint takes. */
const argumentsOf = ({ params, payload, query }: HttpApiEndpoint.Top): Record<string, Schema.Codec<unknown>> => {
  const [body] = Array.from(payload.values(), ({ schemas }) => schemas).flat()
  const parts = Object.entries({ params, query, payload: body })
  return Object.fromEntries(
    parts.flatMap(([name, part]) => part === undefined ? [] : [[name, Schema.toType(part) as Schema.Codec<unknown>]])
  )
}

describe("requests", () => {
  for (const group of Object.values(SpotifyApi.groups)) {
    for (const [name, endpoint] of Object.entries<HttpApiEndpoint.Top>(group.endpoints)) {
      it.effect.prop(
        `of ${group.identifier}.${name} are written as Effect's own client writes them`,
        argumentsOf(endpoint),
        (given) =>
          Effect.gen(function*() {
            const ours = yield* sentByUs(contract[group.identifier], name, given)
            assert.deepStrictEqual(ours, yield* sentByEffect(group, name, given))
            assert.deepStrictEqual(ours, yield* sentByUs(group, name, given))
            assert.lengthOf(ours, 1)
          }),
        { arbitrary: { runs: 20 } }
      )
    }
  }

  it.effect("are not made of arguments that the contract does not take", () =>
    Effect.gen(function*() {
      for (
        const [given, argument] of [
          [{ params: { id: "not an id!" }, query: {} }, "id"],
          [{ params: {}, query: {} }, "id"],
          [{ params: { id: Answers.trackId }, query: { market: "Germany" } }, "market"]
        ] as const
      ) {
        const error = yield* Effect.flip(
          SpotifyClient.call(
            SpotifyApi.groups.tracks,
            (tracks) => (tracks as unknown as Methods)["get"]?.(given) ?? Effect.void
          )
        )
        const reason = error._tag === "SpotifyError" ? error.reason : undefined
        assert.strictEqual(reason?._tag === "InvalidArgument" ? reason.argument : reason?._tag, argument)
      }
      assert.lengthOf((yield* ScriptedTransport.ScriptedTransport).sent, 0)
    }).pipe(Effect.provide(ScriptedTransport.layer(ScriptedTransport.answer(200, Answers.developmentTrack)))))

  it.effect.prop(
    "go to no other place than the contract's, whatever stands in their paths",
    { name: Schema.Union([Schema.String, Schema.Literals(["", ".", "..", "/", "a/../b", "%2e%2e", "?a=b", "#"])]) },
    ({ name }) =>
      Effect.gen(function*() {
        const { sent } = yield* ScriptedTransport.ScriptedTransport
        const exit = yield* Effect.exit(SpotifyClient.call(Things, (things) => things.get({ params: { name } })))
        const [request] = sent
        if (request === undefined) {
          assert.isTrue(["", ".", ".."].includes(name) || !name.isWellFormed(), name)
          return assert.include(String(exit), "it cannot stand in a path")
        }
        const [, place, ...others] = new URL(request.url).pathname.slice("/v1".length).split("/")
        assert.strictEqual(place, "things")
        assert.deepStrictEqual(others.map(decodeURIComponent), [name, "parts"])
      }).pipe(Effect.provide(ScriptedTransport.layer(ScriptedTransport.answer(200, {}))))
  )

  it.effect("that cannot be written are a mistake of who wrote the contract", () =>
    Effect.gen(function*() {
      const exit = yield* Effect.exit(
        SpotifyClient.call(Odd, (odd) => odd.send({ payload: "text" }))
      )
      assert.include(String(exit), "SpotifyClient cannot send odd.send")
    }).pipe(Effect.provide(ScriptedTransport.layer(ScriptedTransport.answer(200)))))
})

const Things = HttpApiGroup.make("things").add(
  HttpApiEndpoint.get("get", "/things/:name/parts", {
    params: { name: Schema.String },
    success: Schema.Struct({})
  })
)

const Odd = HttpApiGroup.make("odd").add(
  HttpApiEndpoint.post("send", "/odd", {
    payload: Schema.String.pipe(HttpApiSchema.asText()),
    success: HttpApiSchema.Empty(200)
  })
)
