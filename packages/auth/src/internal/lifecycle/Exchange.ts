/** A sign-in whose grant has been exchanged before it is known whose account it is for. */
import type * as Clocks from "../../Clocks.ts"
import type { Grant } from "../../Grant.ts"
import type { TokenSet } from "../../TokenSet.ts"

/** The tokens of a grant that has been exchanged. */
export interface Exchanged {
  readonly _tag: "Exchanged"
  readonly tokenSet: TokenSet
  /** The instant before the request, from which lifetimes count. */
  readonly startedAt: Clocks.Instant
}

/** A grant to exchange, or the tokens that one was exchanged for. */
export type SignIn = Grant | Exchanged
