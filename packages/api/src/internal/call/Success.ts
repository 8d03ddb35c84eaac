/**
 * Schemas of successful responses, as the contract declares them.
 *
 * **Details**
 *
 * `HttpApiSchema` reads them alike, and imports sockets and event streams.
 */
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"

/** Returns the status that a schema is for. */
export const statusOf = (schema: Schema.Top): number => {
  const { httpApiStatus } = { ...Schema.resolveAnnotationsKey(schema), ...Schema.resolveAnnotations(schema) }
  return httpApiStatus ?? 200
}

/** Returns whether a schema is one of responses without content: void, or encoded as void. */
export const isEmpty = ({ ast }: Schema.Top): boolean =>
  [ast, SchemaAST.toEncoded(ast), ast.encoding?.[0].to].some((ast) => ast !== undefined && SchemaAST.isVoid(ast))
