/** An artist; how popular one is, and how one is called by genre, is made up. */
export interface Artist {
  readonly id: string
  readonly name: string
  readonly popularity: number
  readonly genres: ReadonlyArray<string>
}

/** What is known of an album. */
export interface Album {
  readonly id: string
  readonly name: string
  readonly artist: Artist
  /** `album_type`, as recorded. */
  readonly type: string
  readonly released: string
  readonly totalTracks: number
  readonly cover: string
  /** Absent: everywhere. */
  readonly markets?: ReadonlyArray<string>
}

/** What is known of a track; the full answer is built from it. */
export interface Recording {
  readonly id: string
  readonly name: string
  readonly artists: readonly [Artist, ...ReadonlyArray<Artist>]
  readonly album: Album
  readonly durationMs: number
  readonly trackNumber: number
  readonly isrc: string
  readonly popularity?: number
  readonly explicit?: boolean
  /** Absent: where its album is. */
  readonly markets?: ReadonlyArray<string>
  /** The release that stands in where this one cannot be played. */
  readonly relinkedTo?: string
  readonly withoutPreview?: boolean
}

const artist = (id: string, name: string, popularity: number, ...genres: ReadonlyArray<string>): Artist => ({
  id,
  name,
  popularity,
  genres
})

const carlyRaeJepsen = artist("6sFIWsNpZYqfjUpaCgueju", "Carly Rae Jepsen", 72, "pop", "synth-pop")
const royalBlood = artist("2S5hlvw4CMtMGswFtfdK15", "Royal Blood", 66, "rock", "hard-rock")
const kalandra = artist("2N0vFuOoMtAQfBmhsRo24e", "Kalandra", 49, "folk", "rock")
const benBöhmer = artist("5tDjiBYUsTqzd0RkTZxK7u", "Ben Böhmer", 67, "progressive-house")
const romainGarcia = artist("7iCW4xyVOIklzZ2qc7pS5h", "Romain Garcia", 46, "progressive-house")
const fallOutBoy = artist("4UXqAaa6dQYAk18Lv7PEgX", "Fall Out Boy", 80, "rock", "emo")
const aurora = artist("1WgXqy2Dd70QQOU7Ay074N", "AURORA", 74, "pop", "electro")
const maceoPlex = artist("3TXQ1ddouwQAI78hV4hXDj", "Maceo Plex", 57, "techno")
const gabrielAnanda = artist("3YpEUCjdLuPmBspkmoPYnX", "Gabriel Ananda", 40, "techno")
const inFlames = artist("57ylwQTnFnIhJh4nu4rxCs", "In Flames", 63, "death-metal", "metal")
const tigercub = artist("6ekYAO2D1JkI58CF4uRRqw", "Tigercub", 42, "rock")
const twilightForce = artist("0tO6ALWmduAbneXoHmnl2T", "Twilight Force", 38)
const iceCube = artist("3Mcii5XWf6E0lrY3Uky4cA", "Ice Cube", 71, "hip-hop")
const caravanPalace = artist("37J1PlAkhRK7yrZUtqaUpQ", "Caravan Palace", 60, "electro")
const parovStelar = artist("65EXuYHVoehCKqp0kOS6px", "Parov Stelar", 58, "electro")

export const artists: ReadonlyArray<Artist> = [
  carlyRaeJepsen,
  royalBlood,
  kalandra,
  benBöhmer,
  romainGarcia,
  fallOutBoy,
  aurora,
  maceoPlex,
  gabrielAnanda,
  inFlames,
  tigercub,
  twilightForce,
  iceCube,
  caravanPalace,
  parovStelar
]

const cutToTheFeeling: Album = {
  id: "0tGPJ0bkWOUmH7MEOR77qc",
  name: "Cut To The Feeling",
  artist: carlyRaeJepsen,
  type: "single",
  released: "2017-05-26",
  totalTracks: 1,
  cover: "7359994525d219f64872d3b1"
}

const typhoons: Album = {
  id: "05aqnnpYVOvsX0SIzmIuxi",
  name: "Typhoons",
  artist: royalBlood,
  type: "album",
  released: "2021-04-30",
  totalTracks: 11,
  cover: "712b9c0f9a8d380e26a95c1c"
}

const helvegen: Album = {
  id: "5mvzHQjFbB8ot7hvGAmGjJ",
  name: "Helvegen",
  artist: kalandra,
  type: "single",
  released: "2020-03-06",
  totalTracks: 1,
  cover: "3197ec4fd4ceb24e61d981de"
}

