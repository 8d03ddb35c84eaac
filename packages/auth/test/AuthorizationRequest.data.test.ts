import * as AuthorizationRequest from "@app/auth/AuthorizationRequest"
import * as AuthorizationServer from "@app/auth/AuthorizationServer"
import * as Providers from "@app/auth/Providers"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"
import { LeakHunt } from "./support/LeakHunt.ts"
import * as Runs from "./support/Runs.ts"
import { begin, callbackOf } from "./support/SignInRequests.ts"
import * as WallClock from "./support/WallClock.ts"

const Json = Schema.fromJsonString(AuthorizationRequest.AuthorizationRequest)

/** The sign-in as another request, process or page load finds it. */
const restored = (request: AuthorizationRequest.AuthorizationRequest) =>
  Effect.flatMap(Schema.encodeEffect(Json)(request), Schema.decodeEffect(Json))

const session = Redacted.make("a-session-of-a-browser")

const issueOf = (effect: ReturnType<AuthorizationRequest.AuthorizationRequest["handleCallback"]>) =>
  Effect.map(
    Effect.result(effect),
    (result) => result._tag === "Success" ? result.success._tag : result.failure.message
  )

describe("a sign-in that is written down", () => {
  it.effect.prop(
    "is the same when it is read back",
    {
      scopes: Schema.Array(Schema.String.check(Schema.isPattern(/^[\x21-\x7e]{1,20}$/))),
      lifetime: Runs.between(0, 86_400_000),
      isBound: Schema.Boolean,
      namesIssuer: Schema.Boolean,
      showDialog: Schema.Boolean
    },
    ({ isBound, lifetime, namesIssuer, scopes, showDialog }) =>
      Effect.gen(function*() {
        const server = new AuthorizationServer.AuthorizationServer({
          ...Providers.spotify,
          authorizationResponseIssParameterSupported: namesIssuer
        })
        const request = yield* begin({
          server,
          scopes,
          lifetime,
          showDialog,
          session: isBound ? session : undefined
        })
        const again = yield* restored(request)
        assert.deepStrictEqual(again, request)
        assert.deepStrictEqual(again.url.href, request.url.href)
        assert.strictEqual(yield* Schema.encodeEffect(Json)(again), yield* Schema.encodeEffect(Json)(request))
      }),
    { arbitrary: { runs: Runs.upTo(200) } }
  )

  it.effect("gives the same grant as the one that was made", () =>
    Effect.gen(function*() {
      const request = yield* begin()
      const again = yield* restored(request)
      const grants = yield* Effect.forEach([request, again], (each) => each.handleCallback(callbackOf(request)))
      assert.deepStrictEqual(grants[0], grants[1])
    }))

  it.effect("is checked as the one that was made: state, issuer, session, lifetime, use", () =>
    Effect.gen(function*() {
      const server = new AuthorizationServer.AuthorizationServer({
        ...Providers.spotify,
        authorizationResponseIssParameterSupported: true
      })
      const request = yield* restored(yield* begin({ server, session }))
      const iss = server.issuer
      const wrong = [
        [callbackOf(yield* begin(), { iss }), session, "its state is another sign-in's"],
        [callbackOf(request, { iss }), undefined, "another browser"],
        [callbackOf(request, { iss }), Redacted.make("another"), "another browser"],
        [callbackOf(request), session, "does not say which authorization server"],
        [callbackOf(request, { iss: "https://evil.example" }), session, "comes from another authorization server"]
      ] as const
      for (const [callback, session, issue] of wrong) {
        assert.include(yield* issueOf(request.handleCallback(callback, { session })), issue)
      }
      const own = request.handleCallback(callbackOf(request, { iss }), { session })
      assert.strictEqual(yield* issueOf(own), "AuthorizationCode")
      assert.include(yield* issueOf(own), "used already")
    }))

  it.effect.prop("has the same lifetime in another process, whose monotonic clock says nothing of it", {
    late: Runs.between(-1000, 1000),
    readAt: Runs.between(0, 600_000),
    lag: Runs.between(-1000, 1000)
  }, ({ lag, late, readAt }) =>
    Effect.gen(function*() {
      const wallClock = yield* WallClock.WallClock
      yield* TestClock.adjust("1 day")
      const text = yield* Schema.encodeEffect(Json)(yield* begin())
      yield* wallClock.shift(readAt)
      const request = yield* Schema.decodeEffect(Json)(text)
      // A clock that is set while the sign-in is at hand makes it no younger.
      request.ageAt({ wall: 86_400_000 + readAt, monotonic: 86_400_000 })
      yield* TestClock.adjust(600_000 + late - readAt)
      yield* wallClock.shift(-Math.abs(lag))
      const outcome = yield* issueOf(request.handleCallback(callbackOf(request)))
      assert.strictEqual(outcome === "AuthorizationCode", late <= 0, outcome)
    }).pipe(Effect.provide(WallClock.layer)), { arbitrary: { runs: Runs.upTo(100) } })

  it.effect("is refused where the clock is so far back that its age is unknown", () =>
    Effect.gen(function*() {
      const wallClock = yield* WallClock.WallClock
      yield* TestClock.adjust("1 day")
      const text = yield* Schema.encodeEffect(Json)(yield* begin())
      yield* wallClock.shift(-600_000)
      const slightly = yield* Schema.decodeEffect(Json)(text)
      assert.strictEqual(yield* issueOf(slightly.handleCallback(callbackOf(slightly))), "AuthorizationCode")
      yield* wallClock.shift(-1)
      const request = yield* Schema.decodeEffect(Json)(text)
      assert.include(yield* issueOf(request.handleCallback(callbackOf(request))), "before the sign-in began")
    }).pipe(Effect.provide(WallClock.layer)))

  it.effect("waits a day at most, also where it was told to wait for ever", () =>
    Effect.gen(function*() {
      const request = yield* restored(yield* begin({ lifetime: Duration.infinity }))
      assert.strictEqual(Duration.toHours(request.lifetime), 24)
    }))

  it.effect("is not bound to a session without a secret", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(begin({ session: Redacted.make("") }))
      assert.strictEqual(error.reason._tag, "InvalidConfiguration")
      assert.include(error.message, "session")
    }))

  it.effect("that is damaged is not read", () =>
    Effect.gen(function*() {
      const encoded = yield* Schema.encodeEffect(AuthorizationRequest.AuthorizationRequest)(yield* begin())
      for (const damage of [{ authorizationUrl: "no URL" }, { startedAt: "yesterday" }, { state: 1 }]) {
        yield* Effect.flip(
          Schema.decodeUnknownEffect(AuthorizationRequest.AuthorizationRequest)({ ...encoded, ...damage })
        )
      }
    }))

  it.live("I11: shows no secret, made or restored", () => {
    const hunt = new LeakHunt()
    return hunt.run(
      Effect.gen(function*() {
        const made = yield* begin({ session: Redacted.make(hunt.secret("a-session-of-a-browser")) })
        hunt.secret(Redacted.value(made.state))
        hunt.secret(Redacted.value(made.codeVerifier))
        for (const request of [made, yield* restored(made)]) {
          hunt.print(request)
          yield* Effect.log("began", request)
          yield* hunt.observe(request.handleCallback(callbackOf(yield* begin())))
          yield* hunt.observe(request.handleCallback(callbackOf(request)))
          yield* hunt.observe(Schema.decodeUnknownEffect(Json)(`{"state":"${Redacted.value(made.state)}"}`))
        }
      }),
      ["AuthorizationRequest", "another browser"]
    )
  })
})
