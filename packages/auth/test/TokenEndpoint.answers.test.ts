/** Which answers give a token, which refuse one, which do neither, and what is kept of each. */
import * as AuthorizationServer from "@app/auth/AuthorizationServer"
import * as Providers from "@app/auth/Providers"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib"
import * as Runs from "./support/Runs.ts"
import { accepted, code, exchange, program, refreshToken, refused, token } from "./support/TokenExchange.ts"

const Json = Schema.Union([
  Schema.Null,
  Schema.Boolean,
  Schema.Finite,
  Schema.Literals(["", " ", "0", "null", "a b", "a,b", "invalid_grant", "AQ\n", "AQé", "1e999"]),
  Schema.String,
  Schema.Array(Schema.Union([Schema.String, Schema.Finite, Schema.Null])),
  Schema.Record(Schema.String, Schema.Union([Schema.String, Schema.Finite]))
])

/** Printable ASCII with a character that is no space. */
const RefreshToken = Schema.String.check(Schema.isPattern(/^[!-~][ -~]{0,40}$/))

const runs = { arbitrary: { runs: Runs.upTo(500) } }

const kindOf = (reason: { readonly _tag: string; readonly kind?: string }) => reason.kind ?? reason._tag

describe("a success", () => {
  const fields = {
    token_type: Schema.optionalKey(Schema.Union([
      Schema.Literals(["Bearer", "bearer", "BEARER", " Bearer ", "", " "]),
      Schema.Null,
      Schema.Finite,
      Schema.Array(Schema.String)
    ])),
    expires_in: Schema.optionalKey(Json),
    refresh_in: Schema.optionalKey(Json),
    scope: Schema.optionalKey(Json),
    error: Schema.optionalKey(Json),
    error_description: Schema.optionalKey(Json),
    error_uri: Schema.optionalKey(Json),
    id_token: Schema.optionalKey(Json)
  }

  it.effect.prop(
    "I20: is one whatever stands beside the access token, and its refresh token replaces the old one (F87, F121)",
    { fields: Schema.Struct(fields), arrived: Schema.optionalKey(RefreshToken) },
    ({ arrived, fields }) =>
      Effect.gen(function*() {
        const answer = { access_token: "BQ", ...fields, ...(arrived !== undefined && { refresh_token: arrived }) }
        for (const grant of [refreshToken, code, program]) {
          const tokenSet = yield* accepted({ answer, grant })
          const kept = tokenSet.refreshToken
          assert.strictEqual(Redacted.value(tokenSet.accessToken.value), "BQ")
          assert.strictEqual(
            kept && Redacted.value(kept),
            arrived ?? (grant === refreshToken ? "AQrefresh" : undefined)
          )
        }
      }),
    runs
  )

  it.effect.prop(
    "keeps the old refresh token where what stands in the place of a new one is none (F87, F121)",
    { refresh_token: Json },
    ({ refresh_token }) =>
      Effect.gen(function*() {
        const isOne = typeof refresh_token === "string" && /^[ -~]*$/.test(refresh_token) && refresh_token.trim() !== ""
        const tokenSet = yield* accepted({ answer: { ...token, refresh_token } })
        assert.strictEqual(
          Redacted.value(tokenSet.refreshToken ?? Redacted.make("")),
          isOne ? refresh_token : "AQrefresh"
        )
      }),
    runs
  )

  it.effect.each<readonly [object | string]>([
    [{ expires_in: " " }],
    [{ expires_in: false }],
    [{ expires_in: {} }],
    [`{"access_token":"BQ","token_type":"Bearer","expires_in":1e999}`]
  ])("of a life that cannot be read is of unknown length: %j (F87)", ([fields]) =>
    Effect.gen(function*() {
      const answer = typeof fields === "string" ? fields : { ...token, ...fields }
      assert.isUndefined((yield* accepted({ answer })).accessToken.expiresAt)
    }))

  it.effect.each<readonly [unknown, string | undefined, ReadonlyArray<string>]>([
    [["x:read", "y"], undefined, ["x:read", "y"]],
    [["a b", 7, null, "c"], undefined, ["a", "b", "c"]],
    [[], undefined, []],
    ["a\nb\tc  d\r\n", undefined, ["a", "b", "c", "d"]],
    // Legal in a scope (RFC 6749 §3.3).
    ["repo,user", undefined, ["repo,user"]],
    ["repo,user", ",", ["repo", "user"]],
    ["repo, user\nc", ",", ["repo", "user", "c"]],
    [["a,b", "c"], ",", ["a", "b", "c"]],
    ["a b", "", ["a", "b"]],
    [7, undefined, []],
    [{ a: "b" }, undefined, []],
    [null, undefined, []]
  ])("with the scopes %j, separated by %j, has %j (F87)", ([scope, scopeSeparator, scopes]) =>
    Effect.gen(function*() {
      const server = new AuthorizationServer.AuthorizationServer({
        ...Providers.spotify,
        ...(scopeSeparator !== undefined && { scopeSeparator })
      })
      assert.deepStrictEqual((yield* accepted({ answer: { ...token, scope }, server })).accessToken.scopes, scopes)
    }))

  it.effect.each<readonly [string, ReadonlyArray<string> | undefined, boolean]>([
    ["BearerToken", ["BearerToken"], true],
    ["bearertoken", ["BearerToken"], true],
    ["Bearer", ["BearerToken"], true],
    ["BearerToken", undefined, false],
    ["BearerToken", [], false],
    ["mac", ["BearerToken"], false],
    ["DPoP", undefined, false],
    ["N_A", undefined, false]
  ])(
    "of the type %s, from a provider that says %j beside Bearer: %s (F56, F87)",
    ([token_type, bearerTokenTypes, is]) =>
      Effect.gen(function*() {
        const server = new AuthorizationServer.AuthorizationServer({
          ...Providers.spotify,
          ...(bearerTokenTypes !== undefined && { bearerTokenTypes })
        })
        const { result } = yield* exchange({ answer: { ...token, token_type }, server })
        assert.strictEqual(Result.isSuccess(result), is)
      })
  )

  it.effect("may have any status that says so, and a token without a type is a bearer token (F87)", () =>
    Effect.gen(function*() {
      for (const status of [200, 201, 203, 299]) {
        const answer = Response.json({ access_token: "BQ" }, { status })
        assert.strictEqual(Redacted.value((yield* accepted({ answer })).accessToken.value), "BQ")
      }
      // A browser shows a redirect that it does not follow as status 0.
      const redirect = Response.json({ access_token: "BQ" })
      Object.defineProperty(redirect, "status", { value: 0 })
      for (const answer of [Response.json({ access_token: "BQ" }, { status: 300 }), redirect]) {
        assert.strictEqual(kindOf(yield* refused({ answer })), "UnexpectedStatus")
      }
    }))
})

