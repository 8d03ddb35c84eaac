/**
 * The HTML pages of the Accounts service.
 */
import * as Scope from "@app/api/model/Scope"
import * as SignInPage from "@app/auth/node/SignInPage"
import * as Schema from "effect/Schema"
import type { Person } from "../../People.ts"
import type { RegisteredClient } from "../../Settings.ts"
import * as SandboxPage from "../SandboxPage.ts"
import * as RedirectUri from "./RedirectUri.ts"

// =============================================================================
// Scopes
// =============================================================================

const isScope = Schema.is(Scope.Scope)

const allowed = (scope: string): SignInPage.Html =>
  SignInPage.html`<li>${
    isScope(scope) ? Scope.describe(scope) : "Spotify has no such permission."
  } <small><code>${scope}</code></small></li>`

// =============================================================================
// Pages
// =============================================================================

/**
 * Writes the page that asks a person to connect an app.
 *
 * **Details**
 *
 * Its form is sent to the URL of the page, with `decision=agree` or `decision=cancel` and with the id of the `person`.
 */
export const consent = (
  input: {
    readonly client: RegisteredClient
    readonly people: ReadonlyArray<Person>
    readonly redirectUri: string
    readonly scope: string
  }
): string => {
  const { client: { clientId, name }, people, redirectUri } = input
  const scopes = input.scope.split(" ").filter((scope) => scope !== "")
  const program = name ?? "This app"
  return SandboxPage.render({
    title: name === undefined ? "Connect this app?" : `Connect ${name}?`,
    content: SignInPage
      .html`<p>${program} wants to use your account at Spotify. <small>Client id: <code>${clientId}</code></small></p>
<h2>It will be able to</h2>
<ul>${
      scopes.length === 0
        ? SignInPage.html`<li>See what everybody can see.</li>`
        : scopes.map(allowed)
    }</ul>
<form method="post">
<label>You are <select name="person">${
      people.map(({ displayName, id }) => SignInPage.html`<option value="${id}">${displayName ?? id}</option>`)
    }</select></label>
<button class="primary" name="decision" value="agree">Agree</button>
<button name="decision" value="cancel">Cancel</button>
</form>
<p><small>Either way, you then go back to <code>${redirectUri}</code>.</small></p>`
  })
}

/** The parts of a page for a request that is refused without going back to the app. */
interface Refusal {
  readonly title: string
  /** The text of Spotify's page, where it has one. */
  readonly spotify?: string | undefined
  readonly advice: SignInPage.Html
}

/** Writes the page for a refusal. */
export const refusal = ({ advice, spotify, title }: Refusal): string =>
  SandboxPage.render({
    title,
    outcome: "failure",
    content: spotify === undefined ? advice : SignInPage.html`<p>Spotify says <code>${spotify}</code>.</p>
${advice}`
  })

const listed = (texts: ReadonlyArray<string>): SignInPage.Html =>
  SignInPage.html`<ul>${texts.map((text) => SignInPage.html`<li><code>${text}</code></li>`)}</ul>`

/** Tells the developer of an unknown app which apps there are. */
export const unknownClient = (clientId: string | null, clients: ReadonlyArray<RegisteredClient>): Refusal => ({
  title: "This app is not registered",
  spotify: "INVALID_CLIENT: Invalid client",
  advice: SignInPage.html`<p>${
    clientId === null
      ? "The app did not send a client id."
      : SignInPage.html`The app sent the client id <code>${clientId}</code>.`
  } These are registered here:</p>
${listed(clients.map((client) => client.clientId))}
<p>Give the app one of them, or add its own to <code>clients</code> in the settings of the sandbox. Then sign in again from the app.</p>`
})

/** Tells the developer of an app with a wrong redirect URI which ones are registered. */
export const wrongRedirectUri = (
  problem: RedirectUri.Problem,
  redirectUri: string | null,
  client: RegisteredClient
): Refusal => ({
  title: problem === RedirectUri.insecure ? "This redirect URI is not secure" : "This redirect URI is not registered",
  spotify: problem,
  advice: SignInPage.html`<p>${
    redirectUri === null ? "The app sent no redirect URI." : SignInPage.html`The app sent <code>${redirectUri}</code>.`
  } These are registered for <code>${client.clientId}</code>:</p>
${listed(client.redirectUris)}
<p>${
    problem === RedirectUri.insecure
      ? SignInPage
        .html`Spotify takes <code>http</code> for <code>127.0.0.1</code> and <code>[::1]</code> alone, not for <code>localhost</code> or any other name.`
      : SignInPage.html`Every letter counts. Only the port of <code>127.0.0.1</code> and <code>[::1]</code> may differ.`
  }</p>
<p>Give the app one of them, or add its own to <code>clients</code> in the settings of the sandbox. Then sign in again from the app.</p>`
})

/** Says who there is, to a request for somebody else. */
export const unknownPerson = (people: ReadonlyArray<Person>): Refusal => ({
  title: "There is nobody of that name here",
  advice: SignInPage.html`<p>These people have an account:</p>
${listed(people.map(({ id }) => id))}
<p>Go back, and choose one of them.</p>`
})

/** Says how to go on from an address without a page. */
export const notFound: Refusal = {
  title: "There is no page at this address",
  advice: SignInPage
    .html`<p>Sign in from your app: it opens the right address, which begins with <code>/authorize</code>.</p>`
}
