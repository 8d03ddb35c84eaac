import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as AccountsApi from "../src/contract/AccountsApi.ts"
import { adminKey, keyFor, layer, pathOf, send, signIn } from "./support/RunningFleet.ts"

const readPage = Schema.decodeEffect(Schema.fromJsonString(AccountsApi.AccountPage))

const list = (query: string, tenant = "acme") =>
  Effect.flatMap(send(`${pathOf(tenant)}${query}`, { key: adminKey }), ({ text }) => readPage(text))

describe("the list of accounts", () => {
  it.live("comes in pages by name, each account once, and none of another tenant", () =>
    Effect.gen(function*() {
      const names = ["ann", "bob", "b/c", "zoë", "Ann"]
      for (const name of names) yield* signIn("acme", name)
      yield* signIn("acme-2", "eve")
      yield* signIn("acm", "e/eve")
      const found: Array<string> = []
      let cursor: string | undefined
      do {
        const page = yield* list(`?limit=2${cursor === undefined ? "" : `&cursor=${cursor}`}`)
        assert.isAtMost(page.accounts.length, 2)
        found.push(...page.accounts.map(({ account }) => account))
        cursor = page.next_cursor
      } while (cursor !== undefined)
      assert.deepStrictEqual(found.toSorted(), names.toSorted())
      assert.deepStrictEqual((yield* list("", "acme-2")).accounts.map(({ account }) => account), ["eve"])
      assert.deepStrictEqual((yield* list("", "nobody")).accounts, [])
      assert.strictEqual((yield* send(`${pathOf("acme")}?cursor=*`, { key: adminKey })).status, 400)
      assert.strictEqual((yield* send(`${pathOf("acme")}?limit=501`, { key: adminKey })).status, 400)
    }).pipe(Effect.provide(layer())))

  it.live("shows a sign-in and its end, and what is due, without a secret", () =>
    Effect.gen(function*() {
      const { refreshToken } = yield* signIn("acme", "ann")
      yield* signIn("acme", "bob")
      yield* send(`${pathOf("acme", "bob")}/authorization`, { key: adminKey, method: "DELETE" })
      assert.deepStrictEqual((yield* list("?phase=SignedOut")).accounts.map(({ account }) => account), ["bob"])
      assert.deepStrictEqual((yield* list("?phase=Valid")).accounts.map(({ account }) => account), ["ann"])
      assert.strictEqual((yield* send(`${pathOf("acme")}?phase=Lost`, { key: adminKey })).status, 400)
      assert.strictEqual((yield* list("?sign_in_due_before=2020-01-01T00:00:00Z")).accounts.length, 0)
      const key = yield* keyFor(["acme"], "accounts:read")
      const { json, text } = yield* send(pathOf("acme", "ann"), { key })
      assert.deepStrictEqual([json["account"], json["phase"], json["attempts"]], ["ann", "Valid", 0])
      assert.notInclude(text, refreshToken)
      assert.strictEqual((yield* send(pathOf("acme", "nobody"), { key })).status, 404)
    }).pipe(Effect.provide(layer())))

  it.live("loses those that an administrator removes, and then sweeps", () =>
    Effect.gen(function*() {
      yield* signIn("acme", "ann")
      const admin = yield* keyFor(["acme"], "admin")
      const remove = send(pathOf("acme", "ann"), { key: admin, method: "DELETE" })
      assert.strictEqual((yield* remove).status, 204)
      const token = yield* send(`${pathOf("acme", "ann")}/token`, { key: adminKey })
      assert.include([404, 409], token.status)
      assert.deepStrictEqual((yield* list("")).accounts.map(({ phase }) => phase), ["SignedOut"])
      const sweep = (key: typeof admin) => send("/v1/sweeps", { key, method: "POST", body: { ended_for_seconds: 0 } })
      assert.strictEqual((yield* sweep(admin)).status, 403)
      assert.deepStrictEqual((yield* sweep(adminKey)).json, { accounts: 1 })
      assert.deepStrictEqual((yield* list("")).accounts, [])
      assert.strictEqual((yield* remove).status, 404)
    }).pipe(Effect.provide(layer())))
})
