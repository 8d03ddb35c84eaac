/** Requests for more things than one request may name. */
import * as Array from "effect/Array"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import type * as Result from "effect/Result"
import type * as SpotifyClient from "../../SpotifyClient.ts"
import { SpotifyError, UnexpectedResponse } from "../../SpotifyError.ts"
import { invalid } from "../ids/Kind.ts"

/** Reads a list, such as one of ids, URIs and links, and fails at the first item that cannot be read. */
export const parseAll = <Input, A>(
  parse: (input: Input) => Result.Result<A, SpotifyError>,
  inputs: ReadonlyArray<Input>,
  argument = "ids"
): Effect.Effect<ReadonlyArray<A>, SpotifyError> => {
  // JavaScript without types passes anything, most often one text or a field that is not there.
  if (Predicate.isString(inputs)) {
    return Effect.fromResult(invalid(argument, inputs, "it is one text. Put it in a list"))
  }
  if (!Predicate.isIterable(inputs)) return Effect.fromResult(invalid(argument, inputs, "it is no list"))
  return Effect.forEach(inputs, (input) => Effect.fromResult(parse(input)))
}

/** Sends things in parts of at most `size`, one part after the other, so that they keep their order. */
export const each = <Item, R>(
  items: ReadonlyArray<Item>,
  size: number,
  send: (part: ReadonlyArray<Item>) => SpotifyClient.CallEffect<void, R>
): SpotifyClient.CallEffect<void, R> => Effect.forEach(Array.chunksOf(items, size), send, { discard: true })

/** Asks for things in parts of at most `size`, four parts at a time, and returns a row for each, in their order. */
export const rows = <Item, Row, R>(
  items: ReadonlyArray<Item>,
  size: number,
  ask: (part: ReadonlyArray<Item>) => SpotifyClient.CallEffect<ReadonlyArray<Row>, R>
): SpotifyClient.CallEffect<ReadonlyArray<Row>, R> =>
  Effect.map(Effect.forEach(Array.chunksOf(items, size), ask, { concurrency: 4 }), (parts) => parts.flat())

/**
 * Checks that a response has one row for each thing asked for.
 *
 * **Details**
 *
 * Only the order of the rows tells which is which, so a missing one would shift all others. `path` is where the response
 * has them.
 */
export const expectRows = <Row>(
  operation: string,
  path: string,
  count: number,
  rows: ReadonlyArray<Row>
): Effect.Effect<ReadonlyArray<Row>, SpotifyError> =>
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
