/**
 * The program of the page: it starts, follows the tokens, and does what the person asks.
 */
import * as BrowserApp from "@app/api/browser/BrowserApp"
import type { TimeRange } from "@app/api/model/TimeRange"
import * as Profile from "@app/api/Profile"
import type { SpotifyClient } from "@app/api/SpotifyClient"
import type { SpotifyError } from "@app/api/SpotifyError"
import * as Tracks from "@app/api/Tracks"
import type { AccessToken } from "@app/auth/AccessToken"
import type { AuthError } from "@app/auth/AuthError"
import { TokenService } from "@app/auth/TokenService"
import type { TokenStatus } from "@app/auth/TokenStatus"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as FiberMap from "effect/FiberMap"
import * as Option from "effect/Option"
import * as References from "effect/References"
import * as Stream from "effect/Stream"
import { Action } from "./Action.ts"
import * as Configuration from "./Configuration.ts"
import * as Notice from "./Notice.ts"
import * as Screen from "./Screen.ts"
import * as TokenPanel from "./TokenPanel.ts"
import * as Views from "./Views.ts"

type Failure = AuthError | SpotifyError

/** Turns the outcome of a call into the state of the part of the page that shows it. */
const fetched = <A, R>(call: Effect.Effect<A, Failure, R>): Effect.Effect<Views.Fetched<A>, never, R> =>
  Effect.match(call, {
    onFailure: (error) => ({ _tag: "Failed", notice: Notice.of(error) }),
    onSuccess: (value) => ({ _tag: "Here", value })
  })

/** Reports whether there is somebody whose tokens can be used, now or once Spotify answers. */
const isSignedIn = ({ phase }: TokenStatus): boolean =>
  phase === "Valid" || phase === "Refreshing" || phase === "Retrying"

const page = Effect.gen(function*() {
  const app = yield* BrowserApp.BrowserApp
  const tokens = yield* TokenService
  // A later action of a kind takes the place of an earlier one. A click must run at once, or the browser blocks its window.
  const run = yield* FiberMap.makeRuntime<SpotifyClient, Action["_tag"]>()
  const screen = Screen.make((action) => run(action._tag, perform(action)))
  let period: TimeRange = "medium_term"
  let followed: { readonly status: TokenStatus; readonly token: AccessToken | undefined } | undefined
  /** True while the person waits for an outcome, so that the focus may go where it is shown. */
  let isAwaited = false

  // ===========================================================================
  // Parts of the signed-in page
  // ===========================================================================

  const loadProfile = Effect.gen(function*() {
    screen.profile(Views.waiting, { moveFocus: false })
    const state = yield* fetched(Profile.me)
    screen.profile(state, { moveFocus: isAwaited })
    if (isAwaited && state._tag === "Here") {
      screen.announce(`You are signed in as ${state.value.displayName ?? state.value.id}.`)
    }
    isAwaited = false
  })

  const loadTop = Effect.gen(function*() {
    const shown = period
    screen.top(shown, Views.waiting)
    const tracks = Profile.topTracks({ timeRange: shown, pageSize: 10 }).pipe(Stream.take(10), Stream.runCollect)
    screen.top(shown, yield* fetched(tracks))
  })

  // ===========================================================================
  // Actions
  // ===========================================================================

  const fail = (error: AuthError) => Effect.sync(() => screen.notice(Notice.of(error)))

  const perform = (action: Action): Effect.Effect<unknown, never, SpotifyClient> => {
    switch (action._tag) {
      case "SignIn":
        screen.notice(undefined)
        isAwaited = true
        return action.way === "redirect"
          ? Effect.catch(app.signIn, (error) => Effect.andThen(fail(error), showSignedOut))
          : Effect.suspend(() => {
            const popup = app.signInByPopup
            screen.signingIn()
            return popup
          }).pipe(Effect.catch((error) => Effect.andThen(fail(error), showSignedOut)))
      case "SignOut":
        screen.notice(undefined)
        isAwaited = true
        return Effect.catch(tokens.signOut, fail)
      case "Refresh":
        screen.notice(undefined)
        return Effect.catch(tokens.refresh, fail)
      case "FindTrack":
        screen.track(Views.waiting)
        return Effect.map(fetched(Tracks.get(action.text)), (state) => {
          screen.track(state)
          if (state._tag === "Here") screen.announce(`Found ${state.value.name}.`)
        })
      case "ShowTop":
        period = action.period
        return loadTop
      case "LoadAgain":
        return Effect.all([loadProfile, loadTop], { concurrency: "unbounded" })
    }
  }

  // ===========================================================================
  // Tokens
  // ===========================================================================

  const showSignedOut = Effect.sync(() => {
    screen.signedOut({ moveFocus: isAwaited })
    isAwaited = false
  })

  const tick = Effect.gen(function*() {
    if (followed === undefined) return
    screen.token(TokenPanel.describe(followed.status, followed.token, yield* Clock.currentTimeMillis))
  })

  const follow = Effect.fnUntraced(function*(status: TokenStatus) {
    const before = followed?.status
    const wasSignedIn = before !== undefined && isSignedIn(before)
    // Nobody is asked for a token: it is only looked at while there is one.
    const token = isSignedIn(status) ? Option.getOrUndefined(yield* Effect.option(tokens.get)) : undefined
    followed = { status, token }
    if (!isSignedIn(status)) {
      if (before !== undefined && !wasSignedIn) return
      if (status.error !== undefined) yield* tell(status.error)
      return yield* showSignedOut
    }
    if (!wasSignedIn) {
      screen.notice(undefined)
      screen.signedIn()
      run("LoadAgain", perform(Action.LoadAgain()))
    }
    yield* tick
    const event = TokenPanel.event(before, status)
    if (event === undefined) return
    screen.record(TokenPanel.timeOfDay(yield* DateTime.now), event)
    if (wasSignedIn && before.generation < status.generation) screen.announce("The access token was refreshed.")
  })

  /** Says why the sign-in has ended, unless there was none or the person ended it here. */
  const tell = (error: AuthError) =>
    error.reason._tag === "ReauthorizationRequired" && error.reason.kind === "NoRefreshToken"
      ? Effect.void
      : error.reason._tag === "ReauthorizationRequired" && error.reason.kind === "SignedOut" && isAwaited
      ? Effect.sync(() => screen.announce("You are signed out."))
      : fail(error)

  // ===========================================================================
  // Start
  // ===========================================================================

  const completed = yield* Effect.result(app.completed)
  yield* Effect.ignore(tokens.get)
  history.replaceState(history.state, "", "/")
  yield* Effect.forkScoped(Effect.forever(Effect.delay(tick, "1 second")))
  yield* Effect.forkScoped(Stream.runForEach(tokens.changes, follow))
  if (completed._tag === "Failure") yield* fail(completed.failure)
  if (app.unshared !== undefined) screen.announce("This tab keeps the sign-in for itself.")
  return yield* Effect.never
})

const App = BrowserApp.layer({
  apiUrl: Configuration.apiUrl,
  clientId: Configuration.clientId,
  redirectUri: Configuration.redirectUri,
  scopes: Configuration.scopes,
  server: Configuration.server
})

page.pipe(
  Effect.scoped,
  Effect.provide(App),
  // What only a developer can put right is said on the page as well.
  Effect.catch((error) => Effect.sync(() => Screen.make(() => {}).notice(Notice.of(error)))),
  Effect.provideService(References.MinimumLogLevel, "Warn"),
  Effect.runFork
)
