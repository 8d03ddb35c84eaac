import * as ContentCoding from "@app/auth/ContentCoding"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Headers from "effect/http/Headers"
import * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib"
import * as Runs from "./support/Runs.ts"

const codings = {
  "gzip": gzipSync,
  "x-gzip": gzipSync,
  "deflate": deflateSync,
  "br": brotliCompressSync
}

type Coding = keyof typeof codings

const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

const apply = (bytes: Uint8Array, applied: ReadonlyArray<Coding>): Uint8Array<ArrayBuffer> =>
  new Uint8Array(applied.reduce((bytes, coding) => codings[coding](bytes), bytes))

const decode = (bytes: Uint8Array<ArrayBuffer>, header: string, maxSize = 1_000_000) =>
  Effect.map(
    ContentCoding.decode(
      bytes,
      ContentCoding.codings(Headers.fromInput({ "content-encoding": header })),
      { maxSize }
    ),
    textOf
  )

describe("a body that the program's client has read before", () => {
  const read = (response: HttpClientResponse.HttpClientResponse, maxSize: number) =>
    Effect.map(ContentCoding.read(response, { maxSize }), textOf)

  const ofPlatform = () =>
    HttpClientResponse.fromWeb(HttpClientRequest.get("https://example.com"), new Response("body"))

  const kinds: Readonly<Record<string, () => HttpClientResponse.HttpClientResponse>> = {
    "throws": ofPlatform,
    "is empty": () => Object.create(ofPlatform(), { stream: { value: Stream.empty } })
  }

  for (const [what, make] of Object.entries(kinds)) {
    it.effect(`is there still, within the limit, where its stream ${what}`, () =>
      Effect.gen(function*() {
        const response = make()
        assert.strictEqual(yield* response.text, "body")
        assert.strictEqual(yield* read(response, 4), "body")
        const error = yield* Effect.flip(read(response, 3))
        assert.strictEqual(error._tag === "ContentCodingError" ? error.kind : error._tag, "TooLarge")
      }))
  }

  it.effect("is empty where it was", () =>
    Effect.gen(function*() {
      const response = HttpClientResponse.fromWeb(HttpClientRequest.get("https://example.com"), new Response(""))
      assert.strictEqual(yield* read(response, 4), "")
    }))
})

describe("codings", () => {
  it.each<readonly [string | undefined, ReadonlyArray<string>]>([
    [undefined, []],
    ["", []],
    ["identity", []],
    ["gzip", ["gzip"]],
    [" GZip ,identity,, br ", ["gzip", "br"]]
  ])("of the header %j are %j", (header, expected) => {
    assert.deepStrictEqual(
      ContentCoding.codings(Headers.fromInput({ "content-encoding": header })),
      expected
    )
  })
})

describe("a coded body", () => {
  const Json = Schema.Record(Schema.String, Schema.Union([Schema.String, Schema.Finite, Schema.Null]))

  it.effect.prop(
    "is had as it was, whichever codings it went through, and also where the transport has undone them (F89)",
    {
      json: Json,
      applied: Schema.Array(Schema.Literals(["gzip", "x-gzip", "deflate", "br"])).check(Schema.isMaxLength(4))
    },
    ({ applied, json }) =>
      Effect.gen(function*() {
        const text = JSON.stringify(json)
        const header = applied.join(", ")
        assert.strictEqual(yield* decode(apply(bytesOf(text), applied), header), text)
        assert.strictEqual(yield* decode(bytesOf(text), header), text)
      }),
    { arbitrary: { runs: Runs.upTo(200) } }
  )

  it.effect("may be the bare content that old servers call deflate (F89)", () =>
    Effect.gen(function*() {
      const text = JSON.stringify({ access_token: "BQ" })
      assert.strictEqual(yield* decode(new Uint8Array(deflateRawSync(text)), "deflate"), text)
    }))

  it.effect.each(["gzip", "deflate", "br", "gzip, br", "unheard-of"])(
    "that is empty stays so, in %s (F89)",
    (header) =>
      Effect.gen(function*() {
        assert.strictEqual(yield* decode(new Uint8Array(), header), "")
      })
  )

  it.effect.each(
    [
      [
        "is cut off",
        apply(bytesOf("{\"access_token\":\"BQtoken\"}"), ["gzip"]).subarray(0, -6),
        "gzip",
        "Malformed",
        "gzip"
      ],
      ["is something else", new Uint8Array([1, 2, 3, 4, 5]), "gzip", "Malformed", "gzip"],
      ["is something else", new Uint8Array([1, 2, 3, 4, 5]), "deflate", "Malformed", "deflate"],
      ["nobody can undo", apply(bytesOf("{}"), ["gzip"]), "compress", "Unknown", "compress"],
      ["is called by a name of objects", apply(bytesOf("{}"), ["gzip"]), "constructor", "Unknown", "constructor"],
      ["has a name without end", apply(bytesOf("{}"), ["gzip"]), "x".repeat(10_000), "Unknown", "x".repeat(40)],
      [
        "went through too many",
        apply(bytesOf("{}"), ["gzip", "gzip", "gzip", "gzip", "gzip"]),
        "gzip,gzip,gzip,gzip,gzip",
        "Unknown",
        "gzip, gzip, gzip, gzip, gzip"
      ]
    ] as const
  )(
    "that %s is an error that names the coding (%s, F89)",
    ([_name, bytes, header, kind, coding]) =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(decode(new Uint8Array(bytes), header))
        assert.deepStrictEqual([error.kind, error.coding], [kind, coding])
        assert.include(error.message, coding)
      })
  )

  it.effect("that a client has failed to decode by this module is the same error as one that it has not (F89)", () =>
    Effect.gen(function*() {
      const request = HttpClientRequest.get("https://example.com/")
      const response = HttpClientResponse.fromWeb(request, new Response("{}"))
      const cause = new ContentCoding.ContentCodingError({ kind: "Malformed", coding: "gzip" })
      for (const [from, expected] of [[cause, cause], [new Error("broken"), undefined]] as const) {
        const reason = new HttpClientError.DecodeError({ request, response, cause: from })
        const error = new HttpClientError.HttpClientError({ reason })
        const undecoded: HttpClientResponse.HttpClientResponse = Object.create(response, {
          stream: { value: Stream.fail(error) }
        })
        const failure = yield* Effect.flip(ContentCoding.read(undecoded, { maxSize: 1000 }))
        assert.strictEqual(failure, expected ?? error)
      }
    }))

  it.effect.each(["gzip", "deflate", "br"] as const)(
    "is unpacked no further than it may be read: fifty megabytes of nothing in %s (F89)",
    (coding) =>
      Effect.gen(function*() {
        const bomb = apply(new Uint8Array(50_000_000), [coding])
        const error = yield* Effect.flip(decode(bomb, coding, 65_536))
        assert.strictEqual(error.kind, "TooLarge")
        const exact = apply(bytesOf("x".repeat(65_536)), [coding])
        assert.strictEqual((yield* decode(exact, coding, 65_536)).length, 65_536)
        assert.strictEqual((yield* Effect.flip(decode(exact, coding, 65_535))).kind, "TooLarge")
      })
  )
})
