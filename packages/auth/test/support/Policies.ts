/** Refresh policies under which a test can name the millisecond. */
import { standard } from "@app/auth/RefreshPolicy"
import * as Duration from "effect/Duration"
import type * as Option from "effect/Option"

/** Draws no jitter: an hour's token is due after 52.5 minutes, and callers wait from its last minute on. */
export const punctual = {
  ...standard,
  plan: (lifetime: Option.Option<Duration.Duration>) => standard.plan(lifetime, 0)
}

/** Requests nothing after a failure until the current token ends, except for its last chance. */
export const patient = { ...punctual, retryDelay: () => Duration.hours(1) }
