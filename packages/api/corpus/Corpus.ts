/**
 * Decodes recorded responses with the models of this package.
 */
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import * as JsonDocuments from "./JsonDocuments.ts"
import * as RecordedObjects from "./RecordedObjects.ts"
import * as RoundTrip from "./RoundTrip.ts"

// =============================================================================
// Model
// =============================================================================

/** The objects of a file. */
export interface FileReport {
  readonly file: string
  readonly isJson: boolean
  /** Number of objects of each model, without those that `fields=…` cut down too far. */
  readonly found: ReadonlyMap<RecordedObjects.ModelName, number>
  readonly failures: ReadonlyArray<Failure>
  /** Number of objects that `fields=…` cut down so far that they do not decode. */
  readonly leftOut: number
}

/** An object that does not decode. */
export interface Failure {
  readonly file: string
  /** JSONPath of the invalid value. */
  readonly path: string
  readonly reason: string
  readonly model: RecordedObjects.ModelName
}

// =============================================================================
// Check
// =============================================================================

/** Decodes each object in the text of a file. */
export const check = (file: string, text: string): FileReport => {
  const documents = Option.getOrUndefined(JsonDocuments.fromText(text))
  const found = new Map<RecordedObjects.ModelName, number>()
  const failures: Array<Failure> = []
  let leftOut = 0
  for (const [index, document] of (documents ?? []).entries()) {
    const root = documents?.length === 1 ? "$" : `$(document ${index + 1})`
    for (const recordedObject of RecordedObjects.inDocument(document, root)) {
      const failure = failureOf(recordedObject)
      if (failure !== undefined && recordedObject.isCutDown) {
        leftOut++
        continue
      }
      found.set(recordedObject.model, (found.get(recordedObject.model) ?? 0) + 1)
      if (failure !== undefined) failures.push({ file, model: recordedObject.model, ...failure })
    }
  }
  return { file, isJson: documents !== undefined, found, failures, leftOut }
}

const failureOf = (
  { model, path, value }: RecordedObjects.RecordedObject
): Pick<Failure, "path" | "reason"> | undefined => {
  const schema = RecordedObjects.modelOf(model)
  const decoded = Schema.decodeResult(schema)(value)
  if (Result.isFailure(decoded)) return firstIssue(path, decoded.failure.issue)
  const encoded = Schema.encodeResult(schema)(decoded.success)
  if (Result.isFailure(encoded)) return firstIssue(path, encoded.failure.issue)
  const lost = RoundTrip.lost(value, schema, encoded.success)
  return lost.length === 0 ? undefined : { path, reason: `decoded, but without the value of ${lost.join(", ")}` }
}

const issuesOf = SchemaIssue.makeFormatterStandardSchemaV1()

const firstIssue = (path: string, issue: SchemaIssue.Issue): Pick<Failure, "path" | "reason"> => {
  const [first] = issuesOf(issue).issues
  const segments = (first?.path ?? []).map((segment) => typeof segment === "object" ? segment.key : segment)
  return {
    path: path + segments.map((key) => typeof key === "number" ? `[${key}]` : `.${String(key)}`).join(""),
    reason: first?.message ?? "it does not fit"
  }
}

// =============================================================================
// Report
// =============================================================================

export interface Report {
  readonly lines: ReadonlyArray<string>
  readonly isGood: boolean
}

/** Makes the report on all files, whose last line sums up. */
export const report = (files: ReadonlyArray<FileReport>): Report => {
  const failures = files.flatMap((file) => file.failures)
  const found = new Map<string, number>()
  for (const file of files) {
    for (const [model, count] of file.found) found.set(model, (found.get(model) ?? 0) + count)
  }
  const total = [...found.values()].reduce((sum, count) => sum + count, 0)
  const leftOut = files.reduce((sum, file) => sum + file.leftOut, 0)
  const jsonFiles = files.filter((file) => file.isJson)
  return {
    lines: [
      ...files.filter((file) => !file.isJson).map(({ file }) => `skipped ${file}: not JSON`),
      ...failures.map(({ file, model, path, reason }) => `failed ${file} ${path}: ${reason} (${model})`),
      ...(leftOut === 0 ? [] : [`left out ${counted(leftOut, "object")} that were cut down with fields=…`]),
      ...[...found].sort(([a], [b]) => a < b ? -1 : 1).map(([model, count]) => `${String(count).padStart(8)} ${model}`),
      `decoded ${total - failures.length} of ${counted(total, "object")} in ${counted(jsonFiles.length, "file")}`
    ],
    isGood: failures.length === 0
  }
}

const counted = (count: number, what: string): string => `${count} ${what}s`
