/** The page of errors, which `npm run generate` writes. */
import { SpotifyErrorReason } from "@app/api/SpotifyError"
import { AuthErrorReason } from "@app/auth/AuthError"
import { assert, describe, it } from "@effect/vitest"
import { execFileSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as AuthErrorAdvice from "../src/AuthErrorAdvice.ts"
import * as ErrorPage from "../src/ErrorPage.ts"
import * as SpotifyErrorAdvice from "../src/SpotifyErrorAdvice.ts"

const root = join(import.meta.dirname, "../../..")
const read = (file: string) => readFileSync(join(root, file), "utf8")

const errors: ReadonlyArray<ErrorPage.ErrorClass & { readonly members: ReadonlyArray<{ readonly fields: object }> }> = [
  {
    name: "AuthError",
    about:
      "There is no token, or a sign-in failed. Every module of `@app/auth` fails with it, and so do calls of `@app/api`.",
    source: read("packages/auth/src/AuthError.ts"),
    advice: AuthErrorAdvice.advice,
    members: AuthErrorReason.members
  },
  {
    name: "SpotifyError",
    about:
      "A call failed, after the retries that its `RetryPolicy` allows. `operation` names the call, and `response` has what Spotify sent.",
    source: read("packages/api/src/SpotifyError.ts"),
    advice: SpotifyErrorAdvice.advice,
    members: SpotifyErrorReason.members
  }
]

/** The values of a field that is one of some literals. */
const literalsOf = (field: unknown): ReadonlyArray<string> =>
  typeof field === "function" && "literals" in field && Array.isArray(field.literals) ? field.literals.map(String) : []

/** The reasons and kinds that a schema has. */
const kindsOf = (fields: object): ReadonlyArray<string> => {
  const schemas = new Map<string, unknown>(Object.entries(fields))
  const tag = schemas.get("_tag")
  const name =
    typeof tag === "function" && "schema" in tag && typeof tag.schema === "function" && "literal" in tag.schema
      ? String(tag.schema.literal)
      : assert.fail("a reason without a tag")
  const kinds = ["kind", "phase", "limit", "parameter"].flatMap((field) => literalsOf(schemas.get(field)))
  return kinds.length === 0 ? [name] : kinds.map((kind) => `${name} ${kind}`)
}

describe("the page of errors", () => {
  it.each(errors)(
    "has one entry for each reason and kind of $name, with a meaning",
    (error) => {
      const { advice, members, name } = error
      const entries = advice.map(({ reason }) => [reason._tag, ErrorPage.kindOf(reason) ?? []].flat().join(" "))
      assert.sameMembers(entries, members.flatMap(({ fields }) => kindsOf(fields)), name)
      assert.notMatch(ErrorPage.page([error]), /\n{3}/)
    }
  )

  it("is what is written in docs/errors.md", () => {
    const file = join(root, "docs/errors.md")
    const fresh = execFileSync(join(root, "node_modules/.bin/dprint"), ["fmt", "--stdin", "errors.md"], {
      cwd: root,
      input: ErrorPage.page(errors),
      encoding: "utf8"
    })
    if (process.env["GENERATED"] === "write") return writeFileSync(file, fresh)
    assert.strictEqual(readFileSync(file, "utf8"), fresh, "docs/errors.md is stale: npm run generate")
  })

  it.each(errors)("is where the doc comment of each reason of $name leads to", ({ advice, name, source }) => {
    for (const tag of new Set(advice.map(({ reason }) => reason._tag))) {
      assert.include(
        ErrorPage.docOf(source, tag),
        `@see https://example.invalid/spotify-effect/blob/main/docs/errors.md#${ErrorPage.anchorOf(name, tag)}\n`,
        tag
      )
    }
  })

  it("has no link within it that leads nowhere", () => {
    const text = read("docs/errors.md")
    const headings = Array.from(
      text.matchAll(/^#+ (.*)$/gm),
      ([, heading = ""]) => heading.toLowerCase().replace(/[^\w -]/g, "").replaceAll(" ", "-")
    )
    assert.strictEqual(new Set(headings).size, headings.length)
    for (const [, anchor = ""] of text.matchAll(/\]\(#([^)]+)\)/g)) assert.include(headings, anchor)
  })
})
