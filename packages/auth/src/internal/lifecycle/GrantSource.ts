/** The program's own source of the grants that accounts begin with. */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as AuthError from "../../AuthError.ts"
import type { Grant } from "../../Grant.ts"
import * as Credential from "../oauth/Credential.ts"
import * as SourceErrors from "./SourceErrors.ts"

/** Returns the grants of a source, checked and within a time limit. */
export const make = <E, R>(
  grantFor: ((account: string) => Effect.Effect<Grant | undefined, E, R>) | undefined,
  timeout: Duration.Duration,
  context: Context.Context<R>
) =>
(account: string): Effect.Effect<Grant | undefined, AuthError.AuthError> =>
  grantFor === undefined
    ? Effect.undefined
    : Effect.suspend(() =>
      SourceErrors.contain(Effect.suspend(() => grantFor(account)), {
        name: "the program's source of grants",
        timeout
      }).pipe(
        Effect.flatMap((grant) => grant === undefined ? Effect.undefined : Credential.checkGrant(grant, "grantFor")),
        // The span of the request stays the parent of what the source does, whatever span the accounts were made in.
        Effect.updateContext((own: Context.Context<never>) => Context.merge(context, own))
      )
    )
