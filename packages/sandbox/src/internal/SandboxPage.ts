/**
 * The frame of the pages that the sandbox shows to people.
 */
import * as SignInPage from "@app/auth/node/SignInPage"

/** Writes a page that says above and below its content that this is a sandbox. */
export const render = (page: Omit<SignInPage.Page, "footer" | "header">): string =>
  SignInPage.render({
    ...page,
    header: "Spotify sandbox",
    footer: "This is a local stand-in for Spotify. No account of yours is touched."
  })
