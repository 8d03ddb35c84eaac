/**
 * The commands in the environment variable `BROWSER`, as `xdg-open` reads it.
 *
 * **Details**
 *
 * No shell splits the commands, so neither they nor the address can run anything else.
 */

/** A program and its arguments. */
export type Command = ReadonlyArray<string>

/** Parses the commands of a variable, and puts `url` into each. */
export const commands = (variable: string, url: string, delimiter: string): ReadonlyArray<Command> =>
  variable.split(delimiter).map(wordsOf).filter((words) => words.length > 0).map((words) => withUrl(words, url))

/** Splits a command at white space outside of quotation marks. */
const wordsOf = (command: string): Command =>
  Array.from(
    command.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"']|["'])+/g),
    ([word]) => word.replace(/"([^"]*)"|'([^']*)'/g, (_, double?: string, single?: string) => double ?? single ?? "")
  )

/** Replaces `%s` by the address, `%c` by a colon and `%%` by a percent sign. Without `%s` the address comes last. */
const withUrl = (words: Command, url: string): Command => {
  const placed = words.map((word) => word.replace(/%[sc%]/g, (mark) => mark === "%s" ? url : mark === "%c" ? ":" : "%"))
  return words.some((word) => /%s/.test(word.replaceAll("%%", ""))) ? placed : [...placed, url]
}
