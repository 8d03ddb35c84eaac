/** The statuses of one token service, for those who watch them. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as PubSub from "effect/PubSub"
import * as Stream from "effect/Stream"
import type * as Take from "effect/Take"
import type { TokenStatus } from "../../TokenStatus.ts"

type Statuses = PubSub.PubSub<Take.Take<TokenStatus>>

export class StatusChanges {
  /** Made when somebody first watches. */
  #statuses: Statuses | undefined

  /** Tells everybody who watches. */
  publish(status: () => TokenStatus): void {
    if (this.#statuses !== undefined) PubSub.publishUnsafe(this.#statuses, [status()])
  }

  /** The current status, then each one that is published. */
  watch(status: () => TokenStatus): Stream.Stream<TokenStatus> {
    if (this.#statuses !== undefined) return Stream.fromPubSubTake(this.#statuses)
    return Stream.unwrap(Effect.map(PubSub.unbounded<Take.Take<TokenStatus>>({ replay: 1 }), (statuses) => {
      this.#statuses ??= statuses
      this.publish(status)
      return this.watch(status)
    }))
  }

  /** Ends all streams. */
  end(): Effect.Effect<void> {
    return Effect.suspend(() =>
      this.#statuses === undefined ? Effect.void : Effect.asVoid(PubSub.end(this.#statuses, Exit.void))
    )
  }
}
