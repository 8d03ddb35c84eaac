/** `@soundify/web-api`, handed a token. */
import { getTrack, SpotifyClient } from "@soundify/web-api"
import { calls } from "../Calls.ts"
import type { MakeSubject } from "../Subject.ts"
import { accessToken } from "../Token.ts"

export const soundify: MakeSubject = ({ concurrency, origin }) => {
  const client = new SpotifyClient(accessToken, { baseUrl: `${origin}/` })
  return calls(concurrency, (id) => getTrack(client, id))
}
