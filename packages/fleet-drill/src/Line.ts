/**
 * The lines that the processes of a drill write to their output, in JSON.
 *
 * **Details**
 *
 * A pipe keeps what was written to it, so that a process that is killed has told everything up to then.
 */
import * as Schema from "effect/Schema"

/** The process is ready. */
const Ready = Schema.TaggedStruct("Ready", {
  /** Addresses, where the process is the provider. */
  accountsUrl: Schema.optionalKey(Schema.String),
  apiUrl: Schema.optionalKey(Schema.String)
})

/** A worker has claimed accounts, and may send their refresh tokens. */
const Claimed = Schema.TaggedStruct("Claimed", { accounts: Schema.Array(Schema.String) })

/** A worker has written what came of a claim. */
const Written = Schema.TaggedStruct("Written", { account: Schema.String })

/** The reads of a reader since its last line. */
const Reads = Schema.TaggedStruct("Reads", {
  /** The provider took the token for that of the account. */
  right: Schema.Int,
  /** The provider took the token for that of another account. */
  wrong: Schema.Int,
  /** The token had expired when it was handed out, or the provider did not know it. */
  expired: Schema.Int,
  /** The provider did not answer before the token ended. */
  unverified: Schema.Int,
  /** Errors by kind. */
  failed: Schema.Record(Schema.String, Schema.Int),
  slowestMillis: Schema.Finite,
  /** Time between the end of a token and the moment that it was handed out, at most. */
  latestMillis: Schema.Finite
})

export type Reads = typeof Reads.Type

/** The memory of a process, in bytes, and its time on the processor, in milliseconds. */
const Usage = Schema.TaggedStruct("Usage", { rss: Schema.Int, heap: Schema.Int, cpuMillis: Schema.Finite })

export type Usage = typeof Usage.Type

/** A process has read every account. */
const Cached = Schema.TaggedStruct("Cached", { millis: Schema.Finite })

export const Line = Schema.Union([Ready, Claimed, Written, Reads, Usage, Cached])

export type Line = typeof Line.Type

const json = Schema.fromJsonString(Line)

export const decode = Schema.decodeUnknownOption(json)

const encode = Schema.encodeSync(json)

/** Writes a line at once. */
export const write = (line: Line): void => {
  process.stdout.write(`${encode(line)}\n`)
}
