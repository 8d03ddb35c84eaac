/** The size limit of a call, for the client that is below whatever a program has put around it. */
import * as Context from "effect/Context"

/** The longest body of a response in bytes, both with and without its content codings; undefined outside of calls. */
export const BodyLimit = Context.Reference<number | undefined>("@app/api/internal/transport/BodyLimit", {
  defaultValue: () => undefined
})
