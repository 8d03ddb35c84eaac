/**
 * `spotify login`: sign-in with the browser, on this machine or another.
 */
import * as Profile from "@app/api/Profile"
import * as Browser from "@app/auth/node/Browser"
import * as LoopbackSignIn from "@app/auth/node/LoopbackSignIn"
import * as TokenService from "@app/auth/TokenService"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Prompt from "effect/cli/Prompt"
import { TerminalCapabilities } from "effect/cli/TerminalCapabilities"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import { ExitCode } from "../ExitCode.ts"
import { CommandFailed } from "../Failure.ts"
import * as Output from "../Output.ts"
import * as Question from "../Question.ts"
import * as Session from "../Session.ts"
import * as Settings from "../Settings.ts"
import * as Spotify from "../Spotify.ts"
import * as Text from "../Text.ts"

const defaultRedirectUri = "http://127.0.0.1:8900/callback"

const dashboard = "https://developer.spotify.com/dashboard"

const withoutApp = new CommandFailed({
  code: ExitCode.usage,
  issue: `Which app? Make one at ${dashboard} and pass its id with --client-id.`
})

/** Asks for the id of the person's app, where there is somebody to ask. */
const askForApp = Effect.fnUntraced(function*(redirectUri: string) {
  const { canPrompt } = yield* TerminalCapabilities
  if (!canPrompt) return yield* withoutApp
  yield* Output.note(
    `Spotify asks everybody to bring an app of their own, which is free. Make one at\n  ${dashboard}\n`
      + `with the redirect URI\n  ${redirectUri}\n`
  )
  return yield* Question.ask(Prompt.String({
    message: "Its client ID:",
    validate: (text) =>
      /^\S+$/.test(text.trim())
        ? Effect.succeed(text.trim())
        : Effect.fail("The dashboard shows it in the app's settings: letters and digits, without spaces.")
  }))
})

/** Takes no address, so that the person opens the one that is printed. */
const ByHand = Layer.succeed(Browser.Browser, { open: () => Effect.succeed(true) })

/**
 * Fetches the addresses that the person pastes: a browser on another machine cannot reach this one.
 *
 * **Details**
 *
 * Never ends, also when the input has ended: the browser on this machine may still call back.
 */
const takePasted = Effect.fnUntraced(function*(redirectUri: Effect.Effect<string>) {
  const { stdin } = yield* Stdio.Stdio
  const http = yield* HttpClient.HttpClient
  const take = Effect.fnUntraced(function*(address: string) {
    const beginning = `${yield* redirectUri}?`
    if (!address.startsWith(beginning)) {
      return yield* Output.note(
        `Paste the whole address that your browser shows at the end: it begins with ${beginning}`
      )
    }
    yield* http.get(address).pipe(
      Effect.filterOrFail(({ status }) => status < 400),
      Effect.catch(() =>
        Output.note("That address belongs to another sign-in. Open the one above, and paste where it ends.")
      )
    )
  })
  yield* Stream.runForEach(Stream.splitLines(Stream.decodeText(stdin)), (line) => {
    const address = line.trim()
    return address === "" ? Effect.void : take(address)
  })
  return yield* Effect.never
})

const registered = (redirectUri: string) =>
  Output.note(`Your app at ${dashboard} must list this redirect URI, letter for letter:\n  ${redirectUri}\n`)

/** Signs in, with the callback of a browser here or pasted from elsewhere. */
const signIn = Effect.fnUntraced(function*(clientId: string, redirectUri: string) {
  const { accountsUrl } = yield* Settings.environment
  const place = yield* Effect.context<Output.Place>()
  // Names the port, which a redirect URI may leave to the program.
  const inUse = yield* Deferred.make<string>()
  const signedIn = LoopbackSignIn.signIn({
    client: { clientId },
    server: Session.serverAt(accountsUrl),
    scopes: Session.scopes,
    redirectUri,
    programName: "spotify",
    onUrl: (url) =>
      Effect.andThen(
        Deferred.succeed(inUse, url.searchParams.get("redirect_uri") ?? redirectUri),
        Output.note(
          `Sign in with your browser, at this address:\n  ${url}\n\n`
            + "Is the browser on another machine? Then paste here the address that it shows at the end, which it cannot open."
        )
      ).pipe(Effect.provide(place))
  })
  yield* Effect.raceFirst(signedIn, takePasted(Deferred.await(inUse)))
})

