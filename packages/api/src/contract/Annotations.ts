/**
 * Annotations of operations: what the contract says of them beyond their requests and responses.
 *
 * **Example** (The scopes of an operation)
 *
 * ```ts
 * import * as Annotations from "@app/api/contract/Annotations"
 * import * as ProfileApi from "@app/api/contract/ProfileApi"
 * import * as Context from "effect/Context"
 *
 * const { required, optional } = Context.get(ProfileApi.me.annotations, Annotations.Scopes)
 * ```
 */
import * as Context from "effect/Context"
import type { Scope } from "../model/Scope.ts"

/**
 * The page of Spotify's reference about an operation, by the last part of its address, such as `"get-track"`.
 *
 * **Details**
 *
 * The pages are below `https://developer.spotify.com/documentation/web-api/reference/`. Default: none.
 *
 * @see https://developer.spotify.com/documentation/web-api/reference/get-track
 * @category annotations
 * @since 0.1.0
 */
export const Reference = Context.Reference<string | undefined>("@app/api/contract/Annotations/Reference", {
  defaultValue: () => undefined
})

/**
 * The scopes of an operation.
 *
 * **Details**
 *
 * Default: none.
 *
 * @see https://developer.spotify.com/documentation/web-api/concepts/scopes
 * @category annotations
 * @since 0.1.0
 */
export const Scopes = Context.Reference<{
  /** Groups of scopes, of each of which the token needs at least one; empty when any token is accepted. */
  readonly required: ReadonlyArray<ReadonlyArray<Scope>>
  /** Scopes that add fields to the response. */
  readonly optional: ReadonlyArray<Scope>
}>("@app/api/contract/Annotations/Scopes", { defaultValue: () => ({ required: [], optional: [] }) })

/**
 * The apps that Spotify serves an operation to.
 *
 * **Details**
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
 * The apps that Spotify serves an operation to.
 *
 * **Details**
 *
 * Default: `"everyone"`.
 *
 * @category annotations
 * @since 0.1.0
 */
export const Audience = Context.Reference<Audience>("@app/api/contract/Annotations/Audience", {
  defaultValue: () => "everyone"
})

/**
 * The way out when Spotify refuses an operation, in a sentence for people.
 *
 * **Details**
 *
 * Of an operation that is not served to everyone it names what other apps can use in its place. Of one that is, it says
 * what a 403 without an explanation is about, such as playlists that the person neither owns nor shares. Default: none.
 *
 * @category annotations
 * @since 0.1.0
 */
export const Alternative = Context.Reference<string | undefined>("@app/api/contract/Annotations/Alternative", {
  defaultValue: () => undefined
})

/**
 * The claim that sending an operation twice does no more than sending it once, or that it does.
 *
 * **When to use**
 *
 * Use for an operation that is an exception to its method (RFC 9110 §9.2.2: all but POST and PATCH are idempotent). Where
 * it depends on the request, as for a PUT that either replaces the items of a playlist or moves them, use
 * `SpotifyClient.CallOptions` instead.
 *
 * **Details**
 *
 * Default: as the method says.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2
 * @category annotations
 * @since 0.1.0
 */
export const Idempotent = Context.Reference<boolean | undefined>("@app/api/contract/Annotations/Idempotent", {
  defaultValue: () => undefined
})

/**
 * The name of the Development Mode quota that an operation shares with others.
 *
 * **Details**
 *
 * Spotify groups operations and does not publish how. A quota that is spent is known from its responses, and counts as
 * spent for all operations of the same bucket. Default: the name of the operation's group.
 *
 * @see https://developer.spotify.com/blog/2026-07-23-web-api-quota-updates
 * @category annotations
 * @since 0.1.0
 */
export const QuotaBucket = Context.Reference<string | undefined>("@app/api/contract/Annotations/QuotaBucket", {
  defaultValue: () => undefined
})
