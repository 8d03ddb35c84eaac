/**
 * `spotify accounts`: the accounts that have signed in on this machine.
 */
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Output from "../Output.ts"
import * as Settings from "../Settings.ts"

type Known = readonly [account: string, Settings.Settings["accounts"][string]]

const view: Output.View<Known> = {
  columns: [{ heading: "ACCOUNT" }, { heading: "NAME", isFlexible: true }, {
    heading: "ID",
    isFlexible: true,
    dropFirst: 1
  }],
  cells: ([account, { displayName = "", id = "" }]) => [account, displayName, id],
  fields: ([account, { displayName = "", id = "" }]) => [account, id, displayName],
  json: ([account, { displayName, id }]) => ({ account, id: id ?? null, displayName: displayName ?? null })
}

/** The command. It needs no network. */
export const accounts = Command.make("accounts", {}, () =>
  Effect.gen(function*() {
    const { accounts } = yield* Settings.read
    yield* Output.list(
      view,
      Stream.fromIterable(Object.entries(accounts)),
      "No account has signed in here. Run `spotify login`."
    )
  })).pipe(Command.withDescription("The accounts this machine knows."))
