import * as SpotifyError from "@app/api/SpotifyError"
import * as AuthError from "@app/auth/AuthError"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as CliError from "effect/cli/CliError"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Exit from "effect/Exit"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { ExitCode } from "../src/ExitCode.ts"
import * as Failure from "../src/Failure.ts"

const ended = (kind: AuthError.ReauthorizationRequired["kind"]) => new AuthError.ReauthorizationRequired({ kind })

const signIn = (kind: AuthError.SignInFailed["kind"]) =>
  new AuthError.SignInFailed({ kind, port: 8900, issue: "it did not work." })

const authReasons: ReadonlyArray<readonly [AuthError.AuthErrorReason, number]> = [
  [ended("Expired"), 4],
  [ended("Revoked"), 4],
  [ended("AnswerLost"), 4],
  [ended("SignedOut"), 4],
  [ended("NoRefreshToken"), 4],
  [ended("InsufficientScope"), 4],
  [new AuthError.AuthorizationChanged(), 4],
  [new AuthError.AuthorizationDenied({ error: "access_denied" }), 4],
  [new AuthError.StateMismatch({ parameter: "state", issue: "it is missing" }), 4],
  [signIn("TimedOut"), 4],
  [signIn("PortTaken"), 8],
  [signIn("Busy"), 8],
  [signIn("Unavailable"), 8],
  [new AuthError.TokenRequestFailed({ kind: "Timeout", detail: "nobody answered" }), 7],
  [new AuthError.MalformedTokenResponse({ issue: "it is a page" }), 7],
  [new AuthError.InvalidClient({ clientId: "some" }), 8],
  [new AuthError.TokenRequestRejected({ error: "invalid_scope" }), 8],
  [new AuthError.InvalidConfiguration({ setting: "client.clientId", issue: "it is empty." }), 8],
  [new AuthError.StoreFailed({ operation: "read", kind: "Corrupt", place: "/tmp/x", issue: "it is no record" }), 8]
]

const forbidden = (kind: SpotifyError.Forbidden["kind"]) =>
  new SpotifyError.Forbidden({ kind, scopes: ["user-top-read"] })

const endsAt = DateTime.makeUnsafe("2026-11-26T05:00:00Z")

const spotifyReasons: ReadonlyArray<readonly [SpotifyError.SpotifyErrorReason, number]> = [
  [new SpotifyError.Unauthorized(), 4],
  [forbidden("InsufficientScope"), 5],
  [forbidden("PremiumRequired"), 5],
  [forbidden("NotRegistered"), 5],
  [forbidden("NotInQuotaMode"), 5],
  [forbidden("Other"), 5],
  [new SpotifyError.NotFound({ asked: ["x"] }), 3],
  [new SpotifyError.BadRequest({ status: 400 }), 2],
  [new SpotifyError.RateLimited({ endsAt }), 6],
  [new SpotifyError.QuotaExceeded({ endsAt }), 6],
  [new SpotifyError.ServiceUnavailable({ status: 503 }), 7],
  [new SpotifyError.Timeout({ limit: "call", after: Duration.seconds(30) }), 7],
  [new SpotifyError.Transport({ phase: "connect" }), 7],
  [new SpotifyError.UnexpectedResponse({ path: "name", detail: "it is missing" }), 7],
  [new SpotifyError.InvalidArgument({ argument: "track", issue: "it is no id" }), 2],
  [new SpotifyError.InvalidConfiguration({ setting: "apiUrl", issue: "it is no URL." }), 8]
]

const errors = [
  ...authReasons.map(([reason, code]) => [reason, new AuthError.AuthError({ reason }), code] as const),
  ...spotifyReasons.map(([reason, code]) => [reason, new SpotifyError.SpotifyError({ reason }), code] as const)
]

describe("the exit code", () => {
  it.each(
    errors.map(([reason, error, code]) =>
      [`${reason._tag} ${"kind" in reason ? reason.kind : ""}`, error, code] as const
    )
  )(
    "of %s tells what to do, with a sentence on one line",
    (_, error, code) => {
      const failure = Failure.fromError(error)
      assert.strictEqual(failure.code, code)
      assert.match(failure.sentence ?? "", /^[^\n]+[.)"]$/)
    }
  )

  it("of a call that is wrong is 2, of asking for help 0; both have been said", () => {
    const wrong = new CliError.UnrecognizedOption({ option: "--x", suggestions: [] })
    const help = (errors: ReadonlyArray<CliError.NonShowHelpErrors>) =>
      new CliError.ShowHelp({ commandPath: ["spotify"], errors })
    assert.deepStrictEqual(Failure.fromError(help([wrong])), { code: 2, sentence: undefined })
    assert.deepStrictEqual(Failure.fromError(help([])), { code: 0, sentence: undefined })
  })

  it("of a mistake in the program is 1, and its sentence shows no stack", () => {
    const { code, sentence = "" } = Failure.fromExit(Exit.die(new TypeError("x is undefined\n    at main.ts"))) ?? {}
    assert.strictEqual(code, 1)
    assert.match(sentence, /report it: x is undefined {5}at main.ts$/)
    assert.notInclude(sentence, "\n")
  })

  it("of an interruption is 130, and of success none", () => {
    assert.deepStrictEqual(Failure.fromExit(Exit.failCause(Cause.interrupt())), { code: 130 })
    assert.isUndefined(Failure.fromExit(Exit.void))
  })

  it("has a sentence that no server can put escape sequences into", () => {
    const reason = new AuthError.AuthorizationDenied({ error: "other", description: "\u001b[31mred\u001b[0m" })
    assert.notMatch(Failure.fromError(new AuthError.AuthError({ reason })).sentence ?? "", /\p{Cc}/u)
  })

  it("of a sign-in that is needed names the account, and of anything else does not", () => {
    const of = (reason: AuthError.AuthErrorReason) =>
      Failure.fromError(Failure.ofAccount(new AuthError.AuthError({ reason }), "kids"))
    assert.deepStrictEqual(of(ended("Expired")), {
      code: 4,
      sentence: "Your sign-in has reached its end. Run `spotify login --account kids`."
    })
    assert.deepStrictEqual(of(ended("InsufficientScope")), {
      code: 4,
      sentence: "Your sign-in does not cover this. Run `spotify login --account kids` and agree to it."
    })
    assert.notInclude(of(new AuthError.InvalidClient({ clientId: "some" })).sentence ?? "", "kids")
  })

  it("of a port that is taken leads to the flag for another one", () => {
    const { sentence } = Failure.fromError(new AuthError.AuthError({ reason: signIn("PortTaken") }))
    assert.match(sentence ?? "", /--redirect-uri\.$/)
  })

  it("is in the table of the README", () => {
    const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8")
    const listed = Array.from(readme.matchAll(/^\| (\d+) +\|/gm), ([, code]) => Number(code))
    assert.deepStrictEqual(listed, Object.values(ExitCode))
  })
})
