/**
 * The one mapping between the pair of a tenant and an account, and the account's name in the token store.
 *
 * **Details**
 *
 * The key of the token store has no part for a tenant, so its account is `tenant/account`. The name of a tenant has no
 * slash: the first slash ends it, and no two pairs have one text. Both names are bounded so that the text has at most 256
 * bytes, up to which the store lists it as it is.
 */
import * as Names from "../Names.ts"

export interface TenantAccount {
  readonly tenant: string
  readonly account: string
}

/** The beginning of the texts of all accounts of a tenant, and of no other's. */
export const prefixOf = (tenant: string): string => `${tenant}/`

/** The text of a pair. */
export const encode = ({ account, tenant }: TenantAccount): string => `${prefixOf(tenant)}${account}`

/** The pair of a text; undefined for an account that was not named by a fleet. */
export const decode = (text: string): TenantAccount | undefined => {
  const end = text.indexOf("/")
  if (end < 0) return undefined
  const tenant = text.slice(0, end)
  const account = text.slice(end + 1)
  return Names.isTenantName(tenant) && Names.isAccountName(account) ? { tenant, account } : undefined
}
