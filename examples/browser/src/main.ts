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
import { Action, type Send } from "./Action.ts"
import * as Configuration from "./Configuration.ts"
import * as Installation from "./Installation.ts"
import * as Notice from "./Notice.ts"
import * as Presence from "./Presence.ts"
import * as Screen from "./Screen.ts"
import * as TokenPanel from "./TokenPanel.ts"
import * as Views from "./Views.ts"

type Failure = AuthError | SpotifyError

/** Turns the outcome of a call into the state of the part of the page that shows it. */
const fetched = <A, R>(call: Effect.Effect<A, Failure, R>): Effect.Effect<Views.Fetched<A>, never, R> =>
  Effect.suspend(() =>
    // Without a network the call would be repeated for some seconds first.
    navigator.onLine
      ? Effect.match(call, {
        onFailure: (error) => ({ _tag: "Failed" as const, notice: Notice.of(error) }),
        onSuccess: (value) => ({ _tag: "Here" as const, value })
      })
      : Effect.succeed({ _tag: "Failed" as const, notice: Notice.offline })
  )

const isEndedByPerson = ({ reason }: AuthError): boolean =>
  reason._tag === "ReauthorizationRequired" && (reason.kind === "SignedOut" || reason.kind === "NoRefreshToken")

const page = Effect.gen(function*() {
  const app = yield* BrowserApp.BrowserApp
  const tokens = yield* TokenService
  // A later action of a kind takes the place of an earlier one. A click must run at once, or the browser blocks its window.
  const run = yield* FiberMap.makeRuntime<SpotifyClient, Action["_tag"]>()
  const send: Send = (action) => {
    run(action._tag, perform(action))
  }
  const screen = Screen.make(send)
  const shown: {
    period: TimeRange
    tokens:
      | { readonly status: TokenStatus; readonly token: AccessToken | undefined; readonly presence: Presence.Presence }
      | undefined
    /** True while the person waits for an outcome of theirs, so that the focus may go where it is shown. */
    isAwaited: boolean
  } = { period: "medium_term", tokens: undefined, isAwaited: false }
  /** The actions that the network or Spotify kept from an outcome: they are done again as soon as they may have one. */
  const unanswered = new Map<Action["_tag"], Action>()

  const fail = (error: AuthError, retry?: Action) => Effect.sync(() => screen.notice(Notice.of(error), retry))

  const note = <A>(action: Action, state: Views.Fetched<A>) => {
    if (state._tag === "Failed" && Notice.canRepeat(state.notice)) unanswered.set(action._tag, action)
  }

  const showSignedOut = Effect.sync(() => {
    screen.signedOut({ moveFocus: shown.isAwaited })
    shown.isAwaited = false
  })

  // ===========================================================================
  // Actions
  // ===========================================================================

  const loadProfile = Effect.gen(function*() {
    screen.profile(Views.waiting)
    const state = yield* fetched(Profile.me)
    note(Action.LoadProfile(), state)
    screen.profile(state)
    if (!shown.isAwaited) return
    shown.isAwaited = false
    screen.focus()
    if (state._tag === "Here") screen.announce(`You are signed in as ${Views.nameOf(state.value)}.`)
  })

  const loadTop = Effect.fnUntraced(function*(period: TimeRange) {
    const isChange = period !== shown.period
    shown.period = period
    screen.top(period, Views.waiting)
    const tracks = Profile.topTracks({ timeRange: period, pageSize: 10 }).pipe(Stream.take(10), Stream.runCollect)
    const state = yield* fetched(tracks)
    note(Action.ShowTop({ period }), state)
    screen.top(period, state)
    if (isChange && state._tag === "Here") screen.announce(`These are your tracks of ${Views.labelOf(period)}.`)
  })

  const findTrack = Effect.fnUntraced(function*(text: string) {
    screen.track(Views.waiting, text)
    const state = yield* fetched(Tracks.get(text))
    note(Action.FindTrack({ text }), state)
    screen.track(state, text)
    if (state._tag === "Here") screen.announce(`Found ${state.value.name}.`)
  })

  const signIn = (way: "redirect" | "popup"): Effect.Effect<unknown> => {
    screen.notice(undefined)
    const retry = Action.SignIn({ way })
    if (!navigator.onLine) return Effect.sync(() => screen.notice(Notice.offline, retry))
    shown.isAwaited = true
    const ended = (error: AuthError) => Effect.andThen(fail(error, retry), showSignedOut)
    if (way === "redirect") return Effect.catch(app.signIn, ended)
    screen.signingIn()
    return Effect.catch(app.signInByPopup, ended)
  }

  const perform = (action: Action): Effect.Effect<unknown, never, SpotifyClient> => {
    unanswered.delete(action._tag)
    switch (action._tag) {
      case "SignIn":
        return signIn(action.way)
      case "SignOut":
        screen.notice(undefined)
        shown.isAwaited = true
        return Effect.catch(tokens.signOut, (error) => fail(error, action))
      case "Refresh":
        screen.notice(undefined)
        return Effect.catch(tokens.refresh, (error) => fail(error, action))
      case "FindTrack":
        return findTrack(action.text)
      case "ShowTop":
        return loadTop(action.period)
      case "LoadProfile":
        return loadProfile
    }
  }

  // ===========================================================================
  // Tokens
  // ===========================================================================

  const tick = Effect.gen(function*() {
    if (shown.tokens === undefined) return
    const { status, token } = shown.tokens
    const isShared = app.unshared === undefined && status.unsaved === undefined
    screen.token(TokenPanel.describe({ status, token, isShared, now: yield* Clock.currentTimeMillis }))
  })

  const onSignedOut = Effect.fnUntraced(function*(before: Presence.Presence, { error }: TokenStatus) {
    if (before === "signed out") return
    unanswered.clear()
    const isElsewhere = before === "signed in" && !shown.isAwaited
    if (error !== undefined && (isElsewhere || !isEndedByPerson(error))) yield* fail(error)
    if (before === "signed in") screen.announce("You are signed out.")
    yield* showSignedOut
  })

  const onSignedIn = (before: Presence.Presence) => {
    if (before === "signed in") return
    // What went wrong before has been put right; what the callback of this page brought stays.
    if (before === "signed out") screen.notice(undefined)
    screen.signedIn({ period: shown.period })
    send(Action.LoadProfile())
    send(Action.ShowTop({ period: shown.period }))
  }

  const follow = Effect.fnUntraced(function*(status: TokenStatus) {
    const { presence: before = "unknown", status: last } = shown.tokens ?? {}
    const now = Presence.after(before, status)
    // Nobody is made to wait for a token: it is looked at while there is one.
    const token = status.expiresAt === undefined ? undefined : Option.getOrUndefined(yield* Effect.option(tokens.get))
    shown.tokens = { status, token, presence: now }
    showNetwork()
    if (now === "signed out") return yield* onSignedOut(before, status)
    if (now === "signed in") onSignedIn(before)
    if (before === "signed in" && status.phase === "Valid" && last?.phase !== "Valid") repeatUnanswered()
    yield* tick
    const event = TokenPanel.event(last, status)
    if (event === undefined) return
    screen.record(TokenPanel.timeOfDay(yield* DateTime.now), event)
    if (before === "signed in" && TokenPanel.isRefresh(last, status)) screen.announce("The access token was refreshed.")
  })

  // ===========================================================================
  // Network
  // ===========================================================================

  const showNetwork = () => {
    screen.network(navigator.onLine ? undefined : Notice.whileOffline(shown.tokens?.presence ?? "unknown"))
  }

  const repeatUnanswered = () => {
    for (const action of Array.from(unanswered.values())) send(action)
  }

  const onConnected = Effect.fnUntraced(function*() {
    showNetwork()
    if (shown.tokens?.presence !== "signed in") return
    const { status: { expiresAt, phase } } = shown.tokens
    const hasToken = expiresAt !== undefined && expiresAt.epochMilliseconds > (yield* Clock.currentTimeMillis)
    // The next attempt at a token may be a minute away. A page that opens anew makes one at once.
    if (phase === "Retrying" && !hasToken) location.reload()
    else repeatUnanswered()
  })

  // ===========================================================================
  // Start
  // ===========================================================================

  const completed = yield* Effect.result(app.completed)
  // The page of the redirect URI is this page, which has an address of its own.
  history.replaceState(history.state, "", "/")
  if (completed._tag === "Failure") yield* fail(completed.failure, Action.SignIn({ way: "redirect" }))
  shown.isAwaited = completed._tag === "Failure" || Option.isSome(completed.success)
  yield* Effect.forkScoped(Effect.ignore(tokens.get))
  yield* Effect.forkScoped(Effect.forever(Effect.delay(tick, "1 second")))
  yield* Effect.forkScoped(Installation.install)
  window.addEventListener("offline", showNetwork)
  yield* Effect.forkScoped(Stream.runForEach(Stream.fromEventListener(window, "online"), onConnected))
  yield* Stream.runForEach(tokens.changes, follow)
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
