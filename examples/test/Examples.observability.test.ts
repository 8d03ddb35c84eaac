/** The examples of telemetry, and what lies beside them for Grafana and Prometheus. */
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { execFileSync, spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parse } from "yaml"
import { root, run } from "./support/Example.ts"

const Dashboard = Schema.Struct({
  uid: Schema.String,
  schemaVersion: Schema.Int,
  templating: Schema.Struct({
    list: Schema.Array(Schema.Struct({ name: Schema.String, definition: Schema.optionalKey(Schema.String) }))
  }),
  panels: Schema.Array(Schema.Struct({
    id: Schema.Int,
    title: Schema.String,
    gridPos: Schema.Struct({ x: Schema.Int, y: Schema.Int, w: Schema.Int, h: Schema.Int }),
    targets: Schema.optionalKey(Schema.Array(Schema.Struct({ refId: Schema.String, expr: Schema.String })))
  }))
})

const Rules = Schema.Struct({
  groups: Schema.Array(Schema.Struct({
    name: Schema.String,
    rules: Schema.Array(Schema.Struct({
      alert: Schema.String,
      expr: Schema.String,
      for: Schema.optionalKey(Schema.String),
      labels: Schema.Struct({ severity: Schema.Literals(["warning", "critical"]) }),
      annotations: Schema.Struct({ summary: Schema.String, description: Schema.String })
    }))
  }))
})

const read = (file: string) => readFileSync(join(root, "examples/observability", file), "utf8")

const dashboard = Schema.decodeUnknownSync(Dashboard)(JSON.parse(read("dashboard.json")))
const alerts = Schema.decodeUnknownSync(Rules)(parse(read("alerts.yaml"))).groups.flatMap(({ rules }) => rules)

const queries = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))

/** The series that a query reads, such as `spotify_call_duration_bucket`. */
const seriesOf = (query: string) => Array.from(query.matchAll(/\b(?:oauth|spotify)_\w+/g), ([name]) => name)

/** The series that a scrape has: those of a histogram end in `_bucket`, `_sum` and `_count`. */
const exported = (lines: ReadonlyArray<string>): ReadonlySet<string> =>
  new Set(lines.flatMap((line) => {
    const [, name = "", kind] = /^# TYPE (\w+) (\w+)$/.exec(line) ?? []
    return kind === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name]
  }))