/** Remembers the account. A sign-in is good even where the profile cannot be read. */
const remember = Effect.fnUntraced(function*(app: { readonly clientId: string; readonly redirectUri: string }) {
  const { account } = yield* Spotify.root
  const me = Option.getOrUndefined(yield* Effect.option(Profile.me))
  const known = me === undefined
    ? {}
    : me.displayName === undefined
    ? { id: me.id }
    : { id: me.id, displayName: me.displayName }
  yield* Settings.update((settings) => ({
    ...settings,
    ...app,
    accounts: { ...settings.accounts, [account]: known }
  }))
  const who = me === undefined ? "signed in" : `signed in as ${Text.sanitize(me.displayName ?? me.id)}`
  yield* Output.note(`✓ You are ${who}.`)
})

const toSpotify = Effect.fnUntraced(
  function*(clientId: string | undefined, redirectUri: string | undefined, browser: boolean) {
    const settings = yield* Settings.read
    const asRegistered = redirectUri ?? settings.redirectUri ?? defaultRedirectUri
    const known = clientId ?? (yield* Settings.environment).clientId ?? settings.clientId
    const app = { clientId: known ?? (yield* askForApp(asRegistered)), redirectUri: asRegistered }
    // Who has just been asked for the app has read this.
    if (known !== undefined) yield* registered(app.redirectUri)
    const session = yield* Session.forApp(app.clientId)
    // Before the person is sent to a browser for tokens that would be lost.
    yield* Session.checkStorage(app.clientId).pipe(
      Effect.andThen(signIn(app.clientId, app.redirectUri)),
      Effect.andThen(remember(app)),
      Effect.provide([session, browser ? Browser.layer : ByHand])
    )
  }
)

const toSandbox = Effect.gen(function*() {
  yield* TokenService.get
  const { displayName, id } = yield* Profile.me
  yield* Output.note(`✓ You are signed in as ${displayName ?? id}, for as long as this command runs.`)
}).pipe(Session.provide)

/** The command. */
export const login = Command.make("login", {
  clientId: Flag.String("client-id").pipe(
    Flag.withMetavar("ID"),
    Flag.withDescription("Your app's id; kept for later"),
    Flag.filter((id) => /^\S+$/.test(id), () => "the client ID that the dashboard shows, without spaces"),
    Flag.optional
  ),
  redirectUri: Flag.String("redirect-uri").pipe(
    Flag.withMetavar("URI"),
    Flag.withDescription("As your app lists it; kept for later"),
    Flag.filter(
      (uri) => /^http:\/\/(127\.0\.0\.1|\[::1\])(:\d+)?(\/\S*)?$/.test(uri),
      () => `an address of this machine, such as ${defaultRedirectUri}`
    ),
    Flag.optional
  ),
  browser: Flag.Boolean("browser").pipe(
    Flag.withDescription("Open it; --no-browser prints its address only"),
    Flag.withDefault(true)
  )
}, ({ browser, clientId, redirectUri }) =>
  Effect.flatMap(Spotify.root, ({ sandbox }) =>
    sandbox
      ? toSandbox
      : toSpotify(Option.getOrUndefined(clientId), Option.getOrUndefined(redirectUri), browser))).pipe(
    Command.withDescription("Sign in with your browser."),
    Command.withExamples([
      { command: "spotify login --client-id ID", description: "The first time" },
      { command: "spotify login --account kids", description: "Another account" }
    ])
  )
