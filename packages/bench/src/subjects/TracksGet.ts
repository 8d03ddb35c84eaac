/** `Tracks.get` over a transport: `layerUndici`, or `layerUndici traced` with a tracer that takes spans. */
import * as Tracks from "@app/api/Tracks"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Tracer from "effect/Tracer"
import { calls } from "../Calls.ts"
import * as Spotify from "../Spotify.ts"
import type { MakeSubject } from "../Subject.ts"
import * as Transports from "../Transports.ts"

/** Takes spans as an exporter does that drops them once they have ended. */
const TakingSpans = Layer.succeed(
  Tracer.Tracer,
  Tracer.make({ span: (options) => new Tracer.NativeSpan(options) })
)

export const tracksGet: MakeSubject = ({ concurrency, origin, way = "" }) =>
  Effect.gen(function*() {
    const [name = "", traced] = way.split(" ")
    const transport = yield* Effect.promise(() => Transports.load(name))
    const spotify = Spotify.layer(origin, transport)
    const context = yield* Layer.build(traced === undefined ? spotify : Layer.merge(spotify, TakingSpans))
    const run = Effect.runPromiseWith(context)
    return yield* calls(concurrency, (id) => run(Tracks.get(id)))
  })
