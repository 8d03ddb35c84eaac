/**
 * What bundles of programs weigh over the packages as published, and what is not in them. A limit is a little above what the
 * program weighs now.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Bundle from "../src/Bundle.ts"
import * as Published from "../src/Published.ts"

/** The packages are built once for all programs. */
const published = Effect.runSync(Effect.cached(Published.make))

const bundleOf = (program: string, options?: Bundle.Options) =>
  Effect.flatMap(published, (folder) => Bundle.of(program, { ...options, folder }))

const programs = [
  { what: "sign-in, track and profile", bundle: bundleOf("SignInTrackProfile.ts"), kilobytes: 104.5 },
  { what: "tokens alone", bundle: bundleOf("Tokens.ts"), kilobytes: 75 },
  {
    what: "sign-in, track and profile without Effect",
    bundle: bundleOf("SignInTrackProfile.ts", { withoutEffect: true }),
    kilobytes: 47.5
  }
]

describe("a bundle for browsers", () => {
  it.live.each(programs)(
    "of $what has at most $kilobytes kB (gzip)",
    ({ bundle, kilobytes }) =>
      Effect.gen(function*() {
        const { gzip } = yield* bundle
        assert.isAtMost(gzip / 1000, kilobytes)
      })
  )

  it.live.each(programs)(
    "of $what has nothing of servers, sockets and event streams",
    ({ bundle }) =>
      Effect.gen(function*() {
        const { files } = yield* bundle
        assert.deepStrictEqual(Bundle.found({ files }, Bundle.strangers), [])
        assert.deepStrictEqual(files.filter((file) => file.includes("/http-api/")), [])
      })
  )
})
