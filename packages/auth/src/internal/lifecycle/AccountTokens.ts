/**
 * The tokens of one account: holds the current `TokenState`, and makes the requests that change it.
 *
 * **Details**
 *
 * JavaScript runs one step at a time, so code that reads and writes the state without yielding is atomic, and no lock
 * guards the state.
 */
import * as Cause from "effect/Cause"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import type * as Tracer from "effect/Tracer"
import type { AccessToken } from "../../AccessToken.ts"
import * as AuthError from "../../AuthError.ts"
import * as Clocks from "../../Clocks.ts"
import type { TokenSet } from "../../TokenSet.ts"
import type { TokenStatus } from "../../TokenStatus.ts"
import type * as StoredState from "../storage/StoredState.ts"
import type { Common } from "./Common.ts"
import type * as CurrentToken from "./CurrentToken.ts"
import type { SignIn } from "./Exchange.ts"
import * as Failure from "./Failure.ts"
import * as Telemetry from "./Telemetry.ts"
import type * as TokenRequests from "./TokenRequests.ts"
import * as TokenState from "./TokenState.ts"

// =============================================================================
// Model
// =============================================================================

/** An access token, or the reason why there is none. */
export type TokenEffect = Effect.Effect<AccessToken, AuthError.AuthError>

/** The spans that a request happens for, to which its own trace links. */
export type Links = ReadonlyArray<Tracer.SpanLink>

// =============================================================================
// Constructor
// =============================================================================

export class AccountTokens {
  readonly #common: Common
  readonly #account: Telemetry.Account
  readonly #requests: TokenRequests.TokenRequests
  #state: TokenState.TokenState = TokenState.initial

  constructor(common: Common, account: Telemetry.Account, requests: TokenRequests.TokenRequests) {
    this.#common = common
    this.#account = account
    this.#requests = requests
  }

  // ---------------------------------------------------------------------------
  // State
  // ---------------------------------------------------------------------------

  get state(): TokenState.TokenState {
    return this.#state
  }

  /** Moves on to the state after an event that comes with nothing to do. */
  become(rule: (state: TokenState.TokenState, now: Clocks.Instant) => TokenState.TokenState): void {
    const now = this.look()
    this.#state = rule(this.#state, now)
  }

