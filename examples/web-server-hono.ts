/**
 * `npm run example web-server-hono.ts` runs the server of `web-server.ts` with Hono, in handlers of Promises.
 *
 * **Details**
 *
 * The server runs in this process with `@app/sandbox` in place of Spotify, and a simulated visitor walks through it. Your
 * own server exports `routes` to its runtime, as Hono's documentation says for each, and needs no sandbox.
 */
import * as FetchHttpClient from "@app/api/FetchHttpClient"
import * as ServerApp from "@app/api/ServerApp"
import * as SpotifyPromises from "@app/api/SpotifyPromises"
import { AuthError } from "@app/auth/AuthError"
import { startSandbox } from "@app/sandbox/SandboxPromises"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import { type Context, Hono } from "hono"

await using sandbox = await startSandbox()

// =============================================================================
// The server
// =============================================================================

const App = ServerApp.layerMemory({
  redirectUri: sandbox.client.redirectUri,
  scopes: ["user-read-private"],
  home: "/me"
}).pipe(
  Layer.provide(FetchHttpClient.layer),
  // Your own server has these in its environment.
  Layer.provide(ConfigProvider.layer(ConfigProvider.fromUnknown({
    SPOTIFY_CLIENT_ID: sandbox.client.clientId,
    SPOTIFY_ACCOUNTS_URL: sandbox.accountsUrl,
    SPOTIFY_API_URL: sandbox.apiUrl
  })))
)

await using runtime = ManagedRuntime.make(App)
const app = await runtime.runPromise(ServerApp.ServerApp)

const redirect = (context: Context, { location, setCookie }: ServerApp.Redirect) => {
  context.header("set-cookie", setCookie)
  return context.redirect(location, 303)
}

const routes = new Hono()
  .get(
    "/login",
    async (context) => redirect(context, await runtime.runPromise(app.login(context.req.header("cookie"))))
  )
  .get(
    "/callback",
    async (context) =>
      redirect(context, await runtime.runPromise(app.callback(context.req.url, context.req.header("cookie"))))
  )
  .post(
    "/logout",
    async (context) => redirect(context, await runtime.runPromise(app.logout(context.req.header("cookie"))))
  )
  .get("/me", async (context) => {
    await using spotify = await SpotifyPromises.make(app.person(context.req.header("cookie")))
    const { displayName, id } = await spotify.profile.me()
    return context.text(`You are ${displayName ?? id}.`)
  })
  .onError((error, context) => {
    const reason = error instanceof AuthError ? error.reason._tag : undefined
    switch (reason) {
      case "ReauthorizationRequired":
        return context.text("Please sign in at /login.", 401)
      case "StateMismatch":
        return context.text("This sign-in is over. Please sign in again at /login.", 400)
      case "AuthorizationDenied":
        return context.text("You have not signed in.", 403)
      default:
        return context.text(error.message, 502)
    }
  })

// =============================================================================
// The visitor
// =============================================================================

const jar = new Map<string, string>()

/** Opens a page as a browser does, with cookies. At Spotify the visitor agrees, and is sent back. */
const open = async (method: string, address: string): Promise<string> => {
  const { origin } = new URL(sandbox.client.redirectUri)
  const url = new URL(address, origin)
  const cookie = Array.from(jar, ([name, value]) => `${name}=${value}`).join("; ")
  const response = url.origin === origin
    ? await routes.request(url.href, { method, headers: { cookie } })
    : await fetch(url, { redirect: "manual" })
  for (const text of response.headers.getSetCookie()) {
    const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(text) ?? []
    jar.set(name, value)
  }
  const location = response.headers.get("location")
  if (location === null) return `${response.status} ${await response.text()}`
  const next = new URL(location, origin)
  return `${next.origin === origin ? next.pathname : "Spotify"} → ${await open("GET", next.href)}`
}

console.log("With a local stand-in for Spotify.\n")
for (
  const [method, path] of [
    ["GET", "/me"],
    ["GET", "/login"],
    ["GET", "/me"],
    ["POST", "/logout"],
    ["GET", "/callback?code=of-nobody&state=of-nobody"]
  ] as const
) {
  console.log(`${method} ${path} → ${await open(method, path)}`)
}
