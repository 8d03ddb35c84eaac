/**
 * The blocks of READMEs and doc comments, run against a sandbox that stands in for Spotify.
 *
 * **Details**
 *
 * A whole program, which does something by itself, runs as a process. Of any other block each constant that is an effect runs, with a client and the tokens
 * of a person who has signed in, and has to succeed. An effect that needs more than that is only compiled: another service,
 * a sign-in of its own, a page in a browser. A result that a block states, as in `expression // => value`, has to be the
 * value of the expression, or what the effect succeeds with.
 */
import { Scope } from "@app/api/model/Scope"
import * as RateLimit from "@app/api/RateLimit"
import * as Providers from "@app/auth/Providers"
import * as TokenEndpoint from "@app/auth/TokenEndpoint"
import { Sandbox } from "@app/sandbox"
import { assert, beforeAll, describe, layer } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Digest from "effect/crypto/Digest"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import { execFile } from "node:child_process"
import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import * as DocBlock from "./support/DocBlock.ts"

const generated = join(import.meta.dirname, "documentation-runs")

type Running = typeof Sandbox.Sandbox.Service

// =============================================================================
// Loading
// =============================================================================

interface Loaded {
  readonly $constants: Readonly<Record<string, unknown>>
  /** Both sides of each result that the block states. */
  readonly $results: ReadonlyArray<readonly [actual: () => unknown, expected: () => unknown]>
}

/** Loads a block, in which the client of the sandbox takes the place of the reader's own. */
const load = async (block: DocBlock.DocBlock, { client }: Running): Promise<Loaded> => {
  const text = block.text
    .replaceAll(
      "clientSecret: Redacted.make(\"…\")",
      `clientSecret: Redacted.make("${Redacted.value(client.clientSecret)}")`
    )
    .replace(/clientId: "(?:…|your client id)"/g, `clientId: "${client.clientId}"`)
  const results = DocBlock.resultsOf(block).map(({ actual, expected }) => `[() => (${actual}), () => (${expected})]`)
  const exports = [
    `export const $constants = { ${DocBlock.constantsOf(block).join(", ")} }`,
    `export const $results = [${results.join(", ")}]`
  ]
  writeFileSync(join(generated, block.name), `${text}\n${exports.join("\n")}\n`)
  return import(join(generated, block.name))
}

// =============================================================================
// Running
// =============================================================================

const environmentOf = ({ accountsUrl, apiUrl, client }: Running) => ({
  SPOTIFY_CLIENT_ID: client.clientId,
  SPOTIFY_CLIENT_SECRET: Redacted.value(client.clientSecret),
  SPOTIFY_ACCOUNTS_URL: accountsUrl,
  SPOTIFY_API_URL: apiUrl
})

/** Sends to the sandbox what is meant for Spotify, and answers for all other hosts with an empty object. */
const fetchFrom = ({ accountsUrl, apiUrl }: Running): typeof fetch => async (input, init) => {
  const asked = input instanceof Request ? input.url : input.toString()
  const url = asked
    .replace("https://accounts.spotify.com", accountsUrl)
    .replace("https://api.spotify.com/v1", apiUrl)
  const response = url.startsWith("http://127.0.0.1:") ? await fetch(url, init) : Response.json({})
  // A response from elsewhere would look like a redirect.
  return Object.defineProperty(response, "url", { value: asked })
}

const Services = Layer.mergeAll(Sandbox.signedIn({ scopes: Scope.literals }), RateLimit.layer).pipe(
  Layer.provideMerge(Layer.mergeAll(SecureRandom.layerWebCrypto, Digest.layerWebCrypto, FetchHttpClient.layer)),
  Layer.provideMerge(Sandbox.layer({ quotaMode: "extended", legacy: true }))
)

/** Reports that an effect failed for a need that this test does not meet. */
const needsMore = (cause: Cause.Cause<unknown>): boolean => {
  const error = Option.getOrUndefined(Cause.findErrorOption(cause))
  if (error === undefined) return /Service not found: /.test(Cause.pretty(cause))
  const reason = Predicate.hasProperty(error, "reason") ? error.reason : undefined
  return Predicate.isTagged(reason, "ReauthorizationRequired")
    // A folder of the person's own.
    || Predicate.isTagged(reason, "InvalidConfiguration") && Predicate.hasProperty(reason, "setting")
      && reason.setting === "The directory of tokens"
    // An operation of the reader's own contract.
    || Predicate.isTagged(reason, "NotFound") && Predicate.hasProperty(reason, "apiUrl")
}

