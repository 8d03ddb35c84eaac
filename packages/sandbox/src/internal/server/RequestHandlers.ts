/**
 * The handlers of the two listeners.
 *
 * **Details**
 *
 * A handler checks a request by `RequestGuard`, reads its body, logs it, takes the next fault of its route, and responds.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import { headersWithoutSecrets, RequestLog, withoutSecrets } from "../../RequestLog.ts"
import * as Route from "../../Route.ts"
import { AccountsService, type Decision } from "../accounts/AccountsService.ts"
import * as ConsentPage from "../accounts/ConsentPage.ts"
import { TokenLedger } from "../accounts/TokenLedger.ts"
import { CurrentSettings } from "../CurrentSettings.ts"
import * as FaultInjection from "../faults/FaultInjection.ts"
import { FaultQueue } from "../faults/FaultQueue.ts"
import { Origins } from "../Origins.ts"
import { ownPagePolicy, withNoStore, withSecurityHeaders } from "../SecurityHeaders.ts"
import { error } from "../webApi/Responses.ts"
import * as WebApi from "../webApi/WebApi.ts"
import { ControlApi, errorResponse } from "./ControlApi.ts"
import { headOf, read, type ReceivedRequest } from "./ReceivedRequest.ts"
import * as RequestGuard from "./RequestGuard.ts"
import * as RootPage from "./RootPage.ts"

// =============================================================================
// Model
// =============================================================================

type Handler = Effect.Effect<HttpServerResponse.HttpServerResponse, never, HttpServerRequest.HttpServerRequest>

/** Header of `GET /authorize` with the person's decision, `agree` or `cancel`. */
export const decisionHeader = "x-sandbox-decision"

/** Header of `GET /authorize` with the percent-encoded id of the person who decides. */
export const personHeader = "x-sandbox-person"

// =============================================================================
// Service
// =============================================================================

/**
 * The handlers, each of which responds to the request in its context.
 *
 * @effect-expect-leaking HttpServerRequest
 */
export class RequestHandlers extends Context.Service<RequestHandlers, {
  readonly accounts: Handler
  readonly api: Handler
}>()("@app/sandbox/RequestHandlers") {}

// =============================================================================
// Responses
// =============================================================================

const pageNotFound = HttpServerResponse.text(ConsentPage.refusal(ConsentPage.notFound), {
  status: 404,
  contentType: "text/html; charset=utf-8"
})

// Browsers may send these headers and no others, so a `traceparent` breaks a call here as it does at Spotify.
const preflight = HttpServerResponse.empty({
  status: 204,
  headers: {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "GET, POST, PUT, DELETE, OPTIONS",
    "access-control-allow-headers": "Accept, Authorization, Content-Type"
  }
})

// Since July 2026 Spotify's 429 has no CORS headers, so a browser reports a network error.
const withCors = (response: HttpServerResponse.HttpServerResponse): HttpServerResponse.HttpServerResponse =>
  response.status === 429 ? response : HttpServerResponse.setHeader(response, "access-control-allow-origin", "*")

// =============================================================================
// Log and faults
// =============================================================================

/** Makes the function that logs a request and responds as usual, or with the next fault of its route. */
const makeRespond = Effect.gen(function*() {
  const faults = yield* FaultQueue
  const log = yield* RequestLog
  const ledger = yield* TokenLedger

  const fingerprint = (secret: string | null | undefined) =>
    secret === null || secret === undefined ? Effect.succeed(null) : ledger.fingerprint(secret)

  return Effect.fnUntraced(function*(
    { authorization, form, path, query, request }: ReceivedRequest,
    service: "accounts" | "api",
    route: Route.Route | undefined,
    usual: Effect.Effect<HttpServerResponse.HttpServerResponse>
  ) {
    const recordStatus = yield* log.arrive({
      route: route ?? null,
      service,
      method: request.method,
      path,
      query: withoutSecrets(query),
      market: query.get("market"),
      grantType: form.get("grant_type"),
      authorization: authorization !== undefined,
      bearer: yield* fingerprint(WebApi.bearerToken(authorization)),
      refreshToken: yield* fingerprint(form.get("refresh_token")),
      headers: headersWithoutSecrets(request.headers)
    })
    const fault = route === undefined ? undefined : yield* faults.next(route)
    // Some faults write the usual response to the socket themselves, so it has its headers before.
    const response = yield* fault === undefined
      ? usual
      : FaultInjection.respond(fault, request, Effect.map(usual, withSecurityHeaders))
    if (fault?._tag !== "Reset") yield* recordStatus(response.status)
    return response
  })
})

type Respond = Effect.Success<typeof makeRespond>

// =============================================================================
// Guard
// =============================================================================

