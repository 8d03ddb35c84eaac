/** An artist by id and name. */
export interface Artist {
  readonly id: string
  readonly name: string
}

/** What is known of a track; the full answer is built from it. */
export interface Recording {
  readonly id: string
  readonly name: string
  readonly artists: readonly [Artist, ...ReadonlyArray<Artist>]
  readonly album: {
    readonly id: string
    readonly name: string
    readonly type: string
    readonly released: string
    readonly totalTracks: number
    readonly cover: string
  }
  readonly durationMs: number
  readonly trackNumber: number
  readonly isrc: string
  readonly popularity?: number
  readonly explicit?: boolean
  /** Absent: everywhere. */
  readonly markets?: ReadonlyArray<string>
  /** The release that stands in where this one cannot be played. */
  readonly relinkedTo?: string
  readonly withoutPreview?: boolean
}

const album = (
  id: string,
  name: string,
  type: string,
  released: string,
  totalTracks: number,
  cover: string
): Recording["album"] => ({ id, name, type, released, totalTracks, cover })

const kalandra: Artist = { id: "2N0vFuOoMtAQfBmhsRo24e", name: "Kalandra" }

const phantom = {
  name: "The Phantom - 1930 Swing Version",
  artists: [{ id: "65EXuYHVoehCKqp0kOS6px", name: "Parov Stelar" }],
  album: album(
    "2zRY5eIWN7dUvyP447GN2A",
    "The Princess Part Two",
    "album",
    "2012-10-19",
    13,
    "d2e1a965ae443dc92e63ba09"
  ),
  durationMs: 271986,
  trackNumber: 7,
  isrc: "ATE611000002",
  popularity: 20
} as const