/** The labels that a series has in a scrape. */
const labelsOf = (lines: ReadonlyArray<string>, series: string): ReadonlySet<string> => {
  const name = series.replace(/_bucket$/, "_count")
  const samples = lines.filter((line) => line.startsWith(`${name}{`))
  return new Set(samples.flatMap((line) => Array.from(line.matchAll(/(\w+)="/g), ([, label = ""]) => label)))
}

const hasPromtool = spawnSync("promtool", ["--version"]).status === 0

describe("examples", { concurrent: true, timeout: 120_000 }, () => {
  it("observability: traces, logs and metrics reach the collector", async () => {
    const output = (await run("observability")).join("\n")
    for (const span of ["visit", "TokenService.wait", "TokenService.refresh", "TokenEndpoint.request"]) {
      assert.match(output, new RegExp(`^trace   ${span} +\\d+ ms$`, "m"))
    }
    assert.match(output, /^log {5}Warn: No token could be fetched: the authorization server answered 503\./m)
    assert.match(output, /^log {5}Info: Token 2 is here\. Attempts that failed before it: 1\.$/m)
    assert.include(output, "oauth_token_requests grant=AuthorizationCode outcome=success: 1")
    assert.include(output, "oauth_token_requests grant=RefreshToken outcome=TokenRequestFailed: 1")
    assert.match(output, /^metric {2}oauth_token_requests grant=RefreshToken outcome=success: [3-9]$/m)
    assert.match(output, /^metric {2}oauth_token_request_duration grant=RefreshToken: [4-9] times, \d+ ms in all$/m)
    for (const gauge of ["oauth_token_expires_at", "oauth_authorized_at", "oauth_waiting_callers"]) {
      assert.match(output, new RegExp(`${gauge}: \\d`))
    }
  })

  it("prometheus: serves every metric that the dashboard and the alert rules read", async () => {
    const lines = await run("prometheus")
    const output = lines.join("\n")
    assert.match(
      output,
      /^oauth_token_requests_total\{issuer=".*",grant="RefreshToken",outcome="TokenRequestFailed"\} 1$/m
    )
    assert.match(output, /^oauth_token_expires_at\{issuer=".*",client_id="\w+"\} \d+/m)
    assert.match(output, /^spotify_retries_total\{operation="tracks\.get",reason="ServiceUnavailable"\} 1$/m)
    assert.match(output, /^spotify_rate_limited_total\{operation="tracks\.get"\} 1$/m)
    assert.match(output, /^spotify_gate_waits_count\{operation="profile\.me"\} 1$/m)
    assert.match(output, /^spotify_quota_exceeded_total\{operation="tracks\.saved"\} 1$/m)

    const definitions = dashboard.templating.list.flatMap(({ definition }) => definition ?? [])
    const asked = [...queries, ...definitions, ...alerts.map(({ expr }) => expr)].flatMap(seriesOf)
    assert.isAbove(asked.length, 20)
    const served = exported(lines)
    assert.deepStrictEqual(asked.filter((series) => !served.has(series)), [])
    const variables = definitions.map((definition) => /^label_values\((\w+), (\w+)\)$/.exec(definition) ?? [])
    for (const [, series = "", label = ""] of variables) assert.isTrue(labelsOf(lines, series).has(label), label)
    for (const query of queries) {
      for (const [, series = "", selector = ""] of query.matchAll(/((?:oauth|spotify)_\w+)\{([^}]*)\}/g)) {
        for (const [, label = ""] of selector.matchAll(/(\w+)=~?"/g)) {
          assert.isTrue(labelsOf(lines, series).has(label), `${series} has no ${label}`)
        }
      }
    }
  })
})

describe("the dashboard", () => {
  it("has panels that do not overlap, each with a query, and no variable that is not declared", () => {
    const ids = dashboard.panels.map(({ id }) => id)
    assert.strictEqual(new Set(ids).size, ids.length)
    const cells = dashboard.panels.flatMap(({ gridPos: { h, w, x, y } }) =>
      Array.from({ length: h * w }, (_, i) => `${x + i % w} ${y + Math.floor(i / w)}`)
    )
    assert.strictEqual(new Set(cells).size, cells.length)
    assert.isTrue(dashboard.panels.every(({ gridPos: { w, x } }) => x + w <= 24))
    const declared = dashboard.templating.list.map(({ name }) => name)
    for (const query of queries) {
      for (const [, name = ""] of query.matchAll(/\$(\w+)/g)) assert.include(declared, name)
    }
  })

  it("and the alert rules are queries that Prometheus reads", () => {
    assert.strictEqual(new Set(alerts.map(({ alert }) => alert)).size, 5)
    for (const query of [...queries, ...alerts.map(({ expr }) => expr)]) {
      const brackets = query.replace(/"[^"]*"/g, "").replace(/[^()[\]{}]/g, "")
      let rest = brackets
      while (/\(\)|\[\]|\{\}/.test(rest)) rest = rest.replace(/\(\)|\[\]|\{\}/g, "")
      assert.strictEqual(rest, "", query)
    }
    // Prometheus itself judges where it is installed.
    if (!hasPromtool) return
    const folder = mkdtempSync(join(tmpdir(), "rules-"))
    const recorded = queries.map((expr, i) => ({ record: `panel:${i}`, expr: expr.replace(/\$\w+/g, ".*") }))
    writeFileSync(join(folder, "panels.json"), JSON.stringify({ groups: [{ name: "panels", rules: recorded }] }))
    writeFileSync(join(folder, "alerts.yaml"), read("alerts.yaml"))
    execFileSync("promtool", ["check", "rules", join(folder, "panels.json"), join(folder, "alerts.yaml")])
    rmSync(folder, { recursive: true })
  })
})
