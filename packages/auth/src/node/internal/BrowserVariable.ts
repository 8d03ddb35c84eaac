/**
 * What `$BROWSER` asks for, as `xdg-open` and others read it: commands in order of preference, and where the address goes
 * in each. It is taken apart here and never by a shell, so nothing in it or in the address is run.
 */

/** A program and its arguments. */
export type Command = ReadonlyArray<string>

/** The commands that show `url`. */
export const commands = (variable: string, url: string, delimiter: string): ReadonlyArray<Command> =>
  variable.split(delimiter).map(wordsOf).filter((words) => words.length > 0).map((words) => withUrl(words, url))

/** A word ends at white space, but for what stands in quotation marks. */
const wordsOf = (command: string): Command =>
  Array.from(
    command.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"']|["'])+/g),
    ([word]) => word.replace(/"([^"]*)"|'([^']*)'/g, (_, double?: string, single?: string) => double ?? single ?? "")
  )

/** `%s` is the address, `%c` a colon and `%%` a percent sign; without `%s` the address comes last. */
const withUrl = (words: Command, url: string): Command => {
  const placed = words.map((word) => word.replace(/%[sc%]/g, (mark) => mark === "%s" ? url : mark === "%c" ? ":" : "%"))
  return words.some((word) => /%s/.test(word.replaceAll("%%", ""))) ? placed : [...placed, url]
}
