/**
 * The operating system's own place for secrets: Keychain on macOS, Credential Manager on Windows, the Secret Service
 * (GNOME Keyring, KWallet, KeePassXC) on Linux.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type { AuthError } from "./AuthError.ts"

/**
 * What a secret is kept under. People see both names when they open their keychain.
 *
 * @category models
 * @since 0.1.0
 */
export interface Item {
  /** The application's name. */
  readonly service: string
  /** Which of the application's secrets. */
  readonly account: string
}

/**
 * A keychain. What provides it depends on the platform. For Node: `node/NodeKeychain`.
 *
 * A keychain that is locked, absent or does not answer in time fails with `StoreFailed` (`Unavailable`): nothing ever
 * falls back to a place that is less safe.
 *
 * @category services
 * @since 0.1.0
 */
export class Keychain extends Context.Service<Keychain, {
  /** The secret kept under `item`; none when there is none. */
  readonly get: (item: Item) => Effect.Effect<Option.Option<Redacted.Redacted<string>>, AuthError>
  /** Keeps a secret under `item`, in place of the one before. */
  readonly set: (item: Item, secret: Redacted.Redacted<string>) => Effect.Effect<void, AuthError>
}>()("@app/auth/Keychain") {}
