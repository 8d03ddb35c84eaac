/**
 * Finds the objects in recorded responses that this package models, and the model of each.
 */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Album, SavedAlbum, SimplifiedAlbum } from "../src/model/Album.ts"
import { Artist, SimplifiedArtist } from "../src/model/Artist.ts"
import { AudioAnalysis } from "../src/model/AudioAnalysis.ts"
import { AudioFeatures } from "../src/model/AudioFeatures.ts"
import { CursorPage, OffsetPage } from "../src/model/Page.ts"
import { Recommendations, RecommendationSeed } from "../src/model/Recommendation.ts"
import { LinkedFrom, SavedTrack, SimplifiedTrack, Track } from "../src/model/Track.ts"
import { CurrentUser, PublicUser } from "../src/model/User.ts"
import * as JsonDocuments from "./JsonDocuments.ts"

// =============================================================================
// Model
// =============================================================================

/** The models by name. The rows of a page are objects of their own. */
const models = {
  Album,
  Artist,
  AudioAnalysis,
  AudioFeatures,
  CurrentUser,
  CursorPage: CursorPage(Schema.Unknown),
  LinkedFrom,
  OffsetPage: OffsetPage(Schema.Unknown),
  PublicUser,
  Recommendations,
  RecommendationSeed,
  SavedAlbum,
  SavedTrack,
  SimplifiedAlbum,
  SimplifiedArtist,
  SimplifiedTrack,
  Track
}

export type ModelName = keyof typeof models

export const modelOf = (name: ModelName): Schema.Codec<unknown, unknown> => models[name]

/** An object in a recorded response. */
export interface RecordedObject {
  /** JSONPath of the object (RFC 9535). */
  readonly path: string
  readonly model: ModelName
  readonly value: JsonObject
  /** `true` when the recorded request asked for some of the fields only, with `fields=…`. */
  readonly isCutDown: boolean
}

export interface JsonObject {
  readonly [key: string]: unknown
}

// =============================================================================
// Search
// =============================================================================

/** The place of an object in a document. */
interface Place {
  readonly path: string
  /** Name of the field with the object, or with the array or page that contains it. */
  readonly key: string
  readonly isCutDown: boolean
  readonly isInPlaylistRow: boolean
}

/** Finds the objects of a document; `path` is the JSONPath of its root. */
export const inDocument = (document: unknown, path: string): ReadonlyArray<RecordedObject> => {
  const found: Array<RecordedObject> = []

  const visit = (value: unknown, place: Place): void => {
    if (typeof value === "string") return visitText(value, place)
    if (Array.isArray(value)) {
      return value.forEach((item, index) => visit(item, { ...place, path: `${place.path}[${index}]` }))
    }
    if (!isObject(value)) return
    const isCutDown = place.isCutDown || (typeof value["href"] === "string" && /[?&]fields=/.test(value["href"]))
    const isInPlaylistRow = place.isInPlaylistRow || isPlaylistRow(value)
    const model = recognize(value, place.key)
    if (model !== undefined) {
      const hasNoType = typeof value["type"] !== "string" && isInPlaylistRow
      found.push({ path: place.path, model, value, isCutDown: isCutDown || hasNoType })
    }
    for (const [key, child] of Object.entries(value)) {
      visit(child, {
        path: place.path + segment(key),
        key: key === "items" && place.key !== "" ? place.key : key,
        isCutDown,
        isInPlaylistRow
      })
    }
  }

  /** Recorders of HTTP keep a body as a string. */
  const visitText = (text: string, place: Place): void => {
    if (!/^\s*[[{]/.test(text)) return
    for (const body of Option.getOrElse(JsonDocuments.fromText(text), () => [])) {
      visit(body, { ...place, path: `${place.path}→$`, key: "" })
    }
  }

  visit(document, { path, key: "", isCutDown: false, isInPlaylistRow: false })
  return found
}

const segment = (key: string): string => /^\w+$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`

// =============================================================================
// Recognition
// =============================================================================

const recognize = (value: JsonObject, key: string): ModelName | undefined => {
  // The context of playback has a type and a URI, and is no object of that type.
  if (key === "context") return undefined
  if (key === "seeds" || "initialPoolSize" in value) return "id" in value ? "RecommendationSeed" : undefined
  if (key === "linked_from") return "LinkedFrom"
  if ("segments" in value && "sections" in value && isObject(value["track"])) return "AudioAnalysis"
  if (Array.isArray(value["seeds"]) && areObjects(value["tracks"], (track) => "album" in track)) {
    return "Recommendations"
  }
  if (isSaved(value, "track")) return "SavedTrack"
  if (isSaved(value, "album")) return "SavedAlbum"
  if (areObjects(value["items"], (item) => recognize(item, key) !== undefined)) {
    if ("cursors" in value) return "CursorPage"
    if (["limit", "offset", "total", "next"].some((field) => field in value)) return "OffsetPage"
  }
  switch (kindOf(value, key)) {
    case "track":
      return "album" in value ? "Track" : "SimplifiedTrack"
    case "album":
      return has(value, "tracks", "copyrights", "external_ids", "genres", "label", "popularity")
        ? "Album"
        : "SimplifiedAlbum"
    case "artist":
      return has(value, "followers", "genres", "images", "popularity") ? "Artist" : "SimplifiedArtist"
    case "user":
      return has(value, "account_id", "birthdate", "country", "email", "explicit_content", "product")
        ? "CurrentUser"
        : "PublicUser"
    case "audio_features":
      return "AudioFeatures"
  }
  return undefined
}

/** Returns the type of an object. Without a `type`, its URI decides, in fields that hold such objects. */
const kindOf = (value: JsonObject, key: string): string | undefined => {
  if (typeof value["type"] === "string") {
    return has(value, "uri", "href", "external_urls") ? value["type"].toLowerCase() : undefined
  }
  if ("danceability" in value) return "audio_features"
  if (!places.has(key) || typeof value["uri"] !== "string") return undefined
  return /^spotify:(track|album|artist|user):/.exec(value["uri"])?.[1]
}

const places = new Set([
  "added_by",
  "album",
  "albums",
  "artist",
  "artists",
  "currently_playing",
  "item",
  "items",
  "owner",
  "queue",
  "track",
  "tracks"
])

const isSaved = (value: JsonObject, kind: "album" | "track"): boolean =>
  "added_at" in value && isObject(value[kind]) && !isPlaylistRow(value) && kindOf(value[kind], kind) === kind

const isPlaylistRow = (value: JsonObject): boolean =>
  ("track" in value || "item" in value) && has(value, "added_by", "is_local", "primary_color", "video_thumbnail")
  && !has(value, "type", "uri")

const has = (value: JsonObject, ...keys: ReadonlyArray<string>): boolean => keys.some((key) => key in value)

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Returns `true` for an array of objects that satisfy `are`, apart from rows that are null. */
const areObjects = (value: unknown, are: (item: JsonObject) => boolean): boolean =>
  Array.isArray(value) && value.some(isObject)
  && value.every((item) => item === null || (isObject(item) && are(item)))
