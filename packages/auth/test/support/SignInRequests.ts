/** Sign-ins that have begun, and the callbacks that a server would send for them. */
import * as AuthorizationRequest from "@app/auth/AuthorizationRequest"
import * as Providers from "@app/auth/Providers"
import * as Digest from "effect/crypto/Digest"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"

export const crypto = Layer.mergeAll(SecureRandom.layerWebCrypto, Digest.layerWebCrypto)

export const redirectUri = "https://example.com/callback"

export const options = { server: Providers.spotify, client: { clientId: "a client" }, redirectUri }

export const begin = (more?: Partial<AuthorizationRequest.Options>) =>
  AuthorizationRequest.make({ ...options, ...more }).pipe(Effect.provide(crypto))

export const callbackOf = (
  { state }: AuthorizationRequest.AuthorizationRequest,
  more: Readonly<Record<string, string>> = {}
) => new URL(`${redirectUri}?${new URLSearchParams({ code: "AQ", state: Redacted.value(state), ...more })}`)
