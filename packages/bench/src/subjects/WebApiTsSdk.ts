/** `@spotify/web-api-ts-sdk`, handed a token. It knows no other API than Spotify's: its `fetch` takes it elsewhere. */
import { SpotifyApi } from "@spotify/web-api-ts-sdk"
import { calls } from "../Calls.ts"
import type { MakeSubject } from "../Subject.ts"
import { accessToken } from "../Token.ts"

const spotify = "https://api.spotify.com"

export const webApiTsSdk: MakeSubject = ({ concurrency, origin }) => {
  const token = { access_token: accessToken, token_type: "Bearer", expires_in: 3600, refresh_token: "refresh" }
  const api = SpotifyApi.withAccessToken("client", token, {
    fetch: (url, init) => fetch(`${origin}${String(url).slice(spotify.length)}`, init)
  })
  return calls(concurrency, (id) => api.tracks.get(id))
}
