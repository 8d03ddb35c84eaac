import { Catalogue, People, Route, Sandbox } from "@app/sandbox"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { at, call, field, personToken, programToken, send, signIn, text } from "./support/Browser.ts"

const inSandbox = (settings?: Parameters<typeof Sandbox.layer>[0]) => Effect.provide(Sandbox.layer(settings))

const { ids } = Catalogue
const [album] = Catalogue.albums
const [artist] = Catalogue.artists
const uris = `uris=spotify:track:${ids.typhoons}`
const body = JSON.stringify({ timestamped_ids: [{ id: ids.typhoons, added_at: "2026-01-02T03:04:05Z" }] })

/** Which scopes an operation takes, one being enough, and the apps it is served to: by hand, from Spotify's reference. */
const operations: Readonly<
  Record<
    Route.WebApiRoute,
    readonly [path: string, scopes: ReadonlyArray<string>, servedTo: "all" | "extended" | "legacy"]
  >
> = {
  "GET /v1/tracks/{id}": [`/tracks/${ids.typhoons}`, [], "all"],
  "GET /v1/tracks": [`/tracks?ids=${ids.typhoons}`, [], "extended"],
  "GET /v1/me/tracks": ["/me/tracks", ["user-library-read"], "all"],
  "PUT /v1/me/tracks": ["/me/tracks", ["user-library-modify"], "extended"],
  "GET /v1/me": ["/me", [], "all"],
  "GET /v1/users/{user_id}": ["/users/sandy.box", [], "extended"],
  "GET /v1/me/top/tracks": ["/me/top/tracks", ["user-top-read"], "all"],
  "GET /v1/me/top/artists": ["/me/top/artists", ["user-top-read"], "all"],
  "GET /v1/me/following": ["/me/following?type=artist", ["user-follow-read"], "all"],
  "PUT /v1/me/library": [`/me/library?${uris}`, ["user-library-modify"], "all"],
  "DELETE /v1/me/library": [`/me/library?${uris}`, ["user-library-modify"], "all"],
  "GET /v1/me/library/contains": [`/me/library/contains?${uris}`, ["user-library-read"], "all"],
  "GET /v1/albums/{id}/tracks": [`/albums/${album?.id}/tracks`, [], "all"],
  "GET /v1/artists/{id}/top-tracks": [`/artists/${artist?.id}/top-tracks`, [], "extended"],
  "GET /v1/search": ["/search?q=typhoons&type=track", [], "all"],
  "GET /v1/audio-features/{id}": [`/audio-features/${ids.typhoons}`, [], "legacy"],
  "GET /v1/audio-features": [`/audio-features?ids=${ids.typhoons}`, [], "legacy"],
  "GET /v1/audio-analysis/{id}": [`/audio-analysis/${ids.typhoons}`, [], "legacy"],
  "GET /v1/recommendations": [`/recommendations?seed_tracks=${ids.typhoons}`, [], "legacy"],
  "GET /v1/recommendations/available-genre-seeds": ["/recommendations/available-genre-seeds", [], "legacy"]
}

const routes = Route.Route.literals.flatMap((route) =>
  route === "GET /authorize" || route === "POST /api/token"
    ? []
    : [[route, ...operations[route]] as const]
)

const request = (route: Route.WebApiRoute, token: string) => {
  const [path] = operations[route]
  const method = route.slice(0, route.indexOf(" "))
  return call(path, token, { method, ...(route === "PUT /v1/me/tracks" && { body }) })
}

