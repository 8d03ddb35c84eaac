/** A group that is not in the contract: what is sent with POST is not safe to repeat, and the contract has no such yet. */
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import { Delivery } from "../src/Delivery.ts"
import * as SpotifyClient from "../src/SpotifyClient.ts"

const PlayerApi = HttpApiGroup.make("player").add(
  HttpApiEndpoint.post("next", "/me/player/next", { success: HttpApiSchema.Empty(200) })
).middleware(Delivery)

/** Skips a track, and would skip another if it were sent twice. */
export const next = SpotifyClient.call(PlayerApi, (player) => player.next({}))
