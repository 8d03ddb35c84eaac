/** A group that is not in the contract: what is sent with POST is not safe to repeat, and the contract has no such yet. */
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as Schema from "effect/Schema"
import { SpotifyMiddleware } from "../../src/contract/SpotifyMiddleware.ts"
import * as SpotifyClient from "../../src/SpotifyClient.ts"

const PlayerApi = HttpApiGroup.make("player").add(
  HttpApiEndpoint.post("next", "/me/player/next", {
    query: { device_id: Schema.optionalKey(Schema.String) },
    success: HttpApiSchema.Empty(200)
  })
).middleware(SpotifyMiddleware)

/** Skips a track on a device, and would skip another if it were sent twice. */
export const nextOn = (device: string) =>
  SpotifyClient.call(PlayerApi, (player) => player.next({ query: { device_id: device } }))

export const next = nextOn("a")
