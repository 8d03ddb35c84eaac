/**
 * `spotify token`: a good access token, for scripts.
 */
import * as TokenService from "@app/auth/TokenService"
import * as Command from "effect/cli/Command"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Output from "../Output.ts"
import * as Session from "../Session.ts"

/** The command, the only one that shows a secret. */
export const token = Command.make("token", {}, () =>
  Effect.gen(function*() {
    const { expiresAt, scopes, value } = yield* TokenService.get
    const accessToken = Redacted.value(value)
    yield* Output.value(accessToken, {
      accessToken,
      expiresAt: expiresAt === undefined ? null : DateTime.formatIso(expiresAt),
      scopes
    })
  }).pipe(Session.provide)).pipe(
    Command.withDescription("Print a good access token, for scripts."),
    Command.withExamples([
      {
        command: "curl -H \"Authorization: Bearer $(spotify token)\" https://api.spotify.com/v1/me",
        description: "Call Spotify by hand"
      }
    ])
  )
