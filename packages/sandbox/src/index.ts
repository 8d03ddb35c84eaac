/**
 * A local Spotify on loopback, for tests and for programs in any language.
 */

/**
 * The tracks, albums and artists of the sandbox, with ids by name for examples and tests.
 */
export * as Catalogue from "./Catalogue.ts"

/**
 * Faults between an app and Spotify, to be set on a route of the sandbox.
 */
export * as Fault from "./Fault.ts"

/**
 * The items that a person's library is given before a test.
 */
export * as LibraryItem from "./LibraryItem.ts"

/**
 * The people who can sign in to an app, with their profiles.
 */
export * as People from "./People.ts"

/**
 * The numbers of refresh requests, by what a careful client avoids.
 */
export * as RefreshCounts from "./RefreshCounts.ts"

/**
 * The log of the requests that the sandbox received, without secrets.
 */
export * as RequestLog from "./RequestLog.ts"

/**
 * The routes of Spotify that the sandbox serves, by the names that faults and the log use.
 */
export * as Route from "./Route.ts"

/**
 * A local Spotify on loopback, with the Accounts service and the Web API on real sockets.
 */
export * as Sandbox from "./Sandbox.ts"

/**
 * The one error of `@app/sandbox`, with a reason for each thing that can go wrong with the sandbox itself.
 */
export * as SandboxError from "./SandboxError.ts"

/**
 * A sandbox for code without Effect: Promises, plain JSON, and `await using`.
 */
export * as SandboxPromises from "./SandboxPromises.ts"

/**
 * The settings of a sandbox: lifetimes, rotation, quota mode, limits, consent, people, clients and ports.
 */
export * as Settings from "./Settings.ts"
