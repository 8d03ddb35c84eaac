/**
 * The look of the pages that people see while they sign in.
 *
 * **When to use**
 *
 * Use for the pages of a server that signs people in, or of a stand-in for a provider. `LoopbackSignIn` shows its own.
 *
 * **Details**
 *
 * A page is HTML without scripts and without any other request: its one style stands in the page, and a content security
 * policy allows it by `styleSource`. It follows the scheme of the browser, light or dark.
 *
 * **Example** (A page that a server shows at the end)
 *
 * ```ts
 * import * as SignInPage from "@app/auth/node/SignInPage"
 *
 * const name = "Ann <ann@example.com>"
 *
 * export const page = SignInPage.render({
 *   title: "You are signed in",
 *   outcome: "success",
 *   header: "Playlist Keeper",
 *   content: SignInPage.html`<p>Welcome, ${name}.</p>`
 * })
 * ```
 */
import { createHash } from "node:crypto"

// =============================================================================
// HTML
// =============================================================================

/**
 * HTML that is written by `html`, in which every text from elsewhere is escaped.
 *
 * @category models
 * @since 0.1.0
 */
export class Html {
  readonly #text: string

  /** @internal */
  constructor(text: string) {
    this.#text = text
  }

  toString(): string {
    return this.#text
  }
}

const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)

const write = (value: string | Html | ReadonlyArray<Html>): string =>
  typeof value === "string" ? escape(value) : value instanceof Html ? value.toString() : value.join("")

/**
 * Writes HTML as a template, and escapes the texts in it for elements and for quoted attributes.
 *
 * @category constructors
 * @since 0.1.0
 */
export const html = (
  parts: TemplateStringsArray,
  ...values: ReadonlyArray<string | Html | ReadonlyArray<Html>>
): Html => new Html(parts.reduce((text, part, index) => `${text}${write(values[index - 1] ?? "")}${part}`))

// =============================================================================
// Style
// =============================================================================

const style = `
:root {
  color-scheme: light dark;
  --ground: #f3f5f4; --card: #fff; --text: #17201b; --soft: #55615a; --line: #d5dcd8;
  --accent: #0b6b40; --on-accent: #fff; --failure: #b3261e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #101412; --card: #191f1c; --text: #eef2f0; --soft: #a5b1aa; --line: #38423d;
    --accent: #5ad694; --on-accent: #06251a; --failure: #ff9b90;
  }
}
* { box-sizing: border-box }
body {
  margin: 0; min-height: 100vh; padding: 12vh 1.5rem 2rem; background: var(--ground); color: var(--text);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere;
}
main {
  max-width: 32rem; margin: 0 auto; padding: 2rem; background: var(--card);
  border: 1px solid var(--line); border-radius: 1rem;
}
header, footer, small { color: var(--soft); font-size: .875rem }
header { margin-bottom: 1rem }
footer { margin-top: 1.5rem; padding-top: 1rem; border-top: 1px solid var(--line) }
h1 { margin: 0 0 1rem; font-size: 1.75rem; line-height: 1.2; text-wrap: balance }
h2 { margin: 1.5rem 0 .5rem; font-size: 1rem }
p { margin: 0 0 1rem; text-wrap: pretty }
main > :last-child { margin-bottom: 0 }
ul { margin: 0 0 1rem; padding: 0; list-style: none }
li { padding: .5rem 0; border-top: 1px solid var(--line) }
small, li code { display: block }
a { color: var(--accent) }
code { font: .875em ui-monospace, monospace }
svg { display: block; width: 3rem; height: 3rem; margin-bottom: 1rem; fill: none; stroke: currentColor; stroke-width: 2.5 }
.success { color: var(--accent) }
.failure { color: var(--failure) }
form { margin-bottom: 1rem }
label { display: block; margin-bottom: 1.5rem }
button, select {
  min-height: 2.75rem; padding: .5rem 1rem; font: inherit; color: var(--text); background: var(--card);
  border: 1px solid var(--soft); border-radius: .5rem; cursor: pointer;
}
select { display: block; width: 100%; margin-top: .25rem }
button { min-width: 8rem; margin: 0 .5rem .5rem 0 }
button.primary { color: var(--on-accent); background: var(--accent); border-color: var(--accent); font-weight: 600 }
button:hover { filter: brightness(.93) }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px }
@media (max-width: 30rem) {
  body { padding: 0; background: var(--card) }
  main { padding: 2rem 1.5rem; border: 0 }
  button { width: 100%; margin-right: 0 }
}
@media (forced-colors: active) { button.primary { border-width: 3px } }
`

/**
 * The source that allows the style of the pages in `style-src` of a content security policy.
 *
 * @see https://www.w3.org/TR/CSP3/#grammardef-hash-source
 * @category constants
 * @since 0.1.0
 */
export const styleSource: string = `'sha256-${createHash("sha256").update(style).digest("base64")}'`

// =============================================================================
// Page
// =============================================================================

/**
 * The parts of a page.
 *
 * @category models
 * @since 0.1.0
 */
export interface Page {
  /** The heading, which also names the tab. */
  readonly title: string
  /** The end that the page is about, shown as a mark above the heading. The heading has to say it as well. */
  readonly outcome?: "success" | "failure" | undefined
  /** The program and the service that the sign-in is for, shown above everything else. */
  readonly header?: string | undefined
  readonly content: Html
  /** A remark in small letters below the content. */
  readonly footer?: string | undefined
}

const marks = {
  success:
    html`<svg class="success" viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="10"/><path d="m7.5 12.5 3 3 6-6.5"/></svg>
`,
  failure:
    html`<svg class="failure" viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="10"/><path d="m8.5 8.5 7 7m0-7-7 7"/></svg>
`
}

/**
 * Writes a page as the text of an HTML document.
 *
 * @category rendering
 * @since 0.1.0
 */
export const render = ({ content, footer, header, outcome, title }: Page): string =>
  html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${header === undefined ? title : `${title} – ${header}`}</title>
<style>${new Html(style)}</style>
</head>
<body>
<main>
${
    header === undefined ? "" : html`<header>${header}</header>
`
  }${outcome === undefined ? "" : marks[outcome]}<h1>${title}</h1>
${content}
${
    footer === undefined ? "" : html`<footer>${footer}</footer>
`
  }</main>
</body>
</html>
`.toString()
