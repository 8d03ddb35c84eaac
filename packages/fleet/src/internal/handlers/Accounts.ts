/** The handlers of the list of accounts. */
import { AccountDirectory, type AccountFacts } from "@app/auth/AccountDirectory"
import { SharedTokenStore } from "@app/auth/SharedTokenStore"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Base64Url from "effect/encoding/Base64Url"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { Account, AccountPage } from "../../contract/AccountsApi.ts"
import { FleetApi } from "../../FleetApi.ts"
import { InvalidRequest, NotFound } from "../../FleetError.ts"
import * as Access from "../Access.ts"
import * as AccountPhase from "../AccountPhase.ts"
import * as Audit from "../Audit.ts"
import * as TenantAccount from "../TenantAccount.ts"
import * as Translation from "../Translation.ts"
import * as Tokens from "./Tokens.ts"

const pageSize = 500

const accountOf = (
  account: string,
  facts: Omit<AccountFacts, "endedAt" | "key"> & { readonly endedAt?: DateTime.Utc | undefined }
): Account =>
  new Account({
    account,
    phase: facts.phase,
    attempts: facts.attempts,
    ...(facts.expiresAt !== undefined && { expires_at: facts.expiresAt }),
    ...(facts.refreshAt !== undefined && { refresh_at: facts.refreshAt }),
    ...(facts.signInDueAt !== undefined && { sign_in_due_at: facts.signInDueAt }),
    ...(facts.ended !== undefined && { ended: facts.ended }),
    ...(facts.endedAt !== undefined && { ended_at: facts.endedAt }),
    ...(facts.usedAt !== undefined && { used_at: facts.usedAt })
  })

const cursorOf = (account: string): string => Base64Url.encode(new TextEncoder().encode(account))

const readCursor = (cursor: string): Effect.Effect<string, InvalidRequest> =>
  Result.match(Base64Url.decodeString(cursor), {
    onFailure: () => Effect.fail(new InvalidRequest({ message: "cursor is not a next_cursor of this list." })),
    onSuccess: Effect.succeed
  })

export const layer = HttpApiBuilder.group(FleetApi, "accounts", (handlers) =>
  handlers.handleAll({
    list: Effect.fnUntraced(function*({ params, query }) {
      const { app, tenant } = yield* Access.app(params, "accounts:read")
      const limit = query.limit ?? pageSize
      // The list begins at the tenant, so that those before it are not read.
      const after = app.keyOf(tenant, query.cursor === undefined ? "" : yield* readCursor(query.cursor))
      const found = yield* AccountDirectory.use(({ list }) =>
        list({
          issuer: after.issuer,
          clientId: after.clientId,
          prefix: TenantAccount.prefixOf(tenant),
          after,
          phase: query.phase,
          signInDueBefore: query.sign_in_due_before
        }).pipe(Stream.take(limit + 1), Stream.runCollect, Translation.ofStore)
      )
      const named = found.flatMap((facts) => {
        const pair = TenantAccount.decode(facts.key.account)
        // Nothing but the tenant's own accounts leaves here, whatever a store lists.
        return pair?.tenant === tenant ? [{ account: pair.account, facts }] : []
      })
      const page = named.slice(0, limit)
      const last = page.at(-1)
      return new AccountPage({
        accounts: page.map(({ account, facts }) => accountOf(account, facts)),
        ...(named.length > limit && last !== undefined && { next_cursor: cursorOf(last.account) })
      })
    }),
    get: Effect.fnUntraced(function*({ params }) {
      const { account, key } = yield* Access.account(params, "accounts:read")
      const found = yield* SharedTokenStore.use(({ peek }) => Translation.ofStore(peek(key)))
      if (Option.isNone(found)) return yield* NotFound.account()
      const { facts, usedAt } = found.value
      return accountOf(account, { ...facts, usedAt, phase: AccountPhase.of(found.value, yield* DateTime.now) })
    }),
    remove: Effect.fnUntraced(function*({ params }) {
      const place = yield* Access.account(params, "admin")
      const isThere = yield* AccountDirectory.use(({ remove }) => Translation.ofStore(remove(place.key)))
      if (!isThere) return yield* NotFound.account()
      yield* place.app.accounts.release(place.key.account)
      yield* Audit.log("Account removed", place.principal, Tokens.factsOf(place))
    })
  }))
