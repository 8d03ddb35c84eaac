/**
 * The type of the schemas of models.
 */
import type * as Schema from "effect/Schema"

/**
 * A schema that decodes a JSON object to `Type`.
 *
 * **Details**
 *
 * The type of the JSON is left open on purpose: Spotify adds, drops and nulls fields without notice, and a program that
 * wants to depend on a field reads it from the model.
 *
 * @category schemas
 * @since 0.1.0
 */
export interface ModelSchema<out Type> extends Schema.Codec<Type, { readonly [key: string]: unknown }> {}
