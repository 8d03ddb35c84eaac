/**
 * The control API of the sandbox, under `/sandbox/…` of the Accounts service's listener.
 *
 * **When to use**
 *
 * Use from programs that are not written in Effect. Programs in Effect call the `Sandbox` service.
 *
 * **Details**
 *
 * An invalid request receives a 400 with a JSON `error` that says what is wrong. `RequestGuard` decides who may call.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FindMyWay from "effect/http/FindMyWay"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Catalogue from "../../Catalogue.ts"
import * as Fault from "../../Fault.ts"
import * as LibraryItem from "../../LibraryItem.ts"
import { Person } from "../../People.ts"
import { LoggedRequest, RequestLog } from "../../RequestLog.ts"
import { Route } from "../../Route.ts"
import type { SandboxError } from "../../SandboxError.ts"
import * as Settings from "../../Settings.ts"
import { TokenLedger } from "../accounts/TokenLedger.ts"
import { CurrentSettings } from "../CurrentSettings.ts"
import { FaultQueue } from "../faults/FaultQueue.ts"
import { LibraryContents } from "../webApi/LibraryContents.ts"

// =============================================================================
// Service
// =============================================================================

/** The control API. */
export class ControlApi extends Context.Service<ControlApi, {
  /** Its routes, such as `PUT /sandbox/people/{id}/library`. */
  readonly routes: ReadonlyArray<string>
  readonly respond: (
    method: string,
    path: string,
    body: string
  ) => Effect.Effect<HttpServerResponse.HttpServerResponse>
}>()("@app/sandbox/ControlApi") {}

// =============================================================================
// Bodies
// =============================================================================

const InjectionFromJson = Schema.Struct({
  route: Route,
  fault: Schema.Union([Fault.FromJson, Schema.Array(Fault.FromJson)])
})

const LibraryFromJson = Schema.Array(LibraryItem.FromJson)

const SignInsFromJson = Schema.Struct({
  count: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1_000_000 })),
  scopes: Schema.optionalKey(Schema.Array(Schema.String)),
  as: Schema.optionalKey(Schema.String)
})

const encodePeople = Schema.encodeEffect(Schema.Array(Person))

const encodeLog = Schema.encodeEffect(Schema.toCodecJson(Schema.Array(LoggedRequest)))

// An unknown key is an error, since it is most likely misspelt.
const decode = <A, I>(schema: Schema.Codec<A, I>) => {
  const decodeText = Schema.decodeEffect(Schema.fromJsonString(schema))
  return (text: string) => decodeText(text, { onExcessProperty: "error" })
}

const json = (body: Schema.Json) => HttpServerResponse.jsonUnsafe(body)

const noContent = HttpServerResponse.empty({ status: 204 })

/** Makes an error response of the sandbox itself, which Spotify would not send. */
export const errorResponse = (status: number, message: string): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.jsonUnsafe({ error: message }, { status })

// =============================================================================
// Constructor
// =============================================================================

type Action = (
  body: string,
  params: Readonly<Record<string, string | undefined>>
) => Effect.Effect<HttpServerResponse.HttpServerResponse, Schema.SchemaError | SandboxError>

const statusOf = (error: Schema.SchemaError | SandboxError): number =>
  error._tag === "SandboxError" && error.reason._tag === "NoSuchPerson" ? 404 : 400

const make = Effect.gen(function*() {
  const settings = yield* CurrentSettings
  const ledger = yield* TokenLedger
  const faults = yield* FaultQueue
  const log = yield* RequestLog
  const libraries = yield* LibraryContents
  const actions: Readonly<Record<`${string} /${string}`, Action>> = {
    "POST /sandbox/expire-access-tokens": () => Effect.map(ledger.endAccessTokens, (expired) => json({ expired })),
    "POST /sandbox/revoke-access-tokens": () => Effect.map(ledger.endAccessTokens, (revoked) => json({ revoked })),
    "POST /sandbox/revoke-refresh-tokens": () => Effect.map(ledger.revokeRefreshTokens, (revoked) => json({ revoked })),
    "POST /sandbox/refresh-tokens": (body) =>
      Effect.gen(function*() {
        const { as, count, scopes = [] } = yield* decode(SignInsFromJson)(body)
        const { id } = yield* settings.findPerson(as)
        const { clients: [client] } = yield* settings.get
        const authorization = { clientId: client?.clientId ?? "", person: id, scope: scopes.join(" ") }
        return json([...(yield* ledger.issueRefreshTokens(authorization, count))])
      }),
    "POST /sandbox/faults": (body) =>
      Effect.flatMap(
        decode(InjectionFromJson)(body),
        ({ fault, route }) => Effect.as(faults.inject(route, "_tag" in fault ? [fault] : fault), noContent)
      ),
    "DELETE /sandbox/faults": () => Effect.as(faults.clear, noContent),
    "GET /sandbox/requests": () => Effect.flatMap(log.all, (all) => Effect.map(encodeLog(all), json)),
    "DELETE /sandbox/requests": () => Effect.as(Effect.andThen(log.clear, ledger.clearRefreshCounts), noContent),
    "GET /sandbox/refreshes": () => Effect.map(ledger.refreshCounts, (counts) => json({ ...counts })),
    "PUT /sandbox/settings": (body) =>
      Effect.flatMap(
        decode(Settings.ChangesFromJson)(body),
        (changes) => Effect.as(settings.change(changes), noContent)
      ),
    "GET /sandbox/people": () => Effect.flatMap(settings.get, ({ people }) => Effect.map(encodePeople(people), json)),
    "GET /sandbox/people/{id}/library": (_body, { id }) => Effect.map(libraries.get(id), (uris) => json([...uris])),
    "PUT /sandbox/people/{id}/library": (body, { id }) =>
      Effect.flatMap(
        decode(LibraryFromJson)(body),
        (items) => Effect.as(libraries.set(items, id), noContent)
      ),
    "GET /sandbox/catalogue": () => Effect.succeed(json(Catalogue.all)),
    "GET /sandbox/tracks": () => Effect.succeed(json(Catalogue.tracks))
  }
  const routes = Object.keys(actions)
  const router = FindMyWay.make<Action>({ caseSensitive: true, maxParamLength: 2000 })
  for (const [route, action] of Object.entries(actions)) {
    const [method = "", path = ""] = route.split(" /")
    router.on(method, `/${path.replace(/\{(\w+)\}/g, ":$1")}`, action)
  }
  return ControlApi.of({
    routes,
    respond: (method, path, body) => {
      const found = router.find(method, path)
      return found === undefined
        ? Effect.succeed(errorResponse(404, `No ${method} ${path} here; there is: ${routes.join(", ")}`))
        : Effect.catch(
          found.handler(body, found.params),
          (error) => Effect.succeed(errorResponse(statusOf(error), error.message))
        )
    }
  })
})

// =============================================================================
// Layers
// =============================================================================

/** Layer that uses the services it controls. */
export const layer: Layer.Layer<
  ControlApi,
  never,
  CurrentSettings | TokenLedger | FaultQueue | RequestLog | LibraryContents
> = Layer.effect(ControlApi, make)
