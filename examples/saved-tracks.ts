/**
 * `npm run example saved-tracks.ts` reads all tracks that a person has saved as a stream, which requests pages as it goes.
 *
 * **Details**
 *
 * A person of `@app/sandbox` has saved every track of its catalogue, one a day. A stream that takes five tracks makes one
 * request, and one that is cut off can be continued later by the cursor of its last page, even by another process.
 */
import type * as Page from "@app/api/model/Page"
import * as UndiciHttpClient from "@app/api/node/UndiciHttpClient"
import * as Tracks from "@app/api/Tracks"
import { Catalogue, People, Sandbox } from "@app/sandbox"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Console from "effect/Console"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"

const today = DateTime.nowUnsafe()

const saved = Catalogue.albums.flatMap(({ tracks }) => tracks).map((id, days) => ({
  uri: `spotify:track:${id}`,
  addedAt: DateTime.subtract(today, { days })
}))

// =============================================================================
// Program
// =============================================================================

/** Runs a part of the program, and prints how many pages it requested. */
const counted = <E, R>(title: string, part: Effect.Effect<void, E, R>) =>
  Effect.gen(function*() {
    const { clearLog, count } = yield* Sandbox.Sandbox
    yield* Console.log(`\n${title}`)
    yield* clearLog
    yield* part
    yield* Console.log(`  pages requested: ${yield* count("GET /v1/me/tracks")}`)
  })

const latest = Tracks.saved({ pageSize: 20 }).pipe(
  Stream.take(5),
  Stream.runForEach(({ addedAt, track }) =>
    Console.log(
      `  ${DateTime.formatIsoDateUtc(addedAt)}  ${track.name} · ${track.artists.map(({ name }) => name).join(", ")}`
    )
  )
)

const total = Tracks.saved({ pageSize: 20 }).pipe(
  Stream.runFold(() => ({ tracks: 0, millis: 0 }), ({ millis, tracks }, { track }) => ({
    tracks: tracks + 1,
    millis: millis + Duration.toMillis(track.duration)
  })),
  Effect.flatMap(({ millis, tracks }) =>
    Console.log(`  ${tracks} tracks, which play for ${Math.round(millis / 60_000)} minutes`)
  )
)

/** Reads some pages from a cursor on, and returns the cursor at which the rest begins. */
const readPages = (from: Page.Cursor | undefined, pages: number) =>
  Tracks.saved({ pageSize: 20, from }).pages.pipe(
    Stream.take(pages),
    Stream.tap(({ items }) => Console.log(`  a page of ${items.length}, which begins with ${items[0]?.track.name}`)),
    Stream.runFold((): Page.Cursor | undefined => from, (_, { cursor }) => cursor)
  )

const inTwoRuns = Effect.gen(function*() {
  const cursor = yield* readPages(undefined, 2)
  yield* Console.log(`  cut off, and continued from ${cursor}`)
  yield* readPages(cursor, Infinity)
})

const program = Effect.gen(function*() {
  yield* Console.log(`${saved.length} tracks are saved.`)
  yield* counted("The latest five:", latest)
  yield* counted("All of them:", total)
  yield* counted("All of them, in two runs:", inTwoRuns)
})

// =============================================================================
// Layers
// =============================================================================

const SignedIn = Sandbox.signedIn({ scopes: ["user-library-read"] }).pipe(
  Layer.provideMerge(Sandbox.layer({ libraries: { [People.sandy.id]: saved } })),
  Layer.provide(UndiciHttpClient.layer())
)

NodeRuntime.runMain(Effect.provide(program, SignedIn))
