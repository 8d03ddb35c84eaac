/**
 * A local Spotify on loopback, for tests and for programs in any language.
 */

/** The tracks, albums and artists of the sandbox. */
export * as Catalogue from "./Catalogue.ts"
/** Faults to be set on a route. */
export * as Fault from "./Fault.ts"
/** The people who can sign in. */
export * as People from "./People.ts"
/** The log of requests, without secrets. */
export * as RequestLog from "./RequestLog.ts"
/** The routes of Spotify that the sandbox serves. */
export * as Route from "./Route.ts"
/** The service and its layer. */
export * as Sandbox from "./Sandbox.ts"
/** The one error of this package, with its reasons. */
export * as SandboxError from "./SandboxError.ts"
/** The settings of a sandbox. */
export * as Settings from "./Settings.ts"
