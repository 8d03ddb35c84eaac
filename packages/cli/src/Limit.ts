/**
 * The flag `--limit`, which lists have in common.
 */
import * as Flag from "effect/cli/Flag"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"

/** The number of rows; 0 means all. */
export const flag = (rows: number) =>
  Flag.String("limit").pipe(
    Flag.withAlias("n"),
    Flag.withMetavar("N"),
    Flag.withDescription(`How many; 0 means all (default ${rows})`),
    Flag.filterMap(
      (text) => /^\d{1,9}$/.test(text) ? Option.some(Number(text)) : Option.none(),
      () => "a number of rows, such as 20"
    ),
    Flag.withDefault(rows)
  )

/** Takes that many rows of a list. */
export const take = (limit: number) => <A, E, R>(rows: Stream.Stream<A, E, R>): Stream.Stream<A, E, R> =>
  limit === 0 ? rows : Stream.take(rows, limit)

/** The rows to ask for at a time, so that no page is larger than what is printed. */
export const pageSize = (limit: number, largest: number): number => limit === 0 ? largest : Math.min(limit, largest)
