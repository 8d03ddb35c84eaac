/** The music it knows, and ids by name. */
export * as Catalogue from "./Catalogue.ts"

/** What can go wrong, to be set on a route. */
export * as Fault from "./Fault.ts"

/** The people who can sign in. */
export * as People from "./People.ts"

/** What it was asked. */
export * as RequestLog from "./RequestLog.ts"

/** The requests it answers, by name. */
export * as Route from "./Route.ts"

/** The sandbox: service, layer, settings' defaults. */
export * as Sandbox from "./Sandbox.ts"

/** Why a sandbox could not start. */
export * as SandboxError from "./SandboxError.ts"

/** How a sandbox behaves. */
export * as Settings from "./Settings.ts"
