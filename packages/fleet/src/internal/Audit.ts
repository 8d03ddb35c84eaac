/** The audit log: a line for each token that is handed out, and for each change, with who, what and where. */
import * as Effect from "effect/Effect"
import type { Principal } from "../ServiceKey.ts"

/** Logs an event; no fact is a secret. */
export const log = (
  event: string,
  { id, name }: Principal,
  facts: Readonly<Record<string, string | number>>
): Effect.Effect<void> =>
  Effect.annotateLogs(Effect.logInfo(event), { audit: true, principal: id, service: name, ...facts })
