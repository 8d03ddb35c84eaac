/**
 * The parts that paths and responses of several groups share.
 */
import * as Schema from "effect/Schema"
import * as FleetError from "../FleetError.ts"

/**
 * The path of the accounts of a tenant at an app.
 *
 * @category constants
 * @since 0.1.0
 */
export const appPath = "/v1/tenants/:tenant/apps/:app"

/**
 * The parameters of a path that names a tenant and an app.
 *
 * **Details**
 *
 * Any text is a parameter: a name that cannot be one is answered like the name of somebody else's tenant.
 *
 * @category schemas
 * @since 0.1.0
 */
export const appParams = { tenant: Schema.String, app: Schema.String }

/**
 * The parameters of a path that names an account.
 *
 * @category schemas
 * @since 0.1.0
 */
export const accountParams = { ...appParams, account: Schema.String }

/**
 * The errors of every route, beside `Unauthorized`, `InvalidRequest` and `TooLarge`, which come from the middleware.
 *
 * @category errors
 * @since 0.1.0
 */
export const commonErrors = [
  FleetError.Forbidden,
  FleetError.NotFound,
  FleetError.Misconfigured,
  FleetError.TryLater
] as const
