/**
 * A program that lets out everything it can, in every usual way, and knows every secret it has to do with.
 *
 * Lines are logged at trace level, in three formats; spans, metrics and lines leave through the OTLP exporter, metrics
 * for Prometheus, too; values and errors are printed as text, as JSON, and by `inspect` down to the bottom.
 */
import { assert } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Base64 from "effect/encoding/Base64"
import * as Base64Url from "effect/encoding/Base64Url"
import * as Hex from "effect/encoding/Hex"
import * as Exit from "effect/Exit"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Metric from "effect/Metric"
import * as Otlp from "effect/observability/Otlp"
import * as PrometheusMetrics from "effect/observability/PrometheusMetrics"
import * as References from "effect/References"
import { inspect } from "node:util"

export class LeakHunt {
  readonly #texts: Array<string> = []
  readonly #secrets = new Set<string>()

  // ---------------------------------------------------------------------------
  // Secrets
  // ---------------------------------------------------------------------------

  /** Makes a text a secret, and gives it back. */
  readonly secret = (text: string): string => {
    if (text !== "") this.#secrets.add(text)
    return text
  }

  /** All that is secret so far, as a server would say it that echoes what it was sent. */
  readonly echo = (): string => [...this.#secrets].join(" ")

  /** Notes every secret that crosses the wire, in either direction, so that none has to be known beforehand. */
  readonly wiretap = Layer.effect(
    HttpClient.HttpClient,
    Effect.map(HttpClient.HttpClient, (client) =>
      client.pipe(
        HttpClient.tapRequest((request) =>
          Effect.sync(() => {
            const body = request.body._tag === "Uint8Array" ? new TextDecoder().decode(request.body.body) : ""
            const form = new URLSearchParams(body)
            for (const name of ["refresh_token", "token", "code", "code_verifier", "client_secret"]) {
              this.secret(form.get(name) ?? "")
            }
            this.secret(/^(?:Basic|Bearer) (.+)$/.exec(request.headers["authorization"] ?? "")?.[1] ?? "")
          })
        ),
        HttpClient.transformResponse(Effect.flatMap((response) =>
          Effect.map(response.text, (text) => {
            for (const [, secret = ""] of text.matchAll(/"(?:access_token|refresh_token)":"([^"]+)"/g)) {
              this.secret(secret)
            }
            const answer = new Response(text, { status: response.status, headers: response.headers })
            return HttpClientResponse.fromWeb(response.request, answer)
          })
        ))
      ))
  )

  // ---------------------------------------------------------------------------
  // Ways out
  // ---------------------------------------------------------------------------

  /** Lets a text out. */
  readonly show = (text: string): void => {
    this.#texts.push(text)
  }

  /** Lets a value out in every way in which one is printed. */
  readonly print = (value: unknown): void => {
    this.show(inspect(value, { depth: Infinity, showHidden: true, getters: true, maxStringLength: Infinity }))
    this.show(String(value))
    this.show(JSON.stringify(value, (_key, inner: unknown) => typeof inner === "bigint" ? String(inner) : inner) ?? "")
    if (value instanceof Error) {
      this.show(`${value.message}\n${value.stack}`)
      if (value.cause !== undefined) this.print(value.cause)
    }
  }

  /** Runs an effect and lets out what it comes to, be it good or bad. */
  readonly observe = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<void, never, R> =>
    Effect.map(Effect.exit(effect), (exit) => {
      if (Exit.isSuccess(exit)) return this.print(exit.value)
      this.show(Cause.pretty(exit.cause))
      this.print(exit.cause)
      this.print(Cause.squash(exit.cause))
    })

  readonly #collector = HttpClient.make((request) =>
    Effect.sync(() => {
      if (request.body._tag === "Uint8Array") this.show(new TextDecoder().decode(request.body.body))
      return HttpClientResponse.fromWeb(request, new Response("{}"))
    })
  )

  readonly #telemetry = Layer.mergeAll(
    Otlp.layerJson({ baseUrl: "http://collector.example.com", resource: { serviceName: "hunt" } }).pipe(
      Layer.provide(Layer.succeed(HttpClient.HttpClient, this.#collector))
    ),
    Layer.succeed(References.MinimumLogLevel, "All"),
    // A curious program records every header it sends and receives.
    Layer.succeed(HttpClient.TracerHeaderFilter, () => true)
  ).pipe(
    Layer.provideMerge(Logger.layer([Logger.make((options) => {
      this.print(options.message)
      this.show(Cause.pretty(options.cause))
      this.show(Logger.formatLogFmt.log(options))
      this.show(Logger.formatJson.log(options))
    })])),
    Layer.provideMerge(Layer.sync(Metric.MetricRegistry, () => new Map()))
  )

  // ---------------------------------------------------------------------------
  // The hunt
  // ---------------------------------------------------------------------------

  /** Runs a program with every way out open, and finds no secret in what has left it. */
  readonly run = <A, E, R>(
    program: Effect.Effect<A, E, R>,
    /** What must be among the texts: a hunt that sees nothing finds nothing. */
    seen: ReadonlyArray<string>
  ) =>
    Effect.scoped(program).pipe(
      Effect.andThen(Effect.all([this.observe(Metric.snapshot), Effect.map(PrometheusMetrics.format(), this.show)])),
      Effect.provide(this.#telemetry),
      Effect.andThen(Effect.sync(() => {
        for (const text of seen) assert.isTrue(this.#texts.some((shown) => shown.includes(text)), `${text} is seen`)
        assert.isAbove(this.#secrets.size, 0)
        assert.deepStrictEqual([...this.#secrets].flatMap(this.#leaksOf), [])
      }))
    )

  readonly #leaksOf = (secret: string): ReadonlyArray<string> => {
    assert.isAbove(secret.length, 8, `"${secret}" is too short to be looked for`)
    return formsOf(secret).flatMap((form) =>
      this.#texts.filter((text) => text.includes(form)).map((text) => {
        const at = text.indexOf(form)
        return `${text.slice(Math.max(0, at - 200), at)}<here>`
      })
    )
  }
}

/** A secret as it is, and as it goes into URLs, forms, headers and dumps of bytes. */
const formsOf = (secret: string): ReadonlyArray<string> => {
  const bytes = new TextEncoder().encode(secret)
  return [
    ...new Set([
      secret,
      JSON.stringify(secret).slice(1, -1),
      encodeURIComponent(secret),
      new URLSearchParams({ "": secret }).toString().slice(1),
      Base64.encode(bytes),
      Base64Url.encode(bytes),
      Hex.encode(bytes),
      Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" "),
      bytes.join(","),
      bytes.join(", ")
    ])
  ]
}
