/** The handlers of sign-ins. */
import * as AuthorizationRequestStore from "@app/auth/AuthorizationRequestStore"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Hex from "effect/encoding/Hex"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { SignInStarted, SignInState } from "../../contract/SignInsApi.ts"
import { FleetApi } from "../../FleetApi.ts"
import { NotFound, SignInRejected } from "../../FleetError.ts"
import { FleetStore, type StoredSignIn } from "../../FleetStore.ts"
import type { Right } from "../../ServiceKey.ts"
import * as Access from "../Access.ts"
import * as Audit from "../Audit.ts"
import * as Fingerprint from "../Fingerprint.ts"
import * as Translation from "../Translation.ts"
import * as Tokens from "./Tokens.ts"

/**
 * The session that a sign-in is bound to: itself, and the application's secret for the browser. So a callback counts for the
 * sign-in that it is passed on for, and for no other tenant's.
 */
const sessionOf = (
  { app, tenant }: Access.AppPlace,
  id: string,
  session: Redacted.Redacted<string> | undefined
) =>
  Effect.map(
    Fingerprint.of(
      Redacted.make(JSON.stringify([tenant, app.name, id, session === undefined ? "" : Redacted.value(session)]))
    ),
    Redacted.make
  )

const stateOf = ({ account, error, expiresAt, id, status }: StoredSignIn, now: DateTime.Utc): SignInState =>
  new SignInState({
    id,
    account,
    status: status === "pending" && DateTime.isLessThanOrEqualTo(expiresAt, now) ? "expired" : status,
    expires_at: expiresAt,
    ...(error !== undefined && { error })
  })

const find = Effect.fnUntraced(function*(
  params: { readonly tenant: string; readonly app: string; readonly id: string },
  right: Right
) {
  const place = yield* Effect.catchTag(Access.app(params, right), "NotFound", () => Effect.fail(NotFound.signIn()))
  const found = yield* FleetStore.use(({ findSignIn }) => Translation.ofStore(findSignIn(params.id)))
  if (Option.isNone(found) || found.value.tenant !== place.tenant || found.value.app !== place.app.name) {
    return yield* NotFound.signIn()
  }
  return { ...Access.placeOf(place, found.value.account), signIn: found.value }
})

const finished = new SignInRejected({
  error: "state_mismatch",
  message: "This sign-in is over. Start another."
})

export const layer = HttpApiBuilder.group(FleetApi, "signIns", (handlers) =>
  handlers.handleAll({
    start: Effect.fnUntraced(function*({ params, payload }) {
      const place = yield* Access.app(params, "accounts:write")
      const { app, principal, tenant } = place
      const id = Hex.encode(yield* SecureRandom.SecureRandom.use(({ randomBytes }) => randomBytes(16)))
      const request = yield* Translation.whileSigningIn(AuthorizationRequestStore.begin({
        server: app.server,
        client: app.client,
        redirectUri: payload.redirect_uri,
        scopes: payload.scopes ?? app.scopes,
        session: yield* sessionOf(place, id, payload.session)
      }))
      const expiresAt = DateTime.addDuration(request.startedAt, request.lifetime)
      const signIn: StoredSignIn = {
        id,
        tenant,
        app: app.name,
        account: payload.account,
        status: "pending",
        error: undefined,
        expiresAt
      }
      yield* FleetStore.use(({ putSignIn }) => Translation.ofStore(putSignIn(signIn)))
      yield* Audit.log("Sign-in started", principal, { tenant, app: app.name, account: payload.account })
      return new SignInStarted({ id, url: request.url.href, expires_at: expiresAt })
    }),
    finish: Effect.fnUntraced(function*({ params, payload }) {
      const { signIn, ...place } = yield* find(params, "accounts:write")
      if (stateOf(signIn, yield* DateTime.now).status !== "pending") return yield* finished
      const finish = (status: "completed" | "failed", error?: string) =>
        FleetStore.use(({ finishSignIn }) => Translation.ofStore(finishSignIn(signIn.id, status, error)))
      const session = yield* sessionOf(place, signIn.id, payload.session)
      yield* AuthorizationRequestStore.handleCallback(Redacted.value(payload.callback_url), { session }).pipe(
        Effect.flatMap((grant) => Tokens.withTokens(place, ({ authorize }) => authorize(grant))),
        Translation.whileSigningIn,
        Effect.tapError((error) => {
          // A callback of another sign-in leaves this one as it was.
          if (error._tag === "SignInRejected" && error.error === "state_mismatch") return Effect.void
          return finish("failed", error._tag === "SignInRejected" ? error.error : error._tag)
        })
      )
      yield* finish("completed")
      yield* Audit.log("Account signed in", place.principal, Tokens.factsOf(place))
      return stateOf({ ...signIn, status: "completed" }, yield* DateTime.now)
    }),
    status: Effect.fnUntraced(function*({ params }) {
      const { signIn } = yield* find(params, "accounts:read")
      return stateOf(signIn, yield* DateTime.now)
    })
  }))
