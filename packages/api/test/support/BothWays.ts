/** Compares models decoded in one pass with the same models where Effect has no decoder but its interpreter. */
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as SchemaCompiler from "effect/schema/SchemaCompiler"
import type * as SchemaAST from "effect/SchemaAST"
import * as SchemaIssue from "effect/SchemaIssue"
import { deepStrictEqual } from "node:assert/strict"
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { vi } from "vitest"
import * as Answers from "./Answers.ts"

const load = async () => ({
  ...await import("../../src/index.ts"),
  ExternalIds: await import("../../src/model/ExternalIds.ts"),
  ExternalUrls: await import("../../src/model/ExternalUrls.ts"),
  Followers: await import("../../src/model/Followers.ts"),
  Image: await import("../../src/model/Image.ts"),
  SpotifyApi: await import("../../src/contract/SpotifyApi.ts")
})

const inOnePass = await load()
const folder = join(import.meta.dirname, "../../src/model")
const modelModules: ReadonlyArray<Readonly<Record<string, unknown>>> = await Promise.all(
  readdirSync(folder).filter((file) => file.endsWith(".ts")).map((file) => import(join(folder, file)))
)
const { decoderOf, invalid } = await import("../../src/model/internal/OnePass.ts")

vi.resetModules()
vi.doMock("effect/schema/SchemaCompiler", async (original) => ({
  ...await original<typeof SchemaCompiler>(),
  set: () => {}
}))
const interpreted = await load()

// =============================================================================
// Models
// =============================================================================

type Api = typeof inOnePass

type Model = Schema.Codec<unknown, unknown>

/** A contract does not say that its schemas need no services; none of these does. */
const isModel = (schema: Schema.Top): schema is Schema.Top & Model => schema.ast._tag === "Objects"

const named: Readonly<Record<string, (api: Api) => Model>> = {
  Album: (api) => api.Album.Album,
  AnalysisMeta: (api) => api.AudioAnalysis.AnalysisMeta,
  AnalyzedTrack: (api) => api.AudioAnalysis.AnalyzedTrack,
  Artist: (api) => api.Artist.Artist,
  AudioAnalysis: (api) => api.AudioAnalysis.AudioAnalysis,
  AudioFeatures: (api) => api.AudioFeatures.AudioFeatures,
  Copyright: (api) => api.Album.Copyright,
  CurrentUser: (api) => api.User.CurrentUser,
  CursorPage: (api) => api.Page.CursorPage(api.Artist.Artist),
  Cursors: (api) => api.Page.Cursors,
  ExplicitContent: (api) => api.User.ExplicitContent,
  ExternalIds: (api) => api.ExternalIds.ExternalIds,
  ExternalUrls: (api) => api.ExternalUrls.ExternalUrls,
  Followers: (api) => api.Followers.Followers,
  Image: (api) => api.Image.Image,
  LinkedFrom: (api) => api.Track.LinkedFrom,
  PublicUser: (api) => api.User.PublicUser,
  RecommendationSeed: (api) => api.Recommendation.RecommendationSeed,
  Recommendations: (api) => api.Recommendation.Recommendations,
  SavedAlbum: (api) => api.Album.SavedAlbum,
  SavedTrack: (api) => api.Track.SavedTrack,
  Section: (api) => api.AudioAnalysis.Section,
  Segment: (api) => api.AudioAnalysis.Segment,
  SimplifiedAlbum: (api) => api.Album.SimplifiedAlbum,
  SimplifiedArtist: (api) => api.Artist.SimplifiedArtist,
  SimplifiedTrack: (api) => api.Track.SimplifiedTrack,
  TimeInterval: (api) => api.AudioAnalysis.TimeInterval,
  Track: (api) => api.Track.Track
}

/** The endpoints of the contract, by the names of their operations. */
const endpointsOf = ({ SpotifyApi }: Api): ReadonlyMap<string, { readonly success: ReadonlySet<Schema.Top> }> =>
  new Map(
    Object.values(SpotifyApi.SpotifyApi.groups).flatMap(({ endpoints, identifier }) =>
      Object.entries(endpoints).map(([name, endpoint]) => [`${identifier}.${name}`, endpoint] as const)
    )
  )

