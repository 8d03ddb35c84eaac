/**
 * An error that keeps a drill from coming to a result, which is no result of the drill.
 */
import * as Data from "effect/Data"

export class DrillFailed extends Data.TaggedError("DrillFailed")<{ readonly issue: string }> {
  override get message(): string {
    return this.issue
  }
}
