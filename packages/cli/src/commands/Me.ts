/**
 * `spotify me`: the profile of the person.
 */
import * as Profile from "@app/api/Profile"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Output from "../Output.ts"
import * as Session from "../Session.ts"

/** The command. */
export const me = Command.make("me", {}, () =>
  Effect.gen(function*() {
    const { country, displayName, id, product, uri } = yield* Profile.me
    yield* Output.card({
      title: displayName ?? id,
      fields: [
        ["name", displayName],
        ["id", id],
        ["plan", product],
        ["country", country],
        ["link", `https://open.spotify.com/user/${encodeURIComponent(id)}`]
      ],
      json: { id, uri, displayName: displayName ?? null, product: product ?? null, country: country ?? null }
    })
  }).pipe(Session.provide)).pipe(Command.withDescription("Your profile."))
