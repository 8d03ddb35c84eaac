/** Failures of a storage as `AuthError`s, with messages that say what to do. */
import type * as PlatformError from "effect/PlatformError"
import * as Predicate from "effect/Predicate"
import type * as SqlError from "effect/sql/SqlError"
import * as AuthError from "../../AuthError.ts"

export const make = (
  operation: AuthError.StoreFailed["operation"],
  kind: AuthError.StoreFailed["kind"],
  place: string,
  issue: string
): AuthError.AuthError =>
  new AuthError.AuthError({ reason: new AuthError.StoreFailed({ operation, kind, place, issue }) })

export const conflict = (place: string): AuthError.AuthError =>
  make("write", "Conflict", place, "someone else has written it in the meantime")

/** The largest text of a record, in bytes. Real ones take a few kilobytes, and a token response 64 KiB at most. */
export const sizeLimit = 2 ** 20

export const tooLarge = (operation: AuthError.StoreFailed["operation"], place: string): AuthError.AuthError =>
  make(operation, "Corrupt", place, "it is larger than 1 MiB, and no token record is. Move it away")

/** Converts a failure of the platform. */
export const fromPlatform = (operation: AuthError.StoreFailed["operation"], place: string) =>
(
  { reason }: PlatformError.PlatformError
): AuthError.AuthError => {
  const code = "cause" in reason ? codeOf(reason.cause) : undefined
  return make(operation, "Unavailable", place, explain(code ?? reason._tag))
}

/** Converts a failure of a database. `rights` are those that a role needs on the table. */
export const fromSql = (
  operation: AuthError.StoreFailed["operation"],
  place: string,
  rights = "select, insert and update"
) =>
(
  { reason }: SqlError.SqlError
): AuthError.AuthError => {
  const code = codeOf(reason.cause) ?? reason._tag
  return make(operation, isSetUpWrong(code) ? "Refused" : "Unavailable", place, explainSql(code, rights))
}

/** Reports whether a database may accept a statement later that it refused now. */
export const isPassing = ({ isRetryable, reason }: SqlError.SqlError): boolean =>
  isRetryable || /^(53|57P0)/.test(codeOf(reason.cause) ?? "")

/** Returns the code of a system error, such as `ENOSPC`. */
export const codeOf = (error: unknown): string | undefined =>
  Predicate.hasProperty(error, "code") && Predicate.isString(error.code) ? error.code : undefined

/** Explains a system's error code or tag, and says what to do. */
export const explain = (code: string): string => {
  switch (code) {
    case "ENOSPC":
    case "EDQUOT":
      return `the disk is full (${code})`
    case "EROFS":
      return `the file system is read-only (${code})`
    case "EACCES":
    case "EPERM":
    case "PermissionDenied":
      return `this program may not (${code}). Check the owner and the mode of the file and its folder`
    case "ENOENT":
    case "NotFound":
      return `its folder is not there (${code})`
    case "ENOTDIR":
    case "EEXIST":
    case "AlreadyExists":
      return `there is something else in the place of its folder (${code})`
    case "ENAMETOOLONG":
      return `its path is longer than the system allows (${code}). Use a folder with a shorter path`
    case "ELOOP":
      return `there is a symbolic link in its place (${code}). Move it away`
    default:
      return `the system refused (${code})`
  }
}

/**
 * Explains a result code of SQLite for a file that the system lets this program write.
 *
 * @see https://www.sqlite.org/rescode.html
 */
export const explainSqlite = (resultCode: number): string => {
  switch (resultCode) {
    case 8:
      return "it may only be read (SQLITE_READONLY). Check its owner and its mode"
    case 10:
      return "its file system could not lock it (SQLITE_IOERR). Use a folder on a disk of this machine"
    case 13:
      return "the disk is full (SQLITE_FULL)"
    case 14:
      return "it could not be opened (SQLITE_CANTOPEN)"
    case 23:
      return "this program may not (SQLITE_AUTH)"
    case 26:
      return "there is something else in it (SQLITE_NOTADB). Move it away"
    default:
      return `SQLite refused (result code ${resultCode})`
  }
}

/** Reports whether a SQLSTATE or name of an error lasts until someone changes rights, roles or the database. */
const isSetUpWrong = (code: string): boolean =>
  /^(22|23|25006|28|3D000|3F000|42|54)/.test(code)
  || code === "AuthenticationError" || code === "AuthorizationError" || code === "SqlSyntaxError"

/**
 * Explains a SQLSTATE, or Effect's name of an error without one, and says what to do.
 *
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export const explainSql = (code: string, rights: string): string => {
  switch (code) {
    case "ConnectionError":
      return "the database could not be reached"
    case "22021":
    case "22P05":
      return `a character of it cannot be stored (${code}). Use a database in UTF8`
    case "25006":
      return `the database or this session is read-only (${code}). Connect to the primary, as a role that may write`
    case "3D000":
    case "3F000":
      return `there is no such database or schema (${code})`
    case "42501":
    case "AuthorizationError":
      return `this role may not (${code}). Grant it ${rights} on the table, and usage on its schema`
    case "42P01":
      return `the table is not there (${code})`
    case "42703":
      return `the table has not the columns it needs (${code}). Use a table of its own`
    case "53100":
      return `the database's disk is full (${code})`
    case "53300":
      return `the database has no connection left (${code})`
    case "54000":
      return `the name is longer than its index has room for (${code})`
    case "57P01":
    case "57P02":
    case "57P03":
      return `the database is stopping or starting (${code})`
    default:
      if (code.startsWith("08")) return `the database could not be reached (${code})`
      if (code.startsWith("28") || code === "AuthenticationError") {
        return `the database does not accept this role or its password (${code})`
      }
      return `the database refused (${code})`
  }
}
