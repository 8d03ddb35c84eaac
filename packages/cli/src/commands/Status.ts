/**
 * `spotify status`: who is signed in, and how the token is doing.
 */
import * as TokenService from "@app/auth/TokenService"
import * as Command from "effect/cli/Command"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Output from "../Output.ts"
import * as Session from "../Session.ts"
import * as Settings from "../Settings.ts"
import * as Spotify from "../Spotify.ts"

const isoOf = (instant: DateTime.Utc | undefined): string | undefined =>
  instant === undefined ? undefined : DateTime.formatIso(instant)

/** The command. It fails as any other would where a sign-in is needed. */
export const status = Command.make("status", {}, () =>
  Effect.gen(function*() {
    const { account, sandbox } = yield* Spotify.root
    // A good token comes from the store without a call of Spotify's; one that is over is refreshed, as by any command.
    const { scopes } = yield* TokenService.get
    const { expiresAt, phase, signInDueAt } = yield* TokenService.status
    const settings: Settings.Settings = sandbox ? { accounts: {} } : yield* Settings.read
    const { displayName, id } = settings.accounts[account] ?? {}
    const now = yield* DateTime.now
    yield* Output.card({
      title: sandbox ? "The sandbox's person" : displayName ?? id ?? account,
      fields: [
        ["account", account],
        ["token", "good"],
        [
          "ends in",
          expiresAt === undefined
            ? undefined
            : Duration.format(Duration.seconds(Math.floor(Duration.toSeconds(DateTime.distance(now, expiresAt)))))
        ],
        ["sign-in due", signInDueAt === undefined ? undefined : DateTime.formatIsoDateUtc(signInDueAt)],
        ["scopes", scopes.join(" ")]
      ],
      json: {
        account,
        id: id ?? null,
        displayName: displayName ?? null,
        phase,
        expiresAt: isoOf(expiresAt) ?? null,
        signInDueAt: isoOf(signInDueAt) ?? null,
        scopes
      }
    })
  }).pipe(Effect.provide(Session.layer))).pipe(
    Command.withDescription("Who is signed in, and how the token is doing.")
  )
