/** The handlers of administrators. */
import { AccountDirectory } from "@app/auth/AccountDirectory"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as Option from "effect/Option"
import { ServiceKeyFacts, ServiceKeyIssued } from "../../contract/AdminApi.ts"
import { FleetApi } from "../../FleetApi.ts"
import { Forbidden, NotFound } from "../../FleetError.ts"
import type { StoredKey } from "../../FleetStore.ts"
import { type Issued, ServiceKeys } from "../../ServiceKeys.ts"
import * as Access from "../Access.ts"
import * as Audit from "../Audit.ts"
import * as KeyRules from "../KeyRules.ts"
import * as Translation from "../Translation.ts"

const factsOf = (key: StoredKey, now: DateTime.Utc): ServiceKeyFacts =>
  new ServiceKeyFacts({
    id: key.id,
    name: key.name,
    tenants: key.tenants,
    rights: key.rights,
    created_at: key.createdAt,
    ...(key.expiresAt !== undefined && { expires_at: key.expiresAt }),
    secrets: KeyRules.valid(key, now).map(({ createdAt, expiresAt }) => ({
      created_at: createdAt,
      expires_at: expiresAt ?? null
    }))
  })

const issuedOf = ({ key, stored }: Issued, now: DateTime.Utc): ServiceKeyIssued =>
  new ServiceKeyIssued({ key, service_key: factsOf(stored, now) })

/** A key that the principal may change: one within its tenants. */
const find = Effect.fnUntraced(function*(id: string) {
  const principal = yield* Access.principalWith("admin")
  const found = yield* ServiceKeys.use(({ find }) => Translation.ofStore(find(id)))
  if (Option.isNone(found) || !principal.covers(found.value.tenants)) return yield* NotFound.key()
  return { principal, key: found.value }
})

const notAll = new Forbidden({
  right: "admin",
  message: "This needs an administrator's service key for all the tenants that are meant."
})

export const layer = HttpApiBuilder.group(FleetApi, "admin", (handlers) =>
  handlers.handleAll({
    listKeys: Effect.fnUntraced(function*() {
      const principal = yield* Access.principalWith("admin")
      const now = yield* DateTime.now
      const keys = yield* ServiceKeys.use(({ list }) => Translation.ofStore(list))
      return {
        service_keys: keys.filter(({ tenants }) => principal.covers(tenants)).map((key) => factsOf(key, now))
      }
    }),
    createKey: Effect.fnUntraced(function*({ payload }) {
      const principal = yield* Access.principalWith("admin")
      if (!principal.covers(payload.tenants)) return yield* notAll
      const issued = yield* ServiceKeys.use(({ create }) =>
        Translation.ofStore(create({
          name: payload.name,
          tenants: payload.tenants,
          rights: payload.rights,
          expiresAt: payload.expires_at
        }))
      )
      yield* Audit.log("Service key made", principal, { key: issued.stored.id, name: payload.name })
      return issuedOf(issued, yield* DateTime.now)
    }),
    rotateKey: Effect.fnUntraced(function*({ params, payload }) {
      const { key, principal } = yield* find(params.id)
      const overlap = payload.overlap_seconds === undefined ? undefined : Duration.seconds(payload.overlap_seconds)
      const issued = yield* ServiceKeys.use(({ rotate }) => Translation.ofStore(rotate(key.id, { overlap })))
      if (Option.isNone(issued)) return yield* NotFound.key()
      yield* Audit.log("Service key rotated", principal, { key: key.id, name: key.name })
      return issuedOf(issued.value, yield* DateTime.now)
    }),
    revokeKey: Effect.fnUntraced(function*({ params }) {
      const { key, principal } = yield* find(params.id)
      yield* ServiceKeys.use(({ revoke }) => Translation.ofStore(revoke(key.id)))
      yield* Audit.log("Service key revoked", principal, { key: key.id, name: key.name })
    }),
    sweep: Effect.fnUntraced(function*({ payload }) {
      const principal = yield* Access.principalWith("admin")
      if (principal.tenants !== "*") return yield* notAll
      const accounts = yield* AccountDirectory.use(({ sweep }) =>
        Translation.ofStore(sweep({ endedFor: Duration.seconds(payload.ended_for_seconds) }))
      )
      yield* Audit.log("Accounts swept", principal, { accounts })
      return { accounts }
    })
  }))
