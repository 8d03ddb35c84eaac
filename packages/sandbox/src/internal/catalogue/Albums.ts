/**
 * The albums of the catalogue.
 */
import * as Artists from "./Artists.ts"

// =============================================================================
// Model
// =============================================================================

/** An album, from which the responses of the Web API are written. */
export interface Album {
  readonly id: string
  readonly name: string
  readonly artist: Artists.Artist
  /** The `album_type`, as recorded. */
  readonly type: string
  /** The `release_date`: a day, or a year alone. */
  readonly released: string
  readonly totalTracks: number
  /** End of the name of the cover's file. */
  readonly cover: string
  /** Markets in which the album can be played; absent for all. */
  readonly markets?: ReadonlyArray<string>
}

// =============================================================================
// Albums
// =============================================================================

export const cutToTheFeeling: Album = {
  id: "0tGPJ0bkWOUmH7MEOR77qc",
  name: "Cut To The Feeling",
  artist: Artists.carlyRaeJepsen,
  type: "single",
  released: "2017-05-26",
  totalTracks: 1,
  cover: "7359994525d219f64872d3b1"
}

export const typhoons: Album = {
  id: "05aqnnpYVOvsX0SIzmIuxi",
  name: "Typhoons",
  artist: Artists.royalBlood,
  type: "album",
  released: "2021-04-30",
  totalTracks: 11,
  cover: "712b9c0f9a8d380e26a95c1c"
}

export const helvegen: Album = {
  id: "5mvzHQjFbB8ot7hvGAmGjJ",
  name: "Helvegen",
  artist: Artists.kalandra,
  type: "single",
  released: "2020-03-06",
  totalTracks: 1,
  cover: "3197ec4fd4ceb24e61d981de"
}

export const theLine: Album = {
  id: "2wnFOvAAr6EookjflPj7Rq",
  name: "The Line",
  artist: Artists.kalandra,
  type: "album",
  released: "2020-10-23",
  totalTracks: 11,
  cover: "4f69726ce7b4d5604c7d915a"
}

export const cappadocia: Album = {
  id: "0reS9m5prtXtDFetcKIr9C",
  name: "Cappadocia",
  artist: Artists.benBöhmer,
  type: "single",
  released: "2020-09-10",
  totalTracks: 1,
  cover: "05485d230fb40824e9b5eb9b"
}

export const loveFromTheOtherSide: Album = {
  id: "6zhsE8Z0CfH68FSjxJn0dD",
  name: "Love From The Other Side",
  artist: Artists.fallOutBoy,
  type: "single",
  released: "2023-01-18",
  totalTracks: 2,
  cover: "85bf30b5eb76326bd28806ee"
}

export const infections: Album = {
  id: "1jorKBzr3vs08LDggKCAyr",
  name: "Infections Of A Different Kind – Step 1",
  artist: Artists.aurora,
  type: "album",
  released: "2018-09-28",
  totalTracks: 8,
  cover: "017bf79391caaba8b12f1a42"
}

export const solitaryDaze: Album = {
  id: "462nMAgJr4l14IqVngpOXM",
  name: "Solitary Daze",
  artist: Artists.maceoPlex,
  type: "single",
  released: "2014-12-29",
  totalTracks: 3,
  cover: "48157756589331955944659c"
}

export const sirenCharms: Album = {
  id: "56aOAKw8w6xDzANjNhWasX",
  name: "Siren Charms",
  artist: Artists.inFlames,
  type: "album",
  released: "2014-09-05",
  totalTracks: 11,
  cover: "c096736d399944baf023c52c"
}

export const beauty: Album = {
  id: "2xe0gTFgZok8BDgUlkpRQ6",
  name: "Beauty",
  artist: Artists.tigercub,
  type: "single",
  released: "2021-01-29",
  totalTracks: 1,
  cover: "03f861e63060e7d1ce63ca2d"
}

export const atTheHeartOfWintervale: Album = {
  id: "2dzVI5sR1htGfqmVff6UcF",
  name: "At the Heart of Wintervale",
  artist: Artists.twilightForce,
  type: "album",
  released: "2023-01-20",
  totalTracks: 8,
  cover: "aaa0249a0cda5dbae1503f96"
}

export const rawFootage: Album = {
  id: "3xbWu3mLkkWZvgHtExIaKZ",
  name: "Raw Footage",
  artist: Artists.iceCube,
  type: "album",
  released: "2008-01-01",
  totalTracks: 16,
  cover: "e83d58253e2e7c6742bbf9e4",
  markets: ["CA", "US"]
}

export const panic: Album = {
  id: "38ojnzxpPFT09ee03aCTK7",
  name: "Panic",
  artist: Artists.caravanPalace,
  type: "ALBUM",
  released: "2012",
  totalTracks: 14,
  cover: "d4189ca2964e92b5e5e545ed"
}

export const thePrincessPartTwo: Album = {
  id: "2zRY5eIWN7dUvyP447GN2A",
  name: "The Princess Part Two",
  artist: Artists.parovStelar,
  type: "album",
  released: "2012-10-19",
  totalTracks: 13,
  cover: "d2e1a965ae443dc92e63ba09"
}

/** All albums. */
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