describe("every operation", () => {
  it.live.each(routes)("%s", ([route, _path, scopes, servedTo]) =>
    Effect.gen(function*() {
      const { configure, count } = yield* Sandbox.Sandbox
      const token = yield* personToken()
      const statuses: Array<number> = []
      for (
        const settings of [
          { quotaMode: "development" },
          { quotaMode: "extended" },
          { quotaMode: "extended", legacy: true }
        ] as const
      ) {
        yield* configure(settings)
        const seen = yield* request(route, token)
        statuses.push(seen.status)
        // Refusals of February 2026 have a text, those of November 2024 have none.
        if (seen.status === 403) {
          assert.deepStrictEqual(seen.json, {
            error: servedTo === "legacy" ? { status: 403 } : { status: 403, message: "Forbidden" }
          })
        }
      }
      assert.deepStrictEqual(
        statuses,
        servedTo === "all" ? [200, 200, 200] : servedTo === "extended" ? [403, 200, 200] : [403, 403, 200]
      )
      assert.strictEqual(yield* count(route), 3)

      const bare = yield* request(route, text(yield* signIn(""), "access_token"))
      const program = yield* request(route, yield* programToken)
      if (scopes.length === 0) {
        assert.strictEqual(bare.status, 200)
        assert.strictEqual(program.status, route === "GET /v1/me" ? 403 : 200)
      } else {
        const refusal = { error: { status: 403, message: "Insufficient client scope" } }
        assert.deepStrictEqual([bare.json, program.json], [refusal, refusal])
        for (const scope of scopes) {
          assert.strictEqual((yield* request(route, text(yield* signIn(scope), "access_token"))).status, 200)
        }
      }
    }).pipe(inSandbox()))

  it.live("nothing is served at other paths, by other methods, or with a slash too many", () =>
    Effect.gen(function*() {
      const token = yield* personToken()
      for (const [method, path] of [["GET", "/nothing"], ["POST", "/me"], ["GET", "/me/"], ["GET", "/tracks/a/b"]]) {
        const seen = yield* call(path ?? "", token, { method: method ?? "" })
        assert.deepStrictEqual(seen.json, { error: { status: 404, message: "Service not found" } })
      }
    }).pipe(inSandbox()))

  it.live("browsers may call all of them", () =>
    Effect.gen(function*() {
      const { apiUrl } = yield* Sandbox.Sandbox
      const { headers } = yield* send(`${apiUrl}/me/library`, { method: "OPTIONS" })
      for (const method of ["GET", "PUT", "DELETE"]) {
        assert.include(headers.get("access-control-allow-methods") ?? "", method)
      }
    }).pipe(inSandbox()))
})

describe("the bearer", () => {
  it.live("is told missing from invalid by the header alone", () =>
    Effect.gen(function*() {
      for (const [token, code] of [[undefined, "missing_token"], ["BQnone", "invalid_token"]] as const) {
        const seen = yield* call("/me", token)
        assert.strictEqual(seen.status, 401)
        assert.deepStrictEqual(seen.json, { error: { status: 401, message: "Missing/invalid/expired access token" } })
        assert.include(seen.headers.get("www-authenticate") ?? "", `error="${code}"`)
      }
    }).pipe(inSandbox()))

  it.live("is refused once ended, and a new one is not", () =>
    Effect.gen(function*() {
      const { expireAccessTokens, revokeAccessTokens } = yield* Sandbox.Sandbox
      for (const end of [expireAccessTokens, revokeAccessTokens]) {
        const token = yield* programToken
        assert.strictEqual(yield* end, 1)
        assert.strictEqual((yield* call(`/tracks/${ids.typhoons}`, token)).status, 401)
        assert.strictEqual((yield* call(`/tracks/${ids.typhoons}`, yield* programToken)).status, 200)
        yield* end
      }
    }).pipe(inSandbox()))

  it.live("of a person nobody registered is refused in Development Mode, in plain text", () =>
    Effect.gen(function*() {
      const { configure } = yield* Sandbox.Sandbox
      const token = yield* personToken(People.stranger.id)
      const seen = yield* call("/me", token)
      assert.strictEqual(seen.status, 403)
      assert.match(seen.text, /^The user is not registered for this application\./)
      yield* configure({ quotaMode: "extended" })
      assert.strictEqual(field(yield* call("/me", token), "id"), People.stranger.id)
    }).pipe(inSandbox()))

  it.live("stands for the person who agreed", () =>
    Effect.gen(function*() {
      for (const person of [People.sandy, People.quiet]) {
        assert.strictEqual(at(yield* call("/me", yield* personToken(person.id)), "id"), person.id)
      }
    }).pipe(inSandbox()))
})
