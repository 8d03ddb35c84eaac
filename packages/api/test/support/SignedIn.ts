/** A client in front of a sandbox. */
import * as TokenService from "@app/auth/TokenService"
import * as TokenStore from "@app/auth/TokenStore"
import { Sandbox } from "@app/sandbox"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as UndiciHttpClient from "../../src/node/UndiciHttpClient.ts"
import type { QuotaMode } from "../../src/QuotaMode.ts"
import * as SpotifyClient from "../../src/SpotifyClient.ts"
import { signIn } from "./SignIn.ts"

/** Provides a client of a person who has just signed in and granted everything, in front of a sandbox in that mode. */
export const signedIn = (quotaMode: QuotaMode, client: SpotifyClient.Options = {}) =>
  Layer.unwrap(Effect.gen(function*() {
    const sandbox = yield* Sandbox.Sandbox
    return SpotifyClient.layer({ apiUrl: sandbox.apiUrl, ...client }).pipe(
      Layer.provide(TokenService.layer(yield* signIn))
    )
  })).pipe(
    Layer.provide([TokenStore.layerMemory, UndiciHttpClient.layer(), NodeCrypto.layer]),
    Layer.provideMerge(Sandbox.layer({ quotaMode, legacy: quotaMode === "extended" }))
  )
