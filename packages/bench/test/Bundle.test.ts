/**
 * What bundles of programs weigh over the packages as published, by size-limit, and what is not in them. A limit is a little
 * above what the program weighs now.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Bundle from "../src/Bundle.ts"
import * as Published from "../src/Published.ts"

/** The packages are built once for all programs. */
const published = Effect.runSync(Effect.cached(Published.make))

const limited = (what: string, kilobytes: number, program: string, options?: Bundle.Options) => ({
  what,
  kilobytes,
  bundle: Effect.flatMap(published, (folder) => Bundle.of(program, { ...options, folder, limit: kilobytes * 1000 }))
})

const programs = [
  limited("sign-in, track and profile", 104.1, "SignInTrackProfile.ts"),
  limited("tokens alone", 74.9, "Tokens.ts"),
  limited("sign-in, track and profile without Effect", 47.1, "SignInTrackProfile.ts", { withoutEffect: true })
]

describe("a bundle for browsers", () => {
  it.live.each(programs)(
    "of $what has at most $kilobytes kB (gzip)",
    ({ bundle }) =>
      Effect.gen(function*() {
        const { gzip: { passed, size } } = yield* bundle
        assert.isTrue(passed, `it has ${size / 1000} kB`)
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
