/**
 * The access tokens that the sandbox has issued, each with its end.
 */
import * as BoundedMap from "../BoundedMap.ts"
import type { Authorization, TokenResponse } from "./Authorization.ts"

/** The app and the person that an access token belongs to. */
export interface Bearer {
  readonly clientId: string
  /** Id of the person; absent for a token of the client credentials grant. */
  readonly person: string | undefined
  readonly scopes: ReadonlyArray<string>
}

interface AccessToken extends Bearer {
  expiresAt: number
}

/** Returns the bearer of a token for a person's authorization. */
export const bearerOf = ({ clientId, person, scope }: Authorization): Bearer => ({
  clientId,
  person,
  scopes: scope.split(" ").filter((name) => name !== "")
})

/** Makes an empty set of tokens. Times are in milliseconds. */
export const make = (limits: BoundedMap.Limits) => {
  const tokens = BoundedMap.make<string, AccessToken>(
    limits,
    ({ scopes }, token) => token.length + scopes.join(" ").length
  )
  return {
    issue: (
      { accessToken, lifetime, now }: { readonly accessToken: string; readonly lifetime: number; readonly now: number },
      bearer: Bearer
    ): TokenResponse => {
      tokens.set(accessToken, { ...bearer, expiresAt: now + lifetime })
      return { accessToken, expiresIn: Math.floor(lifetime / 1000) }
    },
    /** Looks up a live token. */
    find: (accessToken: string, now: number): Bearer | undefined => {
      const token = tokens.get(accessToken)
      return token !== undefined && now < token.expiresAt ? token : undefined
    },
    secondsLeft: (accessToken: string, now: number): number =>
      Math.max(0, Math.floor(((tokens.get(accessToken)?.expiresAt ?? 0) - now) / 1000)),
    /** Ends every live token and returns their number. */
    endAll: (now: number): number => {
      const live = tokens.values().filter(({ expiresAt }) => now < expiresAt)
      for (const token of live) token.expiresAt = now
      return live.length
    }
  }
}
