/**
 * The operating system's storage for secrets.
 *
 * **Details**
 *
 * Keychain on macOS, Credential Manager on Windows, and the Secret Service (GNOME Keyring, KWallet, KeePassXC) on Linux.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type { AuthError } from "./AuthError.ts"

/**
 * The names of a secret in a keychain, which people see when they open it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Item {
  /** The application's name. */
  readonly service: string
  /** The name of the secret within the application. */
  readonly account: string
}

/**
 * A keychain.
 *
 * **Details**
 *
 * The implementation depends on the platform; `node/NodeKeychain` is the one for Node. A keychain that is locked, absent
 * or does not answer in time fails with `StoreFailed` (`Unavailable`). Nothing falls back to a less safe place.
 *
 * @category services
 * @since 0.1.0
 */
export class Keychain extends Context.Service<Keychain, {
  /** Reads the secret of `item`; none when there is none. */
  readonly get: (item: Item) => Effect.Effect<Option.Option<Redacted.Redacted<string>>, AuthError>
  /** Writes the secret of `item`, in place of the one before. */
  readonly set: (item: Item, secret: Redacted.Redacted<string>) => Effect.Effect<void, AuthError>
}>()("@app/auth/Keychain") {}
