import * as Effect from "effect/Effect"
import * as Bundle from "../Bundle.ts"
import { atMost, type Figure } from "../Figure.ts"
import { exactly } from "../Statistics.ts"

/** Modules that serve a contract, stream or open sockets, and are no part of a program that requests a track. */
const strangers = ["HttpApiClient", "Sse", "Socket", "HttpRouter"]

export const bundleSize: Figure = {
  name: "bundle-size",
  title: "a sign-in with PKCE, a track and a profile in a browser",
  about: "Bundled and minified by esbuild, packed by gzip. Ratio to a program of Effect's HttpClient and Schema.",
  measure: Effect.gen(function*() {
    const floor = yield* Bundle.of("HttpClientAndSchema.ts")
    const ours = yield* Bundle.of("SignInTrackProfile.ts")
    const kilobytes = (bytes: number) => exactly(Math.round(bytes / 100) / 10)
    const found = strangers.filter((name) => ours.files.some((file) => file.endsWith(`/${name}.js`)))
    return {
      rows: [
        { label: "HttpClient and Schema alone", value: kilobytes(floor.gzip), unit: "kB" },
        { label: "sign-in, track and profile", value: kilobytes(ours.gzip), unit: "kB", target: atMost(75) },
        { label: "the same", value: exactly(ours.gzip / floor.gzip), unit: "×" },
        { label: "the same, not packed", value: kilobytes(ours.minified), unit: "kB" },
        {
          label: `of ${strangers.join(", ")} in it${found.length === 0 ? "" : `: ${found.join(", ")}`}`,
          value: exactly(found.length),
          unit: "",
          target: atMost(0)
        }
      ]
    }
  })
}
