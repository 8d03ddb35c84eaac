/**
 * The program of the process in which `NodeKeychain` asks the keychain: it responds to one request and ends.
 *
 * **Details**
 *
 * The library blocks the event loop while it waits for the system, and for the person whom the system asks.
 */
import type { Item } from "../../Keychain.ts"

export interface Request {
  readonly item: Item
  /** The secret to write; null to read. */
  readonly secret: string | null
}

export type Reply =
  | { readonly _tag: "Answered"; readonly secret: string | null }
  | { readonly _tag: "Refused"; readonly detail: string }
  | { readonly _tag: "NotInstalled" }

const respond = async ({ item, secret }: Request): Promise<Reply> => {
  const library = await import("@napi-rs/keyring").catch(() => undefined)
  if (library === undefined) return { _tag: "NotInstalled" }
  try {
    // By default the library falls back to the kernel's keyring on Linux, which is lost at a restart.
    const entry = new library.Entry(item.service, item.account, { linux: { store: "secret-service" } })
    if (secret !== null) entry.setPassword(secret)
    return { _tag: "Answered", secret: secret ?? entry.getPassword() }
  } catch (error) {
    return { _tag: "Refused", detail: error instanceof Error ? error.message : "no reason given" }
  }
}

process.once("message", (request: Request) => {
  void respond(request).then((reply) => process.send?.(reply, () => process.disconnect()))
})
