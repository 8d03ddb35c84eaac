/**
 * What the contract says of an operation beyond its request and its answer.
 *
 * **Example** (What an operation needs)
 *
 * ```ts
 * import * as Annotations from "@app/api/contract/Annotations"
 * import * as ProfileApi from "@app/api/contract/ProfileApi"
 * import * as Context from "effect/Context"
 *
 * const needs = Context.get(ProfileApi.me.annotations, Annotations.Scopes)
 * ```
 */
import * as Context from "effect/Context"
import type { Scope } from "../model/Scope.ts"

/**
 * The scopes of an operation. Default: none.
 *
 * @category annotations
 * @since 0.1.0
 */
export const Scopes = Context.Reference<{
  /** It fails without one of these. Empty: any token will do. */
  readonly anyOf: ReadonlyArray<Scope>
  /** It answers more with these. */
  readonly optional: ReadonlyArray<Scope>
}>("@app/api/contract/Annotations/Scopes", { defaultValue: () => ({ anyOf: [], optional: [] }) })

/**
 * Which apps Spotify serves an operation to.
 *
 * | audience | which apps |
 * | --- | --- |
 * | `"everyone"` | all |
 * | `"extended"` | those in Extended Quota Mode; others get a 403 since February 2026 |
 * | `"legacy"` | those that were in Extended Quota Mode before 27 November 2024 |
 *
 * @see https://developer.spotify.com/documentation/web-api/concepts/quota-modes
 * @category models
 * @since 0.1.0
 */
export type Audience = "everyone" | "extended" | "legacy"

/**
 * Which apps Spotify serves an operation to. Default: `"everyone"`.
 *
 * @category annotations
 * @since 0.1.0
 */
export const Audience = Context.Reference<Audience>("@app/api/contract/Annotations/Audience", {
  defaultValue: () => "everyone"
})

/**
 * What an app that an operation is not served to can use in its place, in a sentence for people. Default: not said.
 *
 * @category annotations
 * @since 0.1.0
 */
export const Alternative = Context.Reference<string | undefined>("@app/api/contract/Annotations/Alternative", {
  defaultValue: () => undefined
})

/**
 * Whether sending an operation twice does no more than sending it once. Default: not said, so the method decides
 * (RFC 9110 §9.2.2: all but POST and PATCH). An annotation is for operations that are an exception to their method, such
 * as a PUT that moves the items of a playlist.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2
 * @category annotations
 * @since 0.1.0
 */
export const Idempotent = Context.Reference<boolean | undefined>("@app/api/contract/Annotations/Idempotent", {
  defaultValue: () => undefined
})

/**
 * Which operations share a Development Mode quota. Spotify groups operations and does not publish how: one that is spent
 * is known from its answers, and stands for the operations of the same bucket. Default: the operation's group.
 *
 * @see https://developer.spotify.com/blog/2026-07-23-web-api-quota-updates
 * @category annotations
 * @since 0.1.0
 */
export const QuotaBucket = Context.Reference<string | undefined>("@app/api/contract/Annotations/QuotaBucket", {
  defaultValue: () => undefined
})
