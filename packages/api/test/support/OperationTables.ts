/** Tables of the READMEs that come from the contract: every operation, with what its annotations say. */
import * as Context from "effect/Context"
import * as HttpApi from "effect/http-api/HttpApi"
import * as Annotations from "../../src/contract/Annotations.ts"
import { SpotifyApi } from "../../src/contract/SpotifyApi.ts"

// =============================================================================
// Operations
// =============================================================================

export interface Operation {
  /** The module of its section, such as `Tracks`. */
  readonly module: string
  /** The name of its function there, which is that of its endpoint. */
  readonly name: string
  readonly method: string
  /** As Spotify's reference writes it: `/tracks/{id}`. */
  readonly path: string
  readonly reference: string | undefined
  readonly required: ReadonlyArray<ReadonlyArray<string>>
  readonly optional: ReadonlyArray<string>
  readonly audience: Annotations.Audience
  readonly alternative: string | undefined
}

/** Every operation of the contract, by section. */
export const operations: ReadonlyArray<Operation> = (() => {
  const found: Array<Operation> = []
  HttpApi.reflect(SpotifyApi, {
    onGroup: () => {},
    onEndpoint: ({ endpoint: { annotations, identifier, method, path }, group }) => {
      found.push({
        module: `${group.identifier.slice(0, 1).toUpperCase()}${group.identifier.slice(1)}`,
        name: identifier,
        method,
        path: path.replace(/:(\w+)/g, "{$1}"),
        reference: Context.get(annotations, Annotations.Reference),
        ...Context.get(annotations, Annotations.Scopes),
        audience: Context.get(annotations, Annotations.Audience),
        alternative: Context.get(annotations, Annotations.Alternative)
      })
    }
  })
  return found.toSorted((one, other) => one.module.localeCompare(other.module, "en"))
})()

// =============================================================================
// Tables
// =============================================================================

const code = (text: string) => `\`${text}\``

/** `a`, `b` or `c`; one of each group. */
const scopesOf = ({ optional, required }: Operation): string =>
  [
    required.map((group) => group.map(code).join(" or ")).join(" and "),
    optional.length === 0 ? "" : `optional: ${optional.map(code).join(", ")}`
  ].filter((part) => part !== "").join("; ")

/** Where the request is not served, its function may do with another one. */
const developmentModeOf = ({ alternative = "", audience, module, name }: Operation): string => {
  if (audience === "everyone") return "yes"
  if (audience === "legacy") return "legacy"
  return alternative.includes(`${module}.${name},`) ? "by a request for each" : `no. ${alternative}`.trim()
}

type Row = ReadonlyArray<string>

/** A table as dprint writes it: cells of one column are of one width. */
const table = (head: Row, rows: ReadonlyArray<Row>): string => {
  const widths = head.map((_, i) => Math.max(3, ...[head, ...rows].map((row) => row[i]?.length ?? 0)))
  const line = (row: Row, fill = " ") => `| ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0, fill)).join(" | ")} |`
  return [line(head), line(head.map(() => ""), "-"), ...rows.map((row) => line(row))].join("\n")
}

const referenceUrl = "https://developer.spotify.com/documentation/web-api/reference"

/** The operations by their functions, for users of this package. */
const ofApi = (): string => {
  const references = new Set(operations.flatMap(({ reference }) => reference ?? []))
  return [
    table(
      ["operation", "request", "scope", "served in Development Mode"],
      operations.map((operation) => [
        code(`${operation.module}.${operation.name}`),
        `[${code(`${operation.method} ${operation.path}`)}][${operation.reference}]`,
        scopesOf(operation),
        developmentModeOf(operation)
      ])
    ),
    "",
    ...Array.from(references, (reference) => `[${reference}]: ${referenceUrl}/${reference}`)
  ].join("\n")
}

/** The operations by their routes, for users of the sandbox in any language. */
const ofSandbox = (): string =>
  table(
    ["operation", "scope", "served to"],
    operations.map((operation) => [
      code(`${operation.method} /v1${operation.path}`),
      scopesOf(operation),
      operation.audience
    ])
  )

/** The READMEs that have such a table, from the root of the workspace. */
export const tables: Readonly<Record<string, () => string>> = {
  "packages/api/README.md": ofApi,
  "packages/sandbox/README.md": ofSandbox
}

const block = /(<!-- operations: npm run generate -->\n\n).*?(\n\n<!-- \/operations -->)/s

/** Puts a table in its place between markers; undefined where there is no such place. */
export const withTable = (page: string, table: string): string | undefined =>
  block.test(page) ? page.replace(block, (_, begin: string, end: string) => `${begin}${table}${end}`) : undefined
