/**
 * The statuses of one token service, for those who watch them.
 *
 * **Details**
 *
 * A chain whose links wait for their next ones: who watches goes along it, and a link that everybody has passed is garbage.
 * It stands in for a `PubSub` that replays one status, which is 3 kB of a bundle (gzip).
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Stream from "effect/Stream"
import type { TokenStatus } from "../../TokenStatus.ts"

interface Link {
  readonly status: TokenStatus
  /** The link after this one, or undefined at the end of the service. */
  readonly next: Deferred.Deferred<Link | undefined>
}

const linkOf = (status: TokenStatus): Link => ({ status, next: Deferred.makeUnsafe() })

export class StatusChanges {
  /** Made when somebody first watches. */
  #last: Link | undefined

  /** Tells everybody who watches. */
  publish(status: () => TokenStatus): void {
    if (this.#last === undefined) return
    const { next } = this.#last
    const link = linkOf(status())
    this.#last = link
    Deferred.doneUnsafe(next, Exit.succeed(link))
  }

  /** The current status, then each one that is published. */
  watch(status: () => TokenStatus): Stream.Stream<TokenStatus> {
    // Made anew for each run: a stream that held its first link would hold all after it.
    const first: Effect.Effect<Link | undefined> = Effect.sync(() => this.#last ??= linkOf(status()))
    return Stream.unfold(
      first,
      Effect.map((link) => link === undefined ? undefined : [link.status, Deferred.await(link.next)] as const)
    )
  }

  /** Ends all streams. */
  end(): Effect.Effect<void> {
    return Effect.sync(() => {
      if (this.#last !== undefined) Deferred.doneUnsafe(this.#last.next, Exit.succeed(undefined))
    })
  }
}
