/**
 * A table that is full of accounts, made from the row of one that has signed in.
 *
 * **Details**
 *
 * Signing in a hundred thousand accounts would take minutes. The copies have a record and facts as a refresh leaves them;
 * those that the drill makes due have a refresh token of their own, and the others are due in a few hours.
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Database from "./Database.ts"
import { DrillFailed } from "./DrillFailed.ts"
import * as ProcessSettings from "./ProcessSettings.ts"
import type * as Provider from "./Provider.ts"
import * as SignIns from "./SignIns.ts"

export interface Rows {
  readonly count: number
  /** The rows with refresh tokens of their own, evenly distributed over the table; none where `refreshTokens` is 0. */
  readonly refreshTokens: number
}

/** The account of each row with a refresh token of its own, by the number of the token. */
const accountAt = ({ count, refreshTokens }: Rows, index: number): string =>
  ProcessSettings.accountOf(Math.floor(index * (count / refreshTokens)))

/** Replaces what is in the table. */
export const fill = (
  { sql }: Database.Database,
  provider: Provider.Provider,
  user: ProcessSettings.User,
  rows: Rows
): Effect.Effect<void, DrillFailed> =>
  Effect.gen(function*() {
    const { count, refreshTokens } = rows
    const table = sql(Database.table)
    yield* sql`truncate ${table}`
    yield* SignIns.make(provider, { ...user, accounts: 1 })
    const first = ProcessSettings.accountOf(0)
    const tokens = refreshTokens === 0 ? [] : yield* provider.refreshTokens(first, refreshTokens)
    yield* sql`
      insert into ${table} (issuer, client_id, account, record, version, refresh_at, expires_at, facts_of)
      select t.issuer, t.client_id, n.account, n.record, 1, clock_timestamp() + interval '5 hours' + random() * interval '1 hour',
        t.expires_at, hashtextextended(n.record, 0)
      from ${table} t, generate_series(1, ${count - 1}::int) i,
        lateral (select 'person-' || i as account, replace(t.record, ${`"${first}"`}, '"person-' || i || '"') as record) n
      where t.account = ${first}
    `
    if (tokens.length > 0) {
      const list = JSON.stringify(tokens.map((token, index) => ({
        account: accountAt(rows, index),
        token: Redacted.value(token)
      })))
      yield* sql`
        update ${table} t set record = n.record, facts_of = hashtextextended(n.record, 0)
        from json_to_recordset(${list}::json) as u("account" text, "token" text),
          lateral (select t2.account, replace(t2.record, t2.record::json #>> '{record,tokenSet,refreshToken}', u.token) as record
            from ${table} t2 where t2.account = u.account) n
        where t.account = n.account
      `
    }
    yield* sql`vacuum analyze ${table}`
    yield* sql`checkpoint`
  }).pipe(Effect.mapError(DrillFailed.because("The table could not be filled")))

/** Makes the accounts with refresh tokens due: all now, or one after the other within some seconds. */
export const makeDue = (
  { sql }: Database.Database,
  rows: Rows,
  withinSeconds = 0
): Effect.Effect<void, DrillFailed> => {
  const { refreshTokens } = rows
  const list = JSON.stringify(
    Array.from({ length: refreshTokens }, (_, index) => ({
      account: accountAt(rows, index),
      seconds: withinSeconds * index / refreshTokens
    }))
  )
  return sql`
    update ${sql(Database.table)} t set refresh_at = clock_timestamp() + make_interval(secs => u.seconds)
    from json_to_recordset(${list}::json) as u("account" text, "seconds" float8) where t.account = u.account
  `.pipe(
    // From here on, the first change of a page writes all of it into the WAL.
    Effect.andThen(sql`checkpoint`),
    Effect.asVoid,
    Effect.mapError(DrillFailed.because("No account could be made due"))
  )
}
