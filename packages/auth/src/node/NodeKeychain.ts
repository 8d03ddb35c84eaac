/**
 * `Keychain` for Node, through the package `@napi-rs/keyring`.
 *
 * **Details**
 *
 * Add the package to your dependencies. Its binaries come from the npm registry for each platform, and nothing has to be
 * compiled.
 *
 * A locked keychain asks the person to unlock it and blocks the thread that asked. So each request runs in a process of its
 * own, which is killed when the response takes too long. Neither the program nor its exit ever waits longer.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { type ChildProcess, fork } from "node:child_process"
import * as AuthError from "../AuthError.ts"
import * as StoredName from "../internal/storage/StoredName.ts"
import * as StoreErrors from "../internal/storage/StoreErrors.ts"
import { type Item, Keychain } from "../Keychain.ts"
import type { Reply, Request } from "./internal/KeychainProcess.ts"

// =============================================================================
// Constructor
// =============================================================================

/** The program of the child process, as source or compiled, like this module. */
const program = new URL(`internal/KeychainProcess${/\.\w+$/.exec(import.meta.url)?.[0] ?? ".js"}`, import.meta.url)

const decodeReply = Schema.decodeUnknownOption(Schema.Union([
  Schema.TaggedStruct("Answered", { secret: Schema.NullOr(Schema.String) }),
  Schema.TaggedStruct("Refused", { detail: Schema.String }),
  Schema.TaggedStruct("NotInstalled", {})
]))

const ended: Reply = { _tag: "Refused", detail: "the process that asks it has ended" }

const exchange = (child: ChildProcess, request: Request): Effect.Effect<Reply> =>
  Effect.callback((resume) => {
    child.once("message", (reply) => resume(Effect.succeed(Option.getOrElse(decodeReply(reply), () => ended))))
    child.once("error", () => resume(Effect.succeed(ended)))
    child.once("exit", () => resume(Effect.succeed(ended)))
    child.send(request, (error) => error === null ? undefined : resume(Effect.succeed(ended)))
  })

/** The longest user name on Windows (`CRED_MAX_USERNAME_LENGTH`, 513). Other keychains take more. */
const longestName = 512

const stored = ({ account, service }: Item): Effect.Effect<Item> =>
  Effect.all({
    account: StoredName.storable(account, longestName),
    service: StoredName.storable(service, longestName)
  })

const make = (timeout: Duration.Duration): Keychain["Service"] => {
  const ask = (operation: "read" | "write", item: Item, secret: string | null) => {
    const place = `the keychain's item ${StoredName.sanitize(item.account)} of ${StoredName.sanitize(item.service)}`
    const unavailable = (issue: string) => Effect.fail(StoreErrors.make(operation, "Unavailable", place, issue))
    return Effect.acquireUseRelease(
      Effect.try({
        try: () => fork(program, { execArgv: [], stdio: ["ignore", "ignore", "ignore", "ipc"] }),
        catch: () => StoreErrors.make(operation, "Unavailable", place, "no process could be started to ask it")
      }),
      (child) => Effect.flatMap(stored(item), (item) => exchange(child, { item, secret })),
      (child) => Effect.sync(() => child.kill("SIGKILL"))
    ).pipe(
      Effect.timeoutOrElse({
        duration: timeout,
        orElse: () => unavailable(`it did not answer within ${Duration.format(timeout)}. Unlock it, and try again`)
      }),
      Effect.flatMap((reply) => {
        switch (reply._tag) {
          case "Answered":
            return Effect.succeed(reply.secret)
          case "Refused":
            return unavailable(`it is locked, or there is none here (${reply.detail}). Unlock it, and try again`)
          case "NotInstalled":
            return notInstalled
        }
      })
    )
  }
  return Keychain.of({
    get: (item) =>
      Effect.map(
        ask("read", item, null),
        (secret) => Option.map(Option.fromNullOr(secret), (text) => Redacted.make(text))
      ),
    set: (item, secret) => Effect.asVoid(ask("write", item, Redacted.value(secret)))
  })
}

const notInstalled = Effect.fail(
  new AuthError.AuthError({
    reason: new AuthError.InvalidConfiguration({
      setting: "NodeKeychain",
      issue: "the package @napi-rs/keyring is not installed for this platform. Add it to your dependencies."
    })
  })
)

// =============================================================================
// Layers
// =============================================================================

/**
 * Layer that uses the keychain of the person who runs the program.
 *
 * **Details**
 *
 * `timeout` is the time for each request, in which the person may have to unlock the keychain. Default: 30 seconds. Each
 * request fails with `InvalidConfiguration` when the package is not installed.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options?: { readonly timeout?: Duration.Input | undefined }): Layer.Layer<Keychain> =>
  Layer.sync(Keychain, () => make(Duration.fromInputUnsafe(options?.timeout ?? "30 seconds")))
