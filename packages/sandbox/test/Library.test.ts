import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Library from "../src/internal/webApi/Library.ts"

it.effect("a library holds its newest URIs, as many as it says (F120)", () =>
  Effect.gen(function*() {
    const library = yield* Library.Library
    const uris = Array.from({ length: Library.limits.entries + 1 }, (_, index) => `spotify:user:${index}`)
    yield* library.save("sandy.box", uris.map((uri) => ({ uri, addedAt: 0 })))
    assert.strictEqual((yield* library.all("sandy.box", "user")).length, Library.limits.entries)
    assert.deepStrictEqual(yield* library.contains("sandy.box", ["spotify:user:0", "spotify:user:1"]), [false, true])
  }).pipe(Effect.provide(Library.layer)))
