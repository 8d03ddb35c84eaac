/** Advice for each reason and kind of `AuthError`, with a reason as it occurs. */
import * as AuthError from "@app/auth/AuthError"
import * as DateTime from "effect/DateTime"
import type { Advice } from "./ErrorPage.ts"

const retryAt = DateTime.makeUnsafe("2026-11-26T07:20:00Z")

const reauthorization = AuthError.ReauthorizationRequired
const request = AuthError.TokenRequestFailed
const signIn = AuthError.SignInFailed
const store = AuthError.StoreFailed

export const advice: ReadonlyArray<Advice> = [
  // ---------------------------------------------------------------------------
  // The sign-in
  // ---------------------------------------------------------------------------
  {
    reason: new reauthorization({ kind: "Expired" }),
    actor: "a person, who signs in",
    action:
      "Ask the person to sign in again. `TokenStatus` says from 14 days ahead when that is due, so that a program can ask before."
  },
  {
    reason: new reauthorization({ kind: "Revoked", description: "Refresh token revoked" }),
    actor: "a person, who signs in",
    action:
      "Ask the person to sign in again. If it happens to many people at once, the provider may have erred: `TokenService.retryEndedSignIn` sends the same refresh token once more."
  },
  {
    reason: new reauthorization({ kind: "AnswerLost" }),
    actor: "a person, who signs in",
    action:
      "Ask the person to sign in again. A process that was killed during a refresh leaves this behind, at a server that gives each refresh token out for one use. End programs by closing the scope of their layers, which waits for the response."
  },
  {
    reason: new reauthorization({ kind: "SignedOut" }),
    actor: "a person, who signs in",
    action: "Offer the sign-in. The program, or another one that shares its store, has called `signOut`."
  },
  {
    reason: new reauthorization({ kind: "NoRefreshToken" }),
    actor: "a person, who signs in",
    action:
      "Offer the sign-in: a program begins like this when nobody has signed in yet. If somebody has, check that the program uses the store that has their tokens, and the same name for the account."
  },
  {
    reason: new reauthorization({ kind: "InsufficientScope", description: "user-library-read" }),
    actor: "a person, who signs in",
    action: "Begin a sign-in with the scopes that `description` names, in addition to those the person has granted."
  },
  {
    reason: new AuthError.AuthorizationChanged({}),
    actor: "the program",
    action:
      "Begin the call again if it is meant for the person who is signed in now; show nothing of the earlier person's data."
  },
  {
    reason: new AuthError.AuthorizationDenied({ error: "access_denied" }),
    actor: "a person, who signs in",
    action:
      "Say what the sign-in is for, and offer it again. Any other `error` than `access_denied` is a code of OAuth, such as `invalid_scope`, which a developer has to look into."
  },
  {
    reason: new AuthError.StateMismatch({ parameter: "state", issue: "its state is another sign-in's" }),
    actor: "a person, who signs in",
    meaning: "The callback belongs to another sign-in or to another browser, or it came too late.",
    action:
      "Begin a new sign-in. If it happens often, give servers of several processes an `AuthorizationRequestStore` that all of them share."
  },
  {
    reason: new AuthError.StateMismatch({ parameter: "iss", issue: "it comes from another authorization server" }),
    actor: "a developer",
    meaning: "The callback names another authorization server than the one that the sign-in began at, or none.",
    action:
      "Begin a new sign-in, and never accept the callback: it may be an attack (RFC 9207). If it happens always, compare `issuer` of the `AuthorizationServer` with what the server sends."
  },
  {
    reason: new AuthError.StateMismatch({ parameter: "code", issue: "it has been used already" }),
    actor: "a person, who signs in",
    meaning: "The callback has no code, or more than one, or it was used before.",
    action:
      "Begin a new sign-in. If it happens often, look for a callback page that is loaded twice, and for a proxy or a router that changes the query of callbacks."
  },
  {
    reason: new signIn({ kind: "TimedOut", port: 8900, issue: "nobody finished it within 5m." }),
    actor: "a person, who signs in",
    action: "Offer the sign-in again."
  },
  {
    reason: new signIn({
      kind: "PortTaken",
      port: 8900,
      issue: "another program has 127.0.0.1:8900. Close it, or register another port."
    }),
    actor: "a developer",
    action:
      "End the program that listens on the port, or register a redirect URI with another one. Spotify allows any port where `http://127.0.0.1/callback` is registered without a port."
  },
  {
    reason: new signIn({ kind: "Busy", port: 8900, issue: "another one is under way on 127.0.0.1:8900." }),
    actor: "a person, who signs in",
    action: "Finish or cancel the other sign-in on this machine, and begin again."
  },
  {
    reason: new signIn({
      kind: "Unavailable",
      port: 80,
      issue: "this machine does not let it listen on 127.0.0.1:80 (EACCES)."
    }),
    actor: "a developer",
    action: "Register a redirect URI with a port of 1024 or higher."
  },
  {
    reason: new signIn({
      kind: "PopupBlocked",
      issue: "the browser has blocked the window for it. Allow this page to open windows, or sign in without one."
    }),
    actor: "the program",
    action: "Call `popup` right in the handler of a click. Where it is blocked all the same, sign in by `redirect`."
  },
  {
    reason: new signIn({ kind: "Abandoned", issue: "its window was closed before it was finished. Start it again." }),
    actor: "a person, who signs in",
    action: "Show the page as it was, with the button to sign in."
  },
  {
    reason: new signIn({
      kind: "StorageOff",
      issue:
        "this browser keeps no data for this page. Allow it cookies and site data, or sign in in a window of its own."
    }),
    actor: "a person",
    action: "Ask the person to allow site data for the page, or sign in by `popup`, which does not leave the page."
  },
  // ---------------------------------------------------------------------------
  // Configuration
  // ---------------------------------------------------------------------------
  {
    reason: new AuthError.InvalidClient({ clientId: "5a9db0c5", description: "Invalid client" }),
    actor: "a developer",
    action:
      "Compare the client id and the client secret with those of the app in the provider's dashboard. Leave the secret out in programs that run with people, such as pages and command lines."
  },
  {
    reason: new AuthError.TokenRequestRejected({ error: "invalid_grant", description: "Invalid authorization code" }),
    actor: "a developer",
    action:
      "Look at `error`. `invalid_grant`: a code works once and for some minutes, so begin a new sign-in. `invalid_request`: compare the redirect URI with the registered ones, character by character. `invalid_scope`: correct the scopes. `unauthorized_client`, `unsupported_grant_type`: the app may not use this grant."
  },
  {
    reason: new AuthError.InvalidConfiguration({
      setting: "SPOTIFY_CLIENT_ID",
      issue: "Set it to the client id of your app, from https://developer.spotify.com/dashboard.",
      isMissing: true
    }),
    actor: "a developer",
    action: "Change the option or the environment variable that `setting` names, as `issue` says."
  },
  // ---------------------------------------------------------------------------
  // The server
  // ---------------------------------------------------------------------------
  {
    reason: new request({
      kind: "Unreachable",
      detail: "https://accounts.spotify.com/api/token could not be reached (ENOTFOUND)",
      retryAt
    }),
    actor: "nobody, usually",
    action:
      "Wait: the next attempt is made at `retryAt`. If it goes on, check the network, the proxy (`UndiciHttpClient.layer` ignores `HTTPS_PROXY`), and the server's address."
  },
  {
    reason: new request({
      kind: "Timeout",
      detail: "https://accounts.spotify.com/api/token did not answer within 30s",
      retryAt
    }),
    actor: "nobody, usually",
    action: "Wait: the next attempt is made at `retryAt`. The limit is the option `timeout` of `TokenService`."
  },
  {
    reason: new request({ kind: "ServerError", detail: "the authorization server answered 503", status: 503, retryAt }),
    actor: "nobody, usually",
    action:
      "Wait: the next attempt is made at `retryAt`. Calls go on as long as the current token lives. https://status.spotify.dev tells of outages."
  },
  {
    reason: new request({ kind: "RateLimited", detail: "the authorization server answered 429", status: 429, retryAt }),
    actor: "nobody, usually",
    action:
      "Wait: the next attempt is made at `retryAt`. If it happens often, let all parts of the program use one `TokenService` for each account, and all processes one store."
  },
  {
    reason: new request({
      kind: "UnexpectedStatus",
      detail: "the authorization server answered 404",
      status: 404,
      retryAt
    }),
    actor: "a developer, if it goes on",
    action: "Check the address of the token endpoint, `SPOTIFY_ACCOUNTS_URL` included, and any proxy in between."
  },
  {
    reason: new AuthError.MalformedTokenResponse({ issue: "the body is not a JSON object", retryAt }),
    actor: "nobody, usually",
    action:
      "Wait: the next attempt is made at `retryAt`. If it goes on, check the address of the token endpoint and any proxy in between."
  },
  {
    reason: new AuthError.DiscoveryFailed({
      issuer: "https://id.example",
      issue:
        "the metadata at https://id.example/.well-known/oauth-authorization-server are another issuer's, \"https://other.example\"",
      isPassing: false
    }),
    actor: "a developer",
    action:
      "Compare the issuer's URL with the one in the server's metadata, character by character. Where `isPassing` is true the server sent nothing usable: try again later."
  },
  // ---------------------------------------------------------------------------
  // The store
  // ---------------------------------------------------------------------------
  {
    reason: new store({
      operation: "write",
      kind: "Unavailable",
      place: "/home/ann/.app/default.json",
      issue: "the disk is full (ENOSPC)"
    }),
    actor: "an operator",
    action:
      "Check that the disk, the database or the keychain can be reached. A valid token in memory is served meanwhile, and new tokens are stored once the store is back."
  },
  {
    reason: new store({
      operation: "lock",
      kind: "Locked",
      place: "/home/ann/.app/default.json",
      issue: "another holder has kept it for 35s"
    }),
    actor: "nobody, usually",
    action: "Wait: it is tried again. If it goes on, find the process that holds the lock, and end it."
  },
  {
    reason: new store({
      operation: "write",
      kind: "Conflict",
      place: "table oauth_token_records",
      issue: "someone else has written it in the meantime"
    }),
    actor: "an operator, if it goes on",
    action: "Find the program that writes to the record without its lock; only programs of this library may."
  },
  {
    reason: new store({
      operation: "read",
      kind: "Corrupt",
      place: "/home/ann/.app/default.json",
      issue: "it is not a token record. Move it away, or restore it from a backup"
    }),
    actor: "an operator",
    action: "Restore the record from a copy, or move it away and ask the person to sign in again."
  },
  {
    reason: new store({
      operation: "read",
      kind: "Foreign",
      place: "/home/ann/.app/default.json",
      issue: "it belongs to account ann of client 5a9db0c5 at https://accounts.spotify.com. Move it away"
    }),
    actor: "an operator",
    action: "Undo the copying or renaming that put the record in another's place. Never use it for this account."
  },
  {
    reason: new store({
      operation: "read",
      kind: "NewerVersion",
      place: "/home/ann/.app/default.json",
      issue: "it was written by a later release (version 2, this one reads 1). Update this program"
    }),
    actor: "a developer",
    action: "Update the package in every program that shares the store."
  },
  {
    reason: new store({
      operation: "read",
      kind: "Undecryptable",
      place: "/home/ann/.app/default.json",
      issue: "it needs the key \"2025\", which is not among those given"
    }),
    actor: "an operator",
    action:
      "Add the key that the record was sealed with after the current one, in the list of keys. If it is lost, remove the record and ask the person to sign in again."
  },
  {
    reason: new store({
      operation: "read",
      kind: "Insecure",
      place: "/home/ann/.app/default.json",
      issue: "it is a SymbolicLink, not a file. Move it away"
    }),
    actor: "an operator",
    action: "Look at who put it there, and move it away."
  },
  {
    reason: new store({
      operation: "write",
      kind: "Refused",
      place: "table oauth_token_records",
      issue: "it is not there, and this role may not create it"
    }),
    actor: "an operator",
    action: "Create the table, or grant the program's role the right to read and write it."
  }
]