describe("an answer that is no use", () => {
  it.effect.each<readonly [string, object | Response]>([
    ["another token type", { access_token: "BQ", token_type: "mac", refresh_token: "R1" }],
    ["no access token", { token_type: "Bearer", refresh_token: "R1" }],
    ["an access token with a line break", { access_token: "BQ\n", refresh_token: "R1" }],
    ["an access token with a space", { access_token: "B Q", refresh_token: "R1" }],
    ["an access token that is a number", { access_token: 7, refresh_token: "R1", expires_in: {}, scope: [] }],
    ["an error in place of the access token", { error: "server_error", refresh_token: "R1" }],
    ["another status", Response.json({ access_token: "BQ", refresh_token: "R1" }, { status: 502 })],
    ["another status and an error", Response.json({ ...token, error: "odd", refresh_token: "R1" }, { status: 400 })]
  ])(
    "I20: leaves a refresh token that has arrived to whoever asked: %s (F87, F121)",
    ([, answer]) =>
      Effect.gen(function*() {
        const { arrived, result } = yield* exchange({ answer })
        assert.isTrue(Result.isFailure(result))
        assert.deepStrictEqual(arrived, ["R1"])
        assert.notInclude(JSON.stringify(result), "R1")
      })
  )

  it.effect.each<readonly [string, object | Response]>([
    ["the one that was sent", { token_type: "Bearer", refresh_token: "AQrefresh" }],
    ["none", { token_type: "Bearer" }],
    ["what is none", { token_type: "Bearer", refresh_token: "R1\n" }],
    ["white space", { token_type: "Bearer", refresh_token: "  " }],
    ["a number", { token_type: "Bearer", refresh_token: 7 }],
    ["one in a list", [{ access_token: "BQ", refresh_token: "R1" }]],
    ["what a refusal repeats", Response.json({ error: "invalid_grant", refresh_token: "AQ…fresh" }, { status: 400 })],
    ["what a refusal shortens", Response.json({ error: "invalid_grant", refresh_token: "AQ***" }, { status: 400 })],
    ["what an outage repeats", Response.json({ refresh_token: "R1" }, { status: 503 })]
  ])("brings no new refresh token: %s (F87)", ([, answer]) =>
    Effect.gen(function*() {
      const { arrived, result } = yield* exchange({ answer })
      assert.isTrue(Result.isFailure(result))
      assert.deepStrictEqual(arrived, [])
    }))

  it.effect("leaves the refresh token of a sign-in to whoever asked, too, and needs nobody to take it (F87)", () =>
    Effect.gen(function*() {
      const answer = { token_type: "mac", access_token: "BQ", refresh_token: "R1" }
      assert.deepStrictEqual((yield* exchange({ answer, grant: code })).arrived, ["R1"])
      for (const listener of ["none", "nothing"] as const) {
        const { arrived, result } = yield* exchange({ answer, listener })
        assert.deepStrictEqual(arrived, [])
        assert.strictEqual(Result.isFailure(result) && kindOf(result.failure.reason), "MalformedTokenResponse")
      }
    }))
})