const theLine: Album = {
  id: "2wnFOvAAr6EookjflPj7Rq",
  name: "The Line",
  artist: kalandra,
  type: "album",
  released: "2020-10-23",
  totalTracks: 11,
  cover: "4f69726ce7b4d5604c7d915a"
}

const cappadocia: Album = {
  id: "0reS9m5prtXtDFetcKIr9C",
  name: "Cappadocia",
  artist: benBöhmer,
  type: "single",
  released: "2020-09-10",
  totalTracks: 1,
  cover: "05485d230fb40824e9b5eb9b"
}

const loveFromTheOtherSide: Album = {
  id: "6zhsE8Z0CfH68FSjxJn0dD",
  name: "Love From The Other Side",
  artist: fallOutBoy,
  type: "single",
  released: "2023-01-18",
  totalTracks: 2,
  cover: "85bf30b5eb76326bd28806ee"
}

const infections: Album = {
  id: "1jorKBzr3vs08LDggKCAyr",
  name: "Infections Of A Different Kind – Step 1",
  artist: aurora,
  type: "album",
  released: "2018-09-28",
  totalTracks: 8,
  cover: "017bf79391caaba8b12f1a42"
}

const solitaryDaze: Album = {
  id: "462nMAgJr4l14IqVngpOXM",
  name: "Solitary Daze",
  artist: maceoPlex,
  type: "single",
  released: "2014-12-29",
  totalTracks: 3,
  cover: "48157756589331955944659c"
}

const sirenCharms: Album = {
  id: "56aOAKw8w6xDzANjNhWasX",
  name: "Siren Charms",
  artist: inFlames,
  type: "album",
  released: "2014-09-05",
  totalTracks: 11,
  cover: "c096736d399944baf023c52c"
}

const beauty: Album = {
  id: "2xe0gTFgZok8BDgUlkpRQ6",
  name: "Beauty",
  artist: tigercub,
  type: "single",
  released: "2021-01-29",
  totalTracks: 1,
  cover: "03f861e63060e7d1ce63ca2d"
}

const atTheHeartOfWintervale: Album = {
  id: "2dzVI5sR1htGfqmVff6UcF",
  name: "At the Heart of Wintervale",
  artist: twilightForce,
  type: "album",
  released: "2023-01-20",
  totalTracks: 8,
  cover: "aaa0249a0cda5dbae1503f96"
}

const rawFootage: Album = {
  id: "3xbWu3mLkkWZvgHtExIaKZ",
  name: "Raw Footage",
  artist: iceCube,
  type: "album",
  released: "2008-01-01",
  totalTracks: 16,
  cover: "e83d58253e2e7c6742bbf9e4",
  markets: ["CA", "US"]
}

const panic: Album = {
  id: "38ojnzxpPFT09ee03aCTK7",
  name: "Panic",
  artist: caravanPalace,
  type: "ALBUM",
  released: "2012",
  totalTracks: 14,
  cover: "d4189ca2964e92b5e5e545ed"
}

const thePrincessPartTwo: Album = {
  id: "2zRY5eIWN7dUvyP447GN2A",
  name: "The Princess Part Two",
  artist: parovStelar,
  type: "album",
  released: "2012-10-19",
  totalTracks: 13,
  cover: "d2e1a965ae443dc92e63ba09"
}

export const albums: ReadonlyArray<Album> = [
  cutToTheFeeling,
  typhoons,
  helvegen,
  theLine,
  cappadocia,
  loveFromTheOtherSide,
  infections,
  solitaryDaze,
  sirenCharms,
  beauty,
  atTheHeartOfWintervale,
  rawFootage,
  panic,
  thePrincessPartTwo
]

const phantom = {
  name: "The Phantom - 1930 Swing Version",
  artists: [parovStelar],
  album: thePrincessPartTwo,
  durationMs: 271986,
  trackNumber: 7,
  isrc: "ATE611000002",
  popularity: 20
} as const

