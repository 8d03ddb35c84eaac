/** The smallest program over Effect that validates a response: the baseline of bundles. */
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Schema from "effect/Schema"

const Track = Schema.Struct({ id: Schema.String, name: Schema.String })

const program = Effect.gen(function*() {
  const response = yield* HttpClient.get("https://api.spotify.com/v1/tracks/11dFghVXANMlKmJXsNCbNl")
  const track = yield* HttpClientResponse.schemaBodyJson(Track)(response)
  document.title = track.name
})

void Effect.runPromise(Effect.provide(program, FetchHttpClient.layer))
