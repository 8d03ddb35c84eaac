/**
 * The settings of the processes of a drill, which they find in their environment.
 */
import * as Config from "effect/Config"
import * as Schema from "effect/Schema"

export const variable = "DRILL_SETTINGS"

/** The settings of a provider: its people have the ids of accounts. */
export const Provider = Schema.Struct({
  accounts: Schema.Int,
  accessTokenSeconds: Schema.Int,
  /** The time for which a refresh token that was replaced is accepted; 0 for none. */
  graceSeconds: Schema.Finite,
  /** The time between what the provider does for a refresh and its response. */
  latencyMillis: Schema.Finite
})

export type Provider = typeof Provider.Type

/** The settings of a process that uses accounts. */
export const User = Schema.Struct({
  databaseUrl: Schema.String,
  accountsUrl: Schema.String,
  apiUrl: Schema.String,
  accounts: Schema.Int,
  leaseSeconds: Schema.Finite,
  graceSeconds: Schema.Finite,
  refreshes: Schema.Int,
  refreshRate: Schema.Finite,
  /** Whether claims and writes are told. */
  tellsClaims: Schema.Boolean,
  readsPerSecond: Schema.Finite
})

export type User = typeof User.Type

export const read = <A>(schema: Schema.Codec<A, Schema.Json>): Config.Config<A> =>
  Config.schema(Schema.fromJsonString(schema), variable)

/** The account of a number, which is also the id of a person. */
export const accountOf = (number: number): string => `person-${number}`
