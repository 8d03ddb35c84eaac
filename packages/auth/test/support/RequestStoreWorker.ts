/** Another process that takes pending sign-ins by their states, once it is told to, and prints how many it got. */
import * as SqlAuthorizationRequestStore from "@app/auth/SqlAuthorizationRequestStore"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as PgClient from "@effect/sql-pg/PgClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as SqlClient from "effect/sql/SqlClient"
import { once } from "node:events"
import * as SqliteClient from "./SqliteClient.ts"

const [place = "", table, ...states] = process.argv.slice(2)

const client = place.startsWith("postgres")
  ? PgClient.layer({ url: Redacted.make(place) })
  : Layer.effect(SqlClient.SqlClient, SqliteClient.make(place))

const program = Effect.gen(function*() {
  const store = yield* SqlAuthorizationRequestStore.make({ table })
  process.stdout.write("ready\n")
  yield* Effect.promise(() => once(process.stdin, "data"))
  const taken = yield* Effect.forEach(states, (state) => store.take(Redacted.make(state)), { concurrency: "unbounded" })
  process.stdout.write(`${taken.filter(Option.isSome).length}\n`)
  process.stdin.unref()
})

program.pipe(Effect.provide(client), NodeRuntime.runMain)