describe("the verdict", () => {
  const Status = Schema.Literals([200, 201, 301, 400, 401, 403, 404, 418, 429, 500, 503])

  it.effect.prop(
    "I21: an answer's status, access_token and error alone decide whether it is a success, a refusal or neither (F87, F88)",
    {
      status: Status,
      access_token: Schema.optionalKey(Json),
      error: Schema.optionalKey(Schema.Union([Json, Schema.Literals(["invalid_grant", "invalid_client", "odd"])])),
      others: Schema.Struct({
        error_description: Schema.optionalKey(Json),
        refresh_token: Schema.optionalKey(Json),
        expires_in: Schema.optionalKey(Json),
        scope: Schema.optionalKey(Json)
      })
    },
    ({ access_token, error, others, status }) =>
      Effect.gen(function*() {
        const deciding = {
          ...(access_token !== undefined && { access_token }),
          ...(error !== undefined && { error })
        }
        const verdictOf = (body: object) =>
          Effect.map(exchange({ answer: Response.json(body, { status }) }), ({ result }) =>
            Result.match(result, {
              onSuccess: () => "Success",
              onFailure: ({ reason }) => kindOf(reason)
            }))
        const verdict = yield* verdictOf({ ...others, ...deciding })
        assert.strictEqual(verdict, yield* verdictOf(deciding))

        const isOk = status === 200 || status === 201
        if (isOk && typeof access_token === "string" && /^[!-~]+$/.test(access_token)) {
          assert.strictEqual(verdict, "Success")
        } else if ((isOk || [400, 401, 403].includes(status)) && error === "invalid_grant") {
          assert.strictEqual(verdict, "Revoked")
        } else if ((isOk || [400, 401, 403].includes(status)) && error === "invalid_client") {
          assert.strictEqual(verdict, "InvalidClient")
        } else {
          assert.include(["MalformedTokenResponse", "UnexpectedStatus", "RateLimited", "ServerError"], verdict)
        }
      }),
    runs
  )

  it.effect.each<readonly [unknown]>([[{ code: 7 }], [["because"]], [7], [true], [null], [""]])(
    "is a refusal whatever its description is: %j (F88)",
    ([error_description]) =>
      Effect.gen(function*() {
        for (
          const [error, status, grant, expected] of [
            ["invalid_grant", 400, refreshToken, "Revoked"],
            ["invalid_client", 401, program, "InvalidClient"],
            ["invalid_scope", 400, code, "TokenRequestRejected"]
          ] as const
        ) {
          const reason = yield* refused({ answer: Response.json({ error, error_description }, { status }), grant })
          assert.strictEqual(kindOf(reason), expected)
          assert.isFalse("description" in reason && reason.description !== undefined)
        }
      })
  )

  it.effect.each<readonly [unknown]>([[""], [" "], [null], [7], [{}], [["invalid_grant"]], [true]])(
    "is none where the error is no code: %j (F87, F88)",
    ([error]) =>
      Effect.gen(function*() {
        assert.strictEqual(
          kindOf(yield* refused({ answer: Response.json({ error }, { status: 400 }) })),
          "UnexpectedStatus"
        )
        const malformed = yield* refused({ answer: { error } })
        assert.strictEqual(malformed._tag, "MalformedTokenResponse")
        assert.include(malformed.message, "access_token is missing")
      })
  )
})

