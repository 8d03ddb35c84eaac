/** Failures of a storage, in the words of `AuthError`. */
import type * as PlatformError from "effect/PlatformError"
import * as AuthError from "../AuthError.ts"

export const make = (
  operation: AuthError.StoreFailed["operation"],
  kind: AuthError.StoreFailed["kind"],
  place: string,
  issue: string
): AuthError.AuthError =>
  new AuthError.AuthError({ reason: new AuthError.StoreFailed({ operation, kind, place, issue }) })

export const conflict = (place: string): AuthError.AuthError =>
  make("write", "Conflict", place, "someone else has written it in the meantime")

const advice: Partial<Record<PlatformError.PlatformError["reason"]["_tag"], string>> = {
  PermissionDenied: "this program may not. Check the owner and the mode of the file and its folder",
  NotFound: "its folder is not there"
}

/** What the system said, and what to do about it where that is known. */
export const fromPlatform = (operation: AuthError.StoreFailed["operation"], place: string) =>
(
  { reason }: PlatformError.PlatformError
): AuthError.AuthError => make(operation, "Unavailable", place, advice[reason._tag] ?? systemMessage(reason))

const systemMessage = (reason: PlatformError.PlatformError["reason"]): string => {
  const cause = "cause" in reason ? reason.cause : undefined
  const code = typeof cause === "object" && cause !== null && "code" in cause ? String(cause.code) : reason._tag
  switch (code) {
    case "ENOSPC":
    case "EDQUOT":
      return `the disk is full (${code})`
    case "EROFS":
      return `the file system is read-only (${code})`
    default:
      return `the system refused (${code})`
  }
}
