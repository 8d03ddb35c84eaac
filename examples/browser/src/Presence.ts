/**
 * Whether somebody is signed in, as far as the page knows.
 */
import type { TokenStatus } from "@app/auth/TokenStatus"

export type Presence = "unknown" | "signed in" | "signed out"

/** Says whether there is somebody whose tokens can be used, now or once Spotify answers; `before` where nobody knows yet. */
export const after = (before: Presence, { expiresAt, phase }: TokenStatus): Presence => {
  switch (phase) {
    case "Empty":
      return before
    case "Refreshing":
      return expiresAt === undefined ? before : "signed in"
    case "Valid":
    case "Retrying":
      return "signed in"
    case "SignInRequired":
    case "Misconfigured":
      return "signed out"
  }
}
