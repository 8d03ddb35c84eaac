/** A memory store whose contents a test can see and change, and whose disk a test can take away. */
import * as AuthError from "@app/auth/AuthError"
import * as TokenStore from "@app/auth/TokenStore"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Semaphore from "effect/Semaphore"
import { recordOf } from "./TokenStorageContract.ts"

export class ObservedStore {
  /** What it holds now. */
  record: TokenStore.TokenRecord | undefined
  /** Everything it was ever told to keep. */
  readonly written: Array<TokenStore.TokenRecord> = []
  failsWrites: AuthError.StoreFailed["kind"] | boolean = false
  failsReads: AuthError.StoreFailed["kind"] | false = false
  /** Called as a read begins. */
  beforeRead: () => void = () => {}
  /** Called as a write begins. A record changed here is changed by someone who does not hold the lock. */
  beforeWrite: () => void = () => {}
  /** How long a write takes, once it has begun. */
  writing: Effect.Effect<void> = Effect.void
  readonly #lock = Semaphore.makeUnsafe(1)

  /** Shared by every service it is provided to, as a file is. */
  readonly layer: Layer.Layer<TokenStore.TokenStore> = Layer.succeed(TokenStore.TokenStore, {
    peek: () =>
      Effect.suspend(() =>
        this.failsReads === false
          ? Effect.succeed(Option.fromUndefinedOr(this.record))
          : failed("read", this.failsReads)
      ),
    modify: (_key, use) =>
      this.#lock.withPermit(Effect.suspend(() => {
        let seen = this.record
        return use({
          read: Effect.suspend(() => {
            this.beforeRead()
            if (this.failsReads !== false) return failed("read", this.failsReads)
            seen = this.record
            return Effect.succeed(Option.fromUndefinedOr(this.record))
          }),
          write: (record) =>
            Effect.suspend(() => {
              this.beforeWrite()
              if (this.record !== seen) return failed("write", "Conflict")
              if (this.failsWrites !== false) {
                return failed("write", this.failsWrites === true ? "Unavailable" : this.failsWrites)
              }
              return Effect.map(this.writing, () => {
                this.record = record
                seen = record
                this.written.push(record)
              })
            })
        })
      }))
  })
}

/** The same store, which tells the services that share it when `tell` runs, as tabs of a browser tell each other. */
export const telling = (store: ObservedStore, readingTime: Duration.Input = 0) => {
  const watchers = new Set<Effect.Effect<void>>()
  const layer = Layer.effect(
    TokenStore.TokenStore,
    Effect.map(TokenStore.TokenStore, (store) =>
      TokenStore.TokenStore.of({
        ...store,
        // Reading takes time, in which the service may have gone on.
        peek: (key) => Effect.delay(store.peek(key), readingTime),
        watch: (_key, onChange) =>
          Effect.asVoid(Effect.acquireRelease(
            Effect.sync(() => watchers.add(onChange)),
            () => Effect.sync(() => watchers.delete(onChange))
          ))
      }))
  ).pipe(Layer.provide(store.layer))
  return {
    layer,
    watchers: () => watchers.size,
    tell: Effect.suspend(() =>
      Effect.forEach(watchers, (onChange) => onChange, { concurrency: "unbounded", discard: true })
    )
  }
}

/** The same store, with something done around whatever is done under its lock, the wait for that included. */
export const around = (
  store: Layer.Layer<TokenStore.TokenStore>,
  wrap: <A, E, R>(modify: Effect.Effect<A, E, R>, key: TokenStore.TokenKey) => Effect.Effect<A, E, R>
): Layer.Layer<TokenStore.TokenStore> =>
  Layer.effect(
    TokenStore.TokenStore,
    Effect.map(TokenStore.TokenStore, ({ modify, peek }) =>
      TokenStore.TokenStore.of({ peek, modify: (key, use) => wrap(modify(key, use), key) }))
  ).pipe(Layer.provide(store))

/** The same store, and how often it has been read without its lock, or its lock has been asked for. */
export const counted = (store: ObservedStore) => {
  let turns = 0
  const counting = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.suspend(() => {
      turns += 1
      return effect
    })
  const layer = Layer.effect(
    TokenStore.TokenStore,
    Effect.map(TokenStore.TokenStore, ({ modify, peek }) =>
      TokenStore.TokenStore.of({
        modify: (key, use) => counting(modify(key, use)),
        peek: (key) => counting(peek(key))
      }))
  ).pipe(Layer.provide(store.layer))
  return { layer, turns: () => turns }
}

/** What its record grew from. */
export const originIn = ({ record }: ObservedStore): TokenStore.TokenRecord["origin"] =>
  record?.origin ?? Redacted.make("")

/** What someone else who shares it has renewed. */
export const theirsIn = (store: ObservedStore): TokenStore.TokenRecord =>
  new TokenStore.TokenRecord({ ...recordOf("BQ-theirs"), origin: originIn(store) })

export const refreshTokenIn = (record: TokenStore.TokenRecord | undefined): string =>
  Redacted.value(record?.tokenSet?.refreshToken ?? Redacted.make("none"))

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
