/** Made-up responses in the forms that Spotify's have. */

/** Leaves some fields out of an object. */
export const without = (value: object, ...keys: ReadonlyArray<string>) =>
  Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)))

export const trackId = "4uLU6hMCjMI75M1A2tKUQC"

const artist = {
  external_urls: { spotify: "https://open.spotify.com/artist/0gxyHStUsqpMadRV0Di1Qt" },
  href: "https://api.spotify.com/v1/artists/0gxyHStUsqpMadRV0Di1Qt",
  id: "0gxyHStUsqpMadRV0Di1Qt",
  name: "The Testers",
  type: "artist",
  uri: "spotify:artist:0gxyHStUsqpMadRV0Di1Qt"
}

const album = {
  album_type: "album",
  artists: [artist],
  external_urls: { spotify: "https://open.spotify.com/album/6eUW0wxWtzkFdaEFsTJto6" },
  href: "https://api.spotify.com/v1/albums/6eUW0wxWtzkFdaEFsTJto6",
  id: "6eUW0wxWtzkFdaEFsTJto6",
  images: [{ height: 640, url: "https://i.scdn.co/image/640", width: 640 }],
  name: "Assertions",
  release_date: "1987-11",
  release_date_precision: "month",
  total_tracks: 10,
  type: "album",
  uri: "spotify:album:6eUW0wxWtzkFdaEFsTJto6"
}

/** As an app in Development Mode gets it. */
export const developmentTrack = {
  album,
  artists: [artist],
  disc_number: 1,
  duration_ms: 213_573,
  explicit: false,
  external_ids: { isrc: "GBARL9300135" },
  external_urls: { spotify: `https://open.spotify.com/track/${trackId}` },
  href: `https://api.spotify.com/v1/tracks/${trackId}`,
  id: trackId,
  is_local: false,
  name: "Green",
  preview_url: null,
  track_number: 1,
  type: "track",
  uri: `spotify:track:${trackId}`
}

/** As an app in Extended Quota Mode gets it. */
export const extendedTrack = {
  ...developmentTrack,
  album: { ...album, available_markets: ["DE", "SE"] },
  available_markets: ["DE", "SE"],
  popularity: 77,
  preview_url: "https://p.scdn.co/mp3-preview/green"
}

/** A track as an album lists it. */
export const simplifiedTrack = without(extendedTrack, "album", "external_ids", "popularity")

/** An artist as an app in Extended Quota Mode gets it. */
export const extendedArtist = {
  ...artist,
  followers: { href: null, total: 4.9022656E7 },
  genres: ["unit test"],
  images: [{ height: 640, url: "https://i.scdn.co/image/640", width: 640 }],
  popularity: 61
}

/** An album as an app in Extended Quota Mode gets it. */
export const extendedAlbum = {
  ...extendedTrack.album,
  copyrights: [{ text: "2020 Assertion Records", type: "C" }],
  external_ids: { upc: "00602547934239" },
  genres: [],
  label: "Assertion Records",
  popularity: 40,
  tracks: {
    href: "https://api.spotify.com/v1/albums/6eUW0wxWtzkFdaEFsTJto6/tracks",
    items: [simplifiedTrack],
    limit: 50,
    next: null,
    offset: 0,
    previous: null,
    total: 1
  }
}

/** A person's own file, as a playlist shows it. */
export const localTrack = {
  album: {
    album_type: null,
    artists: [],
    available_markets: [],
    external_urls: {},
    href: null,
    id: null,
    images: null,
    name: "",
    release_date: null,
    release_date_precision: null,
    type: "album",
    uri: null
  },
  artists: [{ external_urls: {}, href: null, id: null, name: "Me", type: "artist", uri: null }],
  available_markets: [],
  disc_number: 0,
  duration_ms: { totalMilliseconds: 188_000 },
  explicit: false,
  external_ids: {},
  external_urls: {},
  href: null,
  id: null,
  is_local: true,
  name: "Home Recording",
  popularity: 0,
  preview_url: null,
  track_number: 0,
  type: "track",
  uri: "spotify:local:Me::Home+Recording:188"
}

export const developmentUser = {
  account_id: "aB3dE5fG7h",
  display_name: null,
  external_urls: { spotify: "https://open.spotify.com/user/some.one" },
  href: "https://api.spotify.com/v1/users/some.one",
  id: "some.one",
  images: [],
  type: "user",
  uri: "spotify:user:some.one"
}

export const extendedUser = {
  ...developmentUser,
  country: "DE",
  display_name: "Some One",
  email: "some.one@example.com",
  explicit_content: { filter_enabled: true, filter_locked: false },
  followers: { href: null, total: 4.9022656E7 },
  images: [{ height: null, url: "https://i.scdn.co/image/face", width: null }],
  product: "premium"
}
