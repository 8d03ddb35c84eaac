/** The pages that the person's browser shows at the end of a sign-in over loopback. */
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type { AccessToken } from "../../AccessToken.ts"
import type { AuthError } from "../../AuthError.ts"
import * as SignInPage from "../SignInPage.ts"

// =============================================================================
// Model
// =============================================================================

export interface SignInResult {
  readonly status: number
  readonly html: string
  /** The address at which the browser has to ask again. */
  readonly location?: string
}

/** The names that people know the two sides of a sign-in by. */
export interface Parties {
  readonly program: string | undefined
  readonly service: string | undefined
}

const nobody: Parties = { program: undefined, service: undefined }

const headerOf = ({ program, service }: Parties): string | undefined => {
  const names = [program, service].filter((name) => name !== undefined)
  return names.length === 0 ? undefined : names.join(" · ")
}

/** The browser has only these pages, since nothing listens any more when they are loaded again. */
const unrepeatable =
  "Nothing is left to do on this page. It cannot be loaded again: the program no longer listens here."

const failure = (parties: Parties, status: number, title: string, text: string, footer?: string): SignInResult => ({
  status,
  html: SignInPage.render({
    title,
    outcome: "failure",
    header: headerOf(parties),
    content: SignInPage.html`<p>${text}</p>`,
    footer
  })
})

// =============================================================================
// Pages
// =============================================================================

/** The page for a sign-in that the program did not wait for. */
export const abandoned = failure(nobody, 503, "The sign-in was broken off", "Start it again from the program.")

/** The page at any other address than that of the callback. */
export const elsewhere = failure(
  nobody,
  404,
  "There is nothing here",
  "A program on this machine waits for a sign-in. Go on in the tab in which you sign in."
)

/** Makes the page for a callback of another sign-in. */
export const stray = (parties: Parties, error: AuthError): SignInResult =>
  failure(parties, 400, "This does not end the sign-in under way", error.message)

/** Makes the page for the end of a sign-in. */
export const outcome = (parties: Parties, exit: Exit.Exit<AccessToken, AuthError>): SignInResult => {
  const { program, service } = parties
  if (Exit.isSuccess(exit)) {
    const account = service === undefined ? "your account" : `your account at ${service}`
    return {
      status: 200,
      html: SignInPage.render({
        title: "You are signed in",
        outcome: "success",
        header: headerOf(parties),
        content: SignInPage.html`<p>${program ?? "The program"} can now use ${account}.</p>
<p>You can close this page and go back to ${program ?? "the program"}.</p>`,
        footer: unrepeatable
      })
    }
  }
  const error = Option.getOrUndefined(Cause.findErrorOption(exit.cause))
  if (error === undefined) return abandoned
  return error.reason._tag === "AuthorizationDenied"
    ? failure(parties, 403, "You are not signed in", error.message, unrepeatable)
    : failure(parties, 500, "The sign-in failed", error.message, unrepeatable)
}

/** Sends the browser to an address without the code, which else stays in its history. */
export const redirect = (location: string): SignInResult => ({ status: 303, html: "", location })
