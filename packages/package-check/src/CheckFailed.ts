import * as Schema from "effect/Schema"

/** A package is not fit to be published, or a check of it could not be made. */
export class CheckFailed extends Schema.TaggedError<CheckFailed>()("CheckFailed", {
  /** The check, as in "@app/auth: publint". */
  check: Schema.String,
  issue: Schema.String
}) {
  override get message(): string {
    return `${this.check}\n${this.issue}`
  }
}
