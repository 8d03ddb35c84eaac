/** A person's sign-in at a running server. */
import * as AuthorizationRequest from "@app/auth/AuthorizationRequest"
import type { Client } from "@app/auth/Client"
import * as Digest from "effect/crypto/Digest"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import { RunningServer, scopes } from "./RunningServer.ts"

/** Up to the URL that the person opens. */
export const begin = (client: Client) =>
  Effect.gen(function*() {
    const { redirectUri, server } = yield* RunningServer
    return yield* AuthorizationRequest.make({ server, client, redirectUri, scopes })
  }).pipe(Effect.provide([SecureRandom.layerWebCrypto, Digest.layerWebCrypto]))

/** Up to the grant, by a person who agrees. */
export const complete = (client: Client) =>
  Effect.gen(function*() {
    const { agree } = yield* RunningServer
    const request = yield* begin(client)
    return yield* request.handleCallback(yield* agree(request.url))
  })
