/** The OpenAPI document of the package, which `npm run generate` writes from the contract. */
import * as FleetApi from "@app/fleet/FleetApi"
import { assert, describe, it } from "@effect/vitest"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"

const file = join(import.meta.dirname, "../openapi.json")

describe("openapi.json", () => {
  it("is made of the contract", () => {
    const fresh = `${JSON.stringify(FleetApi.openApi(), undefined, 2)}\n`
    if (process.env["GENERATED"] === "write") return writeFileSync(file, fresh)
    assert.strictEqual(readFileSync(file, "utf8"), fresh, "packages/fleet/openapi.json is stale: npm run generate")
  })

  it("demands a service key for each route", () => {
    const { components, paths } = FleetApi.openApi()
    const open = Object.entries(paths).filter(([, operations]) =>
      Object.values(operations ?? {}).some((operation) =>
        !("security" in operation) || JSON.stringify(operation.security) !== JSON.stringify([{ serviceKey: [] }])
      )
    )
    assert.deepStrictEqual(open, [])
    assert.isAbove(Object.keys(paths).length, 10)
    assert.deepStrictEqual(components.securitySchemes, { serviceKey: { type: "http", scheme: "Bearer" } })
  })
})
