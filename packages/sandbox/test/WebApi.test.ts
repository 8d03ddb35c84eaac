import { SpotifyApi } from "@app/api/contract/SpotifyApi"
import { Catalogue, People, Route, Sandbox } from "@app/sandbox"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as HttpApi from "effect/http-api/HttpApi"
import type * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import { at, call, field, inSandbox, personToken, programToken, send, signIn, text } from "./support/Requests.ts"

const { ids } = Catalogue
const [album] = Catalogue.albums
const [artist] = Catalogue.artists

// =============================================================================
// Requests
// =============================================================================

/** An id for each section that has things with ids. */
const idIn: Readonly<Record<string, string>> = {
  albums: album?.id ?? "",
  artists: artist?.id ?? "",
  audio: ids.typhoons,
  tracks: ids.typhoons
}

/** Parameters of paths and queries by their names, and bodies by theirs. */
const samplesIn = (section: string): Readonly<Record<string, string>> => ({
  id: idIn[section] ?? "",
  ids: idIn[section] ?? "",
  q: "typhoons",
  seed_tracks: ids.typhoons,
  uris: `spotify:track:${ids.typhoons}`,
  user_id: "sandy.box"
})
const timestampedIds = JSON.stringify({ timestamped_ids: [{ id: ids.typhoons, added_at: "2026-01-02T03:04:05Z" }] })

/** The parameters of a query, each with the one value that it may have, where there is but one. */
const parametersOf = ({ query }: HttpApiEndpoint.Top) =>
  query?.ast._tag === "Objects"
    ? query.ast.propertySignatures.map(({ name, type }) => ({
      name: String(name),
      only: type._tag === "Literal" ? String(type.literal) : undefined
    }))
    : []

/** Every operation of the contract, with a request that is answered where the operation is served. */
const operations: Array<
  readonly [route: Route.WebApiRoute, operation: Route.Operation, path: string, init: RequestInit]
> = []

HttpApi.reflect(SpotifyApi, {
  onGroup: () => {},
  onEndpoint: ({ endpoint, group }) => {
    const { method, payload } = endpoint
    const samples = samplesIn(group.identifier)
    const path = endpoint.path.replace(
      /:(\w+)/g,
      (_, name: string) => samples[name] ?? assert.fail(`a sample of ${name}`)
    )
    const query = new URLSearchParams(
      parametersOf(endpoint).flatMap(({ name, only = samples[name] }) => only === undefined ? [] : [[name, only]])
    )
    const operation = Route.onWebApi(method, `/v1${path}`)?.operation ?? assert.fail(`a route for ${path}`)
    operations.push([operation.route, operation, `${path}?${query}`, {
      method,
      ...(payload.size > 0 && { body: timestampedIds })
    }])
  }
})

// =============================================================================
// Tests
// =============================================================================

describe("every operation", () => {
  it.live.each(operations)("%s", ([route, { scopes, servedTo }, path, init]) =>
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
        const seen = yield* call(path, token, init)
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
        servedTo === "everyone" ? [200, 200, 200] : servedTo === "extended" ? [403, 200, 200] : [403, 403, 200]
      )
      assert.strictEqual(yield* count(route), 3)

      const bare = yield* call(path, text(yield* signIn(""), "access_token"), init)
      const program = yield* call(path, yield* programToken, init)
      if (scopes.length === 0) {
        assert.strictEqual(bare.status, 200)
        assert.strictEqual(program.status, route === "GET /v1/me" ? 403 : 200)
      } else {
        const refusal = { error: { status: 403, message: "Insufficient client scope" } }
        assert.deepStrictEqual([bare.json, program.json], [refusal, refusal])
        // The samples are of the kind that the first scope of each group is for.
        const granted = text(yield* signIn(scopes.map(([scope]) => scope).join(" ")), "access_token")
        assert.strictEqual((yield* call(path, granted, init)).status, 200)
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
