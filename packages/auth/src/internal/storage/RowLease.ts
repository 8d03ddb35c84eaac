/** The lease of a program on the row of an account: its times, its statements, and how it is held. */
import * as Clock from "effect/Clock"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Hex from "effect/encoding/Hex"
import * as Exit from "effect/Exit"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type * as AuthError from "../../AuthError.ts"
import type { Row, SqlTable } from "./SqlTable.ts"
import * as StoreErrors from "./StoreErrors.ts"

// =============================================================================
// Times
// =============================================================================

/** The limits of a lease. */
export interface Terms {
  readonly lease: Duration.Duration
  /** The longest wait for another holder. */
  readonly lockTimeout: Duration.Duration
}

/** The time to release a lease. One that cannot be released expires by itself. */
const releaseTimeout = Duration.seconds(5)

/** The pause after a renewal of a lease that failed. */
const renewalRetryDelay = Duration.millis(500)

/** The longest time that the database must respond before an expired lease is taken over: its holder may return later. */
const longestGrace = Duration.seconds(3)

const graceOf = ({ lease, lockTimeout }: Terms): Duration.Duration =>
  Duration.min(longestGrace, Duration.min(Duration.times(lease, 1 / 10), Duration.times(lockTimeout, 1 / 2)))

// =============================================================================
// Statements
// =============================================================================

/** A row, and the program that holds its lease or waits for it. */
interface Claim extends Row {
  readonly owner: string
}

const statementsOf = ({ isRow, sql, table }: SqlTable, lease: Duration.Duration) => {
  const end = sql`clock_timestamp() + make_interval(secs => ${Duration.toSeconds(lease)})`
  const isHeld = (claim: Claim) => sql`${isRow(claim)} and lease_owner = ${claim.owner}`
  return {
    /** Takes the lease when it is free, or also when it has expired. The row exists afterwards either way. */
    take: ({ key, owner }: Claim, evenIfHeld: boolean) =>
      sql`
        insert into ${table} (issuer, client_id, account, lease_owner, lease_until)
        values (${key.issuer}, ${key.clientId}, ${key.account}, ${owner}, ${end})
        on conflict (issuer, client_id, account) do update
          set lease_owner = excluded.lease_owner, lease_until = excluded.lease_until
          where ${table}.lease_until is null or ${table}.lease_owner = excluded.lease_owner
            ${evenIfHeld ? sql`or ${table}.lease_until < clock_timestamp()` : sql``}
        returning lease_owner
      `.pipe(Effect.map((rows) => rows.length > 0)),
    renew: (claim: Claim) => sql`update ${table} set lease_until = ${end} where ${isHeld(claim)}`,
    release: (claim: Claim) => sql`update ${table} set lease_owner = null, lease_until = null where ${isHeld(claim)}`
  }
}

// =============================================================================
// Constructor
// =============================================================================

/** Makes the lock of a row: its lease, until the scope closes. */
export const make = Effect.fnUntraced(function*(table: SqlTable, terms: Terms) {
  const random = yield* SecureRandom.SecureRandom
  const { lease, lockTimeout } = terms
  const statements = statementsOf(table, lease)
  const grace = graceOf(terms)
  const graceNanos = Duration.toNanosUnsafe(grace)

  /** Polls for the lease. An expired one is taken over once the database has responded for long enough. */
  const take = (claim: Claim) => {
    let respondingSince: bigint | undefined
    const attempt = Effect.flatMap(Clock.currentTimeNanos, (now) => {
      const evenIfHeld = respondingSince !== undefined && now - respondingSince >= graceNanos
      return statements.take(claim, evenIfHeld).pipe(
        Effect.onExit((exit) =>
          Effect.sync(() => {
            respondingSince = Exit.isSuccess(exit) ? respondingSince ?? now : undefined
          })
        )
      )
    })
    return table.run("lock", claim.place, attempt).pipe(
      Effect.repeat({ until: (taken) => taken, schedule: Schedule.spaced("250 millis").pipe(Schedule.jittered) }),
      Effect.timeoutOrElse({
        duration: lockTimeout,
        orElse: () =>
          Effect.fail(StoreErrors.make(
            "lock",
            "Locked",
            claim.place,
            `another holder has kept it for ${Duration.format(lockTimeout)}`
          ))
      })
    )
  }

  /** Renews the lease until interrupted. A failed renewal is repeated soon, because the lease may be about to expire. */
  const renew = (claim: Claim) =>
    table.once(statements.renew(claim)).pipe(
      Effect.timeout(Duration.times(lease, 1 / 3)),
      Effect.retry(
        Schedule.spaced(Duration.min(renewalRetryDelay, Duration.times(grace, 1 / 4))).pipe(Schedule.jittered)
      ),
      Effect.delay(Duration.times(lease, 1 / 3)),
      Effect.forever
    )

  const release = (claim: Claim) =>
    table.run("write", claim.place, statements.release(claim)).pipe(
      Effect.interruptible,
      Effect.timeoutOption(releaseTimeout),
      Effect.ignore
    )

  return Effect.fnUntraced(function*(row: Row): Effect.fn.Return<void, AuthError.AuthError, Scope.Scope> {
    const claim = { ...row, owner: Hex.encode(yield* Effect.orDie(random.randomBytes(16))) }
    // Added first, because a lease may have been taken even when the response to taking it was lost.
    yield* Effect.addFinalizer(() => release(claim))
    yield* take(claim)
    yield* Effect.forkScoped(renew(claim))
  })
})
