/** A first program in a page: it greets whoever is signed in, and signs in and out by buttons. */
import * as BrowserApp from "@app/api/browser/BrowserApp"
import * as Profile from "@app/api/Profile"
import * as Providers from "@app/auth/Providers"
import * as TokenService from "@app/auth/TokenService"
import * as Effect from "effect/Effect"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Stream from "effect/Stream"
import * as PageSettings from "../../../../auth/test/support/browser/PageSettings.ts"

export interface Settings {
  readonly accountsUrl: string
  readonly apiUrl: string
  readonly clientId: string
  readonly redirectUri: string
}

const { accountsUrl, apiUrl, clientId, redirectUri } = PageSettings.read<Settings>()

const runtime = ManagedRuntime.make(BrowserApp.layer({
  apiUrl,
  clientId,
  redirectUri,
  scopes: ["user-read-private"],
  server: Providers.spotify.at(accountsUrl)
}))

const greeting = document.createElement("p")
const notice = document.createElement("output")

const say = (place: HTMLElement, text: string) =>
  Effect.sync(() => {
    place.textContent = text
  })

const run = <A, E extends { readonly message: string }>(
  effect: Effect.Effect<A, E, BrowserApp.BrowserApp | TokenService.TokenService>
) => void runtime.runPromise(Effect.catch(effect, ({ message }) => say(notice, message)))

const button = (label: string, onClick: () => void) => {
  const element = document.createElement("button")
  element.textContent = label
  element.addEventListener("click", onClick)
  return element
}

document.body.append(
  greeting,
  notice,
  button("Sign in", () => run(BrowserApp.signIn)),
  button("Sign in in a window", () => run(BrowserApp.signInByPopup)),
  button("Sign out", () => run(TokenService.TokenService.use(({ signOut }) => signOut)))
)

const greet = Profile.me.pipe(
  Effect.flatMap(({ displayName }) => say(greeting, `Hello, ${displayName}`)),
  Effect.catch(({ message }) => say(greeting, message))
)

run(Effect.gen(function*() {
  yield* BrowserApp.completed
  const app = yield* BrowserApp.BrowserApp
  document.body.dataset["shared"] = String(app.unshared === undefined)
}))

void runtime.runPromise(
  TokenService.changes.pipe(
    Stream.filter(({ phase }) => phase === "Valid" || phase === "SignInRequired"),
    Stream.runForEach(() => greet)
  )
)
