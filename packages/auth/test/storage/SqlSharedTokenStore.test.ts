import * as MemorySharedTokenStore from "@app/auth/MemorySharedTokenStore"
import * as SqlSharedTokenStore from "@app/auth/SqlSharedTokenStore"
import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import * as Effect from "effect/Effect"
import * as Base64Url from "effect/encoding/Base64Url"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { contract } from "../support/SharedTokenStoreContract.ts"
import { database, table } from "../support/SqlTables.ts"

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
