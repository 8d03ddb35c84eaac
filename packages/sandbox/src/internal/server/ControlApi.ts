/**
 * The sandbox's own requests, under `/sandbox/…` of the Accounts listener, for people whose apps are not written in
 * Effect. Bad input is answered with 400 and a JSON `error` that says what is wrong. Who may ask is for `Admission` to
 * say.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Catalogue from "../../Catalogue.ts"
import * as Fault from "../../Fault.ts"
import { LoggedRequest, RequestLog } from "../../RequestLog.ts"
import { Route } from "../../Route.ts"
import * as Settings from "../../Settings.ts"
import { TokenLedger } from "../accounts/TokenLedger.ts"
import { CurrentSettings } from "../CurrentSettings.ts"
import { Faults } from "../faults/FaultQueue.ts"

/**
 * The control surface, one function for all of it.
 *
 * @category services
 * @since 0.1.0
 */
export class ControlApi extends Context.Service<ControlApi, {
  readonly answer: (
    method: string,
    path: string,
    body: string
  ) => Effect.Effect<HttpServerResponse.HttpServerResponse>
}>()("@app/sandbox/ControlApi") {
  /** On the services it controls. */
  static readonly layer = Layer.effect(
    ControlApi,
    Effect.gen(function*() {
      const settings = yield* CurrentSettings
      const ledger = yield* TokenLedger
      const faults = yield* Faults
      const log = yield* RequestLog
      const json = (body: Schema.Json) => HttpServerResponse.jsonUnsafe(body)
      const done = HttpServerResponse.empty({ status: 204 })
      const actions = new Map<
        string,
        (body: string) => Effect.Effect<HttpServerResponse.HttpServerResponse, Schema.SchemaError>
      >([
        [
          "POST /sandbox/expire-access-tokens",
          () => Effect.map(ledger.endAccessTokens, (expired) => json({ expired }))
        ],
        [
          "POST /sandbox/revoke-access-tokens",
          () => Effect.map(ledger.endAccessTokens, (revoked) => json({ revoked }))
        ],
        [
          "POST /sandbox/revoke-refresh-tokens",
          () => Effect.map(ledger.revokeRefreshTokens, (revoked) => json({ revoked }))
        ],
        [
          "POST /sandbox/faults",
          (body) =>
            Effect.flatMap(
              decode(InjectionFromJson)(body),
              ({ fault, route }) => Effect.as(faults.inject(route, "_tag" in fault ? [fault] : fault), done)
            )
        ],
        ["DELETE /sandbox/faults", () => Effect.as(faults.clear, done)],
        ["GET /sandbox/requests", () => Effect.flatMap(log.all, (all) => Effect.map(encodeLog(all), json))],
        ["DELETE /sandbox/requests", () => Effect.as(log.clear, done)],
        [
          "PUT /sandbox/settings",
          (body) =>
            Effect.flatMap(
              decode(Settings.ChangesFromJson)(body),
              (changes) => Effect.as(settings.change(changes), done)
            )
        ],
        ["GET /sandbox/tracks", () => Effect.succeed(json(Catalogue.tracks))]
      ])
      return ControlApi.of({
        answer: (method, path, body) => {
          const action = actions.get(`${method} ${path}`)
          return action === undefined
            ? Effect.succeed(
              problem(404, `No ${method} ${path} here; there is: ${Array.from(actions.keys()).join(", ")}`)
            )
            : Effect.catch(action(body), (error) => Effect.succeed(problem(400, error.message)))
        }
      })
    })
  )
}

const InjectionFromJson = Schema.Struct({
  route: Route,
  fault: Schema.Union([Fault.FromJson, Schema.Array(Fault.FromJson)])
})

const encodeLog = Schema.encodeEffect(Schema.toCodecJson(Schema.Array(LoggedRequest)))

/** As JSON by a schema; a key nobody knows is an error, since it is most likely a misspelt one. */
const decode = <A, I>(schema: Schema.Codec<A, I>) => {
  const decodeText = Schema.decodeEffect(Schema.fromJsonString(schema))
  return (text: string) => decodeText(text, { onExcessProperty: "error" })
}

/**
 * An answer of the sandbox's own, not of Spotify's, that says what is wrong.
 *
 * @category answers
 * @since 0.1.0
 */
export const problem = (status: number, message: string): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.jsonUnsafe({ error: message }, { status })
