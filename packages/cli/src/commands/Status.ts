/**
 * `spotify status`: who is signed in, and how the token is doing.
 */
import * as TokenService from "@app/auth/TokenService"
import type { TokenStatus } from "@app/auth/TokenStatus"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import { TerminalCapabilities } from "effect/cli/TerminalCapabilities"
import * as Console from "effect/Console"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { ExitCode } from "../ExitCode.ts"
import * as Failure from "../Failure.ts"
import * as Json from "../Json.ts"
import * as Live from "../Live.ts"
import * as Output from "../Output.ts"
import * as Session from "../Session.ts"
import * as Settings from "../Settings.ts"
import * as Spotify from "../Spotify.ts"
import * as StatusView from "../StatusView.ts"
import { styles } from "../Style.ts"
import * as Tsv from "../Tsv.ts"

/** Reads from the settings who the account was when it signed in. */
const subjectOf = Effect.fnUntraced(function*(scopes: ReadonlyArray<string> | undefined) {
  const { account, sandbox } = yield* Spotify.root
  const settings = sandbox ? Settings.none : yield* Settings.read
  const { displayName, id } = settings.accounts[account] ?? {}
  const title = sandbox ? "The sandbox's person" : displayName ?? id ?? account
  return { account, displayName, id, scopes, title } satisfies StatusView.Subject
})

const at = (status: TokenStatus) => Effect.map(DateTime.now, (now): StatusView.Moment => ({ status, now }))

const show = Effect.gen(function*() {
  // A good token comes from the store without a call of Spotify's; one that is over is refreshed, as by any command.
  const { scopes } = yield* TokenService.get
  const subject = yield* subjectOf(scopes)
  const moment = yield* Effect.flatMap(TokenService.status, at)
  yield* Output.card({
    title: subject.title,
    fields: StatusView.fields(subject, moment),
    json: StatusView.json(subject, moment)
  })
})

// =============================================================================
// Watching
// =============================================================================

/** Watches the token until the sign-in is over, which then fails as any other command would. */
const watch = Effect.gen(function*() {
  const tokens = yield* TokenService.TokenService
  // While Spotify does not answer there is still something to watch.
  const token = yield* tokens.get.pipe(
    Effect.catchIf((error) => Failure.fromError(error).code === ExitCode.unavailable, () => Effect.undefined)
  )
  const subject = yield* subjectOf(token?.scopes)
  const changes = tokens.changes.pipe(
    Stream.changesWith(StatusView.isSame),
    Stream.takeUntil(({ phase }) => phase === "SignInRequired" || phase === "Misconfigured")
  )
  const form = yield* Output.form
  const { canAnimate } = yield* TerminalCapabilities
  yield* form === "terminal" && canAnimate
    ? drawn(subject, changes)
    : Stream.runForEach(Stream.mapEffect(changes, at), (moment) =>
      Console.log(
        form === "json" ? Json.line(StatusView.json(subject, moment)) : Tsv.line(StatusView.row(moment))
      ))
  const { error } = yield* tokens.status
  // The last token may serve for a while after the sign-in has ended.
  yield* error === undefined ? tokens.get : Effect.fail(error)
})

/** Draws the token anew each second, and at each change. */
const drawn = Effect.fnUntraced(function*(subject: StatusView.Subject, changes: Stream.Stream<TokenStatus>) {
  const inStyle = yield* styles
  const views = changes.pipe(
    Stream.switchMap((status) => Stream.map(Stream.tick("1 second"), () => status)),
    Stream.mapEffect(at),
    Stream.mapAccum((): StatusView.View | undefined => undefined, (before, moment) => {
      const view = StatusView.look(before, moment)
      return [view, [view]]
    })
  )
  yield* Live.draw(views, (view, columns) => StatusView.lines(subject, view, columns, inStyle))
})

/** The command. It fails as any other would where a sign-in is needed. */
export const status = Command.make("status", {
  watch: Flag.Boolean("watch").pipe(
    Flag.withAlias("w"),
    Flag.withoutNegation,
    Flag.withDescription("Stay, and show each change"),
    Flag.withDefault(false)
  )
}, (flags) => (flags.watch ? watch : show).pipe(Session.provide)).pipe(
  Command.withDescription("Who is signed in, and how the token is doing."),
  Command.withExamples([
    { command: "spotify status --watch", description: "See the token's time run down, and each refresh" }
  ])
)
