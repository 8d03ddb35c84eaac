/** How often properties are tried, and numbers for them. */
import * as Schema from "effect/Schema"

/**
 * Caps the number of runs of a property.
 *
 * **Details**
 *
 * Mutation testing runs the tests hundreds of times and sets `PROPERTY_RUNS` to ask for fewer.
 */
export const upTo = (usual: number): number => Math.min(usual, Number(process.env["PROPERTY_RUNS"] ?? usual))

/** Options of a property that starts token services: fifty runs within a minute. */
export const fifty = { arbitrary: { runs: upTo(50) }, timeout: 60_000 }

/** Schema for whole numbers within bounds. */
export const between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))
