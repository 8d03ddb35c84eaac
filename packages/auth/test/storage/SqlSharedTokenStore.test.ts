import { ReauthorizationRequired } from "@app/auth/AuthError"
import * as MemorySharedTokenStore from "@app/auth/MemorySharedTokenStore"
import { type Lease, SharedTokenStore } from "@app/auth/SharedTokenStore"
import * as SqlSharedTokenStore from "@app/auth/SqlSharedTokenStore"
import { TokenRecord } from "@app/auth/TokenStore"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import { assert, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Base64Url from "effect/encoding/Base64Url"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { between } from "../support/Runs.ts"
import { contract, issued } from "../support/SharedTokenStoreContract.ts"
import { database, renaming, table } from "../support/SqlTables.ts"
import { key as account, secretOf } from "../support/TokenStorageContract.ts"

const key = { id: "key", secret: Redacted.make(Base64Url.encode(new Uint8Array(32).fill(7))) }

const onSql = <A, E, R>(layer: (options: SqlSharedTokenStore.Options) => Layer.Layer<A, E, R>) =>
  Layer.unwrap(Effect.sync(() => layer({ table: table() }))).pipe(Layer.provide([database, NodeCrypto.layer]))

contract("MemorySharedTokenStore", MemorySharedTokenStore.layer(), { runs: 20 })
contract("SqlSharedTokenStore", onSql(SqlSharedTokenStore.layer), { runs: 10 })
contract(
  "SqlSharedTokenStore with encryption",
  onSql((options) => SqlSharedTokenStore.layerEncrypted([key], options)),
  { runs: 5 }
)
contract(
  "SqlSharedTokenStore of a client that renames what is in statements and results",
  Layer.unwrap(Effect.sync(() => SqlSharedTokenStore.layer({ table: table() }))).pipe(
    Layer.provide([renaming, NodeCrypto.layer])
  ),
  { runs: 2 }
)

// =============================================================================
// The same rules in SQL
// =============================================================================

/** Steps of holders of one account, each of which may come at any time; `lease` is one of those claimed so far. */
const Step = Schema.Struct({
  step: Schema.Literals(["claim", "commit", "end", "give back", "give back, maybe lost", "sign in", "reject", "use"]),
  lease: between(0, 3)
})

const outcomesOf = Effect.fnUntraced(function*(steps: ReadonlyArray<typeof Step.Type>) {
  const { lease, peek, reject, supersede, use } = yield* SharedTokenStore
  const leases: Array<Lease> = []
  const outcomes: Array<unknown> = []
  for (const [index, { lease: which, step }] of steps.entries()) {
    const { facts, record } = yield* issued(`token-${index}`)
    const held = leases.length === 0 ? undefined : leases[which % leases.length]
    const ended = new ReauthorizationRequired({ kind: "Revoked" })
    switch (step) {
      case "claim": {
        const claimed = Option.getOrUndefined(yield* lease(account))
        if (claimed !== undefined) leases.push(claimed)
        outcomes.push(claimed !== undefined, claimed?.pendingSince !== undefined, claimed?.version)
        break
      }
      case "commit":
        if (held !== undefined) outcomes.push((yield* held.commit(record, facts))._tag)
        break
      case "end": {
        const end = new TokenRecord({ ...record, ended })
        const after = { ...facts, ended: ended.kind, refreshAt: undefined }
        if (held !== undefined) outcomes.push((yield* held.end(end, after))._tag)
        break
      }
      case "give back":
      case "give back, maybe lost":
        yield* held?.giveBack(facts, { mayBeLost: step !== "give back" }) ?? Effect.void
        break
      case "sign in":
        outcomes.push(yield* supersede(account, { record, facts, version: which === 0 ? undefined : which }))
        break
      case "reject":
        yield* reject(account, which)
        break
      case "use":
        yield* use([{ key: account, refreshAt: facts.expiresAt }])
    }
    const seen = Option.getOrUndefined(yield* peek(account))
    outcomes.push(
      seen?.version,
      seen?.isLeased,
      seen?.isRejected,
      seen?.facts.ended,
      seen?.facts.refreshAt === undefined,
      seen?.usedAt === undefined,
      secretOf(Option.fromUndefinedOr(seen).pipe(Option.flatMap(({ record }) => record)))
    )
  }
  return outcomes
})

it.live.prop("the statements have the rules of leases: after any steps the table says what the memory says", {
  steps: Arbitrary.array(Arbitrary.schema(Step), { minLength: 4, maxLength: 12 })
}, ({ steps }) =>
  Effect.gen(function*() {
    const inMemory = yield* Effect.provide(outcomesOf(steps), MemorySharedTokenStore.layer())
    const inSql = yield* Effect.provide(outcomesOf(steps), Layer.fresh(onSql(SqlSharedTokenStore.layer)))
    assert.deepStrictEqual(inSql, inMemory)
  }), { arbitrary: { runs: 25 }, timeout: 60_000 })
