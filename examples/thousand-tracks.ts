/**
 * `npm run example thousand-tracks.ts` looks up a thousand tracks, and shows how many requests that takes.
 *
 * **Details**
 *
 * In Extended Quota Mode 50 ids make one request, also where a program looks tracks up one at a time from many fibers. In
 * Development Mode each id makes its own. The same code works for both. Most of the ids belong to no track of
 * `@app/sandbox`: `Tracks.getMany` returns `None` for these, in their places.
 */
import * as UndiciHttpClient from "@app/api/node/UndiciHttpClient"
import * as SpotifyClient from "@app/api/SpotifyClient"
import * as Tracks from "@app/api/Tracks"
import * as Grant from "@app/auth/Grant"
import * as Providers from "@app/auth/Providers"
import * as TokenService from "@app/auth/TokenService"
import * as TokenStore from "@app/auth/TokenStore"
import { Catalogue, Sandbox } from "@app/sandbox"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Console from "effect/Console"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"

const known = Catalogue.albums.flatMap(({ tracks }) => tracks)
const unknown = Array.from({ length: 1000 - known.length }, (_, i) => String(i).padStart(22, "0"))
const ids = [...known, ...unknown]

// =============================================================================
// Program
// =============================================================================

const manyAtOnce = Effect.map(Tracks.getMany(ids), (tracks) => tracks.filter(Option.isSome).length)

/** Each call stands for a fiber that knows nothing of the others. */
const oneAtATime = Effect.forEach(
  ids,
  (id) => Tracks.get(id).pipe(Effect.as(1), Effect.catchReason("SpotifyError", "NotFound", () => Effect.succeed(0))),
  { concurrency: "unbounded" }
).pipe(Effect.map((found) => found.reduce((sum, one) => sum + one, 0)))

/** Runs a look-up in a quota mode, and prints what it took. */
const measured = Effect.fnUntraced(function*(
  title: string,
  quotaMode: "development" | "extended",
  lookup: typeof manyAtOnce
) {
  const { apiUrl, clearLog, configure, requests } = yield* Sandbox.Sandbox
  yield* configure({ quotaMode })
  yield* clearLog
  const [took, found] = yield* lookup.pipe(
    Effect.provide(SpotifyClient.layer({ apiUrl, quotaMode })),
    Effect.timed
  )
  const sent = (yield* requests).filter(({ service }) => service === "api").length
  yield* Console.log(
    `${title.padEnd(52)} ${String(sent).padStart(5)} requests ${
      String(Math.round(Duration.toMillis(took))).padStart(6)
    } ms`
      + `   ${found} found, ${ids.length - found} unknown`
  )
})

const program = Effect.gen(function*() {
  // One call before the measurements, so that none of them pays for the token.
  yield* TokenService.get
  yield* measured("Tracks.getMany in Extended Quota Mode", "extended", manyAtOnce)
  yield* measured("Tracks.get from a thousand fibers, the same mode", "extended", oneAtATime)
  yield* measured("Tracks.getMany in Development Mode", "development", manyAtOnce)
})

// =============================================================================
// Layers
// =============================================================================

const Tokens = Layer.unwrap(Effect.map(Sandbox.Sandbox, ({ accountsUrl, client }) =>
  TokenService.layer({
    server: Providers.spotify.at(accountsUrl),
    client,
    grant: Grant.ClientCredentials({})
  }))).pipe(
    Layer.provide(TokenStore.layerMemory),
    Layer.provideMerge(Sandbox.layer()),
    Layer.provideMerge(UndiciHttpClient.layer())
  )

NodeRuntime.runMain(Effect.provide(program, Tokens))