const responseOf = (api: Api, operation: string): Model | undefined =>
  Array.from(endpointsOf(api).get(operation)?.success ?? []).find(isModel)

/** The responses of operations that are no model by themselves, such as pages. */
const responses = Object.fromEntries(
  Array.from(endpointsOf(inOnePass).keys())
    .filter((operation) => {
      const response = responseOf(inOnePass, operation)
      return response !== undefined && !Object.values(named).some((of) => of(inOnePass).ast === response.ast)
    })
    .map((operation) => [operation, (api: Api) => responseOf(api, operation) ?? assert.fail(operation)])
)

const models: Readonly<Record<string, (api: Api) => Model>> = { ...named, ...responses }

// =============================================================================
// Damage
// =============================================================================

type Path = ReadonlyArray<string>

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null

const pathsOf = (json: unknown): ReadonlyArray<Path> => {
  const paths: Array<Path> = [[]]
  if (!isObject(json)) return paths
  for (const [key, value] of Object.entries(json)) {
    for (const path of pathsOf(value)) paths.push([key, ...path])
  }
  return paths
}

const removed = Symbol("removed")

const changedAt = (json: unknown, [key, ...path]: Path, change: (value: unknown) => unknown): unknown => {
  if (key === undefined) return change(json)
  if (!isObject(json)) return json
  const value = changedAt(Reflect.get(json, key), path, change)
  if (Array.isArray(json)) {
    return json.flatMap((item: unknown, index) => String(index) !== key ? [item] : value === removed ? [] : [value])
  }
  return Object.fromEntries(
    Object.entries(json).flatMap(([name, other]) =>
      name !== key ? [[name, other]] : value === removed ? [] : [[name, value]]
    )
  )
}

const changes: ReadonlyArray<(value: unknown) => unknown> = [
  () => removed,
  () => null,
  (value) => [value],
  (value) => ({ value }),
  (value) => ({ totalMilliseconds: value }),
  (value) => String(value),
  (value) => typeof value === "string" ? value.toUpperCase() : Array.isArray(value) ? { ...value } : value,
  (value) => Array.isArray(value) ? [...value, null, ...value] : [value, value],
  (value) => Array.isArray(value) ? [null] : Number(value),
  (value) => isObject(value) && !Array.isArray(value) ? { ...value, brand_new: { field: [1] } } : [],
  ...[
    undefined,
    true,
    "true",
    "yes",
    0,
    -0,
    -1,
    1.5,
    1e300,
    2 ** 53 + 2,
    NaN,
    "",
    " ",
    "0",
    "12",
    "-1.5E3",
    "1e400",
    "word",
    "Track",
    "episode",
    "2026-01-01T00:00:00Z",
    "2026-02-30T00:00:00Z",
    [],
    {},
    [{}],
    [undefined],
    ["a", "b"],
    { url: "" },
    { reason: "" }
  ].map((value) => () => value)
]

const changed = (json: unknown, path: Path, change: (value: unknown) => unknown): unknown => {
  const broken = changedAt(json, path, change)
  return broken === removed ? null : broken
}

const Damage = Schema.Struct({ at: Schema.Natural, how: Schema.Natural })

const damaged = (whole: unknown, damages: ReadonlyArray<typeof Damage.Type>): unknown =>
  damages.reduce<unknown>((json, { at, how }) => {
    const paths = pathsOf(json)
    return changed(json, paths[at % paths.length] ?? [], changes[how % changes.length] ?? (() => null))
  }, whole)

// =============================================================================
// Comparison
// =============================================================================

const pathsIn = SchemaIssue.makeFormatterStandardSchemaV1()

