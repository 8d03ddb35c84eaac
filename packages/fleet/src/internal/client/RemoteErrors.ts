/** Failures of a fleet's API, as a client sees them, as errors of `@app/auth`. */
import * as AuthError from "@app/auth/AuthError"
import type * as HttpClientError from "effect/http/HttpClientError"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { FleetError } from "../../FleetError.ts"

const make = (reason: AuthError.AuthErrorReason) => new AuthError.AuthError({ reason })

const misconfigured = (setting: string, issue: string) => make(new AuthError.InvalidConfiguration({ setting, issue }))

const readKind = Schema.decodeUnknownOption(AuthError.ReauthorizationRequired.fields.kind)

/** The time for a response: the fleet itself waits for a provider for ten seconds. */
export const timedOut = make(
  new AuthError.TokenRequestFailed({ kind: "Timeout", detail: "the fleet did not answer in time" })
)

export const from = (
  error: FleetError | HttpClientError.HttpClientError | Schema.SchemaError
): AuthError.AuthError => {
  switch (error._tag) {
    case "SignInRequired":
      return make(new AuthError.ReauthorizationRequired({ kind: error.kind }))
    case "NotFound":
      return make(new AuthError.ReauthorizationRequired({ kind: "NoRefreshToken" }))
    case "SignInRejected":
      return Option.match(readKind(error.error), {
        onNone: () => make(new AuthError.TokenRequestRejected({ error: error.error, description: error.message })),
        onSome: (kind) => make(new AuthError.ReauthorizationRequired({ kind }))
      })
    case "TryLater":
      return make(
        new AuthError.TokenRequestFailed({
          kind: "ServerError",
          detail: `the fleet says: ${error.message}`,
          status: 503,
          retryAt: error.retry_at
        })
      )
    case "Unauthorized":
      return misconfigured("key", "the fleet does not accept it. Ask an administrator for a valid service key.")
    case "Forbidden":
      return misconfigured("key", error.message)
    case "InvalidRequest":
    case "Misconfigured":
    case "TooLarge":
      return misconfigured("fleet", error.message)
    case "SchemaError":
      return make(new AuthError.MalformedTokenResponse({ issue: "it is not as the fleet's contract says" }))
    case "HttpClientError":
      return make(
        error.response === undefined
          ? new AuthError.TokenRequestFailed({ kind: "Unreachable", detail: "the fleet could not be reached" })
          : new AuthError.TokenRequestFailed({
            kind: error.response.status >= 500 ? "ServerError" : "UnexpectedStatus",
            detail: `the fleet answered with status ${error.response.status}`,
            status: error.response.status
          })
      )
  }
}
