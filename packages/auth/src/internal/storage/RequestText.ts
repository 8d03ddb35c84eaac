/** The text of a pending sign-in: versioned JSON, with bare secrets. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as AuthError from "../../AuthError.ts"
import { AuthorizationRequest } from "../../AuthorizationRequest.ts"
import { invalidSetting } from "../settings/InvalidSetting.ts"
import * as StoredName from "./StoredName.ts"
import * as StoreErrors from "./StoreErrors.ts"

const Text = Schema.fromJsonString(
  Schema.Struct({
    format: Schema.Literal("@app/auth authorization request"),
    version: Schema.Literal(1),
    request: AuthorizationRequest
  })
)

/** The largest text, in bytes. A sign-in at Spotify that asks for every scope takes one and a half kilobytes. */
export const sizeLimit = 16 * 1024

const encodeText = Schema.encodeSync(Text)
const decodeText = Schema.decodeUnknownOption(Text)

/** Encodes a sign-in. Fails with `InvalidConfiguration` when it is larger than a limit in bytes. */
export const encode = (request: AuthorizationRequest, limit: number): Effect.Effect<string, AuthError.AuthError> =>
  Effect.suspend(() => {
    const text = encodeText({ format: "@app/auth authorization request", version: 1, request })
    return StoredName.byteLength(text) <= limit
      ? Effect.succeed(text)
      : invalidSetting(
        "the sign-in",
        `it takes more than the ${limit} bytes that this store has room for. Ask for fewer scopes, or use a shorter redirect URI.`
      )
  })

/** Decodes a sign-in. Fails with `StoreFailed` (`Corrupt`) when the text is none. */
export const decode = (place: string, text: string): Effect.Effect<AuthorizationRequest, AuthError.AuthError> =>
  Option.match(text.length > sizeLimit ? Option.none() : decodeText(text), {
    onNone: () =>
      Effect.fail(
        StoreErrors.make("read", "Corrupt", place, "a sign-in in it is damaged, or another release's. Start it again")
      ),
    onSome: ({ request }) => Effect.succeed(request)
  })
