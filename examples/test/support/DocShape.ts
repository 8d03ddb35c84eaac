/**
 * The shape of doc comments as rules over text: a comment in, the rules it breaks out.
 *
 * **Details**
 *
 * `CONTRIBUTING.md` shows the shape. `moduleViolations` applies to a whole file, `docViolations` to one comment.
 */

/** The headings that a doc comment may have, in their order; an example has a title, and there may be several. */
const headings = [/^\*\*When to use\*\*$/, /^\*\*Details\*\*$/, /^\*\*Gotchas\*\*$/, /^\*\*Example\*\* \(.+\)$/]
const example = headings.length - 1

/** The words that `@category` takes. */
const categories = new Set([
  "accessors",
  "annotations",
  "answers",
  "checks",
  "combinators",
  "constants",
  "constructors",
  "contracts",
  "decoding",
  "errors",
  "failures",
  "groups",
  "guards",
  "keys",
  "kinds",
  "layers",
  "metrics",
  "middleware",
  "models",
  "operations",
  "options",
  "parsing",
  "pattern matching",
  "predicates",
  "protocol",
  "redaction",
  "references",
  "rendering",
  "responses",
  "routing",
  "running",
  "rules",
  "samples",
  "schemas",
  "services",
  "sign-in",
  "watching"
])

/** A sentence that begins inside a paragraph; inline code and links count as capital letters. */
const secondSentence = /[.!?]["')\]]*\s+["'([]*[A-Z]/

const abbreviation = /\b(?:e\.g|i\.e|cf|vs|etc)\./g

interface Doc {
  /** Paragraphs before the tags; a code block is a paragraph. */
  readonly paragraphs: ReadonlyArray<string>
  /** Lines that begin with `@`. */
  readonly tags: ReadonlyArray<string>
}

const parse = (comment: string): Doc => {
  const paragraphs: Array<string> = []
  const tags: Array<string> = []
  let paragraph = ""
  let isCode = false
  const end = () => {
    if (paragraph !== "") paragraphs.push(paragraph)
    paragraph = ""
  }
  for (
    const line of comment.slice("/**".length, -"*/".length).split("\n").map((each) => each.replace(/^ *\* ?| +$/g, ""))
  ) {
    if (/^ *```/.test(line)) isCode = !isCode
    if (!isCode && line.trim() === "") end()
    else if (!isCode && (tags.length > 0 || /^ ?@/.test(line))) tags.push(line.trim())
    else paragraph += paragraph === "" ? line.trimStart() : `\n${line}`
  }
  end()
  return { paragraphs, tags }
}

const isOneSentence = (paragraph: string): boolean => {
  const plain = paragraph.replace(/`[^`]*`/g, "C").replace(/\{@link [^}]*\}|\[[^\]]*\]\([^)]*\)/g, "C").replace(
    abbreviation,
    ""
  )
  return /^[A-Z]/.test(plain) && /[^.]\.[")]?$/.test(plain) && !secondSentence.test(plain)
}

const sentenceViolations = ({ paragraphs: [first = ""] }: Doc): ReadonlyArray<string> => [
  ...(isOneSentence(first) ? [] : [`the first paragraph is not one sentence: "${first.replaceAll("\n", " ")}"`]),
  ...(/^(?:What|How|Whether|Where|Why)\b/.test(first) ? [`begins with a question word: "${first.split("\n")[0]}"`] : [])
]

const isHeading = (paragraph: string) => /^(?:#+ |\*\*[^*]+\*\*(?: \(|\n|$))/.test(paragraph)

const sectionViolations = ({ paragraphs: [, ...rest] }: Doc): ReadonlyArray<string> => {
  const [second] = rest
  const found = rest.filter(isHeading).map((text) => ({ text, place: headings.findIndex((each) => each.test(text)) }))
  const known = found.map(({ place }) => place).filter((place) => place >= 0)
  return [
    ...(second === undefined || isHeading(second) ? [] : [`text before the first section: "${second.split("\n")[0]}"`]),
    ...found.filter(({ place }) => place < 0).map(({ text }) => `not a section: "${text.split("\n")[0]}"`),
    ...(known.some((place, i) =>
        known.slice(0, i).some((before) => before > place || before === place && place !== example)
      )
      ? ["sections are out of order"]
      : [])
  ]
}

const tagViolations = ({ tags }: Doc): ReadonlyArray<string> => {
  const valuesOf = (tag: string) =>
    tags.filter((each) => each.startsWith(`@${tag}`)).map((each) => each.slice(tag.length + 2))
  const [category, ...more] = valuesOf("category")
  return [
    ...(category !== undefined && more.length === 0 && categories.has(category)
      ? []
      : [`@category ${category ?? "is missing"}`]),
    ...(valuesOf("since").some((version) => /^\d+\.\d+\.\d+$/.test(version)) ? [] : ["@since is missing"])
  ]
}

/** The rules that the doc comment of a public declaration breaks. */
export const docViolations = (comment: string): ReadonlyArray<string> => {
  const doc = parse(comment)
  return [...sentenceViolations(doc), ...sectionViolations(doc), ...tagViolations(doc)]
}

const declaration =
  /^export (?:declare )?(?:abstract )?(?:const|let|function\*?|async function|class|interface|type|namespace|enum) (\w+)/gm

const moduleDoc = /^(?:#!.*\n)?(\/\*\*.*?\*\/)/s

/** The doc comment that ends right before a place in a file. */
const docBefore = (source: string, index: number): string | undefined => {
  const before = source.slice(0, index)
  return before.endsWith("*/\n") ? before.slice(before.lastIndexOf("/**"), -1) : undefined
}

/** The rules that a file breaks, each with the name of what breaks it; of internal modules only the module's doc counts. */
export const moduleViolations = (source: string, isInternal: boolean): ReadonlyArray<string> => {
  const [, ofModule] = moduleDoc.exec(source) ?? []
  if (ofModule === undefined) return ["module: no doc comment"]
  const doc = parse(ofModule)
  const violations = [...sentenceViolations(doc), ...(isInternal ? [] : sectionViolations(doc))].map((rule) =>
    `module: ${rule}`
  )
  if (isInternal) return violations
  let previous = ""
  for (const { 1: name = "", index } of source.matchAll(declaration)) {
    const comment = docBefore(source, index)
    if (comment === undefined) {
      // The signatures of an overload share the doc of the first.
      if (name !== previous) violations.push(`${name}: no doc comment`)
    } else {
      violations.push(...docViolations(comment).map((rule) => `${name}: ${rule}`))
    }
    previous = name
  }
  return violations
}
