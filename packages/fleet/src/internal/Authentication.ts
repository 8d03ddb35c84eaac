/** The check of the service key that comes with a request. */
import * as Effect from "effect/Effect"
import * as HttpEffect from "effect/http/HttpEffect"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { CurrentPrincipal, ServiceAuthentication } from "../contract/Middleware.ts"
import { type Misconfigured, NotFound, type TryLater, Unauthorized } from "../FleetError.ts"
import * as FleetMetrics from "../FleetMetrics.ts"
import { ServiceKeys } from "../ServiceKeys.ts"
import * as Translation from "./Translation.ts"

const challenge = HttpEffect.appendPreResponseHandler((_request, response) =>
  Effect.succeed(HttpServerResponse.setHeader(response, "www-authenticate", "Bearer"))
)

/** Whoever a key belongs to. */
const principalOf = Effect.fnUntraced(function*(keys: ServiceKeys["Service"], key: Redacted.Redacted<string>) {
  const found = yield* Translation.ofStore(keys.authenticate(key))
  if (Option.isSome(found)) return found.value
  yield* Metric.update(FleetMetrics.unauthorized, 1)
  yield* challenge
  return yield* Unauthorized.withoutKey()
})

export const layer = Layer.effect(
  ServiceAuthentication,
  Effect.map(ServiceKeys, (keys) =>
    ServiceAuthentication.of({
      serviceKey: (effect, { credential }) =>
        Effect.flatMap(principalOf(keys, credential), (principal) =>
          Effect.provideService(effect, CurrentPrincipal, principal))
    }))
)

const credentialOf = ({ headers }: HttpServerRequest.HttpServerRequest): Redacted.Redacted<string> =>
  Redacted.make(/^Bearer (.+)$/i.exec(headers["authorization"] ?? "")?.[1] ?? "")

const statusOf = (error: Misconfigured | NotFound | TryLater | Unauthorized): number => {
  switch (error._tag) {
    case "Unauthorized":
      return 401
    case "NotFound":
      return 404
    case "Misconfigured":
      return 500
    case "TryLater":
      return 503
  }
}

/** Makes the response to requests that no route is for: that there is none, for whoever has a key. */
export const otherwise = Effect.map(ServiceKeys, (keys) =>
  HttpServerRequest.HttpServerRequest.pipe(
    Effect.flatMap((request) => principalOf(keys, credentialOf(request))),
    Effect.andThen(Effect.fail(NotFound.route())),
    Effect.catch((error) =>
      Effect.succeed(
        HttpServerResponse.jsonUnsafe({ _tag: error._tag, message: error.message }, { status: statusOf(error) })
      )
    )
  ))
