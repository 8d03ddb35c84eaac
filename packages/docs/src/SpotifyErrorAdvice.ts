/** Advice for each reason and kind of `SpotifyError`, with a reason as it occurs. */
import * as SpotifyError from "@app/api/SpotifyError"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import type { Advice } from "./ErrorPage.ts"

const endsAt = DateTime.makeUnsafe("2026-11-26T07:20:00Z")

const forbidden = SpotifyError.Forbidden

export const advice: ReadonlyArray<Advice> = [
  {
    reason: new SpotifyError.Unauthorized({}),
    actor: "a developer",
    action:
      "Check that the token comes from Spotify's Accounts service. If it is a person's, ask them to sign in again: they may have removed the app from their account."
  },
  {
    reason: new forbidden({ kind: "InsufficientScope", scopes: ["user-library-read"] }),
    actor: "a person, who signs in",
    action: "Begin a sign-in with one of `scopes`, in addition to those the person has granted."
  },
  {
    reason: new forbidden({ kind: "PremiumRequired", scopes: [] }),
    actor: "a person",
    action: "Check the subscription of the person, and that of the app's owner. A change takes some hours to count."
  },
  {
    reason: new forbidden({ kind: "NotRegistered", scopes: [] }),
    actor: "a developer",
    action: "Add the person to the user list of the app in the developer dashboard, or ask for Extended Quota Mode."
  },
  {
    reason: new forbidden({ kind: "NotInQuotaMode", scopes: [], instead: "Use Library.save in its place." }),
    actor: "a developer",
    action:
      "Use the operation that `instead` names, or ask for Extended Quota Mode. The README of `@app/api` lists the operations of each mode."
  },
  {
    reason: new forbidden({ kind: "Other", scopes: [] }),
    actor: "a developer",
    action:
      "Check whose object it is. Where `response.body` is a page, look for a proxy or a firewall that has refused the request."
  },
  {
    reason: new SpotifyError.NotFound({ asked: ["0000000000000000000000"] }),
    actor: "the program",
    action: "Say that there is no such track, album or person. Check that the id is one of the kind asked for."
  },
  {
    reason: new SpotifyError.BadRequest({ status: 400 }),
    actor: "a developer",
    action:
      "Read `response.text`, in which Spotify says what it did not accept. Limits are lower in Development Mode, such as ten results of a search."
  },
  {
    reason: new SpotifyError.RateLimited({ retryAfter: Duration.seconds(12), endsAt }),
    actor: "the program",
    action:
      "Call again at `endsAt`. If it happens often, spread calls out, use operations that take many ids, and let all clients of the app share one `RateLimit`."
  },
  {
    reason: new SpotifyError.QuotaExceeded({ retryAfter: Duration.hours(5), endsAt }),
    actor: "a developer",
    action:
      "Stop such calls until `endsAt`, which is hours away. Ask Spotify for Extended Quota Mode if it happens often."
  },
  {
    reason: new SpotifyError.ServiceUnavailable({ status: 503 }),
    actor: "nobody",
    action: "Try again later. https://status.spotify.dev tells of outages."
  },
  {
    reason: new SpotifyError.Timeout({ limit: "attempt", after: Duration.seconds(10) }),
    actor: "nobody, usually",
    meaning: "The last try took longer than `attemptTimeout` of the `RetryPolicy`.",
    action:
      "Try again, if doing it twice does no harm: Spotify may have executed the request. If it goes on, check the network and any proxy."
  },
  {
    reason: new SpotifyError.Timeout({ limit: "call", after: Duration.seconds(30) }),
    actor: "nobody, usually",
    meaning: "The call, with all its tries and pauses, took longer than `budget` of the `RetryPolicy`.",
    action: "Try again later, or provide a `RetryPolicy` with a larger `budget` where nobody waits for the result."
  },
  {
    reason: new SpotifyError.Transport({ phase: "connect", code: "ECONNREFUSED" }),
    actor: "an operator",
    action:
      "Check the network, name resolution and the URL of the API. `UndiciHttpClient.layer` ignores `HTTPS_PROXY`: see the README."
  },
  {
    reason: new SpotifyError.Transport({ phase: "exchange", code: "ECONNRESET" }),
    actor: "nobody, usually",
    action:
      "Try again, if doing it twice does no harm: Spotify may have executed the request. In a browser, a 429 without CORS headers looks like this, too."
  },
  {
    reason: new SpotifyError.Transport({ phase: "request" }),
    actor: "a developer",
    action: "Check the URL of the API and the arguments of the call."
  },
  {
    reason: new SpotifyError.UnexpectedResponse({ path: "album.images.0.url", detail: "expected a string, got null" }),
    actor: "a developer",
    action:
      "Report it, with `operation`, `path` and `response.body`: Spotify may have changed the response. Where `isPage` is true, look for a proxy, a firewall or a network's own sign-in."
  },
  {
    reason: new SpotifyError.InvalidArgument({ argument: "track", issue: "\"abc\" is no id, URI or link of a track" }),
    actor: "the program",
    action: "Tell the person what to enter instead: `issue` says it. Nothing was sent."
  },
  {
    reason: new SpotifyError.InvalidConfiguration({
      setting: "SPOTIFY_API_URL",
      issue: "it is http and not on this machine. Use https."
    }),
    actor: "a developer",
    action: "Change the option or the environment variable that `setting` names, as `issue` says. Nothing was sent."
  }
]