/** True for an effect. It is run for what it needs to come out: one that requires more than `Services` fails. */
const isRunnable = (value: unknown): value is Effect.Effect<unknown, unknown, Layer.Success<typeof Services>> =>
  Effect.isEffect(value)

const runsInPage = ({ name, text }: DocBlock.DocBlock) =>
  name.includes(".browser.") || /from "@app\/\w+\/browser\//.test(text)

describe("documentation", () => {
  beforeAll(() => {
    rmSync(generated, { recursive: true, force: true })
    mkdirSync(generated)
    return () => rmSync(generated, { recursive: true })
  })

  layer(Services, { excludeTestServices: true })((it) => {
    it.effect("every block that can run does, with the results that it states", () =>
      Effect.gen(function*() {
        const context = yield* Effect.context<Layer.Success<typeof Services>>()
        const sandbox = yield* Sandbox.Sandbox
        const succeeded: Array<string> = []
        const failed: Array<string> = []

        const run = (effect: Effect.Effect<unknown, unknown, Layer.Success<typeof Services>>) =>
          effect.pipe(
            Effect.provide(context),
            Effect.provideService(FetchHttpClient.Fetch, fetchFrom(sandbox)),
            Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromUnknown(environmentOf(sandbox))),
            Effect.provide(Logger.layer([])),
            Effect.timeout("20 seconds"),
            Effect.exit
          )

        for (const block of DocBlock.blocks.filter((each) => !DocBlock.isProgram(each) && !runsInPage(each))) {
          const { $constants, $results } = yield* Effect.promise(() => load(block, sandbox))
          for (const [name, value] of Object.entries($constants)) {
            if (!isRunnable(value)) continue
            const exit = yield* run(value)
            if (Exit.isSuccess(exit)) succeeded.push(`${block.name} ${name}`)
            else if (!needsMore(exit.cause)) failed.push(`${block.name} ${name}: ${Cause.pretty(exit.cause)}`)
          }
          for (const [actual, expected] of $results) {
            const value = actual()
            const exit = isRunnable(value) ? yield* run(value) : Exit.succeed(value)
            assert.deepStrictEqual(exit, Exit.succeed(expected()), block.name)
          }
        }
        assert.deepStrictEqual(failed, [])
        assert.isAtLeast(succeeded.length, 35)
      }), 120_000)

    it.effect("every whole program runs to its end", () =>
      Effect.gen(function*() {
        const programs = DocBlock.blocks.filter(DocBlock.isProgram)
        assert.isAtLeast(programs.length, 2)
        const { accountsUrl, apiUrl, client: { clientId } } = yield* Sandbox.Sandbox
        const endpoint = yield* TokenEndpoint.make({ server: Providers.spotify.at(accountsUrl), client: { clientId } })
        const { refreshToken } = yield* endpoint.request(yield* Sandbox.signIn({ scopes: Scope.literals }))
        assert.isDefined(refreshToken)
        const run = Effect.fnUntraced(function*({ name, text }: DocBlock.DocBlock) {
          const file = join(generated, name)
          writeFileSync(file, text)
          const { stderr, stdout } = yield* Effect.tryPromise(() =>
            promisify(execFile)(process.execPath, [file], {
              env: {
                PATH: process.env["PATH"],
                HOME: generated,
                SPOTIFY_CLIENT_ID: clientId,
                SPOTIFY_REFRESH_TOKEN: Redacted.value(refreshToken),
                SPOTIFY_ACCOUNTS_URL: accountsUrl,
                SPOTIFY_API_URL: apiUrl
              },
              timeout: 60_000
            })
          )
          assert.strictEqual(stderr, "", name)
          assert.notStrictEqual(stdout, "", name)
        })
        yield* Effect.forEach(programs, run, { concurrency: 3, discard: true })
      }), 120_000)
  })
})
