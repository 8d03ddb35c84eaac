/**
 * The apps of a fleet, each with the accounts that it serves.
 */
import type * as Accounts from "@app/auth/Accounts"
import * as AuthError from "@app/auth/AuthError"
import type { AuthorizationServer } from "@app/auth/AuthorizationServer"
import type { Client } from "@app/auth/Client"
import * as SharedAccounts from "@app/auth/SharedAccounts"
import type { SharedTokenStore } from "@app/auth/SharedTokenStore"
import type { TokenKey } from "@app/auth/TokenStore"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as TenantAccount from "./internal/TenantAccount.ts"

// =============================================================================
// Model
// =============================================================================

/**
 * An app as it is registered at its authorization server.
 *
 * @category models
 * @since 0.1.0
 */
export interface Registration {
  /** The name of the app in paths. */
  readonly name: string
  readonly server: AuthorizationServer
  readonly client: Client
  /** The scopes that sign-ins ask for where they name none. Default: none. */
  readonly scopes?: ReadonlyArray<string> | undefined
}

/**
 * A registered app and its accounts, whose names in `accounts` are those of `keyOf`.
 *
 * @category models
 * @since 0.1.0
 */
export interface App extends Registration {
  readonly accounts: Accounts.Service
  /** The key of a tenant's account in the token store. No two pairs of tenant and account have the same. */
  readonly keyOf: (tenant: string, account: string) => TokenKey
}

/**
 * The apps of a fleet by name.
 *
 * @category services
 * @since 0.1.0
 */
export class Apps extends Context.Service<Apps, ReadonlyMap<string, App>>()("@app/fleet/Apps") {}

// =============================================================================
// Constructors
// =============================================================================

/**
 * Returns an app whose accounts are made already.
 *
 * @category constructors
 * @since 0.1.0
 */
export const appOf = (registration: Registration, accounts: Accounts.Service): App => ({
  ...registration,
  accounts,
  keyOf: (tenant, account) => ({
    issuer: registration.server.issuer,
    clientId: registration.client.clientId,
    account: TenantAccount.encode({ tenant, account })
  })
})

const taken = (name: string, other: string): AuthError.AuthError =>
  new AuthError.AuthError({
    reason: new AuthError.InvalidConfiguration({
      setting: `app ${name}`,
      issue:
        `it is the same client of the same issuer as ${other}, so that both would have the same accounts. Keep one.`
    })
  })

/**
 * Makes the apps, each with accounts that all processes share.
 *
 * **Details**
 *
 * Fails with `InvalidConfiguration` when two apps are one client of one issuer, and as `SharedAccounts.make` does.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function*(
  registrations: ReadonlyArray<Registration>,
  options: Omit<SharedAccounts.Options, "client" | "grantFor" | "server"> = {}
) {
  const apps = new Map<string, App>()
  for (const registration of registrations) {
    const { client, name, server } = registration
    for (const other of apps.values()) {
      if (other.server.issuer === server.issuer && other.client.clientId === client.clientId) {
        return yield* taken(name, other.name)
      }
    }
    apps.set(name, appOf(registration, yield* SharedAccounts.make({ ...options, client, server })))
  }
  return apps
})

// =============================================================================
// Layers
// =============================================================================

/**
 * Layer that provides the apps over the `HttpClient` and the `SharedTokenStore` in context, as `make` does.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  registrations: ReadonlyArray<Registration>,
  options?: Omit<SharedAccounts.Options, "client" | "grantFor" | "server">
): Layer.Layer<Apps, AuthError.AuthError, HttpClient.HttpClient | SharedTokenStore> =>
  Layer.effect(Apps, make(registrations, options))