const allOptions: ReadonlyArray<SchemaAST.ParseOptions> = [
  {},
  { errors: "all" },
  { onExcessProperty: "error" },
  { disableChecks: true },
  { reportInput: true },
  { concurrency: 2 },
  { errors: "all", onExcessProperty: "error" }
]

/** Decodes a response: to its value and its encoded form, or to the errors and their paths. */
const outcome = (model: Model, input: unknown, options: SchemaAST.ParseOptions | undefined) =>
  Effect.gen(function*() {
    const exit = yield* Effect.exit(Schema.decodeUnknownEffect(model, options)(input))
    if (Exit.isFailure(exit)) {
      const error = Cause.squash(exit.cause)
      // Without checks, an invalid day reaches the constructor of instants, which throws.
      return Schema.isSchemaError(error) ? { message: error.message, paths: pathsIn(error.issue) } : String(error)
    }
    const written = Schema.encodeUnknownResult(model)(exit.value)
    return {
      value: exit.value,
      // Compared as text, so that the order of fields counts.
      written: Result.isSuccess(written) ? JSON.stringify(written.success) : String(written.failure)
    }
  })

/** Decodes synchronously, which takes another path through Effect. */
const thrown = (model: Model, input: unknown): unknown => {
  try {
    return Schema.decodeUnknownSync(model)(input)
  } catch (error) {
    return error instanceof Error ? [error.message, String(error.cause)] : error
  }
}

const agree = (name: string, input: unknown, options?: SchemaAST.ParseOptions) =>
  Effect.gen(function*() {
    const of = models[name] ?? (() => assert.fail(name))
    const [one, other] = [of(inOnePass), of(interpreted)]
    deepStrictEqual(yield* outcome(one, input, options), yield* outcome(other, input, options))
    if (options === undefined) deepStrictEqual(thrown(one, input), thrown(other, input))
  })

// =============================================================================
// Tests
// =============================================================================

/** Responses in forms that encoding never makes. */
const samples: ReadonlyArray<readonly [string, unknown]> = [
  ["Track", Answers.developmentTrack],
  ["Track", Answers.extendedTrack],
  ["Track", Answers.localTrack],
  ["CurrentUser", Answers.developmentUser],
  ["CurrentUser", Answers.extendedUser]
]

export const bothWaysAgree = (runs: number) =>
  describe("one pass and the interpreted schema", () => {
    for (const [name, of] of Object.entries(models)) {
      const model = of(inOnePass)

      it.effect.prop(
        `I19: agree on ${name}, whole or damaged`,
        { value: model, damages: Schema.Array(Damage), options: Schema.Natural },
        ({ damages, options, value }) =>
          Effect.gen(function*() {
            const whole = yield* Schema.encodeEffect(model)(value)
            assert.notStrictEqual(decoderOf(model.ast)(whole), invalid, "a valid response needs one pass")
            yield* agree(name, whole)
            const broken = damaged(whole, damages.length === 0 ? [{ at: options, how: options }] : damages)
            yield* agree(name, broken)
            yield* agree(name, broken, allOptions[options % allOptions.length])
          }),
        { arbitrary: { runs } }
      )
    }

    it.effect("I19: agree on a sample with any one thing wrong", () =>
      Effect.gen(function*() {
        for (const [name, whole] of samples) {
          yield* agree(name, whole)
          for (const path of pathsOf(whole)) {
            for (const change of changes) yield* agree(name, changed(whole, path, change))
          }
        }
      }))

    it("are compared for every model of the package", () => {
      const compared = new Set(Object.values(models).map((of) => of(inOnePass).ast))
      const operations = Object.values(inOnePass.SpotifyApi.SpotifyApi.groups)
        .flatMap(({ endpoints }) => Object.values(endpoints))
        .flatMap(({ success }) => Array.from(success))
      const missed = [...modelModules.flatMap((module) => Object.values<unknown>(module)), ...operations]
        .filter(Schema.isSchema)
        .filter(({ ast }) => ast._tag === "Objects" && ast.encoding !== undefined && !compared.has(ast))
      assert.isEmpty(missed)
    })
  })
