/** Statements about shared accounts, on connections of their own, and what is known of the database's outages. */
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import type * as SqlClient from "effect/sql/SqlClient"
import type * as SqlError from "effect/sql/SqlError"
import type * as AuthError from "../../AuthError.ts"
import * as Clocks from "../../Clocks.ts"
import * as SqlStatements from "../storage/SqlStatements.ts"
import * as StoreErrors from "../storage/StoreErrors.ts"
import * as LeaseRules from "./LeaseRules.ts"

type Outage =
  | { readonly _tag: "None" }
  | { readonly _tag: "Away" }
  /** The database has answered since then. */
  | { readonly _tag: "Over"; readonly since: Clocks.Instant }

export class SqlSession {
  readonly #alone: ReturnType<typeof SqlStatements.alone>
  readonly #clock: Clock.Clock
  readonly #lease: Duration.Duration
  readonly #rights: string
  #outage: Outage = { _tag: "None" }

  constructor(sql: SqlClient.SqlClient, clock: Clock.Clock, lease: Duration.Duration, rights: string) {
    this.#alone = SqlStatements.alone(sql)
    this.#clock = clock
    this.#lease = lease
    this.#rights = rights
  }

  get now(): Clocks.Instant {
    return Clocks.now(this.#clock)
  }

  /** Whether expired leases may be taken over, as far as this process has seen the database. */
  get mayTakeOver(): boolean {
    if (this.#outage._tag === "Away") return false
    const since = this.#outage._tag === "Over" ? this.#outage.since : undefined
    return LeaseRules.mayTakeOver(since, this.now, Duration.toMillis(this.#lease))
  }

  /** Runs a statement once: one that is not idempotent. */
  once<A>(
    operation: AuthError.StoreFailed["operation"],
    place: string,
    statement: Effect.Effect<A, SqlError.SqlError>
  ): Effect.Effect<A, AuthError.AuthError> {
    return this.#watched(operation, place, this.#alone(statement))
  }

  /** Runs an idempotent statement, again on a new connection when one was lost. */
  run<A>(
    operation: AuthError.StoreFailed["operation"],
    place: string,
    statement: Effect.Effect<A, SqlError.SqlError>
  ): Effect.Effect<A, AuthError.AuthError> {
    return this.#watched(
      operation,
      place,
      Effect.retry(this.#alone(statement), {
        while: StoreErrors.isPassing,
        schedule: Schedule.spaced("200 millis").pipe(Schedule.jittered, Schedule.upTo({ times: 5 }))
      })
    )
  }

  /** Gives a statement its time limit and its errors, and learns from them whether the database is away. */
  #watched<A>(
    operation: AuthError.StoreFailed["operation"],
    place: string,
    statement: Effect.Effect<A, SqlError.SqlError>
  ): Effect.Effect<A, AuthError.AuthError> {
    return statement.pipe(
      Effect.mapError(StoreErrors.fromSql(operation, place, this.#rights)),
      SqlStatements.within(operation, place, this.#lease),
      Effect.onExit((exit) =>
        Effect.sync(() => {
          if (Exit.isSuccess(exit)) {
            if (this.#outage._tag === "Away") this.#outage = { _tag: "Over", since: this.now }
          } else if (Option.exists(Exit.findErrorOption(exit), isAway)) {
            this.#outage = { _tag: "Away" }
          }
        })
      )
    )
  }
}

const isAway = ({ reason }: AuthError.AuthError): boolean =>
  reason._tag === "StoreFailed" && reason.kind === "Unavailable"
