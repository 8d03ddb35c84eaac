/** The contract that every store of pending sign-ins keeps. */
import type { AuthError } from "@app/auth/AuthError"
import * as AuthorizationRequestStore from "@app/auth/AuthorizationRequestStore"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { LeakHunt } from "./LeakHunt.ts"
import * as Runs from "./Runs.ts"
import { begin, callbackOf, crypto, options } from "./SignInRequests.ts"

export type Store = AuthorizationRequestStore.AuthorizationRequestStore["Service"]

export const contract = <E, R>(
  name: string,
  /** Stores of several programs that share what they keep. */
  programs: Effect.Effect<ReadonlyArray<Store>, E, R>,
  provided: Layer.Layer<R, unknown>
) => {
  const withPrograms = <A, E2>(use: (first: Store, all: ReadonlyArray<Store>) => Effect.Effect<A, E2>) =>
    Effect.flatMap(
      programs,
      (all) => all[0] === undefined ? Effect.die("no programs") : use(all[0], all)
    ).pipe(Effect.provide(provided))

  const inStore = (store: Store) => Effect.provideService(AuthorizationRequestStore.AuthorizationRequestStore, store)

  const reasonOf = <A>(effect: Effect.Effect<A, AuthError>) => Effect.map(Effect.flip(effect), ({ reason }) => reason)

  describe(name, () => {
    it.live("gives back what it was given, in any of the programs that share it", () =>
      withPrograms((first, all) =>
        Effect.gen(function*() {
          const session = Redacted.make("a-session-of-a-browser")
          for (const store of all) {
            const request = yield* begin({ session, scopes: ["one", "two"] })
            yield* first.put(request)
            assert.deepStrictEqual(yield* store.take(request.state), Option.some(request))
            assert.deepStrictEqual(yield* store.take(request.state), Option.none())
          }
        })
      ))

    it.live.prop(
      "F78: hands each sign-in out once among any number who take it at the same time",
      { takers: Runs.between(2, 20), others: Runs.between(0, 3) },
      ({ others, takers }) =>
        withPrograms((first, all) =>
          Effect.gen(function*() {
            const request = yield* begin()
            const rest = yield* Effect.forEach(Array.from({ length: others }), () => begin())
            yield* Effect.forEach([request, ...rest], first.put)
            const taken = yield* Effect.forEach(
              Array.from({ length: takers }, (_, i) => all[i % all.length] ?? first),
              (store) => store.take(request.state),
              { concurrency: "unbounded" }
            )
            assert.strictEqual(taken.filter(Option.isSome).length, 1)
            for (const other of rest) assert.isTrue(Option.isSome(yield* first.take(other.state)))
          })
        ),
      { arbitrary: { runs: Runs.upTo(20) }, timeout: 60_000 }
    )

    it.live("a sign-in begins in one request and ends in another, once", () =>
      withPrograms((first, all) =>
        Effect.gen(function*() {
          const request = yield* AuthorizationRequestStore.begin(options).pipe(inStore(first), Effect.provide(crypto))
          const callback = callbackOf(request)
          const handle = (store: Store) => inStore(store)(AuthorizationRequestStore.handleCallback(callback))
          const last = all.at(-1) ?? first
          assert.strictEqual((yield* handle(last))._tag, "AuthorizationCode")
          for (const store of all) {
            const error = yield* Effect.flip(handle(store))
            assert.deepInclude(error.reason, { _tag: "StateMismatch", parameter: "state", isUnknown: true })
            assert.match(error.message, /belongs to no sign-in that is under way.*Start the sign-in again\.$/)
          }
        })
      ))

    it.live("what comes in place of a callback uses nothing up", () =>
      withPrograms((store) =>
        Effect.gen(function*() {
          const request = yield* begin()
          yield* store.put(request)
          const own = callbackOf(request)
          for (
            const stray of [
              "",
              "?code=AQ",
              `${own}&state=another`,
              `${own}&code=BQ`,
              callbackOf(yield* begin()),
              request.url
            ]
          ) {
            const reason = yield* reasonOf(inStore(store)(AuthorizationRequestStore.handleCallback(stray)))
            assert.strictEqual(reason._tag, "StateMismatch")
          }
          yield* inStore(store)(AuthorizationRequestStore.handleCallback(own))
        })
      ))

    it.live("a callback in another browser is refused", () =>
      withPrograms((store) =>
        Effect.gen(function*() {
          for (const session of [undefined, Redacted.make("another-session-of-another")]) {
            const request = yield* begin({ session: Redacted.make("a-session-of-a-browser") })
            yield* store.put(request)
            const handled = AuthorizationRequestStore.handleCallback(callbackOf(request), { session })
            const error = yield* Effect.flip(inStore(store)(handled))
            assert.include(error.message, "another browser")
          }
        })
      ))

    it.live("states that nobody has made find nothing", () =>
      withPrograms((store) =>
        Effect.gen(function*() {
          yield* store.put(yield* begin())
          for (const state of ["", "\0", "'; --", "\ud800", "x".repeat(60_000), "__proto__", "%"]) {
            assert.deepStrictEqual(yield* store.take(Redacted.make(state)), Option.none())
          }
        })
      ))

    it.live("a sign-in that is too large is not begun", () =>
      withPrograms((store) =>
        Effect.gen(function*() {
          const request = yield* begin({ scopes: Array.from({ length: 2000 }, (_, i) => `scope-${i}`) })
          if (name.includes("memory")) return
          const error = yield* Effect.flip(store.put(request))
          assert.strictEqual(error.reason._tag, "InvalidConfiguration")
          assert.include(error.message, "Ask for fewer scopes")
        })
      ))

    it.live("I11: no secret of a sign-in is shown", () => {
      const hunt = new LeakHunt()
      return hunt.run(
        withPrograms((store) =>
          Effect.gen(function*() {
            const session = Redacted.make(hunt.secret("a-session-of-a-browser"))
            const request = yield* begin({ session })
            hunt.secret(Redacted.value(request.state))
            hunt.secret(Redacted.value(request.codeVerifier))
            yield* hunt.observe(store.put(request))
            yield* hunt.observe(store.put(request))
            yield* hunt.observe(store.take(request.state))
            yield* hunt.observe(store.take(request.state))
            yield* store.put(yield* begin())
            const handled = AuthorizationRequestStore.handleCallback(callbackOf(request), { session })
            yield* hunt.observe(inStore(store)(handled))
          })
        ),
        ["no sign-in that is under way"]
      )
    })
  })
}
