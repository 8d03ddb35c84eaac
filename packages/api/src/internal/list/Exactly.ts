/** Answers that must have one row for each thing asked for, since only their order tells which is which. */
import * as Effect from "effect/Effect"
import { SpotifyError, UnexpectedResponse } from "../../SpotifyError.ts"

export const of = <A>(
  operation: string,
  path: string,
  count: number,
  rows: ReadonlyArray<A>
): Effect.Effect<ReadonlyArray<A>, SpotifyError> =>
  rows.length === count
    ? Effect.succeed(rows)
    : Effect.fail(
      new SpotifyError({
        reason: new UnexpectedResponse({
          path,
          detail: `expected ${count} rows, one for each asked for, got ${rows.length}`
        }),
        operation
      })
    )