describe("a compressed answer", () => {
  const codings = {
    "gzip": gzipSync,
    "x-gzip": gzipSync,
    "deflate": deflateSync,
    "DEFLATE": deflateRawSync,
    "br": brotliCompressSync
  } as const

  const compressed = (body: object | string, coding: keyof typeof codings, status = 200) =>
    new Response(new Uint8Array(codings[coding](typeof body === "string" ? body : JSON.stringify(body))), {
      status,
      headers: { "content-encoding": coding }
    })

  it.effect.each(["gzip", "x-gzip", "deflate", "DEFLATE", "br"] as const)(
    "is read as any other, a refusal too: %s (F89)",
    (coding) =>
      Effect.gen(function*() {
        const tokenSet = yield* accepted({ answer: compressed({ ...token, refresh_token: "R1" }, coding) })
        assert.strictEqual(Redacted.value(tokenSet.refreshToken ?? Redacted.make("")), "R1")
        assert.strictEqual(
          kindOf(yield* refused({ answer: compressed({ error: "invalid_grant" }, coding, 400) })),
          "Revoked"
        )
      })
  )

  it.effect("in a coding that cannot be undone is an error that names it (F89)", () =>
    Effect.gen(function*() {
      const answer = (status: number) =>
        new Response(new Uint8Array(gzipSync("{}")), { status, headers: { "content-encoding": "dcz" } })
      const malformed = yield* refused({ answer: answer(200) })
      assert.strictEqual(malformed._tag, "MalformedTokenResponse")
      assert.include(malformed.message, "\"dcz\"")
      for (const status of [300, 400]) {
        const rejected = yield* refused({ answer: answer(status) })
        assert.strictEqual(kindOf(rejected), "UnexpectedStatus")
        assert.include(rejected.message, `${status}, and the body is in the coding "dcz"`)
      }
    }))

  it.effect("is counted as it comes out: nothing larger than 64 KiB is unpacked (F89)", () =>
    Effect.gen(function*() {
      const padded = (size: number) => `${JSON.stringify(token)}${" ".repeat(size - JSON.stringify(token).length)}`
      assert.isDefined(yield* accepted({ answer: compressed(padded(65_536), "gzip") }))
      for (const size of [65_537, 50_000_000]) {
        const reason = yield* refused({ answer: compressed(padded(size), "gzip") })
        assert.strictEqual(reason._tag, "MalformedTokenResponse")
        assert.include(reason.message, "larger than 65536 bytes")
      }
      const outage = yield* refused({ answer: compressed(padded(65_537), "gzip", 503) })
      assert.strictEqual(kindOf(outage), "ServerError")
      assert.include(outage.message, "503, and the body is larger than 65536 bytes")
    }))
})
