/** Sign-in at a sandbox: a person agrees to everything. */
import * as AuthorizationRequest from "@app/auth/AuthorizationRequest"
import * as Providers from "@app/auth/Providers"
import { Sandbox } from "@app/sandbox"
import * as Effect from "effect/Effect"
import { Scope } from "../../src/model/Scope.ts"

/** The facts that a token service needs to go on from here. */
export const signIn = Effect.gen(function*() {
  const { accountsUrl, approve, client } = yield* Sandbox.Sandbox
  const server = Providers.spotify.at(accountsUrl)
  const request = yield* AuthorizationRequest.make({
    server,
    client,
    redirectUri: client.redirectUri,
    scopes: Scope.literals
  })
  const grant = yield* request.handleCallback(yield* approve(request.url))
  return { client, grant, server }
})
