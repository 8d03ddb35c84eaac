/**
 * Characters that a text picks up by accident: from the end of a file, an editor, a chat, a shell.
 *
 * **Details**
 *
 * Descriptions never quote the text, which may be a secret, or a character that could be part of one.
 */

// =============================================================================
// Model
// =============================================================================

/** A fault of a text and its remedy. */
export interface Issue {
  /** The fault, in the middle of a sentence. */
  readonly fault: string
  /** A sentence that says what to do. */
  readonly remedy: string
}

export const sentences = ({ fault, remedy }: Issue): string => `${fault}. ${remedy}`

// =============================================================================
// Rules
// =============================================================================

const asciiSpace = " \t\n\v\f\r"

/** Removes the white space of ASCII around a text, which shells, files and editors add. Other white space is no accident. */
export const trimmed = (text: string): string => {
  let start = 0
  let end = text.length
  while (start < end && asciiSpace.includes(text.charAt(start))) start++
  while (end > start && asciiSpace.includes(text.charAt(end - 1))) end--
  return text.slice(start, end)
}

/** Finds a character that is not printable ASCII (%x20-7E). */
export const unprintable = (text: string): Issue | undefined => first(text, /[^\x20-\x7e]/u)

/** Finds an invisible character of any script: white space other than a space, a control character and the like. */
export const invisible = (text: string): Issue | undefined =>
  first(text, /[^\P{White_Space} ]|[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/u)

const first = (text: string, among: RegExp): Issue | undefined => {
  const index = text.search(among)
  if (index === -1) return undefined
  const character = String.fromCodePoint(text.codePointAt(index) ?? 0)
  const place = placeOf(text, index)
  const isAtAnEnd = place !== "holds"
  if (/[\n\v\f\r\u0085\u2028\u2029]/.test(character)) {
    return {
      fault: `it ${place} a line break, which is not printable`,
      remedy: isAtAnEnd ? fromAFile : "Join the lines: it was probably pasted over several."
    }
  }
  if (character === "\ufeff") {
    return {
      fault: `it ${place} a byte order mark (U+FEFF), which is invisible and not printable`,
      remedy: "Remove it: save the file it comes from as UTF-8 without a byte order mark."
    }
  }
  if (/[\p{Cf}\p{Default_Ignorable_Code_Point}]/u.test(character)) {
    return {
      fault: `it ${place} an invisible character (${codePoint(character)}), which is not printable`,
      remedy: "Remove it: type that place anew, or copy the text again from where it came."
    }
  }
  if (/\s/.test(character)) {
    return {
      fault: `it ${place} ${
        character === "\t" ? "a tab" : `white space (${codePoint(character)})`
      }, which is not printable`,
      remedy: isAtAnEnd ? fromAFile : again
    }
  }
  if (/\p{Cc}/u.test(character)) {
    return { fault: `it ${place} a control character (${codePoint(character)}), which is not printable`, remedy: again }
  }
  return { fault: `it ${place} a character that is not printable ASCII`, remedy: again }
}

/** Finds a space, for texts that may have none. */
export const space = (text: string): Issue | undefined => {
  const index = text.indexOf(" ")
  if (index === -1) return undefined
  const place = placeOf(text, index)
  return { fault: `it ${place} a space`, remedy: place === "holds" ? again : "Trim it." }
}

/** Finds quotation marks around a text, which were meant for a shell or for a file that a shell reads. */
export const quotes = (text: string): Issue | undefined =>
  /^"[^]*"$|^'[^]*'$|^`[^]*`$/.test(text)
    ? {
      fault: "it stands in quotation marks, which would be sent with it",
      remedy: "Remove them: docker --env-file, for one, takes those of a file for part of the value."
    }
    : undefined

/** Formats a text from outside as one line of printable ASCII, with the code points of all other characters. */
export const shown = (text: string): string =>
  text.slice(0, 200).replace(/[^\x20-\x7e]/gu, (character) => `\\u{${hexadecimal(character)}}`)

// =============================================================================
// Words
// =============================================================================

const fromAFile = "Trim it: a file that is read as a whole often ends in one."

const again = "Copy it again from where it came."

const placeOf = (text: string, index: number): "begins with" | "ends in" | "holds" =>
  index === 0 ? "begins with" : /[\x21-\x7e]/.test(text.slice(index)) ? "holds" : "ends in"

const codePoint = (character: string): string => `U+${hexadecimal(character).toUpperCase().padStart(4, "0")}`

const hexadecimal = (character: string): string => (character.codePointAt(0) ?? 0).toString(16)
