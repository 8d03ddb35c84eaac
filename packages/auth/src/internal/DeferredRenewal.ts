/** A renewal whose grant is looked up when it is first needed, and again only while that fails. */
import * as Effect from "effect/Effect"
import type { AuthError } from "../AuthError.ts"
import type { Grant } from "../Grant.ts"
import type { Renewal } from "./Renewal.ts"

export const make = (options: {
  readonly grant: Effect.Effect<Grant | undefined, AuthError>
  readonly renewal: (grant: Grant | undefined) => Renewal
}): Renewal => {
  let known: Renewal | undefined
  // No two of these ever run at once, so nobody else can be looking the grant up.
  const renewal = Effect.suspend(() =>
    known === undefined
      ? Effect.map(options.grant, (grant) => {
        known = options.renewal(grant)
        return known
      })
      : Effect.succeed(known)
  )
  return {
    renew: (held) => Effect.flatMap(renewal, ({ renew }) => renew(held)),
    reinstate: (held) => Effect.flatMap(renewal, ({ reinstate }) => reinstate(held)),
    // Asked at any time, so it must not be what looks the grant up.
    hasNews: Effect.suspend(() => known === undefined ? Effect.succeed(false) : known.hasNews),
    authorize: (grant, accept) => Effect.flatMap(renewal, ({ authorize }) => authorize(grant, accept)),
    unsaved: () => known?.unsaved(),
    save: Effect.suspend(() => known?.save ?? Effect.succeed(false)),
    signOut: Effect.flatMap(renewal, ({ signOut }) => signOut)
  }
}