/** Tracks as Spotify publishes them. */
export const published: ReadonlyArray<Recording> = [
  {
    id: "11dFghVXANMlKmJXsNCbNl",
    name: "Cut To The Feeling",
    artists: [carlyRaeJepsen],
    album: cutToTheFeeling,
    durationMs: 207959,
    trackNumber: 1,
    isrc: "USUM71703861",
    popularity: 63
  },
  {
    id: "5aFGo8wHEntVxFI8IF7Wuj",
    name: "Typhoons",
    artists: [royalBlood],
    album: typhoons,
    durationMs: 236933,
    trackNumber: 3,
    isrc: "GBAHT2001121",
    popularity: 58
  },
  {
    id: "099zYpevPVNEG1CchEFfYG",
    name: "Helvegen",
    artists: [kalandra],
    album: helvegen,
    durationMs: 412372,
    trackNumber: 1,
    isrc: "NO1942017010",
    popularity: 43
  },
  {
    id: "7qxQsirGworaoQe9A3MqJy",
    name: "Borders",
    artists: [kalandra],
    album: theLine,
    durationMs: 329898,
    trackNumber: 1,
    isrc: "NONAT2001010",
    popularity: 40
  },
  {
    id: "4rERaNiKlILD603GJvdEvm",
    name: "Cappadocia",
    artists: [benBöhmer, romainGarcia],
    album: cappadocia,
    durationMs: 282063,
    trackNumber: 1,
    isrc: "FRX762007288",
    popularity: 56
  },
  {
    id: "08v6GcxD4gF8aZ1yuPry0A",
    name: "Love From The Other Side",
    artists: [fallOutBoy],
    album: loveFromTheOtherSide,
    durationMs: 279737,
    trackNumber: 1,
    isrc: "USAT22222691",
    popularity: 71
  },
  {
    id: "4fwXfMCZX9f6MNEbtHsHKG",
    name: "Forgotten Love",
    artists: [aurora],
    album: infections,
    durationMs: 208560,
    trackNumber: 2,
    isrc: "GBUM71803967",
    popularity: 49
  },
  {
    id: "7vqcDtNvoJn5pXhktc8qe8",
    name: "Solitary Daze",
    artists: [maceoPlex, gabrielAnanda],
    album: solitaryDaze,
    durationMs: 463405,
    trackNumber: 1,
    isrc: "GB7M21425001",
    popularity: 51
  },
  {
    id: "7maIZJnwsPBUWT9yJYyPoe",
    name: "Through Oblivion",
    artists: [inFlames],
    album: sirenCharms,
    durationMs: 217266,
    trackNumber: 4,
    isrc: "SE2P71400104",
    popularity: 33
  },
  {
    id: "0j4FFgyRleA5IbWP4BmlIC",
    name: "Beauty",
    artists: [tigercub],
    album: beauty,
    durationMs: 220324,
    trackNumber: 1,
    isrc: "QMFMF2010623",
    popularity: 38,
    withoutPreview: true
  },
  {
    id: "3gLCS88HsoyFLZATaaltRr",
    name: "Sunlight Knight",
    artists: [twilightForce],
    album: atTheHeartOfWintervale,
    durationMs: 268829,
    trackNumber: 7,
    isrc: "DED832200513"
  },
  {
    id: "5RAMj0e8KWDBYXZeWYmfEx",
    name: "Get Money, Spend Money, No Money",
    artists: [iceCube],
    album: rawFootage,
    durationMs: 247893,
    trackNumber: 12,
    isrc: "USNPD0800740",
    popularity: 29,
    explicit: true
  },
  {
    id: "4O6ndj8XSuo96Alsz8Qd90",
    name: "Clash",
    artists: [caravanPalace],
    album: panic,
    durationMs: 253066,
    trackNumber: 6,
    isrc: "FR89R1100006",
    popularity: 21
  },
  { ...phantom, id: "13HZnDE1HdFWx5qBWtIKpg" },
  { ...phantom, id: "3MeFwT8zv6gcptWJdlIqgR", markets: [], relinkedTo: "13HZnDE1HdFWx5qBWtIKpg" }
]

/** A track nobody recorded, so that an album has as many as it says. */
const madeUp = (album: Album, trackNumber: number): Recording => {
  const position = String(trackNumber).padStart(2, "0")
  return {
    id: `${album.id.slice(0, 16)}Part${position}`,
    name: `${album.name}, Part ${trackNumber}`,
    artists: [album.artist],
    album,
    durationMs: 150_000 + trackNumber * 7_919,
    trackNumber,
    isrc: `ZZSBX26${String(albums.indexOf(album)).padStart(3, "0")}${position}`,
    popularity: Math.max(0, 20 - trackNumber)
  }
}

/** Every album from its first track to its last, and then releases that others stand in for. */
export const recordings: ReadonlyArray<Recording> = [
  ...albums.flatMap((album) =>
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
