import { assert, describe, it } from "@effect/vitest"
import * as Fields from "../src/Fields.ts"
import * as Style from "../src/Style.ts"

const link = "https://open.spotify.com/track/11dFghVXANMlKmJXsNCbNl"

describe("Fields", () => {
  it("go on below their own words, keep links whole, and leave out what has no value", () => {
    assert.deepStrictEqual(
      Fields.layout(
        "A title",
        [["link", link], ["plan", undefined], ["scopes", "one two three four"]],
        20,
        Style.make(false)
      ),
      ["A title", `  link    ${link}`, "  scopes  one two", "          three four"]
    )
  })
})
