/**
 * From a request on one of the two listeners to its answer: let it in, log it, meet a fault if one waits, answer.
 */
import * as NodeHttpServerRequest from "@effect/platform-node/NodeHttpServerRequest"
import * as ByteSize from "effect/ByteSize"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HttpIncomingMessage from "effect/http/HttpIncomingMessage"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import { headersWithoutSecrets, RequestLog, withoutSecrets } from "../../RequestLog.ts"
import * as Route from "../../Route.ts"
import { AccountsService } from "../accounts/AccountsService.ts"
import type { Decision } from "../accounts/AccountsService.ts"
import * as ConsentPage from "../accounts/ConsentPage.ts"
import { TokenLedger } from "../accounts/TokenLedger.ts"
import { CurrentSettings } from "../CurrentSettings.ts"
import * as FaultInjection from "../faults/FaultInjection.ts"
import { Faults } from "../faults/FaultQueue.ts"
import * as WebApi from "../webApi/WebApi.ts"
import { ControlApi, problem } from "./ControlApi.ts"
import * as Admission from "./RequestGuard.ts"
import { harden, unstored } from "./SecurityHeaders.ts"

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
  /** On the settings, the two services, the faults and the log. */
  static readonly layer = Layer.effect(
    Dispatch,
    Effect.gen(function*() {
      const settings = yield* CurrentSettings
      const accountsService = yield* AccountsService
      const webApi = yield* WebApi.WebApi
      const control = yield* ControlApi
      const faults = yield* Faults
      const log = yield* RequestLog
      const ledger = yield* TokenLedger

      const fingerprint = (secret: string | null | undefined) =>
        secret === null || secret === undefined ? Effect.succeed(null) : ledger.fingerprint(secret)

      const exchange = Effect.fnUntraced(function*(
        call: Call,
        service: "accounts" | "api",
        route: Route.Route | undefined,
        usual: Effect.Effect<HttpServerResponse.HttpServerResponse>
      ) {
        const { form, query, request } = call
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
        // Some faults send the usual answer themselves.
        const answer = yield* fault === undefined
          ? usual
          : FaultInjection.play(fault, request, Effect.map(usual, harden))
        if (fault?._tag !== "Reset") yield* answered(answer.status)
        return answer
      })

      /** The answer to a request that is let in, and to any other why it is not. */
      const guarded = (
        answer: (call: Call) => Effect.Effect<
          HttpServerResponse.HttpServerResponse,
          Admission.Refusal,
          HttpServerRequest.HttpServerRequest
        >
      ): Answer =>
        Effect.gen(function*() {
          const request = yield* HttpServerRequest.HttpServerRequest
          const head = headOf(request)
          const { allowedHosts } = yield* settings.get
          const refusal = Admission.refusal(head, allowedHosts)
          return yield* refusal ?? Effect.flatMap(arrived(request, head), answer)
        }).pipe(
          Effect.catch(({ message, status }) =>
            Effect.succeed(
              // Whatever of a body is still under way is not worth waiting for.
              HttpServerResponse.setHeader(unstored(problem(status, message)), "connection", "close")
            )
          ),
          Effect.map(harden)
        )

      const accounts = guarded((call) => Effect.map(onAccounts(call), unstored))

      const onAccounts = Effect.fnUntraced(function*(call: Call) {
        const { form, head, path, query, request } = call
        if (path.startsWith("/sandbox/")) {
          const refusal = Admission.controlRefusal(head)
          return yield* refusal ?? control.answer(request.method, path, call.body)
        }
        const served = Route.onAccounts(request.method, path)
        switch (served) {
          case "GET /authorize":
            return yield* exchange(
              call,
              "accounts",
              served,
              accountsService.authorize(
                query,
                decisionOf(request.headers[decisionHeader], decodePerson(request.headers[personHeader]))
              )
            )
          case "POST /authorize": {
            const refusal = Admission.pageRefusal(head)
            if (refusal !== undefined) return yield* refusal
            const decision = decisionOf(form.get("decision"), form.get("person")) ?? { answer: "cancel" }
            return yield* exchange(call, "accounts", undefined, accountsService.authorize(query, decision))
          }
          case "POST /api/token":
            return withCors(
              yield* exchange(call, "accounts", served, accountsService.token(form, call.authorization))
            )
          case undefined:
            return request.method === "OPTIONS" && path === "/api/token"
              ? preflight
              : yield* exchange(call, "accounts", undefined, Effect.succeed(noSuchPage))
        }
      })

      const api = guarded(Effect.fnUntraced(function*(call) {
        const { authorization, path, request } = call
        if (request.method === "OPTIONS") return preflight
        const served = Route.onWebApi(request.method, path)
        const answer = served === undefined
          ? exchange(call, "api", undefined, Effect.succeed(WebApi.error(404, "Service not found")))
          : exchange(
            call,
            "api",
            served.operation.route,
            webApi.answer({
              ...served,
              authorization,
              body: call.body,
              language: request.headers["accept-language"],
              url: new URL(`http://${request.headers["host"]}${request.url}`)
            })
          )
        return withCors(yield* answer)
      }))

      return Dispatch.of({ accounts, api })
    })
  )
}

/** A request that has been let in, its body read. */
interface Call {
  readonly request: HttpServerRequest.HttpServerRequest
  readonly head: Admission.Head
  readonly path: string
  readonly query: URLSearchParams
  readonly authorization: string | undefined
  readonly body: string
  /** The body of a form; empty for any other content type, as Spotify reads none but this. */
  readonly form: URLSearchParams
}

const headOf = (request: HttpServerRequest.HttpServerRequest): Admission.Head => {
  const { rawHeaders, socket, url } = NodeHttpServerRequest.toIncomingMessage(request)
  return {
    method: request.method,
    target: url ?? "",
    // Names and values in turn; what has been parsed holds the first `Host` alone.
    hosts: rawHeaders.filter((_, index) => rawHeaders[index - 1]?.toLowerCase() === "host" && index % 2 === 1),
    origin: request.headers["origin"],
    site: request.headers["sec-fetch-site"],
    contentType: request.headers["content-type"],
    contentLength: request.headers["content-length"],
    chunked: request.headers["transfer-encoding"] !== undefined,
    connection: {
      localAddress: socket.localAddress ?? "",
      localPort: socket.localPort ?? 0,
      remoteAddress: socket.remoteAddress ?? ""
    }
  }
}

const arrived = Effect.fnUntraced(function*(request: HttpServerRequest.HttpServerRequest, head: Admission.Head) {
  const [path = "/", ...query] = request.url.split("?")
  const body = yield* bodyOf(request)
  const isForm = /^application\/x-www-form-urlencoded\s*(;|$)/i.test(head.contentType ?? "")
  const call: Call = {
    request,
    head,
    path,
    query: new URLSearchParams(query.join("?")),
    authorization: request.headers["authorization"],
    body,
    form: new URLSearchParams(isForm ? body : "")
  }
  return call
})

/** A body that breaks off has nobody left who waits for an answer. */
const bodyOf = (request: HttpServerRequest.HttpServerRequest): Effect.Effect<string, Admission.Refusal> =>
  request.text.pipe(
    Effect.provideService(HttpIncomingMessage.MaxBodySize, ByteSize.bytes(Admission.maxBodySize)),
    Effect.mapError(({ reason }) =>
      reason._tag === "RequestParseError" && reason.reason === "BodyTooLarge"
        ? Admission.tooLarge
        : new Admission.Refusal({ status: 400, message: "The request's body broke off" })
    )
  )

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
