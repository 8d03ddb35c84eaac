import * as Schema from "effect/Schema"

/** A figure could not be had: a process ended too soon, or what it measured went wrong. */
export class MeasurementFailed extends Schema.TaggedError<MeasurementFailed>()("MeasurementFailed", {
  subject: Schema.String,
  issue: Schema.String
}) {
  override get message(): string {
    return `${this.subject} could not be measured: ${this.issue}`
  }
}
