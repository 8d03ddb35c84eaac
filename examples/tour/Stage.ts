/**
 * A sandbox, a program with a signed-in person, and the record of what happens between them.
 */
import * as FetchHttpClient from "@app/api/FetchHttpClient"
import * as SpotifyClient from "@app/api/SpotifyClient"
import * as Tracks from "@app/api/Tracks"
import * as Providers from "@app/auth/Providers"
import * as TokenService from "@app/auth/TokenService"
import type { TokenStatus } from "@app/auth/TokenStatus"
import * as TokenStore from "@app/auth/TokenStore"
import { Catalogue, Sandbox } from "@app/sandbox"
import type { LoggedRequest } from "@app/sandbox/RequestLog"
import type { Settings } from "@app/sandbox/Settings"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as References from "effect/References"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import type * as Timeline from "./Timeline.ts"

// =============================================================================
// Model
// =============================================================================

/** The settings of a run, made before it begins. */
export interface Setting {
  readonly sandbox?: Partial<Settings> | undefined
  /** The timeout of a token request. */
  readonly timeout?: Duration.Input | undefined
}

/** An instant at which something happens on the server. */
interface Event extends Timeline.Event {
  /** True if the server accepts none of the tokens any more that it has issued before. */
  readonly endsTokens: boolean
}

/** The traces that a run has left. All instants are those of the clock. */
interface Record {
  readonly begin: number
  readonly end: number
  readonly statuses: ReadonlyArray<{ readonly at: number; readonly status: TokenStatus }>
  readonly requests: ReadonlyArray<LoggedRequest>
  readonly calls: ReadonlyArray<Timeline.Call>
  readonly events: ReadonlyArray<Event>
}

// =============================================================================
// Timeline
// =============================================================================

/** Finds the life of each token: from when the program had it until its end, or until the server revoked it. */
const tokensOf = ({ begin, end, events, statuses }: Record): ReadonlyArray<Timeline.Token> => {
  const tokens = new Map<number, Timeline.Token>()
  for (const { at, status: { expiresAt, generation } } of statuses) {
    if (expiresAt === undefined || tokens.has(generation)) continue
    const cuts = events.filter((event) => event.endsTokens && event.at >= at).map((event) => event.at)
    const to = Math.min(expiresAt.epochMilliseconds, end, ...cuts)
    tokens.set(generation, { number: tokens.size + 1, from: Math.max(0, at - begin), to: to - begin })
  }
  return Array.from(tokens.values())
}

/** Makes the timeline of a record. */
const timelineOf = (record: Record): Timeline.Timeline => {
  const { begin, calls, end, events, requests, statuses } = record
  // Tokens are received after their requests, so a request without a token after it has brought none.
  const arrivals = statuses.filter(({ status }, index) =>
    status.generation > (statuses[index - 1]?.status.generation ?? 0)
  )
  const since = (at: number) => Math.max(0, at - begin)
  const isInFlight = statuses.at(-1)?.status.phase === "Refreshing"
  const tokenRequests = requests.filter(({ route }) => route === "POST /api/token").slice(
    0,
    isInFlight ? -1 : undefined
  )
  return {
    duration: end - begin,
    tokens: tokensOf(record),
    tokenRequests: tokenRequests.map(({ at, status }, index) => {
      const from = at.epochMilliseconds
      const until = tokenRequests[index + 1]?.at.epochMilliseconds ?? Infinity
      return {
        at: since(from),
        status: status ?? undefined,
        isGood: arrivals.some((arrival) => arrival.at >= from && arrival.at < until)
      }
    }),
    refusals: requests
      .filter(({ service, status }) => service === "api" && (status === null || status >= 400))
      .map(({ at, status }) => ({ at: since(at.epochMilliseconds), status: status ?? undefined, isGood: false })),
    calls: calls.map(({ from, reason, to }) => ({ from: since(from), to: since(to), reason })),
    events: events.map(({ at, label }) => ({ at: since(at), label }))
  }
}

// =============================================================================
// Service
// =============================================================================

const markets = [
  "AT",
  "BE",
  "BR",
  "CA",
  "CH",
  "CZ",
  "DE",
  "DK",
  "ES",
  "FI",
  "FR",
  "GB",
  "IE",
  "IT",
  "NO",
  "SE"
] as const

