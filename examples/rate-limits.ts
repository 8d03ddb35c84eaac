/**
 * `npm run example rate-limits.ts` sends more calls than Spotify allows, and shows how the app's gate spaces them out.
 *
 * **Details**
 *
 * `@app/sandbox` allows 8 requests in any 2 seconds. All calls begin at the same time, and so more of them receive a 429
 * than later, when the gate lets one call go first and others follow as responses arrive. No call fails. A call that must
 * not wait says so by its `RetryPolicy`, and fails at once with the time at which the gate opens.
 */
import * as UndiciHttpClient from "@app/api/node/UndiciHttpClient"
import * as RetryPolicy from "@app/api/RetryPolicy"
import * as SpotifyClient from "@app/api/SpotifyClient"
import * as Tracks from "@app/api/Tracks"
import * as Grant from "@app/auth/Grant"
import * as Providers from "@app/auth/Providers"
import * as TokenService from "@app/auth/TokenService"
import * as TokenStore from "@app/auth/TokenStore"
import { Catalogue, Sandbox } from "@app/sandbox"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Schedule from "effect/Schedule"

const allowance = { requests: 8, window: Duration.seconds(2) }

/** The calls, each for a market of its own: simultaneous calls for the same track would make one request. */
const markets = [
  ...["AR", "AT", "AU", "BE", "BR", "CA", "CH", "CL", "CO", "CZ", "DE", "DK"] as const,
  ...["ES", "FI", "FR", "GB", "GR", "IE", "IT", "JP", "MX", "NL", "NO", "NZ"] as const
]

// =============================================================================
// Program
// =============================================================================

const program = Effect.gen(function*() {
  const { count } = yield* Sandbox.Sandbox
  const begin = yield* Clock.currentTimeMillis
  let answered = 0

  const limited = count("GET /v1/tracks/{id}", ({ status }) => status === 429)

  /** One line for each quarter of a second in which something has happened. */
  const report = Effect.gen(function*() {
    let last = ""
    yield* Effect.repeat(
      Effect.gen(function*() {
        const calls = `${"█".repeat(answered)}${"·".repeat(markets.length - answered)}`
        const line = `${calls}  ${answered} answered, 429s so far: ${yield* limited}`
        if (line === last) return
        last = line
        const seconds = ((yield* Clock.currentTimeMillis) - begin) / 1000
        yield* Console.log(`${seconds.toFixed(2).padStart(5)} s  ${line}`)
      }),
      { schedule: Schedule.spaced("250 millis"), while: () => answered < markets.length }
    )
  })

  const whenLimited = Effect.repeat(limited, { schedule: Schedule.spaced("50 millis"), until: (times) => times > 0 })

  /** A call that does not wait, soon after the gate has closed. */
  const impatient = Tracks.get(Catalogue.ids.helvegen).pipe(
    Effect.provideService(RetryPolicy.RetryPolicy, { ...RetryPolicy.standard, whileLimited: "fail" }),
    Effect.matchEffect({
      onFailure: (error) => Console.log(`         A call that must not wait: ${error.message}`),
      onSuccess: () => Console.log("         A call that must not wait did not have to.")
    }),
    Effect.delay("200 millis"),
    (call) => Effect.andThen(whenLimited, call)
  )

  yield* Console.log(`${markets.length} calls, where ${allowance.requests} requests are allowed in any 2 seconds:`)
  yield* Effect.all(
    [
      Effect.forEach(
        markets,
        (market) => Effect.tap(Tracks.get(Catalogue.ids.typhoons, { market }), () => Effect.sync(() => answered++)),
        { concurrency: "unbounded" }
      ),
      report,
      impatient
    ],
    { concurrency: "unbounded" }
  )
  yield* Console.log(
    `Calls: ${markets.length}, answered: ${answered}, requests: ${yield* count("GET /v1/tracks/{id}")}`
  )
})

// =============================================================================
// Layers
// =============================================================================

const Spotify = Layer.unwrap(
  Effect.map(Sandbox.Sandbox, ({ accountsUrl, apiUrl, client }) =>
    SpotifyClient.layer({ apiUrl }).pipe(
      Layer.provide(TokenService.layer({
        server: Providers.spotify.at(accountsUrl),
        client,
        grant: Grant.ClientCredentials({})
      }))
    ))
).pipe(
  Layer.provide(TokenStore.layerMemory),
  Layer.provideMerge(Sandbox.layer({ rateLimit: allowance })),
  Layer.provide(UndiciHttpClient.layer())
)

NodeRuntime.runMain(Effect.provide(program, Layer.provideMerge(Spotify, Logger.layer([]))))
