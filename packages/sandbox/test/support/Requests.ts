/**
 * Requests to the sandbox as any program sends them: with `fetch`, forms and JSON, and with nothing of this repository.
 */
import { Sandbox } from "@app/sandbox"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { createHash } from "node:crypto"

/** Runs an effect with a sandbox of its own. */
export const inSandbox = (settings?: Parameters<typeof Sandbox.layer>[0]) => Effect.provide(Sandbox.layer(settings))

/** A response. */
export interface Seen {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly json: unknown
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A request whose connection broke. */
export class Broken extends Data.TaggedError("Broken")<{ readonly cause: unknown }> {}

export const send = (url: string, init?: RequestInit): Effect.Effect<Seen, Broken> =>
  Effect.tryPromise({
    try: async (signal) => {
      const response = await fetch(url, { redirect: "manual", ...init, signal })
      const text = await response.text()
      return { status: response.status, headers: response.headers, text, json: parse(text) }
    },
    catch: (cause) => new Broken({ cause })
  })

/** Reads a field of the body. */
export const field = (seen: Seen, name: string): unknown =>
  typeof seen.json === "object" && seen.json !== null ? new Map(Object.entries(seen.json)).get(name) : undefined

export const text = (seen: Seen, name: string): string => String(field(seen, name))

const basic = Effect.map(
  Sandbox.Sandbox,
  ({ client: { clientId, clientSecret } }) => `Basic ${btoa(`${clientId}:${Redacted.value(clientSecret)}`)}`
)

/** Sends a token request, by default as the confidential client. */
export const requestToken = Effect.fnUntraced(function*(
  form: Readonly<Record<string, string>>,
  authorization?: string | null
) {
  const { accountsUrl } = yield* Sandbox.Sandbox
  const header = authorization === null ? undefined : authorization ?? (yield* basic)
  return yield* send(`${accountsUrl}/api/token`, {
    method: "POST",
    body: new URLSearchParams(form),
    ...(header !== undefined && { headers: { authorization: header } })
  })
})

export const verifier = "a-verifier-of-more-than-forty-three-characters-000"
export const challenge = createHash("sha256").update(verifier).digest("base64url")

/** Makes the URL to which an app sends a person. */
export const authorizeUrl = Effect.fnUntraced(function*(parameters: Readonly<Record<string, string>> = {}) {
  const { accountsUrl, client: { clientId, redirectUri } } = yield* Sandbox.Sandbox
  const query = new URLSearchParams({
    client_id: clientId,
    response_type: "code",
    redirect_uri: redirectUri,
    state: "a state",
    ...parameters
  })
  return `${accountsUrl}/authorize?${query}`
})

/** Signs a person in by authorization code with PKCE and no secret. */
export const signIn = Effect.fnUntraced(function*(scope = "user-read-private user-read-email", as?: string) {
  const { approve, client: { clientId, redirectUri } } = yield* Sandbox.Sandbox
  const callback = yield* approve(
    yield* authorizeUrl({ scope, code_challenge_method: "S256", code_challenge: challenge }),
    { as }
  )
  return yield* requestToken({
    grant_type: "authorization_code",
    code: callback.searchParams.get("code") ?? "",
    redirect_uri: redirectUri,
    client_id: clientId,
    code_verifier: verifier
  }, null)
})

/** Calls the Web API at a path or a link, with an access token where one is given. */
export const call = Effect.fnUntraced(function*(path: string, accessToken?: string, init: RequestInit = {}) {
  const { apiUrl } = yield* Sandbox.Sandbox
  return yield* send(path.startsWith("/") ? `${apiUrl}${path}` : path, {
    ...init,
    headers: {
      ...(accessToken !== undefined && { authorization: `Bearer ${accessToken}` }),
      ...(init.body !== undefined && { "content-type": "application/json" })
    }
  })
})

/** Reads the value at a place in the body, such as `artists.items.0.name`. */
export const at = (seen: Seen, place: string): unknown =>
  place.split(".").reduce<unknown>(
    (
      value,
      name
    ) => (typeof value === "object" && value !== null ? new Map(Object.entries(value)).get(name) : undefined),
    seen.json
  )

/** Reads the rows at a place in the body. */
export const rows = (seen: Seen, place: string): ReadonlyArray<unknown> => {
  const value = at(seen, place)
  return Array.isArray(value) ? value : []
}

/** Reads one field of each row at a place in the body. */
export const column = (seen: Seen, place: string, name: string): ReadonlyArray<unknown> =>
  rows(seen, place).map((_, index) => at(seen, `${place}.${index}.${name}`))

/** All scopes that operations of the sandbox need. */
export const allScopes = "user-read-private user-read-email user-library-read user-library-modify user-follow-read "
  + "user-follow-modify user-top-read playlist-modify-public playlist-read-private"

/** Signs a person in with all scopes and returns the access token. */
export const personToken = (as?: string) => Effect.map(signIn(allScopes, as), (seen) => text(seen, "access_token"))

/** Requests an access token for the app itself. */
export const programToken = Effect.map(
  requestToken({ grant_type: "client_credentials" }),
  (seen) => text(seen, "access_token")
)