  /** Moves on to the state after an event that happens now, and returns what to do. */
  decide<A>(rule: (state: TokenState.TokenState, now: Clocks.Instant) => TokenState.Step<A>): A {
    const now = this.look()
    const [after, decision] = rule(this.#state, now)
    this.#state = after
    return decision
  }

  /** Reads the clocks, and moves on to the state at that instant. */
  look(): Clocks.Instant {
    const now = Clocks.now(this.#common.clock)
    this.#state = TokenState.onLook(this.#state, now)
    return now
  }

  get usable(): CurrentToken.CurrentToken | undefined {
    const now = this.look()
    return TokenState.usable(this.#state, now)
  }

  get status(): TokenStatus {
    const now = this.look()
    return TokenState.status(this.#state, now, this.#common, this.#requests.unsaved())
  }

  get isUnsaved(): boolean {
    return this.#requests.unsaved() !== undefined
  }

  /** The context of what the service does by itself: a caller's transaction, for instance, is the caller's alone. */
  get context(): Context.Context<never> {
    return this.#common.telemetry.contextOf(this.#account)
  }

  // ---------------------------------------------------------------------------
  // Token requests
  // ---------------------------------------------------------------------------

  refresh(links: Links): TokenEffect {
    return this.#refreshWith((held) => this.#requests.refresh(held), "TokenService.refresh", links)
  }

  retryEndedSignIn(links: Links): TokenEffect {
    return this.#refreshWith((held) => this.#requests.retryEndedSignIn(held), "TokenService.retryEndedSignIn", links)
  }

  #refreshWith(
    request: TokenRequests.TokenRequests["refresh"],
    name: string,
    links: Links
  ): TokenEffect {
    return Effect.suspend(() => {
      const startedAt = this.look()
      const isBeginning = TokenState.isBeginning(this.#state)
      return request(this.#state.held?.tokenSet).pipe(
        Effect.flatMap((tokenSet) => this.#acceptTokens(tokenSet, startedAt)),
        Effect.catchCause((cause) => this.#recordFailure(cause)),
        Effect.tapError((error) => Telemetry.logFailure(error, isBeginning))
      )
    }).pipe((refresh) => Telemetry.traced(refresh, name, () => ({ links })))
  }

  /** A failure leaves everything as it was. */
  authorize(signIn: SignIn, links: Links): TokenEffect {
    return Effect.suspend(() => {
      const now = this.look()
      const startedAt = signIn._tag === "Exchanged" ? signIn.startedAt : now
      const accept = (tokenSet: TokenSet) => Effect.fromResult(TokenState.checkScopes(tokenSet, this.#common))
      return Effect.flatMap(
        this.#requests.authorize(signIn, accept),
        (tokenSet) => this.#acceptTokens(tokenSet, startedAt)
      )
    }).pipe((signIn) => Telemetry.traced(signIn, "TokenService.authorize", () => ({ links })))
  }

  signOut(links: Links): TokenEffect {
    return Effect.flatMap(
      Telemetry.traced(this.#requests.signOut, "TokenService.signOut", () => ({ links })),
      (notRevoked) => {
        const signedOut = new AuthError.AuthError({
          reason: new AuthError.ReauthorizationRequired({ kind: "SignedOut" })
        })
        return Effect.mapError(
          this.#recordFailure(Cause.fail(signedOut)),
          (error) => Option.getOrElse(notRevoked, () => error)
        )
      }
    )
  }

  #acceptTokens(tokenSet: TokenSet, startedAt: Clocks.Instant): TokenEffect {
    return Effect.gen({ self: this }, function*() {
      const unsaved = this.#requests.unsaved()
      if (unsaved !== undefined) yield* Effect.logError(unsaved.message)
      const random = yield* Random.next
      const arrival = this.decide((state, now) =>
        TokenState.onTokens(state, { tokenSet, startedAt, now, random }, this.#common)
      )
      const { failureBefore, token } = yield* Effect.fromResult(arrival)
      const { generation } = this.#state
      yield* this.#common.telemetry.recordTokens(this.#account, tokenSet)
      // Before the first sign-in nothing has been attempted.
      yield* failureBefore === undefined || failureBefore.error.reason._tag === "ReauthorizationRequired"
        ? Effect.logDebug(`Token ${generation} is here.`)
        : Effect.logInfo(`Token ${generation} is here. Attempts that failed before it: ${failureBefore.attempt}.`)
      return token
    })
  }

  #recordFailure(cause: Cause.Cause<AuthError.AuthError>): Effect.Effect<never, AuthError.AuthError> {
    return Effect.flatMap(Random.next, (random) => {
      const error = Failure.errorOf(cause)
      return Effect.fail(
        this.decide((state, now) => TokenState.onFailure(state, { error, now, random }, this.#common))
      )
    })
  }

  // ---------------------------------------------------------------------------
  // The store
  // ---------------------------------------------------------------------------

  /** Offers the store what it has not accepted. */
  save(announce: () => void): Effect.Effect<void> {
    return Effect.matchEffect(this.#requests.save, {
      onSuccess: (saved) => {
        announce()
        return Effect.logInfo(
          saved ? "The token at hand is in the store now." : "The store has gone on without the token at hand."
        )
      },
      onFailure: (error) => Effect.logError(error.message)
    })
  }

  /** Reports whether a sign-in elsewhere has left tokens in the store. */
  recheckStore(): Effect.Effect<boolean> {
    return this.#lookInStore(this.#requests.storeHasChanged)
  }

  /** Reports whether a refresh would find in the store, without a request, what this service does not know yet. */
  get storeHasNews(): Effect.Effect<boolean> {
    return this.#lookInStore(Effect.map(this.#find, (found) => found !== undefined))
  }

  /** Takes over what somebody else has left in the store: newer tokens, or the end of the sign-in. Sends nothing. */
  adopt(): TokenEffect {
    return Effect.suspend(() => {
      const startedAt = this.look()
      return Effect.flatMap(this.#find, (found) => {
        if (found === undefined) return Effect.fail(TokenState.unusable("the store has nothing new"))
        const adopted = found._tag === "Use" ? this.#acceptTokens(found.tokenSet, startedAt) : Effect.fail(found.error)
        return adopted.pipe(
          Effect.catchCause((cause) => this.#recordFailure(cause)),
          Effect.tapError((error) => Telemetry.logFailure(error, false))
        )
      })
    })
  }

  get #find(): Effect.Effect<StoredState.Found | undefined> {
    return Effect.suspend(() =>
      Effect.map(
        this.#requests.find(this.#state.held?.tokenSet),
        (found) => TokenState.isNews(this.#state, found) ? found : undefined
      )
    )
  }

  /** As in `TokenRequests`. */
  get watchStore(): TokenRequests.TokenRequests["watch"] {
    return this.#requests.watch
  }

  #lookInStore(look: Effect.Effect<boolean, AuthError.AuthError>): Effect.Effect<boolean> {
    return look.pipe(
      Effect.timeoutOption(this.#common.policy.maxWait),
      // The end of the service interrupts this, and nothing has been found then.
      Effect.matchCause({ onFailure: () => false, onSuccess: (hasChanged) => Option.contains(hasChanged, true) }),
      Effect.updateContext((_callers: Context.Context<never>) => this.context)
    )
  }
}
