/** The names under which a table keeps keys, which the column `names` has in full where they are too long for the others. */
import * as Schema from "effect/Schema"
import type { TokenKey } from "../../TokenStore.ts"
import * as StoredName from "../storage/StoredName.ts"

/** The names that a key is stored under, and the key itself where they do not show it. */
export interface Columns {
  readonly columns: TokenKey
  readonly names: string | null
}

/** The names of a key that the columns do not show. */
export const namesOf = (key: TokenKey): string => StoredName.textOf(key)

/** Matches what names begin with before their account: PostgreSQL cannot take JSON apart that has a NUL in it. */
export const beforeAccount = String.raw`^\[("([^"\\]|\\.)*",){2}`

const decodeNames = Schema.decodeSync(
  Schema.fromJsonString(Schema.Tuple([Schema.String, Schema.String, Schema.String]))
)

/** The key in the names of a row. */
export const keyIn = (names: string): TokenKey => {
  const [issuer, clientId, account] = decodeNames(names)
  return { issuer, clientId, account }
}

/** The key of a row. */
export const keyOf = (
  { account, client_id, issuer, names }: {
    readonly account: string
    readonly client_id: string
    readonly issuer: string
    readonly names: string | null
  }
) => names === null ? { issuer, clientId: client_id, account } : keyIn(names)
