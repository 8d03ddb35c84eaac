/** Directories that are made together with those above them. */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import type * as Path from "effect/Path"
import type * as PlatformError from "effect/PlatformError"
import type * as AuthError from "../../AuthError.ts"
import * as StoreErrors from "./StoreErrors.ts"

/**
 * Makes a directory, and those above it that are missing, one by one.
 *
 * **Details**
 *
 * Node's own recursion never ends, and keeps a core busy, in a directory of which the system says that nothing made in it is
 * there, as Linux does of `/proc`.
 */
export const make = (
  fs: FileSystem.FileSystem,
  path: Path.Path,
  directory: string,
  mode: number
): Effect.Effect<void, AuthError.AuthError> => {
  const isThere = (at: string) =>
    Effect.map(Effect.option(fs.stat(at)), Option.exists(({ type }) => type === "Directory"))

  const makeOne = (at: string) =>
    Effect.catchReason(
      fs.makeDirectory(at, { mode }),
      "PlatformError",
      "AlreadyExists",
      (_, error) => Effect.flatMap(isThere(at), (isThere) => isThere ? Effect.void : Effect.fail(error))
    )

  const refusedIn = (above: string) => (error: PlatformError.PlatformError): AuthError.AuthError =>
    error.reason._tag === "NotFound"
      ? StoreErrors.make("lock", "Unavailable", directory, `the system lets nothing be made in ${above} (ENOENT)`)
      : StoreErrors.fromPlatform("lock", directory)(error)

  const makeAt = (at: string): Effect.Effect<void, AuthError.AuthError> => {
    const above = path.dirname(at)
    const refused = refusedIn(above)
    return Effect.catch(makeOne(at), (error) =>
      error.reason._tag === "NotFound" && above !== at
        ? Effect.andThen(makeAt(above), Effect.mapError(makeOne(at), refused))
        : Effect.fail(refused(error)))
  }

  return makeAt(directory)
}
