/**
 * An error that keeps a drill from coming to a result, which is no result of the drill.
 */
import * as Data from "effect/Data"

export class DrillFailed extends Data.TaggedError("DrillFailed")<{ readonly issue: string }> {
  /** Makes an error of another one, with what has failed in front of its message. */
  static readonly because = (what: string) => ({ message }: { readonly message: string }): DrillFailed =>
    new DrillFailed({ issue: `${what}: ${message}` })

  override get message(): string {
    return this.issue
  }
}
