/** Secrets of a token request, removed from the server's words: a server may repeat what it was sent, now or earlier. */
import * as Redacted from "effect/Redacted"
import type { Client } from "../../Client.ts"
import * as Grant from "../../Grant.ts"
import * as UntrustedText from "../text/UntrustedText.ts"
import * as FormPost from "./FormPost.ts"

/** Cleans a text of the secrets of a client and a grant, and of anything else that looks like a secret. */
export const remove = (text: string, client: Client, grant: Grant.Grant): string => {
  const secrets = [client.clientSecret, ...secretsOf(grant)].filter((secret) => secret !== undefined)
  return UntrustedText.withoutSecrets(text, secrets.flatMap((secret) => spellings(Redacted.value(secret), client)))
}

/** Lists the spellings in which a request may carry a secret: in HTTP Basic, bare, in a URL, in a form. */
const spellings = (secret: string, { clientId }: Client): ReadonlyArray<string> => [
  btoa(`${FormPost.formEncoded(clientId)}:${FormPost.formEncoded(secret)}`),
  secret,
  encodeURIComponent(secret.toWellFormed()),
  FormPost.formEncoded(secret)
]

const secretsOf = (grant: Grant.Grant): ReadonlyArray<Redacted.Redacted<string> | undefined> =>
  Grant.match(grant, {
    AuthorizationCode: ({ code, codeVerifier }) => [code, codeVerifier],
    RefreshToken: ({ refreshToken }) => [refreshToken],
    ClientCredentials: () => []
  })
