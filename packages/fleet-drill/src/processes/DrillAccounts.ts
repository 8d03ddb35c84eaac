/** The accounts of a drill, as a process of its own holds them. */
import { AuthorizationServer } from "@app/auth/AuthorizationServer"
import * as Providers from "@app/auth/Providers"
import * as SharedAccounts from "@app/auth/SharedAccounts"
import { type Lease, SharedTokenStore } from "@app/auth/SharedTokenStore"
import * as SqlSharedTokenStore from "@app/auth/SqlSharedTokenStore"
import { Sandbox } from "@app/sandbox"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as PgClient from "@effect/sql-pg/PgClient"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Line from "../Line.ts"
import type * as ProcessSettings from "../ProcessSettings.ts"

export const clientId = Sandbox.defaultClient.clientId

export const serverAt = (accountsUrl: string, graceSeconds: number): AuthorizationServer =>
  new AuthorizationServer({
    ...Providers.spotify.at(accountsUrl),
    ...(graceSeconds > 0 && { refreshTokenGrace: Duration.seconds(graceSeconds) })
  })

/** The store of a process, on a database that may be away when the process starts. */
export const storeAt = (databaseUrl: string, leaseSeconds: number) =>
  SqlSharedTokenStore.layer({ createTable: false, lease: Duration.seconds(leaseSeconds) }).pipe(
    Layer.provide([PgClient.layer({ url: Redacted.make(databaseUrl), maxConnections: 6 }), NodeCrypto.layer])
  )

const telling = (lease: Lease): Lease => {
  const told = <A, E>(write: Effect.Effect<A, E>) =>
    Effect.tap(write, () => Effect.sync(() => Line.write({ _tag: "Written", account: lease.key.account })))
  return {
    ...lease,
    commit: (record, facts) => told(lease.commit(record, facts)),
    end: (record, facts) => told(lease.end(record, facts)),
    giveBack: (facts, options) => told(lease.giveBack(facts, options))
  }
}

const claimed = (leases: ReadonlyArray<Lease>): ReadonlyArray<Lease> => {
  if (leases.length > 0) Line.write({ _tag: "Claimed", accounts: leases.map(({ key }) => key.account) })
  return leases.map(telling)
}

/** The same store, which tells what its process has claimed and not written yet. */
const tellingStore = Layer.effect(
  SharedTokenStore,
  Effect.map(SharedTokenStore, (store) =>
    SharedTokenStore.of({
      ...store,
      lease: (key) => Effect.map(store.lease(key), Option.map((lease) => claimed([lease])[0] ?? lease)),
      leaseDue: (options) => Effect.map(store.leaseDue(options), claimed)
    }))
)

export const layer = (settings: ProcessSettings.User) => {
  const store = storeAt(settings.databaseUrl, settings.leaseSeconds)
  return SharedAccounts.layer({
    client: { clientId },
    server: serverAt(settings.accountsUrl, settings.graceSeconds),
    ahead: "always",
    refreshes: settings.refreshes,
    refreshRate: settings.refreshRate,
    cache: 200_000
  }).pipe(
    Layer.provide(settings.tellsClaims ? Layer.provide(tellingStore, store) : store),
    Layer.provide(NodeHttpClient.layerUndici)
  )
}
