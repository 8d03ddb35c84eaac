/** A memory store whose contents a test can see, and whose disk a test can take away. */
import * as AuthError from "@app/auth/AuthError"
import * as TokenStore from "@app/auth/TokenStore"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Semaphore from "effect/Semaphore"

export class ObservedStore {
  /** What it holds now. */
  record: TokenStore.TokenRecord | undefined
  /** Everything it was ever told to keep. */
  readonly written: Array<TokenStore.TokenRecord> = []
  failsWrites = false
  failsReads: AuthError.StoreFailed["kind"] | false = false
  readonly #lock = Semaphore.makeUnsafe(1)

  /** Shared by every service it is provided to, as a file is. */
  readonly layer: Layer.Layer<TokenStore.TokenStore> = Layer.succeed(TokenStore.TokenStore, {
    modify: (_key, use) =>
      this.#lock.withPermit(use({
        read: Effect.suspend(() =>
          this.failsReads === false
            ? Effect.succeed(Option.fromUndefinedOr(this.record))
            : failed("read", this.failsReads)
        ),
        write: (record) =>
          Effect.suspend(() => {
            if (this.failsWrites) return failed("write", "Unavailable")
            this.record = record
            this.written.push(record)
            return Effect.void
          })
      }))
  })
}

const failed = (operation: "read" | "write", kind: AuthError.StoreFailed["kind"]) =>
  Effect.fail(
    new AuthError.AuthError({
      reason: new AuthError.StoreFailed({
        operation,
        kind,
        place: "the observed store",
        issue: "the disk is gone"
      })
    })
  )