export const recordings: ReadonlyArray<Recording> = [
  {
    id: "11dFghVXANMlKmJXsNCbNl",
    name: "Cut To The Feeling",
    artists: [{ id: "6sFIWsNpZYqfjUpaCgueju", name: "Carly Rae Jepsen" }],
    album: album("0tGPJ0bkWOUmH7MEOR77qc", "Cut To The Feeling", "single", "2017-05-26", 1, "7359994525d219f64872d3b1"),
    durationMs: 207959,
    trackNumber: 1,
    isrc: "USUM71703861",
    popularity: 63
  },
  {
    id: "5aFGo8wHEntVxFI8IF7Wuj",
    name: "Typhoons",
    artists: [{ id: "2S5hlvw4CMtMGswFtfdK15", name: "Royal Blood" }],
    album: album("05aqnnpYVOvsX0SIzmIuxi", "Typhoons", "album", "2021-04-30", 11, "712b9c0f9a8d380e26a95c1c"),
    durationMs: 236933,
    trackNumber: 3,
    isrc: "GBAHT2001121",
    popularity: 58
  },
  {
    id: "099zYpevPVNEG1CchEFfYG",
    name: "Helvegen",
    artists: [kalandra],
    album: album("5mvzHQjFbB8ot7hvGAmGjJ", "Helvegen", "single", "2020-03-06", 1, "3197ec4fd4ceb24e61d981de"),
    durationMs: 412372,
    trackNumber: 1,
    isrc: "NO1942017010",
    popularity: 43
  },
  {
    id: "7qxQsirGworaoQe9A3MqJy",
    name: "Borders",
    artists: [kalandra],
    album: album("2wnFOvAAr6EookjflPj7Rq", "The Line", "album", "2020-10-23", 11, "4f69726ce7b4d5604c7d915a"),
    durationMs: 329898,
    trackNumber: 1,
    isrc: "NONAT2001010",
    popularity: 40
  },
  {
    id: "4rERaNiKlILD603GJvdEvm",
    name: "Cappadocia",
    artists: [
      { id: "5tDjiBYUsTqzd0RkTZxK7u", name: "Ben Böhmer" },
      { id: "7iCW4xyVOIklzZ2qc7pS5h", name: "Romain Garcia" }
    ],
    album: album("0reS9m5prtXtDFetcKIr9C", "Cappadocia", "single", "2020-09-10", 1, "05485d230fb40824e9b5eb9b"),
    durationMs: 282063,
    trackNumber: 1,
    isrc: "FRX762007288",
    popularity: 56
  },
  {
    id: "08v6GcxD4gF8aZ1yuPry0A",
    name: "Love From The Other Side",
    artists: [{ id: "4UXqAaa6dQYAk18Lv7PEgX", name: "Fall Out Boy" }],
    album: album(
      "6zhsE8Z0CfH68FSjxJn0dD",
      "Love From The Other Side",
      "single",
      "2023-01-18",
      2,
      "85bf30b5eb76326bd28806ee"
    ),
    durationMs: 279737,
    trackNumber: 1,
    isrc: "USAT22222691",
    popularity: 71
  },
  {
    id: "4fwXfMCZX9f6MNEbtHsHKG",
    name: "Forgotten Love",
    artists: [{ id: "1WgXqy2Dd70QQOU7Ay074N", name: "AURORA" }],
    album: album(
      "1jorKBzr3vs08LDggKCAyr",
      "Infections Of A Different Kind – Step 1",
      "album",
      "2018-09-28",
      8,
      "017bf79391caaba8b12f1a42"
    ),
    durationMs: 208560,
    trackNumber: 2,
    isrc: "GBUM71803967",
    popularity: 49
  },
  {
    id: "7vqcDtNvoJn5pXhktc8qe8",
    name: "Solitary Daze",
    artists: [
      { id: "3TXQ1ddouwQAI78hV4hXDj", name: "Maceo Plex" },
      { id: "3YpEUCjdLuPmBspkmoPYnX", name: "Gabriel Ananda" }
    ],
    album: album("462nMAgJr4l14IqVngpOXM", "Solitary Daze", "single", "2014-12-29", 3, "48157756589331955944659c"),
    durationMs: 463405,
    trackNumber: 1,
    isrc: "GB7M21425001",
    popularity: 51
  },
  {
    id: "7maIZJnwsPBUWT9yJYyPoe",
    name: "Through Oblivion",
    artists: [{ id: "57ylwQTnFnIhJh4nu4rxCs", name: "In Flames" }],
    album: album("56aOAKw8w6xDzANjNhWasX", "Siren Charms", "album", "2014-09-05", 11, "c096736d399944baf023c52c"),
    durationMs: 217266,
    trackNumber: 4,
    isrc: "SE2P71400104",
    popularity: 33
  },
  {
    id: "0j4FFgyRleA5IbWP4BmlIC",
    name: "Beauty",
    artists: [{ id: "6ekYAO2D1JkI58CF4uRRqw", name: "Tigercub" }],
    album: album("2xe0gTFgZok8BDgUlkpRQ6", "Beauty", "single", "2021-01-29", 1, "03f861e63060e7d1ce63ca2d"),
    durationMs: 220324,
    trackNumber: 1,
    isrc: "QMFMF2010623",
    popularity: 38,
    withoutPreview: true
  },
  {
    id: "3gLCS88HsoyFLZATaaltRr",
    name: "Sunlight Knight",
    artists: [{ id: "0tO6ALWmduAbneXoHmnl2T", name: "Twilight Force" }],
    album: album(
      "2dzVI5sR1htGfqmVff6UcF",
      "At the Heart of Wintervale",
      "album",
      "2023-01-20",
      8,
      "aaa0249a0cda5dbae1503f96"
    ),
    durationMs: 268829,
    trackNumber: 7,
    isrc: "DED832200513"
  },
  {
    id: "5RAMj0e8KWDBYXZeWYmfEx",
    name: "Get Money, Spend Money, No Money",
    artists: [{ id: "3Mcii5XWf6E0lrY3Uky4cA", name: "Ice Cube" }],
    album: album("3xbWu3mLkkWZvgHtExIaKZ", "Raw Footage", "album", "2008-01-01", 16, "e83d58253e2e7c6742bbf9e4"),
    durationMs: 247893,
    trackNumber: 12,
    isrc: "USNPD0800740",
    popularity: 29,
    explicit: true,
    markets: ["CA", "US"]
  },
  {
    id: "4O6ndj8XSuo96Alsz8Qd90",
    name: "Clash",
    artists: [{ id: "37J1PlAkhRK7yrZUtqaUpQ", name: "Caravan Palace" }],
    album: album("38ojnzxpPFT09ee03aCTK7", "Panic", "ALBUM", "2012", 14, "d4189ca2964e92b5e5e545ed"),
    durationMs: 253066,
    trackNumber: 6,
    isrc: "FR89R1100006",
    popularity: 21
  },
  { ...phantom, id: "13HZnDE1HdFWx5qBWtIKpg" },
  { ...phantom, id: "3MeFwT8zv6gcptWJdlIqgR", markets: [], relinkedTo: "13HZnDE1HdFWx5qBWtIKpg" }
]
