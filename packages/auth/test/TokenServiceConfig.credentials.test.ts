/** Credentials out of environment variables. */
import * as TokenService from "@app/auth/TokenService"
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { assertDiscreet, isText, join, sending, settingOf, text, tokenOf } from "./support/Credentials.ts"
import * as Runs from "./support/Runs.ts"

const ofWhiteSpace = /^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g

describe("credentials in the environment", () => {
  const variables = ["SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET", "SPOTIFY_REFRESH_TOKEN"] as const
  const good = { SPOTIFY_CLIENT_ID: "client", SPOTIFY_CLIENT_SECRET: "secret", SPOTIFY_REFRESH_TOKEN: "AQ" }

  const configured = (env: Readonly<Record<string, string>>) =>
    sending(
      tokenOf(TokenService.layerConfig()).pipe(
        Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env })))
      )
    )

  it.effect.prop(
    "count without white space around them, and are printable ASCII or said by their variable (F93)",
    {
      given: text,
      before: Schema.Literals(["", " ", "\t"]),
      after: Schema.Literals(["", "\n", "\r\n", " \n"]),
      variable: Schema.Literals(variables)
    },
    ({ after, before, given, variable }) =>
      Effect.gen(function*() {
        const value = join(given)
        const { exit, sent } = yield* configured({ ...good, [variable]: `${before}${value}${after}` })
        const meant = value.replace(ofWhiteSpace, "")
        const isKept = isText(meant) && !/^(["'`])[^]*\1$/.test(meant.length > 1 ? meant : "") &&
          !/^bearer\s/i.test(meant)
        if (isKept || (meant === "" && variable !== "SPOTIFY_CLIENT_ID")) {
          assert.strictEqual(exit._tag, "Success")
          const { authorization = "", form = {} } = sent[0] ?? {}
          const told = [
            form["refresh_token"],
            form["client_id"],
            ...atob(authorization.slice(6)).split(":").map((half) => decodeURIComponent(half.replaceAll("+", " ")))
          ]
          if (isKept) assert.include(told, meant)
        } else {
          assert.deepStrictEqual(sent, [])
          assert.strictEqual(exit._tag === "Failure" ? settingOf(exit.failure) : "none", variable)
          if (exit._tag === "Failure") assertDiscreet(exit.failure, value)
        }
      }),
    { arbitrary: { runs: Runs.upTo(500) } }
  )

  it.effect.each(
    [
      ["\"AQ-canary\"", "stands in quotation marks", "docker --env-file"],
      ["'AQ-canary'\r", "stands in quotation marks", "Remove them"],
      ["Bearer AQ-canary", "begins with \"Bearer\"", "Leave that word out"],
      ["\ufeffAQ-canary", "byte order mark (U+FEFF)", "without a byte order mark"],
      ["AQ-\u200bcanary", "holds an invisible character (U+200B)", "Remove it"]
    ] as const
  )("%j is told apart, with what to do about it (F93)", ([value, fault, remedy]) =>
    Effect.gen(function*() {
      for (const variable of variables) {
        const { exit, sent } = yield* configured({ ...good, [variable]: value })
        const message = exit._tag === "Failure" ? exit.failure.message : ""
        assert.include(message, `${variable} cannot be used: it `)
        assert.include(message, fault)
        assert.include(message, remedy)
        assert.notInclude(message, "canary")
        assert.deepStrictEqual(sent, [])
      }
    }))
})
