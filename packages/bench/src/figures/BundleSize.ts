import * as Effect from "effect/Effect"
import * as Bundle from "../Bundle.ts"
import { atMost, type Figure } from "../Figure.ts"
import * as Published from "../Published.ts"
import { exactly } from "../Statistics.ts"

export const bundleSize: Figure = {
  name: "bundle-size",
  title: "a sign-in with PKCE, a track and a profile in a browser",
  about:
    "Of the packages as published, bundled and minified by esbuild, packed by gzip. Ratio to a program of Effect's HttpClient and Schema.",
  measure: Effect.gen(function*() {
    const folder = yield* Published.make
    const floor = yield* Bundle.of("HttpClientAndSchema.ts")
    const ours = yield* Bundle.of("SignInTrackProfile.ts", { folder })
    const sources = yield* Bundle.of("SignInTrackProfile.ts")
    const tokens = yield* Bundle.of("Tokens.ts", { folder })
    const own = yield* Bundle.of("SignInTrackProfile.ts", { folder, withoutEffect: true })
    const kilobytes = (bytes: number) => exactly(Math.round(bytes / 100) / 10)
    const found = Bundle.found(ours, Bundle.strangers)
    return {
      rows: [
        { label: "HttpClient and Schema alone", value: kilobytes(floor.gzip.size), unit: "kB" },
        { label: "sign-in, track and profile", value: kilobytes(ours.gzip.size), unit: "kB", target: atMost(75) },
        { label: "the same", value: exactly(ours.gzip.size / floor.gzip.size), unit: "×" },
        { label: "the same without Effect", value: kilobytes(own.gzip.size), unit: "kB" },
        { label: "the same from the sources of this workspace", value: kilobytes(sources.gzip.size), unit: "kB" },
        { label: "tokens alone", value: kilobytes(tokens.gzip.size), unit: "kB" },
        { label: "sign-in, track and profile, not packed", value: kilobytes(ours.minified), unit: "kB" },
        {
          label: `of ${Bundle.strangers.join(", ")} in it${found.length === 0 ? "" : `: ${found.join(", ")}`}`,
          value: exactly(found.length),
          unit: "",
          target: atMost(0)
        }
      ]
    }
  })
}
