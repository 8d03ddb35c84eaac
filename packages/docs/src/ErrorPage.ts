/**
 * The page of errors, from the doc comments of the reasons, their messages, and the advice beside this file.
 *
 * **Details**
 *
 * A reason with kinds has an entry for each of them. The heading of an entry is its anchor, as GitHub and others make it:
 * `#autherror-signinfailed-busy`.
 */
import type { SpotifyErrorReason } from "@app/api/SpotifyError"
import type { AuthErrorReason } from "@app/auth/AuthError"

// =============================================================================
// Model
// =============================================================================

/** Advice for a reason, or for one kind of it. */
export interface Advice {
  /** A reason as it occurs, whose message stands as the example. */
  readonly reason: AuthErrorReason | SpotifyErrorReason
  /** Who has to act. */
  readonly actor: string
  /** The action, in sentences. */
  readonly action: string
  /** The meaning of the kind, where the doc comment has no table of kinds. */
  readonly meaning?: string
}

/** An error with the source of its reasons. */
export interface ErrorClass {
  readonly name: "AuthError" | "SpotifyError"
  /** A sentence on when programs see the error. */
  readonly about: string
  readonly source: string
  readonly advice: ReadonlyArray<Advice>
}

/** The field that tells the kinds of a reason apart, and the kind. */
export const kindOf = (reason: Advice["reason"]): string | undefined => {
  if ("kind" in reason) return reason.kind
  if ("phase" in reason) return reason.phase
  if ("limit" in reason) return reason.limit
  if ("parameter" in reason) return reason.parameter
  return undefined
}

// =============================================================================
// Doc comments
// =============================================================================

/** The text of the doc comment of a reason. */
export const docOf = (source: string, tag: string): string => {
  const comments = Array.from(source.matchAll(/\/\*\*\n((?: \*.*\n)+?) \*\/\nexport class (\w+)/g))
  const [, comment = ""] = comments.find(([, , name]) => name === tag) ?? []
  return comment.replace(/^ \* ?/gm, "")
}

/** The first sentence of a doc comment, as a sentence about what happened. */
const summaryOf = (doc: string): string => {
  const [paragraph = ""] = doc.split("\n\n")
  const sentence = paragraph.replaceAll("\n", " ").replace(/^The reason that /, "").replace(", or that ", ", or ")
    .trim()
  return sentence.charAt(0).toUpperCase() + sentence.slice(1)
}

/** The row of a table of kinds, as a sentence. */
const meaningOf = (doc: string, kind: string): string | undefined => {
  const [, meaning] = new RegExp(`^\\| \`"?${kind}"?\` \\| (.*?) \\|`, "m").exec(doc) ?? []
  return meaning === undefined ? undefined : `${meaning.charAt(0).toUpperCase()}${meaning.slice(1)}.`
}

// =============================================================================
// Page
// =============================================================================

const headingOf = (error: ErrorClass["name"], tag: string, kind?: string): string =>
  `${error}: ${tag}${kind === undefined ? "" : ` (${kind})`}`

export const anchorOf = (error: ErrorClass["name"], tag: string, kind?: string): string =>
  headingOf(error, tag, kind).toLowerCase().replace(/[^\w -]/g, "").replaceAll(" ", "-")

const entry = ({ action, actor, reason }: Advice): string =>
  `- **What to do**: ${action}
- **Who acts**: ${actor}.
- **The same call may succeed later**: ${reason.isRetryable ? "yes" : "no"}.

> ${reason.message}
`

/** The advice of an error by the reason that it is for, in the order of the page. */
type ByReason = ReadonlyMap<string, ReadonlyArray<Advice>>

const section = ({ name, source }: ErrorClass, tag: string, all: ReadonlyArray<Advice>): string => {
  const doc = docOf(source, tag)
  const summary = `### ${headingOf(name, tag)}\n\n${summaryOf(doc)}\n`
  return all.reduce((page, advice) => {
    const kind = kindOf(advice.reason)
    if (kind === undefined) return `${page}\n${entry(advice)}`
    const meaning = advice.meaning ?? meaningOf(doc, kind) ?? ""
    return `${page}\n#### ${headingOf(name, tag, kind)}\n\n${meaning}\n\n${entry(advice)}`
  }, summary)
}

const contents = (error: ErrorClass["name"], reasons: ByReason): string =>
  Array.from(reasons, ([tag, all]) => {
    const kinds = all.flatMap(({ reason }) => kindOf(reason) ?? [])
    const links = kinds.map((kind) => `[\`${kind}\`](#${anchorOf(error, tag, kind)})`)
    return `- [\`${tag}\`](#${anchorOf(error, tag)})${links.length === 0 ? "" : `: ${links.join(", ")}`}`
  }).join("\n")

/** The whole page. */
export const page = (errors: ReadonlyArray<ErrorClass>): string =>
  `# Errors

Every failure has a \`reason\` for programs, whose \`_tag\` is the name here, and a \`message\` for people. \`Effect.catchReason\` handles one reason.

${
    errors.map((error) => {
      const reasons: ByReason = Map.groupBy(error.advice, ({ reason }) => reason._tag)
      return `## ${error.name}\n\n${error.about}\n\n${contents(error.name, reasons)}\n\n${
        Array.from(reasons, ([tag, all]) => section(error, tag, all)).join("\n")
      }`
    }).join("\n")
  }`