/** The argument of the nth call, since simultaneous calls for the same track in the same market would make one request. */
const asked = (nth: number) => ({
  id: Catalogue.tracks[nth % Catalogue.tracks.length]?.id ?? Catalogue.ids.helvegen,
  market: markets[Math.floor(nth / Catalogue.tracks.length) % markets.length]
})

/** The steps of a run. */
export class Stage extends Context.Service<Stage, {
  /** Calls Spotify once. A failure is recorded, and none of the run's. */
  readonly call: Effect.Effect<void>
  /** Calls Spotify at an interval for a duration, whether or not the calls before have ended. */
  readonly callEvery: (interval: Duration.Input, duration: Duration.Input) => Effect.Effect<void>
  /** Records what happens on the server, and lets it happen. */
  readonly happens: <A, E, R>(label: string, event: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  /** The same for what ends all tokens that the server has issued. */
  readonly tokensEnd: <A, E, R>(label: string, event: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  /** Waits for all calls, and returns what has happened. */
  readonly finish: Effect.Effect<Timeline.Timeline>
}>()("examples/tour/Stage") {}

const App = ({ timeout }: Setting) =>
  Layer.unwrap(Effect.gen(function*() {
    const { accountsUrl, apiUrl, client: { clientId } } = yield* Sandbox.Sandbox
    const server = Providers.spotify.at(accountsUrl)
    const Tokens = TokenService.layer({ server, client: { clientId }, grant: yield* Sandbox.signIn(), timeout })
    return SpotifyClient.layer({ apiUrl }).pipe(
      Layer.provideMerge(Tokens),
      Layer.provide([TokenStore.layerMemory, FetchHttpClient.layer])
    )
  }))

const make = Effect.gen(function*() {
  const sandbox = yield* Sandbox.Sandbox
  const tokens = yield* TokenService.TokenService
  const client = yield* Effect.context<SpotifyClient.SpotifyClient>()
  const scope = yield* Effect.scope
  const now = Clock.currentTimeMillis
  const begin = yield* now
  const statuses: Array<Record["statuses"][number]> = []
  const calls: Array<Timeline.Call> = []
  const events: Array<Event> = []
  let isUnderWay = 0

  yield* tokens.changes.pipe(
    Stream.runForEach((status) => Effect.map(now, (at) => void statuses.push({ at, status }))),
    Effect.forkIn(scope)
  )
  // The program has its first token before anything happens.
  yield* tokens.get

  const call = Effect.gen(function*() {
    const from = yield* now
    const { id, market } = asked(calls.length + isUnderWay)
    isUnderWay += 1
    const reason = yield* Tracks.get(id, { market }).pipe(
      Effect.provide(client),
      Effect.match({ onFailure: ({ reason }) => reason._tag, onSuccess: () => undefined })
    )
    isUnderWay -= 1
    calls.push({ from, to: yield* now, reason })
  })

  const happensTo = (endsTokens: boolean) => <A, E, R>(label: string, event: Effect.Effect<A, E, R>) =>
    Effect.andThen(Effect.map(now, (at) => void events.push({ at, label, endsTokens })), event)

  return Stage.of({
    call,
    callEvery: (interval, duration) =>
      Effect.forkIn(call, scope).pipe(
        Effect.repeat(Schedule.fixed(interval)),
        Effect.timeoutOption(duration),
        Effect.asVoid
      ),
    happens: happensTo(false),
    tokensEnd: happensTo(true),
    finish: Effect.gen(function*() {
      yield* Effect.repeat(Effect.sync(() => isUnderWay), {
        until: (count) => count === 0,
        schedule: Schedule.spaced("20 millis")
      })
      const [end, requests] = [yield* now, yield* sandbox.requests]
      return timelineOf({ begin, end, statuses, requests, calls, events })
    })
  })
})

/** Layer with a stage of its own, which does not say what libraries log for developers. */
export const layer = (setting: Setting) =>
  Layer.effect(Stage, make).pipe(
    Layer.provideMerge(App(setting)),
    Layer.provideMerge(Sandbox.layer(setting.sandbox)),
    Layer.provideMerge(Layer.succeed(References.MinimumLogLevel, "None"))
  )
