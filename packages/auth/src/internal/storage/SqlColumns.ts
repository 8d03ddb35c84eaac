/** The columns of a table that name an account, with room for any name in an index of PostgreSQL. */
import * as Effect from "effect/Effect"
import type { TokenKey } from "../../TokenStore.ts"
import * as StoredName from "./StoredName.ts"

/** The room in a row of a PostgreSQL index for all three names: 2,704 bytes less its own overhead. */
const longestKey = 2600
const longestPart = 256

/** Encodes a key for its columns: unchanged, except for names that no index or text of PostgreSQL can hold. */
export const columnsOf = (key: TokenKey): Effect.Effect<TokenKey> => {
  const { account, clientId, issuer } = key
  const limit = StoredName.byteLength(issuer + clientId + account) <= longestKey ? longestKey : longestPart
  return Effect.all({
    account: StoredName.storable(account, limit),
    clientId: StoredName.storable(clientId, limit),
    issuer: StoredName.storable(issuer, limit)
  })
}
