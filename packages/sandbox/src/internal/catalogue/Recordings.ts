/**
 * The recordings of the catalogue, which are the tracks of its albums.
 */
import * as Albums from "./Albums.ts"
import * as Artists from "./Artists.ts"

// =============================================================================
// Model
// =============================================================================

/** A recording, from which the responses of the Web API are written. */
export interface Recording {
  readonly id: string
  readonly name: string
  readonly artists: readonly [Artists.Artist, ...ReadonlyArray<Artists.Artist>]
  readonly album: Albums.Album
  readonly durationMs: number
  readonly trackNumber: number
  readonly isrc: string
  readonly popularity?: number
  readonly explicit?: boolean
  /** Markets in which the recording can be played; absent for those of its album. */
  readonly markets?: ReadonlyArray<string>
  /** Id of the release that is served where this one cannot be played. */
  readonly relinkedTo?: string
  readonly withoutPreview?: boolean
}

// =============================================================================
// Recordings
// =============================================================================

const phantom = {
  name: "The Phantom - 1930 Swing Version",
  artists: [Artists.parovStelar],
  album: Albums.thePrincessPartTwo,
  durationMs: 271986,
  trackNumber: 7,
  isrc: "ATE611000002",
  popularity: 20
} as const

/** The recordings that exist at Spotify, as it publishes them. */
export const published: ReadonlyArray<Recording> = [
  {
    id: "11dFghVXANMlKmJXsNCbNl",
    name: "Cut To The Feeling",
    artists: [Artists.carlyRaeJepsen],
    album: Albums.cutToTheFeeling,
    durationMs: 207959,
    trackNumber: 1,
    isrc: "USUM71703861",
    popularity: 63
  },
  {
    id: "5aFGo8wHEntVxFI8IF7Wuj",
    name: "Typhoons",
    artists: [Artists.royalBlood],
    album: Albums.typhoons,
    durationMs: 236933,
    trackNumber: 3,
    isrc: "GBAHT2001121",
    popularity: 58
  },
  {
    id: "099zYpevPVNEG1CchEFfYG",
    name: "Helvegen",
    artists: [Artists.kalandra],
    album: Albums.helvegen,
    durationMs: 412372,
    trackNumber: 1,
    isrc: "NO1942017010",
    popularity: 43
  },
  {
    id: "7qxQsirGworaoQe9A3MqJy",
    name: "Borders",
    artists: [Artists.kalandra],
    album: Albums.theLine,
    durationMs: 329898,
    trackNumber: 1,
    isrc: "NONAT2001010",
    popularity: 40
  },
  {
    id: "4rERaNiKlILD603GJvdEvm",
    name: "Cappadocia",
    artists: [Artists.benBöhmer, Artists.romainGarcia],
    album: Albums.cappadocia,
    durationMs: 282063,
    trackNumber: 1,
    isrc: "FRX762007288",
    popularity: 56
  },
  {
    id: "08v6GcxD4gF8aZ1yuPry0A",
    name: "Love From The Other Side",
    artists: [Artists.fallOutBoy],
    album: Albums.loveFromTheOtherSide,
    durationMs: 279737,
    trackNumber: 1,
    isrc: "USAT22222691",
    popularity: 71
  },
  {
    id: "4fwXfMCZX9f6MNEbtHsHKG",
    name: "Forgotten Love",
    artists: [Artists.aurora],
    album: Albums.infections,
    durationMs: 208560,
    trackNumber: 2,
    isrc: "GBUM71803967",
    popularity: 49
  },
  {
    id: "7vqcDtNvoJn5pXhktc8qe8",
    name: "Solitary Daze",
    artists: [Artists.maceoPlex, Artists.gabrielAnanda],
    album: Albums.solitaryDaze,
    durationMs: 463405,
    trackNumber: 1,
    isrc: "GB7M21425001",
    popularity: 51
  },
  {
    id: "7maIZJnwsPBUWT9yJYyPoe",
    name: "Through Oblivion",
    artists: [Artists.inFlames],
    album: Albums.sirenCharms,
    durationMs: 217266,
    trackNumber: 4,
    isrc: "SE2P71400104",
    popularity: 33
  },
  {
    id: "0j4FFgyRleA5IbWP4BmlIC",
    name: "Beauty",
    artists: [Artists.tigercub],
    album: Albums.beauty,
    durationMs: 220324,
    trackNumber: 1,
    isrc: "QMFMF2010623",
    popularity: 38,
    withoutPreview: true
  },
  {
    id: "3gLCS88HsoyFLZATaaltRr",
    name: "Sunlight Knight",
    artists: [Artists.twilightForce],
    album: Albums.atTheHeartOfWintervale,
    durationMs: 268829,
    trackNumber: 7,
    isrc: "DED832200513"
  },
  {
    id: "5RAMj0e8KWDBYXZeWYmfEx",
    name: "Get Money, Spend Money, No Money",
    artists: [Artists.iceCube],
    album: Albums.rawFootage,
    durationMs: 247893,
    trackNumber: 12,
    isrc: "USNPD0800740",
    popularity: 29,
    explicit: true
  },
  {
    id: "4O6ndj8XSuo96Alsz8Qd90",
    name: "Clash",
    artists: [Artists.caravanPalace],
    album: Albums.panic,
    durationMs: 253066,
    trackNumber: 6,
    isrc: "FR89R1100006",
    popularity: 21
  },
  { ...phantom, id: "13HZnDE1HdFWx5qBWtIKpg" },
  { ...phantom, id: "3MeFwT8zv6gcptWJdlIqgR", markets: [], relinkedTo: "13HZnDE1HdFWx5qBWtIKpg" }
]

/** Makes up a recording, so that an album has as many as its `totalTracks`. */
const madeUp = (album: Albums.Album, trackNumber: number): Recording => {
  const position = String(trackNumber).padStart(2, "0")
  return {
    id: `${album.id.slice(0, 16)}Part${position}`,
    name: `${album.name}, Part ${trackNumber}`,
    artists: [album.artist],
    album,
    durationMs: 150_000 + trackNumber * 7_919,
    trackNumber,
    isrc: `ZZSBX26${String(Albums.albums.indexOf(album)).padStart(3, "0")}${position}`,
    popularity: Math.max(0, 20 - trackNumber)
  }
}

/** All recordings: every album from its first track to its last, then the old releases that are relinked. */
export const recordings: ReadonlyArray<Recording> = [
  ...Albums.albums.flatMap((album) =>
    Array.from(
      { length: album.totalTracks },
      (_, index) =>
        published.find((recording) =>
          recording.album === album && recording.trackNumber === index + 1 && recording.relinkedTo === undefined
        ) ?? madeUp(album, index + 1)
    )
  ),
  ...published.filter((recording) => recording.relinkedTo !== undefined)
]
