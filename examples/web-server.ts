/**
 * `npm run example web-server.ts` runs a web server whose visitors sign in, and which calls Spotify for each of them.
 *
 * **Details**
 *
 * Without configuration the server runs on this machine with `@app/sandbox` in place of Spotify, two simulated visitors walk
 * through it, and it ends. With SPOTIFY_CLIENT_ID it serves http://127.0.0.1:8900 until Ctrl-C. First register
 * http://127.0.0.1:8900/callback for that app.
 *
 * `ServerApp.layerMemory` forgets everybody at the end. `ServerApp.layer` keeps tokens and sessions in the database of an
 * `SqlClient`, for any number of servers.
 */
import * as UndiciHttpClient from "@app/api/node/UndiciHttpClient"
import * as Profile from "@app/api/Profile"
import * as ServerApp from "@app/api/ServerApp"
import { People, Sandbox } from "@app/sandbox"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import type * as Cookies from "effect/http/Cookies"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServer from "effect/http/HttpServer"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import { createServer } from "node:http"

// =============================================================================
// The server
// =============================================================================

const redirect = ({ location, setCookie }: ServerApp.Redirect) =>
  HttpServerResponse.redirect(location, { status: 303, headers: { "set-cookie": setCookie } })

const text = (text: string, status = 200) => HttpServerResponse.text(`${text}\n`, { status })

/** The header with the cookies of a request. */
const cookie = Effect.map(HttpServerRequest.HttpServerRequest, ({ headers }) => headers["cookie"])

const login = Effect.gen(function*() {
  const app = yield* ServerApp.ServerApp
  return redirect(yield* app.login(yield* cookie))
})

const callback = Effect.gen(function*() {
  const app = yield* ServerApp.ServerApp
  const { url } = yield* HttpServerRequest.HttpServerRequest
  return redirect(yield* app.callback(new URL(url, "http://any"), yield* cookie))
}).pipe(
  Effect.catchReasons("AuthError", {
    AuthorizationDenied: () => Effect.succeed(text("You have not signed in.", 403)),
    StateMismatch: () => Effect.succeed(text("This sign-in is over. Please sign in again at /login.", 400))
  })
)

const logout = Effect.gen(function*() {
  const app = yield* ServerApp.ServerApp
  return redirect(yield* app.logout(yield* cookie))
})

const me = Effect.gen(function*() {
  const { displayName, id } = yield* Effect.provide(Profile.me, ServerApp.person(yield* cookie))
  return text(`You are ${displayName ?? id}.`)
}).pipe(
  Effect.catchReason(
    "AuthError",
    "ReauthorizationRequired",
    () => Effect.succeed(text("Please sign in at /login.", 401))
  )
)

/** Says what the error says, since its message has no secret. */
const answered = <E extends { readonly message: string }, R>(
  handler: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>
) => Effect.catch(handler, ({ message }) => Effect.succeed(text(message, 502)))

const Routes = Layer.mergeAll(
  HttpRouter.add("GET", "/", HttpServerResponse.text("Welcome. /login signs you in, and /me says who you are.\n")),
  HttpRouter.add("GET", "/login", answered(login)),
  HttpRouter.add("GET", "/callback", answered(callback)),
  HttpRouter.add("POST", "/logout", answered(logout)),
  HttpRouter.add("GET", "/me", answered(me))
)

const Server = HttpRouter.serve(Routes, { disableLogger: true, disableListenLog: true })

/** Layer with the app at an address of this machine. */
const app = (origin: string) =>
  ServerApp.layerMemory({ redirectUri: `${origin}/callback`, scopes: ["user-read-private"], home: "/me" }).pipe(
    Layer.provide(UndiciHttpClient.layer())
  )

// =============================================================================
// Against the sandbox
// =============================================================================

/** A browser of somebody who agrees at Spotify. It keeps cookies and follows redirects. */
const visitor = Effect.fnUntraced(function*({ displayName, id }: People.Person, origin: string) {
  const { accountsUrl, approve } = yield* Sandbox.Sandbox
  const http = HttpClient.withCookiesRef(
    yield* HttpClient.HttpClient,
    yield* Ref.make<ReadonlyArray<Cookies.Cookie>>([])
  )

  const open = (request: HttpClientRequest.HttpClientRequest): Effect.Effect<string, Error> =>
    Effect.gen(function*() {
      const response = yield* http.execute(request)
      const { location } = response.headers
      if (location === undefined) return `${response.status} ${(yield* response.text).trim()}`
      const next = new URL(location, origin)
      if (next.origin !== accountsUrl) return `${next.pathname} → ${yield* open(HttpClientRequest.get(next))}`
      const callback = new URL(yield* approve(next, { as: id }))
      return `Spotify → ${callback.pathname} → ${yield* open(HttpClientRequest.get(callback))}`
    })

  return Effect.fnUntraced(function*(method: "GET" | "POST", path: string) {
    const page = yield* open(HttpClientRequest.make(method)(new URL(path, origin)))
    yield* Console.log(`${displayName ?? id}: ${method} ${path} → ${page}`)
  })
})

const walkThrough = Effect.gen(function*() {
  const origin = HttpServer.formatAddress((yield* HttpServer.HttpServer).address)
  const sandy = yield* visitor(People.sandy, origin)
  const quiet = yield* visitor(People.quiet, origin)
  yield* sandy("GET", "/")
  yield* sandy("GET", "/me")
  yield* sandy("GET", "/login")
  yield* quiet("GET", "/login")
  yield* sandy("GET", "/me")
  yield* sandy("POST", "/logout")
  yield* quiet("GET", "/me")
  yield* quiet("GET", "/callback?code=of-nobody&state=of-nobody")
})

const onThisMachine = Effect.gen(function*() {
  const { accountsUrl, apiUrl, client } = yield* Sandbox.Sandbox
  yield* Console.log("With a local stand-in for Spotify. Set SPOTIFY_CLIENT_ID to serve people of the real one.\n")
  const settings = {
    SPOTIFY_CLIENT_ID: client.clientId,
    SPOTIFY_ACCOUNTS_URL: accountsUrl,
    SPOTIFY_API_URL: apiUrl
  }
  const App = Layer.unwrap(Effect.map(HttpServer.HttpServer, ({ address }) => app(HttpServer.formatAddress(address))))
  yield* Effect.provide(
    walkThrough,
    Server.pipe(
      Layer.provide(Layer.provide(App, ConfigProvider.layer(ConfigProvider.fromUnknown(settings)))),
      Layer.provideMerge(NodeHttpServer.layer(createServer, { host: "127.0.0.1", port: 0 }))
    )
  )
}).pipe(Effect.provide([Sandbox.layer(), UndiciHttpClient.layer()]))

// =============================================================================
// At Spotify
// =============================================================================

const atSpotify = Effect.gen(function*() {
  const origin = "http://127.0.0.1:8900"
  yield* Console.log(`Open ${origin}. Ctrl-C ends the server.`)
  return yield* Layer.launch(Server.pipe(
    Layer.provide(app(origin)),
    Layer.provide(NodeHttpServer.layer(createServer, { host: "127.0.0.1", port: 8900 }))
  ))
})

const main = Effect.gen(function*() {
  const clientId = yield* Config.option(Config.String("SPOTIFY_CLIENT_ID"))
  return yield* Option.isSome(clientId) ? atSpotify : onThisMachine
})

NodeRuntime.runMain(main)
