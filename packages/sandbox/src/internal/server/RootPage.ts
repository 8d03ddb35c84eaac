/**
 * The page at the root of the Accounts service, which shows a person what the sandbox is and how to use it.
 */
import * as SignInPage from "@app/auth/node/SignInPage"
import * as Duration from "effect/Duration"
import * as Redacted from "effect/Redacted"
import * as Catalogue from "../../Catalogue.ts"
import type { Person } from "../../People.ts"
import { defaultClient, type RegisteredClient, type Settings } from "../../Settings.ts"
import * as SandboxPage from "../SandboxPage.ts"

const { html } = SignInPage

// =============================================================================
// Model
// =============================================================================

/** The facts that the page shows. */
export interface Facts {
  /** Origin of the Accounts service, as the person has reached it. */
  readonly accountsUrl: string
  readonly apiUrl: string
  readonly settings: Settings
  /** Routes of the control API, such as `GET /sandbox/requests`. */
  readonly routes: ReadonlyArray<string>
}

// =============================================================================
// Parts
// =============================================================================

// The secret of another client may be one that somebody uses elsewhere.
const secretOf = ({ clientSecret }: RegisteredClient): string =>
  clientSecret === undefined
    ? ""
    : clientSecret === defaultClient.clientSecret
    ? Redacted.value(clientSecret)
    : "as in your settings"

const environmentOf = ({ accountsUrl, apiUrl, settings }: Facts): ReadonlyArray<readonly [string, string]> => {
  const client = settings.clients[0] ?? defaultClient
  const secret = secretOf(client)
  return [
    ["SPOTIFY_CLIENT_ID", client.clientId],
    ...(secret === "" ? [] : [["SPOTIFY_CLIENT_SECRET", secret] as const]),
    ["SPOTIFY_ACCOUNTS_URL", accountsUrl],
    ["SPOTIFY_API_URL", apiUrl]
  ]
}

const inForce = ({ accessTokenLifetime, quotaMode, refreshTokenGrace, rotateRefreshTokens }: Settings): string =>
  [
    quotaMode === "development" ? "Development Mode" : "Extended Quota Mode",
    `access tokens live ${Duration.format(accessTokenLifetime)}`,
    rotateRefreshTokens
      ? `refresh tokens rotate${
        refreshTokenGrace === "none" ? "" : `, with a grace of ${Duration.format(refreshTokenGrace.duration)}`
      }`
      : "refresh tokens do not rotate"
  ].join("; ")

const describePerson = ({ country, displayName, id, product, registered }: Person): SignInPage.Html =>
  html`<li>${displayName ?? "Somebody without a name"} <small><code>${id}</code>${
    [country, ...(product === null ? [] : [product])].join(", ")
  }${registered ? "" : ", not registered for the app: refused in Development Mode"}</small></li>
`

const describeTrack = ({ artist, id, name }: (typeof Catalogue.tracks)[number]): SignInPage.Html =>
  html`<li>${name} <small>${artist} <code>${id}</code></small></li>
`

const describeRoute = (route: string): SignInPage.Html => {
  const path = route.replace(/^GET /, "")
  return path.startsWith("/") && !path.includes("{")
    ? html`<li><a href="${path}"><code>${route}</code></a></li>
`
    : html`<li><code>${route}</code></li>
`
}

// =============================================================================
// Page
// =============================================================================

/** Writes the page. */
export const render = (facts: Facts): string => {
  const { accountsUrl, apiUrl, routes, settings } = facts
  const client = settings.clients[0] ?? defaultClient
  return SandboxPage.render({
    title: "A local Spotify is running",
    content:
      html`<p>It answers as Spotify's Accounts service and Web API do, for apps under development and their tests.</p>
<ul>
<li>Accounts service <code>${accountsUrl}</code></li>
<li>Web API <code>${apiUrl}</code></li>
</ul>
<p><small>${inForce(settings)}</small></p>
<h2>The environment of your program</h2>
<p>${
        environmentOf(facts).map(([name, value]) =>
          html`<code>${name}=${value}</code><br>
`
        )
      }</p>
<p>Redirect URIs: ${
        client.redirectUris.map((uri) => html`<code>${uri}</code><br>`)
      }<small>The port of a loopback address may be any.</small></p>
<h2>Who can sign in</h2>
<ul>
${settings.people.map(describePerson)}</ul>
<h2>What it knows</h2>
<p>These tracks, which exist at Spotify as well, and <a href="/sandbox/catalogue">their albums and artists</a>:</p>
<details><summary>${String(Catalogue.tracks.length)} tracks</summary>
<ul>
${Catalogue.tracks.map(describeTrack)}</ul>
</details>
<h2>For tests in any language</h2>
<ul>
${routes.map(describeRoute)}</ul>`
  })
}
