/**
 * A kind of object that has ids, and the parsing of its ids.
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { InvalidArgument, SpotifyError } from "../../SpotifyError.ts"
import { excerpt, shown, trimPunctuation, unwrap } from "./PastedText.ts"
import { percentEncode, read } from "./SpotifyUri.ts"

/**
 * A kind of object that has ids of its own.
 *
 * @category models
 * @since 0.1.0
 */
export interface Kind<Id extends string, Name extends string = string> {
  /** Name of the kind in URIs and links, such as `"track"`. */
  readonly name: Name
  /** Schema of an id in a request: the exact form, while a response may contain any string that is not empty. */
  readonly schema: Schema.Codec<Id, string>
  /** Parses an id, a URI or a link; fails with `InvalidArgument`, which says what is wrong with the text. */
  readonly parse: (input: string) => Result.Result<Id, SpotifyError>
  /** Formats the URI, `spotify:<kind>:<id>`. */
  readonly uri: (id: Id) => `spotify:${Name}:${string}`
  /** Formats the link, `https://open.spotify.com/<kind>/<id>`. */
  readonly url: (id: Id) => `https://open.spotify.com/${Name}/${string}`
}

/** Makes a kind; `form` describes its ids in error messages. */
export const makeKind = <Id extends string, Name extends string>(
  name: Name,
  schema: Schema.Codec<Id, string>,
  form: string
): Kind<Id, Name> => {
  const is = Schema.is(schema)
  return {
    name,
    schema,
    parse: (input) => {
      // Most programs keep bare ids, which need no parsing. The id of a user may look like an address.
      if (name !== "user" && is(input)) return Result.succeed(input)
      const reading = read(input)
      switch (reading._tag) {
        case "Invalid":
          return invalid(name, input, reading.issue)
        case "Named": {
          if (reading.kind !== name) return invalid(name, input, `it names another kind, ${excerpt(reading.kind)}`)
          if (is(reading.id)) return Result.succeed(reading.id)
          return invalid(name, input, `"${excerpt(reading.id)}" is not ${form}`)
        }
        case "NoAddress": {
          // Quotes and the like can be a part of a user's id, and of no other.
          const id = name === "user" ? reading.text : trimPunctuation(unwrap(reading.text))
          if (is(id)) return Result.succeed(id)
          return invalid(name, input, `it is neither ${form}, nor a spotify: URI, nor a link`)
        }
      }
    },
    uri: (id) => `spotify:${name}:${percentEncode(id)}`,
    url: (id) => `https://open.spotify.com/${name}/${percentEncode(id)}`
  }
}

/** Fails with `InvalidArgument`. */
export const invalid = (argument: string, input: unknown, issue: string): Result.Result<never, SpotifyError> =>
  Result.fail(
    new SpotifyError({ reason: new InvalidArgument({ argument, issue: `${shown(input)}: ${issue}` }) })
  )
