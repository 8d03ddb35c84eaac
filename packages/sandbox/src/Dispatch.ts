/**
 * From a request on one of the two listeners to its answer: log it, meet a fault if one waits, answer.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import { AccountsService } from "./AccountsService.ts"
import type { Decision } from "./AccountsService.ts"
import * as ConsentPage from "./ConsentPage.ts"
import { ControlSurface } from "./ControlSurface.ts"
import { Faults } from "./Faults.ts"
import * as FaultyAnswer from "./FaultyAnswer.ts"
import { headersWithoutSecrets, RequestLog, withoutSecrets } from "./RequestLog.ts"
import * as Route from "./Route.ts"
import { TokenLedger } from "./TokenLedger.ts"
import * as WebApi from "./WebApi.ts"

type Answer<E = never> = Effect.Effect<HttpServerResponse.HttpServerResponse, E, HttpServerRequest.HttpServerRequest>

/**
 * `GET /authorize` with this header, `agree` or `cancel`, is answered as if the person had just said so.
 *
 * @category constants
 * @since 0.1.0
 */
export const decisionHeader = "x-sandbox-decision"

/**
 * With this header beside {@link decisionHeader}, it is the person of that id, percent-encoded, who has said so.
 *
 * @category constants
 * @since 0.1.0
 */
export const personHeader = "x-sandbox-person"

/**
 * The two listeners' whole behaviour. Each answer is for the request in its context, so it asks for one.
 *
 * @effect-expect-leaking HttpServerRequest
 * @category services
 * @since 0.1.0
 */
export class Dispatch extends Context.Service<Dispatch, {
  readonly accounts: Answer
  readonly api: Answer
}>()("@app/sandbox/Dispatch") {
  /** On the two services, the faults and the log. */
  static readonly layer = Layer.effect(
    Dispatch,
    Effect.gen(function*() {
      const accountsService = yield* AccountsService
      const webApi = yield* WebApi.WebApi
      const control = yield* ControlSurface
      const faults = yield* Faults
      const log = yield* RequestLog
      const ledger = yield* TokenLedger

      const fingerprint = (secret: string | null | undefined) =>
        secret === null || secret === undefined ? Effect.succeed(null) : ledger.fingerprint(secret)

      const exchange = Effect.fnUntraced(function*(
        call: Call,
        service: "accounts" | "api",
        route: Route.Route | undefined,
        form: URLSearchParams,
        usual: Effect.Effect<HttpServerResponse.HttpServerResponse>
      ) {
        const { query, request } = call
        const answered = yield* log.arrive({
          route: route ?? null,
          service,
          method: request.method,
          path: call.path,
          query: withoutSecrets(query),
          market: query.get("market"),
          grantType: form.get("grant_type"),
          authorization: call.authorization !== undefined,
          bearer: yield* fingerprint(WebApi.bearerToken(call.authorization)),
          refreshToken: yield* fingerprint(form.get("refresh_token")),
          headers: headersWithoutSecrets(request.headers)
        })
        const fault = route === undefined ? undefined : yield* faults.next(route)
        const answer = yield* fault === undefined ? usual : FaultyAnswer.play(fault, request, usual)
        if (fault?._tag !== "Reset") yield* answered(answer.status)
        return withCors(answer)
      })

      const accounts = Effect.gen(function*() {
        const call = yield* arrived
        const { path, query, request } = call
        if (path.startsWith("/sandbox/")) return yield* control.answer(request.method, path)
        if (request.method === "OPTIONS") return preflight
        const served = Route.onAccounts(request.method, path)
        switch (served) {
          case "GET /authorize":
            return yield* exchange(
              call,
              "accounts",
              served,
              noForm,
              accountsService.authorize(
                query,
                decisionOf(request.headers[decisionHeader], decodePerson(request.headers[personHeader]))
              )
            )
          case "POST /authorize": {
            const form = yield* formOf(request)
            const decision = decisionOf(form.get("decision"), form.get("person")) ?? { answer: "cancel" }
            return yield* exchange(call, "accounts", undefined, form, accountsService.authorize(query, decision))
          }
          case "POST /api/token": {
            const form = yield* formOf(request)
            return yield* exchange(call, "accounts", served, form, accountsService.token(form, call.authorization))
          }
          case undefined:
            return yield* exchange(call, "accounts", undefined, noForm, Effect.succeed(noSuchPage))
        }
      })

      const api = Effect.gen(function*() {
        const call = yield* arrived
        if (call.request.method === "OPTIONS") return preflight
        const { authorization, path, request } = call
        const served = Route.onWebApi(request.method, path)
        if (served === undefined) {
          return yield* exchange(call, "api", undefined, noForm, Effect.succeed(WebApi.error(404, "Service not found")))
        }
        const usual = webApi.answer({
          ...served,
          authorization,
          body: Effect.orElseSucceed(request.text, () => ""),
          language: request.headers["accept-language"],
          url: new URL(request.url, `http://${request.headers["host"] ?? "localhost"}`)
        })
        return yield* exchange(call, "api", served.operation.route, noForm, usual)
      })

      return Dispatch.of({ accounts, api })
    })
  )
}

interface Call {
  readonly request: HttpServerRequest.HttpServerRequest
  readonly path: string
  readonly query: URLSearchParams
  readonly authorization: string | undefined
}

const arrived: Effect.Effect<Call, never, HttpServerRequest.HttpServerRequest> = Effect.map(
  HttpServerRequest.HttpServerRequest,
  (request) => {
    const [path = "/", ...query] = request.url.split("?")
    return {
      request,
      path,
      query: new URLSearchParams(query.join("?")),
      authorization: request.headers["authorization"]
    }
  }
)

const noForm = new URLSearchParams()

/** The body of a form; empty for any other content type, as Spotify reads none but this. */
const formOf = (request: HttpServerRequest.HttpServerRequest): Effect.Effect<URLSearchParams> =>
  /^application\/x-www-form-urlencoded\s*(;|$)/i.test(request.headers["content-type"] ?? "")
    ? Effect.match(request.text, {
      onFailure: () => noForm,
      onSuccess: (text) => new URLSearchParams(text)
    })
    : Effect.succeed(noForm)

const decisionOf = (
  said: string | null | undefined,
  person: string | null | undefined
): Decision | undefined =>
  said === "agree" || said === "cancel" ? { answer: said, person: person ?? undefined } : undefined

/** Headers hold no letters but those of English. */
const decodePerson = (header: string | undefined): string | undefined =>
  header === undefined ? undefined : new URLSearchParams(`id=${header}`).get("id") ?? undefined

const noSuchPage = HttpServerResponse.text(ConsentPage.refusal("Not found"), {
  status: 404,
  contentType: "text/html; charset=utf-8"
})

/** Browsers may send these headers and no others, so a `traceparent` breaks the call here as it does at Spotify. */
const preflight = HttpServerResponse.empty({
  status: 204,
  headers: {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "GET, POST, PUT, DELETE, OPTIONS",
    "access-control-allow-headers": "Accept, Authorization, Content-Type"
  }
})

/** A 429 has come without CORS headers since July 2026, so a browser sees nothing but a network error. */
const withCors = (answer: HttpServerResponse.HttpServerResponse): HttpServerResponse.HttpServerResponse =>
  answer.status === 429 ? answer : HttpServerResponse.setHeader(answer, "access-control-allow-origin", "*")