/** Makes a handler of the requests that `RequestGuard` accepts. */
const guarded = (
  settings: CurrentSettings["Service"],
  handle: (received: ReceivedRequest) => Effect.Effect<
    HttpServerResponse.HttpServerResponse,
    RequestGuard.Refusal,
    HttpServerRequest.HttpServerRequest
  >
): Handler =>
  Effect.gen(function*() {
    const request = yield* HttpServerRequest.HttpServerRequest
    const head = headOf(request)
    const { allowedHosts } = yield* settings.get
    const refusal = RequestGuard.refusal(head, allowedHosts)
    return yield* refusal ?? Effect.flatMap(read(request, head), handle)
  }).pipe(
    Effect.catch(({ message, status }) =>
      Effect.succeed(
        // The rest of a refused body is not worth reading.
        HttpServerResponse.setHeader(withNoStore(errorResponse(status, message)), "connection", "close")
      )
    ),
    Effect.map(withSecurityHeaders)
  )

// =============================================================================
// Accounts service
// =============================================================================

const decisionOf = (
  choice: string | null | undefined,
  person: string | null | undefined
): Decision | undefined =>
  choice === "agree" || choice === "cancel" ? { choice, person: person ?? undefined } : undefined

// Headers are limited to ASCII, so the id is percent-encoded.
const decodePerson = (header: string | undefined): string | undefined =>
  header === undefined ? undefined : new URLSearchParams(`id=${header}`).get("id") ?? undefined

const makeRootPage = Effect.gen(function*() {
  const settings = yield* CurrentSettings
  const control = yield* ControlApi
  const origins = yield* Origins

  return Effect.fnUntraced(function*({ request }: ReceivedRequest) {
    const { hostname } = new URL(`http://${request.headers["host"]}`)
    const { accounts, api } = yield* origins.under(hostname)
    const page = RootPage.render({
      accountsUrl: accounts,
      apiUrl: `${api}/v1`,
      settings: yield* settings.get,
      routes: control.routes
    })
    return HttpServerResponse.text(page, {
      contentType: "text/html; charset=utf-8",
      headers: { "content-security-policy": ownPagePolicy }
    })
  })
})

const makeAccounts = Effect.fnUntraced(function*(respond: Respond) {
  const accountsService = yield* AccountsService
  const control = yield* ControlApi
  const ledger = yield* TokenLedger
  const rootPage = yield* makeRootPage

  return Effect.fnUntraced(function*(received: ReceivedRequest) {
    const { form, head, path, query, request } = received
    if (path === "/" && request.method === "GET") return yield* rootPage(received)
    if (path.startsWith("/sandbox/")) {
      const refusal = RequestGuard.controlRefusal(head)
      return yield* refusal ?? control.respond(request.method, path, received.body)
    }
    const route = Route.onAccounts(request.method, path)
    switch (route) {
      case "GET /authorize":
        return yield* respond(
          received,
          "accounts",
          route,
          accountsService.authorize(
            query,
            decisionOf(request.headers[decisionHeader], decodePerson(request.headers[personHeader]))
          )
        )
      case "POST /authorize": {
        const refusal = RequestGuard.pageRefusal(head)
        if (refusal !== undefined) return yield* refusal
        const decision = decisionOf(form.get("decision"), form.get("person")) ?? { choice: "cancel" }
        return yield* respond(received, "accounts", undefined, accountsService.authorize(query, decision))
      }
      case "POST /api/token": {
        const response = respond(received, "accounts", route, accountsService.token(form, received.authorization))
        return withCors(
          yield* form.get("grant_type") === "refresh_token"
            ? ledger.countRefresh(form.get("refresh_token"), response)
            : response
        )
      }
      case undefined:
        return request.method === "OPTIONS" && path === "/api/token"
          ? preflight
          : yield* respond(received, "accounts", undefined, Effect.succeed(pageNotFound))
    }
  })
})

// =============================================================================
// Web API
// =============================================================================

const makeApi = Effect.fnUntraced(function*(respond: Respond) {
  const webApi = yield* WebApi.WebApi

  return Effect.fnUntraced(function*(received: ReceivedRequest) {
    const { authorization, body, path, request } = received
    if (request.method === "OPTIONS") return preflight
    const found = Route.onWebApi(request.method, path)
    const response = found === undefined
      ? respond(received, "api", undefined, Effect.succeed(error(404, "Service not found")))
      : respond(
        received,
        "api",
        found.operation.route,
        webApi.respond({
          ...found,
          authorization,
          body,
          language: request.headers["accept-language"],
          url: new URL(`http://${request.headers["host"]}${request.url}`)
        })
      )
    return withCors(yield* response)
  })
})

// =============================================================================
// Constructor
// =============================================================================

const make = Effect.gen(function*() {
  const settings = yield* CurrentSettings
  const respond = yield* makeRespond
  const accounts = yield* makeAccounts(respond)
  const api = yield* makeApi(respond)
  return RequestHandlers.of({
    accounts: guarded(settings, (received) => Effect.map(accounts(received), withNoStore)),
    api: guarded(settings, api)
  })
})

// =============================================================================
// Layers
// =============================================================================

/** Layer that uses the settings, the two services, the control API, the faults, the log and the origins. */
export const layer: Layer.Layer<
  RequestHandlers,
  never,
  | CurrentSettings
  | AccountsService
  | WebApi.WebApi
  | ControlApi
  | FaultQueue
  | RequestLog
  | TokenLedger
  | Origins
> = Layer.effect(RequestHandlers, make)
