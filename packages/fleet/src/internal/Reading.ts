/** The bounds of requests, and what is said of those that cannot be read. */
import * as ByteSize from "effect/ByteSize"
import * as Effect from "effect/Effect"
import * as HttpApiMiddleware from "effect/http-api/HttpApiMiddleware"
import { RequestReading } from "../contract/Middleware.ts"
import { InvalidRequest } from "../FleetError.ts"

/** More than any request of the contract takes. */
export const maxBodySize = ByteSize.fromInputUnsafe("64 KiB")

/** The bytes of all headers of a request together; Node answers 431 to more. */
export const maxHeaderSize = 16 * 1024

const partOf = {
  Params: "path",
  Headers: "headers",
  Query: "query",
  Payload: "body"
}

export const layer = HttpApiMiddleware.layerSchemaErrorTransform(RequestReading, (error) => {
  if (error.kind === "Body" || error.kind === "ResponseHeaders") return Effect.fail(error)
  // What is wrong with a value would quote it, and it may be a secret.
  return Effect.fail(
    new InvalidRequest({
      message: `The ${partOf[error.kind]} of the request is not as the contract says. Compare it with openapi.json.`
    })
  )
})
