/**
 * Reads the JSON documents of a text, which are several in some recordings.
 */
import * as Option from "effect/Option"
import * as Result from "effect/Result"

const parse = (text: string): Result.Result<unknown, unknown> => Result.try((): unknown => JSON.parse(text))

/** Parses the documents of a text; none for a text with anything else in it. */
export const fromText = (text: string): Option.Option<ReadonlyArray<unknown>> => {
  const source = text.replace(/^\uFEFF/, "")
  return Result.match(parse(source), {
    onSuccess: (document) => Option.some([document]),
    onFailure: () => severalFrom(source)
  })
}

const severalFrom = (source: string): Option.Option<ReadonlyArray<unknown>> => {
  const documents: Array<unknown> = []
  for (let start = skipSpace(source, 0); start < source.length;) {
    const end = endOf(source, start)
    const document = parse(source.slice(start, end))
    if (Result.isFailure(document)) return Option.none()
    documents.push(document.success)
    start = skipSpace(source, end)
  }
  return documents.length === 0 ? Option.none() : Option.some(documents)
}

const skipSpace = (source: string, from: number): number => {
  let at = from
  while (at < source.length && /\s/.test(source.charAt(at))) at++
  return at
}

/** Returns the index after the bracket that closes the one at `start`. */
const endOf = (source: string, start: number): number => {
  let depth = 0
  let isInText = false
  for (let at = start; at < source.length; at++) {
    const char = source.charAt(at)
    if (isInText) {
      if (char === "\\") at++
      else if (char === "\"") isInText = false
    } else if (char === "\"") isInText = true
    else if (char === "{" || char === "[") depth++
    else if (char === "}" || char === "]") depth--
    if (depth === 0) return at + 1
  }
  return source.length
}
